"""Bodies of the endpoints of budgets. Pure."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import msgspec

from accounts.bodies import MAX_AMOUNT_TEXT, Code
from ledgerflow.core.money import parse_signed
from reports.budgets.setting import MOST_LINES
from reports.budgets.specs import BudgetSpec


class BudgetLineRequest(msgspec.Struct, forbid_unknown_fields=True):
    """What an account is to move: assets and expenses debit positive, all else credit positive; zero takes it back.

    `period` is a month such as 2026-03 or the name of a fiscal period.
    """

    account: Code
    period: Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
    amount: Annotated[str, msgspec.Meta(max_length=MAX_AMOUNT_TEXT)]
    dimension: Annotated[str, msgspec.Meta(max_length=40)] = ""
    value: Annotated[str, msgspec.Meta(max_length=100)] = ""

    def spec(self, number: int) -> BudgetSpec:
        """The line asked for. Raises `Malformed` for an amount that is none."""
        amount = parse_signed(self.amount, f"/lines/{number}/amount")
        return BudgetSpec(self.account, self.period, amount, self.dimension, self.value)


class BudgetRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Lines of a budget: all of them are set, or none."""

    lines: Annotated[list[BudgetLineRequest], msgspec.Meta(min_length=1, max_length=MOST_LINES)]

    def specs(self) -> list[BudgetSpec]:
        """The lines asked for."""
        return [line.spec(number) for number, line in enumerate(self.lines)]


class BudgetSetResponse(msgspec.Struct):
    """What was set."""

    version: str
    lines: int
    event_sequence: int


class BudgetLineResponse(msgspec.Struct):
    """A line in force."""

    account: str
    currency: str
    starts_on: date
    ends_on: date
    dimension: str
    value: str
    amount: str
    event_sequence: int


class BudgetLinePage(msgspec.Struct):
    results: list[BudgetLineResponse]
    next: str | None
