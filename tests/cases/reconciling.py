"""Builders for tests of reconciliation: a bank account, what we have posted, what the bank says, and a run."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID, uuid4

from journals.events import read_fact
from ledgerflow.books.models import Entity
from recon.cases.models import ReconException
from recon.cases.running import Reconciled, reconcile
from recon.cases.use_cases import Action, CaseAction, CasesChanged, change_exceptions
from recon.reports.finishing import finish_reconciliation
from recon.statements.models import BankAccount
from tests.builders import TODAY, a_transfer, an_account, an_entity, posted
from tests.statements.banking import a_bank_account, a_statement_file, imported

BANK, SALES = "BANK", "SALES"


def books_with_a_bank(**given: Any) -> BankAccount:
    """Books with one bank account, and an account for what money comes in for."""
    entity = an_entity(**given)
    an_account(entity, SALES, "income")
    return a_bank_account(entity, BANK)


def sold(bank: BankAccount, amount: str, reference: str = "", day: date = TODAY, **given: Any) -> UUID:
    """Money that came in, as we have posted it; gives its journal."""
    draft = a_transfer(BANK, SALES, amount, external_reference=reference, effective_date=day, **given)
    return read_fact(posted(bank.entity, draft).journal).id


def said(bank: BankAccount, *lines: tuple[Any, ...], **given: Any) -> None:
    """A statement comes in, with lines as (amount, reference, day)."""
    imported(bank.entity, bank, a_statement_file(*lines, **given))


def ran(bank: BankAccount, **given: Any) -> Reconciled:
    return reconcile(bank.entity_id, bank.pk, actor="test", **given)


def open_cases(bank: BankAccount) -> list[tuple[str, str]]:
    """The kind and the amount of what is not resolved, the oldest first."""
    rows = ReconException.objects.filter(bank_account=bank).exclude(status="resolved").order_by("day", "number")
    return [(row.kind, str(row.amount)) for row in rows]


def the_case(bank: BankAccount, **given: Any) -> ReconException:
    return ReconException.objects.get(bank_account=bank, **given)


def acted(case: ReconException, action: Action, value: str = "", **given: Any) -> CasesChanged:
    """Something is done with one exception; `key`, `note` and `comment` may be given."""
    key, actor = given.pop("key", uuid4().hex), given.pop("actor", "ann")
    return change_exceptions(case.entity_id, [case.pk], CaseAction(action, value, **given), key=key, actor=actor)


def events_of(entity: Entity, prefix: str = "exception.") -> list[str]:
    return list(entity.events.filter(type__startswith=prefix).order_by("sequence").values_list("type", flat=True))


def some_exceptions(entity: Entity) -> dict[str, Any]:
    """A bank account of its own with exceptions in many states, and three reconciliations that were finished."""
    an_account(entity, "TIPS", "income")
    bank = a_bank_account(entity, "RECON")
    day = entity.business_date
    posted(entity, a_transfer("RECON", "TIPS", "70.00", external_reference="INV-2026-0003", effective_date=day))
    said(bank, ("70.01", "INV-2026-0003", day), *((f"-{one}.00", f"FEE-7000{one}", day) for one in range(1, 5)))
    ran(bank)
    of_both = the_case(bank, kind="amount")
    acted(of_both, "assign", "user:7", comment="yours")
    acted(of_both, "reason", "a cent")
    acted(the_case(bank, amount=-1), "check")
    acted(the_case(bank, amount=-2), "resolve", "accepted", note="small")
    keys = [f"finish-{number}" for number in range(3)]
    runs = [finish_reconciliation(entity.id, "RECON", day, key=key, actor="ann").run for key in keys]
    other = the_case(bank, amount=-3)
    return {"exception_id": of_both.pk, "other_exception_id": other.pk, "recon_run_id": runs[0].pk}


def a_gap(entity: Entity) -> None:
    """The bank account of `some_exceptions` gets a statement that does not go on from the one before."""
    bank = BankAccount.objects.get(entity=entity, account__code="RECON")
    day = Entity.objects.get(pk=entity.pk).business_date
    imported(entity, bank, a_statement_file(("1.00", "LATER-00001", day), opening="500.00"), allow_gap=True)
    ran(bank)
