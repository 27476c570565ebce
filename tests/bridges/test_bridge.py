"""The reconciliation statement: each story to the cent, and for any history at all it ties on every day."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal, localcontext
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledgerflow.core.money import CONTEXT
from recon.matching.passes.shapes import Side
from recon.reports.bridge import Bridge, TiedItem, bridge
from recon.reports.errors import TiedItemTwice

pytestmark = pytest.mark.pure

FIRST = date(2025, 8, 31)


def on(day: int) -> date:
    return FIRST + timedelta(days=day)


def a_line(id_: str, day: int, amount: str, match: str | None = None) -> TiedItem:
    return TiedItem(id_, "bank", on(day), Decimal(amount), match)


def a_posting(id_: str, day: int, amount: str, match: str | None = None) -> TiedItem:
    return TiedItem(id_, "books", on(day), Decimal(amount), match)


def balance(items: list[TiedItem], side: Side, day: date, opening: str = "0") -> Decimal:
    with localcontext(CONTEXT):
        return sum((item.amount for item in items if item.side == side and item.day <= day), Decimal(opening))


def statement(items: list[TiedItem], day: int, opening: str = "0") -> Bridge:
    at = on(day)
    return bridge(at, balance(items, "books", at, opening), balance(items, "bank", at, opening), items)


def listed(made: Bridge) -> list[tuple[str, Decimal]]:
    return [(line.item.id, line.effect) for line in (*made.outstanding_books, *made.outstanding_bank)]


def test_a_cheque_that_the_bank_has_not_seen_and_a_fee_that_we_have_not_posted() -> None:
    items = [
        a_posting("sale", 1, "500", "m1"), a_line("credit", 2, "500", "m1"),
        a_posting("cheque", 3, "-120"), a_line("fee", 4, "-4.50"),
    ]  # fmt: skip
    made = statement(items, 5, "1000")
    assert (made.book_balance, made.bank_balance, made.difference) == (Decimal(1380), Decimal("1495.50"), Decimal(0))
    assert listed(made) == [("cheque", Decimal(120)), ("fee", Decimal("-4.50"))]
    assert made.explained == made.bank_balance


def test_what_is_matched_today_was_outstanding_on_the_days_between() -> None:
    items = [a_posting("sale", 1, "500", "m1"), a_line("credit", 3, "500", "m1")]
    assert listed(statement(items, 0)) == []
    assert listed(statement(items, 1)) == [("sale", Decimal(-500))]
    assert listed(statement(items, 2)) == [("sale", Decimal(-500))]
    assert listed(statement(items, 3)) == []


def test_a_match_partly_dated_later_is_listed_as_a_whole() -> None:
    """The line of 100 pays 60 that we had and 40 that we posted a day later: 100 less 60 lie between the balances."""
    items = [a_line("L", 1, "100", "m"), a_posting("P", 1, "60", "m"), a_posting("Q", 2, "40", "m")]
    made = statement(items, 1)
    assert listed(made) == [("P", Decimal(-60)), ("L", Decimal(100))]
    assert made.difference == 0
    assert listed(statement(items, 2)) == []


def test_a_residual_is_a_line_of_its_own() -> None:
    items = [a_line("L", 1, "10.01", "m"), a_posting("P", 1, "10.00", "m")]
    made = statement(items, 1)
    assert listed(made) == []
    assert made.residuals == (("m", Decimal("0.01"), ("L",), ("P",)),)
    assert made.difference == 0


def test_two_lines_may_explain_each_other_and_one_side_alone_does_not() -> None:
    returned = [a_line("out", 1, "-50", "m"), a_line("back", 2, "50", "m")]
    assert listed(statement(returned, 2)) == []
    assert listed(statement(returned, 1)) == [("out", Decimal(-50))]
    alone = [a_line("L", 1, "50", "m")]
    assert listed(statement(alone, 1)) == [("L", Decimal(50))]


def test_what_nobody_gave_is_the_difference() -> None:
    made = bridge(on(1), Decimal(100), Decimal(130), [a_line("L", 1, "20")])
    assert (made.explained, made.difference) == (Decimal(120), Decimal(10))


def test_an_item_is_given_once() -> None:
    with pytest.raises(TiedItemTwice):
        bridge(on(1), Decimal(0), Decimal(0), [a_line("L", 1, "1"), a_posting("L", 1, "1")])


def test_digits_are_never_lost() -> None:
    items = [a_line("L", 1, "99999999999999999999.000000000000000001"), a_posting("P", 1, "0.01")]
    assert statement(items, 1).difference == 0


amounts = st.integers(-9999, 9999).map(lambda cents: Decimal(cents).scaleb(-2))
SIDES: tuple[Side, ...] = ("bank", "books")
rows = st.tuples(st.sampled_from(SIDES), st.integers(0, 12), amounts, st.sampled_from([None, "a", "b", "c", "d"]))
histories = st.lists(rows, max_size=14).map(
    lambda found: [
        TiedItem(f"i{at}", side, on(day), amount, match) for at, (side, day, amount, match) in enumerate(found)
    ]
)


@given(histories, amounts, st.randoms(use_true_random=False))
@settings(max_examples=100)
def test_every_day_ties(items: list[TiedItem], opening: Decimal, chance: Random) -> None:
    """Any matches at all, N:M and of one side too; and each item is in one line at most."""
    shuffled = list(items)
    chance.shuffle(shuffled)
    for day in range(-1, 14):
        made = statement(items, day, str(opening))
        assert made.difference == 0
        assert made == statement(shuffled, day, str(opening))
        ids = [id_ for id_, _ in listed(made)] + [id_ for line in made.residuals for id_ in (*line.bank, *line.books)]
        assert len(ids) == len(set(ids))
        known = {item.id: item for item in items}
        assert all(known[id_].day <= on(day) for id_ in ids)
        later = {item.match_id for item in items if item.day > on(day)} - {None}
        assert {item.id for item in items if item.day <= on(day) and item.match_id in (None, *later)} <= {
            id_ for id_, _ in listed(made)
        }
