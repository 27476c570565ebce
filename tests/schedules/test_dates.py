"""Dates that recur, by the calendar on the wall."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from journals.dating import Calendar
from journals.schedules.dates import DueDates, moved
from ledgerflow.core.errors import Malformed

pytestmark = pytest.mark.pure

START = date(2026, 1, 1)  # a Thursday


def schedule(frequency: str, day: int, **more: Any) -> DueDates:
    values: dict[str, Any] = {"frequency": frequency, "day": day, "starts_on": START} | more
    return DueDates(**values)


def dates(wanted: DueDates, most: int = 4) -> list[str]:
    found: list[str] = []
    due = wanted.first(wanted.starts_on)
    while due is not None and len(found) < most:
        found.append(str(due))
        due = wanted.after(due)
    return found


@pytest.mark.parametrize(
    "wanted, expected",
    [
        (schedule("monthly", 31), ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"]),
        (schedule("monthly", 30), ["2026-01-30", "2026-02-28", "2026-03-30", "2026-04-30"]),
        (schedule("monthly", 1), ["2026-01-01", "2026-02-01", "2026-03-01", "2026-04-01"]),
        (schedule("monthly", 15, starts_on=date(2026, 1, 16)), ["2026-02-15", "2026-03-15", "2026-04-15", "2026-05-15"]),
        (schedule("monthly", 31, starts_on=date(2028, 2, 1)), ["2028-02-29", "2028-03-31", "2028-04-30", "2028-05-31"]),
        (schedule("monthly", 31, every=2), ["2026-01-31", "2026-03-31", "2026-05-31", "2026-07-31"]),
        (schedule("monthly", 31, every=13), ["2026-01-31", "2027-02-28", "2028-03-31", "2029-04-30"]),
        (schedule("monthly", 10, every=2, starts_on=date(2026, 1, 11)), ["2026-02-10", "2026-04-10", "2026-06-10",
                                                                        "2026-08-10"]),
        (schedule("quarterly", 31), ["2026-01-31", "2026-04-30", "2026-07-31", "2026-10-31"]),
        (schedule("quarterly", 31, starts_on=date(2026, 3, 1)), ["2026-03-31", "2026-06-30", "2026-09-30", "2026-12-31"]),
        (schedule("quarterly", 30, every=2, starts_on=date(2025, 11, 30)), ["2025-11-30", "2026-05-30", "2026-11-30",
                                                                           "2027-05-30"]),
        (schedule("weekly", 5, every=2), ["2026-01-02", "2026-01-16", "2026-01-30", "2026-02-13"]),
        (schedule("yearly", 29, month=2, every=2), ["2026-02-28", "2028-02-29", "2030-02-28", "2032-02-29"]),
        (schedule("weekly", 4), ["2026-01-01", "2026-01-08", "2026-01-15", "2026-01-22"]),
        (schedule("weekly", 3), ["2026-01-07", "2026-01-14", "2026-01-21", "2026-01-28"]),
        (schedule("yearly", 29, month=2), ["2026-02-28", "2027-02-28", "2028-02-29", "2029-02-28"]),
        (schedule("yearly", 31, month=12), ["2026-12-31", "2027-12-31", "2028-12-31", "2029-12-31"]),
        (schedule("monthly", 31, ends_on=date(2026, 3, 30)), ["2026-01-31", "2026-02-28"]),
        (schedule("monthly", 31, ends_on=date(2026, 2, 28)), ["2026-01-31", "2026-02-28"]),
    ],
    ids=["last day", "30th", "first", "starts after it", "leap year", "every two months", "every thirteen months",
         "from the next month on", "quarterly", "quarters of a year", "half-yearly", "every two weeks", "every two years",
         "same weekday", "day before", "29 February",
         "New Year's Eve", "ends before one", "ends on one"],
)  # fmt: skip
def test_the_dates_of_a_schedule(wanted: DueDates, expected: list[str]) -> None:
    wanted.check()
    assert dates(wanted) == expected


def test_there_is_an_end_of_time() -> None:
    assert schedule("yearly", 1, month=1).first(date(9998, 5, 1)) is None
    assert schedule("weekly", 4).first(date(9999, 12, 31)) is None
    assert schedule("weekly", 5).first(date(9999, 12, 31)) == date(9999, 12, 31)  # a Friday
    assert schedule("weekly", 5).after(date.max) is None


@pytest.mark.parametrize(
    "wrong, pointer",
    [
        (schedule("daily", 1), "/frequency"),
        (schedule("weekly", 8), "/day"),
        (schedule("monthly", 32), "/day"),
        (schedule("monthly", 0), "/day"),
        (schedule("monthly", 1, month=2), "/month"),
        (schedule("yearly", 1), "/month"),
        (schedule("yearly", 1, month=13), "/month"),
        (schedule("monthly", 1, holiday_rule="maybe"), "/holiday_rule"),
        (schedule("monthly", 1, starts_on=date(3000, 1, 1)), "/starts_on"),
        (schedule("weekly", 1, starts_on=date.min), "/starts_on"),
        (schedule("monthly", 31, ends_on=date(2026, 1, 30)), "/ends_on"),
        (schedule("monthly", 31, every=0), "/every"),
        (schedule("monthly", 31, every=121), "/every"),
        (schedule("monthly", 31, times=0), "/times"),
        (schedule("quarterly", 1, month=2), "/month"),
    ],
    ids=["frequency", "weekday", "day too high", "day too low", "month of a monthly one", "no month", "month too high",
         "holiday rule", "end of time", "beginning of time", "no date in it", "never", "every ten years and a month", "no times", "month of a quarterly one"],
)  # fmt: skip
def test_what_makes_no_schedule(wrong: DueDates, pointer: str) -> None:
    with pytest.raises(Malformed) as caught:
        wrong.check()
    assert caught.value.pointer == pointer


WEEKENDS = Calendar(weekend=frozenset({6, 7}), holidays=frozenset({date(2026, 1, 30)}))


@pytest.mark.parametrize(
    "rule, day",
    [("none", date(2026, 1, 31)), ("following", date(2026, 2, 2)), ("preceding", date(2026, 1, 29))],
)
def test_a_due_date_moves_off_weekends_and_holidays(rule: str, day: date) -> None:
    """31 January 2026 is a Saturday, and the Friday before it a holiday."""
    assert moved(date(2026, 1, 31), rule, WEEKENDS) == day


def test_a_calendar_without_business_days_is_not_searched_for_ever() -> None:
    never = Calendar(weekend=frozenset(range(1, 8)))
    for rule in ("following", "preceding"):
        with pytest.raises(Malformed):
            moved(START, rule, never)


@pytest.mark.parametrize("rule, day", [("preceding", date.min), ("following", date.max)])
def test_a_day_off_at_either_end_of_time_is_refused_and_no_overflow(rule: str, day: date) -> None:
    """0001-01-01 is a Monday, 9999-12-31 a Friday."""
    with pytest.raises(Malformed):
        moved(day, rule, Calendar(weekend=frozenset({1, 5})))
