"""Books of which accounts are bank accounts: founded, and posted into in bulk."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from itertools import islice
from typing import NamedTuple
from uuid import UUID, uuid4

from accounts.founding import found_books
from accounts.opening import open_accounts
from accounts.specs import AccountSpec
from bench.books import ACTOR
from bench.recon.files import COLUMNS
from journals.drafts import Draft, transfer_lines
from journals.posting import post_many
from recon.statements.bank_accounts import BankAccountSpec, set_bank_account

CURRENCY = "EUR"
OTHERS, SUSPENSE = "OTHERS", "SUSPENSE"
AT_ONCE = 5_000


class Transfer(NamedTuple):
    """Money that came into `account` from `other`, or went the other way where `amount` is below zero."""

    day: date
    account: str
    other: str
    amount: Decimal
    reference: str


class ReconBooks(NamedTuple):
    """The books, and their bank accounts by the codes of their accounts."""

    entity: UUID
    bank_accounts: dict[str, UUID]


def new_books(name: str, accounts: Sequence[str], first_day: date) -> ReconBooks:
    """An entity that begins on `first_day`; the accounts are bank accounts, and `OTHERS` and `SUSPENSE` are none."""
    entity = found_books(
        code=f"recon-{name}-{uuid4().hex[:8]}",
        name=f"Benchmark: {name}",
        base_currency=CURRENCY,
        business_date=first_day,
    )
    specs = [AccountSpec(code, f"Account {code}", CURRENCY) for code in (*accounts, OTHERS, SUSPENSE)]
    refused = [one for one in open_accounts(entity.id, specs, actor=ACTOR) if one.status != "opened"]
    assert not refused, refused[0]
    columns = COLUMNS | {"fixed_currency": CURRENCY}
    banks = {
        code: set_bank_account(entity.id, code, BankAccountSpec(f"Bank of {code}", code, columns), actor=ACTOR).id
        for code in accounts
    }
    return ReconBooks(entity.id, banks)


def post(entity: UUID, transfers: Iterable[Transfer], last_day: date) -> None:
    """Post each as a journal with its reference, in the order of days; then the business date is `last_day`."""
    end = Transfer(last_day, OTHERS, SUSPENSE, Decimal(1), "")
    drafts = _drafts([*transfers, end])
    while some := list(islice(drafts, AT_ONCE)):
        refused = [answer.refusal for answer in post_many(entity, some) if answer.status != "posted"]
        assert not refused, refused[0]


def _drafts(transfers: Iterable[Transfer]) -> Iterator[Draft]:
    for number, one in enumerate(transfers):
        debit, credit = (one.account, one.other) if one.amount > 0 else (one.other, one.account)
        yield Draft(
            f"bench-{number}", transfer_lines(debit, credit, abs(one.amount)), "transfer", one.day,
            external_reference=one.reference, advance_business_date=True, actor=ACTOR,
        )  # fmt: skip
