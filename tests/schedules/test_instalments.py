"""Schedules that end after so many times, and sums that are paid in so many."""

from __future__ import annotations

import itertools
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from journals.dating import Calendar
from journals.schedules.dates import DueDates, moved
from journals.schedules.templates import TemplateLine, instalments
from ledgerflow.core.errors import Malformed

pytestmark = pytest.mark.pure

JANUARY = date(2026, 1, 1)
EUR = dict.fromkeys("abcd", ("EUR", 2))


def lines(*given: tuple[str, str, str]) -> list[TemplateLine]:
    return [TemplateLine(account, side, amount) for account, side, amount in given]


def dates(schedule: DueDates) -> list[date]:
    found = []
    due = schedule.first(schedule.starts_on)
    while due is not None:
        found.append(due)
        due = schedule.after(due)
    return found


def amounts(parts: list[TemplateLine]) -> list[tuple[str, str]]:
    return [(part.amount, part.last_amount) for part in parts]


def test_a_thousand_in_three() -> None:
    parts = instalments(lines(("a", "debit", "1000.00"), ("b", "credit", "1000.00")), 3, EUR)
    assert amounts(parts) == [("333.33", "333.34")] * 2
    assert [str(parts[0].line(is_last=last).amount) for last in (False, False, True)] == ["333.33", "333.33", "333.34"]


@pytest.mark.parametrize(
    "asked, times, scales, expected",
    [
        (lines(("a", "debit", "1.00"), ("b", "credit", "0.50"), ("c", "credit", "0.50")), 3, EUR,
         [("0.33", "0.34"), ("0.17", "0.16"), ("0.16", "0.18")]),
        (lines(("a", "debit", "1000"), ("b", "credit", "1000")), 3, dict.fromkeys("ab", ("JPY", 0)), [("333", "334")] * 2),
        (lines(("a", "debit", "20.65"), ("b", "credit", "10.00"), ("c", "credit", "10.65")), 59, EUR,
         [("0.35", "0.35"), ("0.17", "0.14"), ("0.18", "0.21")]),
        (lines(("a", "debit", "120.00"), ("b", "credit", "120.00")), 12, EUR, [("10", "10")] * 2),
        (lines(("a", "debit", "9.99"), ("b", "credit", "9.99")), 1, EUR, [("9.99", "9.99")] * 2),
    ],
    ids=["two lines on a side", "many times", "without decimals", "even", "once"],
)  # fmt: skip
def test_what_each_date_takes(asked: Any, times: int, scales: Any, expected: list[tuple[str, str]]) -> None:
    assert amounts(instalments(asked, times, scales)) == expected


@pytest.mark.parametrize("amount, times", [("0.02", 3), ("0.01", 2), ("1.00", 101)])
def test_a_date_with_nothing_is_refused(amount: str, times: int) -> None:
    with pytest.raises(Malformed) as caught:
        instalments(lines(("a", "debit", amount), ("b", "credit", amount)), times, EUR)
    assert caught.value.pointer == "/lines/0/amount"


def test_a_schedule_ends_after_so_many_times() -> None:
    schedule = DueDates("quarterly", 31, JANUARY, times=3).ending()
    assert schedule.ends_on == date(2026, 7, 31)
    assert DueDates("quarterly", 31, JANUARY).ending().ends_on is None
    assert [str(one) for one in dates(schedule)] == ["2026-01-31", "2026-04-30", "2026-07-31"]


def test_times_beyond_all_dates_are_refused() -> None:
    for wanted in (
        DueDates("yearly", 1, date(2990, 1, 1), 1, times=11),
        DueDates("monthly", 1, JANUARY, every=120, times=1200),
    ):
        with pytest.raises(Malformed) as caught:
            wanted.ending()
        assert caught.value.pointer == "/times"


CENTS = st.integers(
    4_000,  # so that a unit more on each date never takes the last one's part
    10_000_000,
)


@settings(max_examples=60)
@given(
    st.lists(CENTS, min_size=1, max_size=4),
    st.lists(CENTS, min_size=1, max_size=4),
    st.integers(1, 60),
    st.integers(0, 3),
)
def test_instalments_come_to_their_sum_and_each_date_balances(
    debits: list[int], credits_: list[int], times: int, decimals: int
) -> None:
    credits_[-1] += max(0, sum(debits) - sum(credits_))
    debits[-1] += max(0, sum(credits_) - sum(debits))
    unit = Decimal(1).scaleb(-decimals)
    sides = [("debit", one) for one in debits] + [("credit", one) for one in credits_]
    asked = [TemplateLine(str(place), side, str(one * unit)) for place, (side, one) in enumerate(sides)]
    parts = instalments(asked, times, {line.account: ("XXX", decimals) for line in asked})
    posted = [[part.line(is_last=at == times - 1).amount for part in parts] for at in range(times)]
    assert all(sum(one) == 0 for one in posted)
    assert [sum(column) for column in zip(*posted, strict=True)] == [line.line().amount for line in asked]
    assert all(amount % unit == 0 and amount != 0 for one in posted for amount in one)


SCHEDULES = st.one_of(
    st.builds(DueDates, st.sampled_from(["monthly", "quarterly"]), st.integers(1, 31), st.dates(date(1999, 1, 1), date(2100, 1, 1)),
              every=st.integers(1, 13), times=st.integers(1, 40)),
    st.builds(DueDates, st.just("weekly"), st.integers(1, 7), st.dates(date(1999, 1, 1), date(2100, 1, 1)),
              every=st.integers(1, 13), times=st.integers(1, 40)),
    st.builds(DueDates, st.just("yearly"), st.integers(1, 31), st.dates(date(1999, 1, 1), date(2100, 1, 1)), st.integers(1, 12),
              every=st.integers(1, 4), times=st.integers(1, 40)),
)  # fmt: skip


@settings(max_examples=60)
@given(SCHEDULES, st.sampled_from(["none", "following", "preceding"]), st.integers(0, 400))
def test_no_instalment_is_lost_or_doubled(wanted: DueDates, rule: str, pause: int) -> None:
    """However it is asked: one after the other, or from any day on; days off move them and keep their order."""
    schedule = wanted.ending()
    all_dates = dates(schedule)
    assert len(all_dates) == len(set(all_dates)) == wanted.times
    assert all_dates == sorted(all_dates)
    assert all_dates[0] >= wanted.starts_on
    day = wanted.starts_on + timedelta(days=pause)
    assert schedule.first(day) == next((one for one in all_dates if one >= day), None)
    calendar = Calendar(weekend=frozenset({6, 7}), holidays=frozenset({all_dates[0]}))
    on = [moved(one, rule, calendar) for one in all_dates]
    assert on == sorted(on)
    if wanted.frequency != "weekly":
        gaps = {(b.year - a.year) * 12 + b.month - a.month for a, b in itertools.pairwise(all_dates)}
        assert gaps <= {wanted.every * {"monthly": 1, "quarterly": 3, "yearly": 12}[wanted.frequency]}
    else:
        assert {(b - a).days for a, b in itertools.pairwise(all_dates)} <= {7 * wanted.every}
