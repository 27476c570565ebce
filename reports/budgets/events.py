"""What happened to budgets, as events tell it. Pure."""

from __future__ import annotations

from datetime import date

import msgspec

from ledgerflow.books.idempotency import CLIENT
from ledgerflow.core.events import Fact


class BudgetedLine(msgspec.Struct, frozen=True):
    """What is budgeted for an account over some days; `dimension` and `value` are "" where it is for no value."""

    account: str
    currency: str
    starts_on: date
    ends_on: date
    dimension: str
    value: str
    amount: str


class BudgetSetFact(Fact, frozen=True):
    """Lines of a budget were set, each in the place of the line before it for that account, period and value."""

    event_type = "budget.set"

    version: str
    lines: list[BudgetedLine]
    idempotency_key: str
    fingerprint: str
    key_issuer: str = CLIENT


FACTS = (BudgetSetFact,)
