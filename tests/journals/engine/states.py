"""Books in memory for the pure engine, and a way to read what it decided."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

from journals.drafts import Draft, check
from journals.engine import Books, Outcome, Posted, Replayed, decide
from journals.limits import AccountState
from ledgerflow.core.errors import LedgerError

TODAY = date(2026, 3, 2)
YESTERDAY = date(2026, 3, 1)
TOMORROW = date(2026, 3, 3)


def a_state(code: str, balance: str = "0.00", **given: Any) -> AccountState:
    """An account with `balance` on its normal side: debit unless `normal_sign` is -1; amounts may be text."""
    values: dict[str, Any] = {
        "id": str(uuid4()), "currency": "EUR", "minor_units": 2, "header": False, "closed": False,
        "outflow_frozen": False, "inflow_frozen": False, "held": "0.00", "version": 0, "normal_sign": 1,
        "min_balance": None, "max_balance": None, "overridden": False,
    } | given  # fmt: skip
    for name in ("held", "min_balance", "max_balance"):
        values[name] = None if values[name] is None else Decimal(values[name])
    on_debit = balance.startswith("-") == (values["normal_sign"] < 0)
    amount = Decimal(balance).copy_abs()  # not -amount, which would round to 28 digits
    zero = Decimal("0.00")
    return AccountState(code=code, debits=amount if on_debit else zero, credits=zero if on_debit else amount, **values)


def books_of(*accounts: AccountState, **given: Any) -> Books:
    values: dict[str, Any] = {"keys": {}, "business_date": TODAY} | given
    return Books(accounts={account.code: account for account in accounts}, **values)


def outcome_of(books: Books, draft: Draft) -> str:
    """The code of the refusal, "posted" or "replayed", of one draft as the posting use case treats it."""
    try:
        check(draft)
    except LedgerError as refusal:
        return refusal.code
    return code_of(decide(books, [draft])[0])


def codes_of(outcomes: Sequence[Outcome]) -> list[str]:
    return [code_of(outcome) for outcome in outcomes]


def code_of(outcome: Outcome) -> str:
    if isinstance(outcome, LedgerError):
        return outcome.code
    return "replayed" if isinstance(outcome, Replayed) else "posted"


def refused(outcome: Outcome) -> LedgerError:
    assert isinstance(outcome, LedgerError)
    return outcome


def posted(outcome: Outcome) -> Posted:
    assert isinstance(outcome, Posted), outcome
    return outcome


def state_of(books: Books) -> tuple[Any, ...]:
    """Everything a draft could have changed, as values."""
    return (
        {
            code: (a.debits, a.credits, a.version, a.overridden, a.held, a.min_balance, a.max_balance)
            for code, a in books.accounts.items()
        },
        dict(books.keys),
        set(books.reversed_journals),
        books.business_date,
    )
