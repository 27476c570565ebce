"""Holds beside the register: memo lines between the postings, and no part of any balance."""

from __future__ import annotations

from datetime import timedelta

import pytest

from journals.models import DayTotal
from journals.reading.registers import MemoLine, Place, RegisterLine, register, register_with_holds
from ledgerflow.books.models import Entity
from tests.builders import TODAY
from tests.holding import a_busy_wallet, a_wallet, held, release


@pytest.fixture
def entity() -> Entity:
    return a_wallet()


def test_holds_are_no_part_of_the_running_balance_or_of_the_days_totals(entity: Entity) -> None:
    before = sorted(DayTotal.objects.filter(account__entity=entity).values_list("debits", "credits", "count"))
    release(entity, held(entity, "10.00"))
    assert sorted(DayTotal.objects.filter(account__entity=entity).values_list("debits", "credits", "count")) == before
    assert [line.balance_after for line in register(entity.accounts.get(code="wallet"))] == ["100.00"]


BUSY = [
    (1, "transfer", "100.00", "100.00"),
    (1, "hold_placed", "60.00", "60.00"),
    (2, "hold_capture", "25.00", "75.00"),
    (2, "hold_captured", "25.00", "35.00"),
    (3, "transfer", "5.00", "80.00"),
    (3, "hold_placed", "10.00", "45.00"),
    (4, "hold_capture", "30.00", "50.00"),
    (4, "hold_captured", "30.00", "15.00"),
    (4, "hold_released", "5.00", "10.00"),
    (4, "hold_released", "10.00", "0.00"),
]


def told(line: RegisterLine | MemoLine) -> tuple[int, str, str, str]:
    return line.version, line.kind, line.amount, line.held_after if isinstance(line, MemoLine) else line.balance_after


@pytest.mark.parametrize("newest_first", [False, True], ids=["oldest first", "newest first"])
def test_steps_of_holds_stand_between_the_postings(newest_first: bool) -> None:
    entity = a_busy_wallet()
    wallet = entity.accounts.get(code="wallet")
    lines = register_with_holds(wallet, newest_first=newest_first)
    expected = BUSY[::-1] if newest_first else BUSY
    assert [told(line) for line in lines] == expected
    paged: list[RegisterLine | MemoLine] = []
    while page := register_with_holds(
        wallet,
        newest_first=newest_first,
        limit=1,
        after=Place(paged[-1].version, paged[-1].event_sequence) if paged else None,
    ):
        paged += page
    assert paged == lines
    assert register_with_holds(wallet, from_date=TODAY + timedelta(days=1)) == []
    (first, *_) = register_with_holds(entity.accounts.get(code="shop"))
    assert told(first) == (0, "hold_placed", "1.00", "1.00")
