"""Positions, their average cost, and what a revaluation posts; figures by hand, euro for dollars."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fx.revaluation.revaluing import (
    ForeignPosition,
    ResultAccounts,
    ResultAmounts,
    ValuedMovement,
    carried,
    change,
    lines_of,
    taken_back,
)

pytestmark = pytest.mark.pure

RESULTS = ResultAccounts("gain", "loss", "r-gain", "r-loss")
Days = list[list[tuple[str, str]]]


def position(*days: list[tuple[str, str]], units: int = 2) -> ForeignPosition:
    movements = [[ValuedMovement(Decimal(amount), Decimal(value)) for amount, value in day] for day in days]
    return carried(movements, units)


@pytest.mark.parametrize(
    "days, amount, cost, realised",
    [
        ([[("100", "90")], [("50", "50")]], "150", "140", "0"),
        # 60 of 150 leave with 60/150 of 140 = 56, for 66: 10 gained
        ([[("100", "90")], [("50", "50")], [("-60", "-66")]], "90", "84", "10"),
        ([[("100", "90")], [("-100", "-85")]], "0", "0", "-5"),
        # A third of 100.00 is 33.33: the cents stay in the position
        ([[("3", "100.00")], [("-1", "-40.00")]], "2", "66.67", "6.67"),
        # An overdraft: 150 leave, 100 of them owned (90 -> 110), 50 owed at 1.10
        ([[("100", "90")], [("-150", "-165")]], "-50", "-55", "20"),
        # and is paid back for 40: 15 less than it was owed at
        ([[("100", "90")], [("-150", "-165")], [("50", "40")]], "0", "0", "35"),
        # A debt: taken up at 0.90, half of it paid at 0.80
        ([[("-100", "-90")], [("50", "40")]], "-50", "-45", "5"),
        # Of one day what adds comes first: 10 of 110, which came in at 100.00 + 10.00
        ([[("100", "100.00")], [("-10", "-12.00"), ("10", "10.00")]], "100", "100.00", "2.00"),
        ([], "0", "0", "0"),
    ],
    ids=["adds", "part", "all", "thirds", "overdraft", "overdraft back", "debt", "same day", "nothing"],
)
def test_what_a_position_cost(days: Days, amount: str, cost: str, realised: str) -> None:
    assert position(*days) == (Decimal(amount), Decimal(cost), Decimal(realised))


def test_the_first_day_of_a_debt_adds_first_too() -> None:
    # Net -90: the 100 owed are the position, the 10 paid leave it
    assert position([("10", "8.00"), ("-100", "-90.00")]) == (Decimal(-90), Decimal("-81.00"), Decimal("1.00"))


AMOUNTS = st.integers(-(10**9), 10**9).filter(bool).map(lambda number: Decimal(number).scaleb(-2))


@given(st.lists(st.lists(st.tuples(AMOUNTS, AMOUNTS), max_size=3), max_size=8))
def test_no_cent_of_the_movements_is_lost(days: list[list[tuple[Decimal, Decimal]]]) -> None:
    found = carried([[ValuedMovement(amount, value) for amount, value in day] for day in days], 2)
    every = [movement for day in days for movement in day]
    assert found.amount == sum(amount for amount, _ in every)
    assert found.cost - found.realised == sum(value for _, value in every)


@pytest.mark.parametrize(
    "closing, stands, posted",
    [
        ("95.00", ("0", "0", "0"), ("5.00", "0", "0")),
        ("88.00", ("0", "0", "0"), ("0", "2.00", "0")),
        ("88.00", ("5.00", "0", "0"), ("-5.00", "2.00", "0")),
        ("95.00", ("5.00", "0", "0"), ("0", "0", "0")),
        ("90.00", ("0", "2.00", "1.00"), ("0", "-2.00", "-1.00")),
    ],
    ids=["gain", "loss", "turns", "stands", "nothing left"],
)
def test_a_run_posts_the_difference(closing: str, stands: tuple[str, ...], posted: tuple[str, ...]) -> None:
    held = ForeignPosition(Decimal(100), Decimal("90.00"), Decimal(0))
    state = ResultAmounts(*map(Decimal, stands))
    assert change(held, Decimal(closing), state) == tuple(map(Decimal, posted))


def test_a_settled_share_moves_from_unrealised_to_realised() -> None:
    # 100 at 90.00, valued 110.00: 20.00 unrealised. 40 leave at 1.10 for 44.00: 8.00 realised, 12.00 left.
    after = position([("100", "90.00")], [("-40", "-44.00")])
    posted = change(after, Decimal("66.00"), ResultAmounts(Decimal("20.00")))
    assert posted == (Decimal("-8.00"), Decimal(0), Decimal("8.00"))
    amounts = {line.account: line.amount for line in lines_of(posted, "valuation", RESULTS, "")}
    assert amounts == {"gain": Decimal("8.00"), "r-gain": Decimal("-8.00")}


@pytest.mark.parametrize(
    "posted, lines",
    [
        (("5", "0", "0"), {"valuation": "5", "gain": "-5"}),
        (("0", "5", "0"), {"valuation": "-5", "loss": "5"}),
        (("-3", "2", "0"), {"valuation": "-5", "gain": "3", "loss": "2"}),
        (("0", "0", "4"), {"valuation": "4", "r-gain": "-4"}),
        (("0", "0", "-4"), {"valuation": "-4", "r-loss": "4"}),
    ],
    ids=["gain", "loss", "turn", "realised gain", "realised loss"],
)
def test_the_lines_of_a_change(posted: tuple[str, ...], lines: dict[str, str]) -> None:
    made = lines_of(ResultAmounts(*map(Decimal, posted)), "valuation", RESULTS, "why")
    assert {line.account: str(line.amount) for line in made} == lines
    assert sum(line.amount for line in made) == 0
    assert {line.description for line in made} == {"why"}


def test_a_reversal_takes_back_what_is_not_realised() -> None:
    assert taken_back(ResultAmounts(Decimal(5), Decimal(2), Decimal(9))) == (Decimal(-5), Decimal(-2), Decimal(0))
