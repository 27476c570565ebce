"""Sums of lines, event by event."""

from __future__ import annotations

from datetime import date
from decimal import Decimal, localcontext
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest

from accounts.events import AccountOpenedFact
from journals.events import BalanceFact, JournalFact, LineFact
from journals.hold_events import HoldCapturedFact, HoldExpiredFact, HoldFact, HoldPlacedFact, HoldReleasedFact
from journals.proof.summing import PART, Sums
from ledgerflow.core import canonical
from ledgerflow.core.events import Fact, RecordedEvent
from ledgerflow.core.money import CONTEXT

pytestmark = pytest.mark.pure

CASH, DAY = UUID(int=1), date(2026, 3, 2)


def event(fact: Fact, sequence: int = 1) -> RecordedEvent:
    data = canonical.encode(fact).decode()
    return RecordedEvent(
        UUID(int=9), sequence, uuid4(), fact.event_type, "", data, "", "", bytes([sequence % 256]) * 32
    )


def opened(code: str, account_id: UUID) -> AccountOpenedFact:
    return AccountOpenedFact(
        id=account_id, code=code, name=code, type="asset", currency="EUR", normal_side="debit", parent=None,
        is_header=False, monetary=True, owner_id="", role="", metadata={}, min_balance=None, max_balance=None,
    )  # fmt: skip


def journal(amount: str, hold: UUID | None = None, layer: str = "ordinary") -> JournalFact:
    lines = [LineFact("cash", amount, "EUR", "credit"), LineFact("shop", amount, "EUR", "debit")]
    return JournalFact(uuid4(), 1, "manual", layer, DAY, "k", "", lines, [], hold=hold)


def hold(kind: type[HoldFact], moved: str) -> HoldFact:
    balance = BalanceFact("cash", "0", "0", "0", "EUR", "0", "0", 0)
    return kind(uuid4(), 1, "cash", "EUR", moved, moved, "0", "0", moved, "active", balance, DAY)


def summed(*facts: Fact) -> Sums:
    sums = Sums()
    with localcontext(CONTEXT):
        for sequence, fact in enumerate([opened("cash", CASH), opened("shop", UUID(int=2)), *facts], 1):
            sums.add(event(fact, sequence))
    return sums


def test_lines_make_balances_and_totals() -> None:
    sums = summed(journal("2.50"), journal("1.00"), journal("4.00", layer="adjustment"))
    cash = sums.accounts["cash"]
    assert (cash.debits, cash.credits, cash.version) == (Decimal(0), Decimal("7.50"), 3)
    totals = {(key.account, key.layer, key.part): total for key, total in sums.take_totals().items()}
    assert totals[CASH, "ordinary", 0] == [0, Decimal("3.50"), 2]
    assert totals[CASH, "adjustment", 0] == [0, Decimal("4.00"), 1]
    assert (sums.sequence, sums.hash) == (5, bytes([5]) * 32)
    assert sums.take_totals() == {}


def test_totals_are_in_parts_by_version() -> None:
    sums = summed(*[journal("0.10")] * (PART + 1))
    assert sorted((key.part, total[2]) for key, total in sums.totals.items() if key.account == CASH) == [
        (0, PART - 1), (1, 2)
    ]  # fmt: skip


def test_what_is_held_is_placed_freed_and_captured() -> None:
    steps = (hold(HoldPlacedFact, "10.00"), hold(HoldReleasedFact, "1.00"), hold(HoldExpiredFact, "2.00"))
    capture = (journal("3.00", hold=UUID(int=5)), hold(HoldCapturedFact, "3.00"))
    assert summed(*steps, *capture).accounts["cash"].held == Decimal("4.00")


@pytest.mark.parametrize(
    "wrong, error",
    [
        ({"type": "no.such_thing"}, KeyError),
        ({"data": "{}"}, msgspec.ValidationError),
        ({"data": canonical.encode(journal("1.00")).decode().replace("cash", "gone")}, KeyError),
        ({"data": canonical.encode(journal("1.00")).decode().replace("1.00", "one")}, ArithmeticError),
    ],
)
def test_what_cannot_be_summed_is_said(wrong: dict[str, Any], error: type[Exception]) -> None:
    sums = summed()
    with localcontext(CONTEXT), pytest.raises(error):
        sums.add(event(journal("1.00"), 3)._replace(**wrong))
    assert sums.sequence == 3
