"""Whether statements go on from each other, wherever in time a new one is put."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recon.statements.continuity import Span, begins_at, breaks_around, breaks_in, in_order

pytestmark = pytest.mark.pure
MONDAY = date(2026, 3, 2)


def span(day: int, number: int, begins: str | None, ends: str | None, first: int | None = None) -> Span:
    """A statement that ends `day` days after Monday, with its first line on `first` or the same day."""
    on, begun = (MONDAY + timedelta(days=one) for one in (day, day if first is None else first))
    return Span(on, number, begun, *(None if one is None else Decimal(one) for one in (begins, ends)))


BEFORE, AFTER = span(0, 1, "0.00", "10.00"), span(5, 2, "20.00", "25.00")  # what is between them is missing


def test_new_lines_begin_behind_those_that_were_there() -> None:
    assert begins_at(Decimal("1.00"), Decimal("2.50")) == Decimal("3.50")
    assert begins_at(None, Decimal("2.50")) is None


@pytest.mark.parametrize(
    "new, expected",
    [
        (span(1, 3, "10.00", "20.00"), []),
        (span(1, 3, "10.00", "15.00"), []),  # one of several that are missing
        (span(1, 3, "11.00", "20.00"), [("before", "gap", 1, "1.00")]),
        (span(1, 3, "9.00", "20.00", -1), [("before", "overlap", 1, "-1.00")]),
        (span(1, 3, None, None), []),
        (span(9, 3, "25.00", "0.00"), []),
        (span(9, 3, "24.00", "0.00"), [("before", "gap", 2, "-1.00")]),
        (span(-9, 3, "5.00", "0.00"), []),
        (span(-9, 3, "5.00", "1.00"), [("after", "gap", 1, "-1.00")]),
    ],
)
def test_a_statement_that_comes_into_a_gap(new: Span, expected: list[tuple[str, str, int, str]]) -> None:
    found = breaks_around([BEFORE, AFTER], new)
    assert [(one.side, one.kind, one.statement, one.difference) for one in found] == expected


def test_a_statement_that_comes_between_two_that_fit() -> None:
    (found,) = breaks_around([BEFORE, span(5, 2, "10.00", "25.00")], span(1, 3, "10.00", "12.00"))
    assert (found.side, found.statement, found.expected, found.found) == ("after", 2, "12.00", "10.00")


def test_all_breaks_as_they_stand() -> None:
    ((later, found),) = breaks_in([AFTER, BEFORE])
    assert (later.number, found.statement, found.difference) == (2, 1, "10.00")
    assert breaks_in([AFTER, BEFORE, span(1, 3, "10.00", "20.00")]) == []


@given(st.permutations(range(6)))
def test_the_order_of_coming_leaves_the_same_breaks(order: list[int]) -> None:
    spans = [span(day, day, f"{day}.00", f"{day + (day != 3)}.00") for day in range(6)]
    came = [spans[place] for place in order]
    assert [one.number for one in in_order(came)] == list(range(6))
    assert breaks_in(came) == breaks_in(spans)
    assert [later.number for later, _ in breaks_in(spans)] == [4]
