"""Builders of two accounts of ours that say the same thing twice: clearing, and the settlement that mirrors it."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from journals.events import read_fact
from ledgerflow.books.models import Entity
from recon.reports.shapes import ReconStatement
from recon.reports.statement import recon_report
from recon.statements.mirrors.bringing import BroughtIn, bring_in
from recon.statements.models import BankAccount
from tests.builders import TODAY, a_journal, a_transfer, an_account, an_entity, posted
from tests.statements.banking import a_bank_account

CLEARING, SETTLEMENT = "CLEARING", "SETTLEMENT"


def two_accounts(**given: Any) -> BankAccount:
    """Books with clearing, as the mirror of settlement: what one has in debit, the other has in credit."""
    entity = an_entity(**given)
    an_account(entity, "SALES", "income")
    an_account(entity, "RECEIVABLE")
    an_account(entity, SETTLEMENT, "liability")
    return a_bank_account(entity, CLEARING, mirror=SETTLEMENT)


def taken(mirror: BankAccount, amount: str, reference: str = "", day: date = TODAY, **given: Any) -> UUID:
    """A takings as the shop posts it: clearing in debit; gives its journal."""
    return _posted(mirror.entity, CLEARING, "SALES", amount, reference, day, **given)


def settled(mirror: BankAccount, amount: str, reference: str = "", day: date = TODAY, **given: Any) -> UUID:
    """The same as the back office posts it: settlement in credit; gives its journal."""
    return _posted(mirror.entity, "RECEIVABLE", SETTLEMENT, amount, reference, day, **given)


def settled_many(mirror: BankAccount, count: int) -> None:
    """So many postings on settlement, in one journal for each 100 of them."""
    for start in range(0, count, 100):
        amounts = [str(number) for number in range(start + 1, min(start + 100, count) + 1)]
        whole = str(sum(map(int, amounts)))
        posted(mirror.entity, a_journal(("RECEIVABLE", whole), *((SETTLEMENT, f"-{one}") for one in amounts)))


def brought(mirror: BankAccount) -> BroughtIn:
    return bring_in(mirror.entity_id, mirror.pk, actor="test")


def statement_at(mirror: BankAccount, day: date) -> ReconStatement:
    return recon_report(mirror.entity_id, day, CLEARING).statements[0]


def _posted(entity: Entity, debit: str, credit: str, amount: str, reference: str, day: date, **given: Any) -> UUID:
    draft = a_transfer(debit, credit, amount, external_reference=reference, effective_date=day, **given)
    return read_fact(posted(entity, draft).journal).id
