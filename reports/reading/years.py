"""Fiscal years and months: those of the calendar of periods, and calendar ones where it has none. Pure."""

from __future__ import annotations

from bisect import bisect_right
from calendar import monthrange
from collections.abc import Sequence
from datetime import date, timedelta
from operator import attrgetter
from typing import NamedTuple

from ledgerflow.core.dates import EARLIEST

ONE_DAY = timedelta(days=1)
LAST_MONTH = 12
MONTHS_A_QUARTER = 3


class Year(NamedTuple):
    """A fiscal year, or another period: both days belong to it."""

    start: date
    end: date

    @property
    def name(self) -> str:
        """2026 for a calendar year, else its dates; of all years that were declared closed only the last one."""
        if self.start == EARLIEST:
            return f"earlier years to {self.end}"
        is_calendar = (self.start.month, self.start.day) == (1, 1) and self.start.year == self.end.year
        return str(self.start.year) if is_calendar else f"{self.start} to {self.end}"


def years_between(periods: Sequence[Year], first: date, last: date, *, months: bool = False) -> list[Year]:
    """The years that `first` to `last` lie in, in order and without gaps; the last one ends at `last`.

    `periods` are the fiscal ones in order; days of none of them are in calendar years (or `months`), cut where a
    period begins or ends. The first one keeps its own start.
    """
    found: list[Year] = []
    day = first
    while True:
        year = _period_of(periods, day, months=months)
        if found:
            year = year._replace(start=found[-1].end + ONE_DAY)
        found.append(Year(year.start, min(year.end, last)))
        if year.end >= last:
            return found
        day = year.end + ONE_DAY


def in_quarters(months: Sequence[Year], years: Sequence[Year]) -> list[Year]:
    """Months, in order and without gaps, in groups of three counted from the start of the fiscal year of each.

    A month that is not whole, or the thirteenth of a year, counts as one.
    """
    found: dict[tuple[date, int], Year] = {}
    for month in months:
        start = year_of(years, month.end).start
        place = (month.end.year - start.year) * LAST_MONTH + month.end.month - start.month
        key = start, place // MONTHS_A_QUARTER
        found[key] = found.get(key, month)._replace(end=month.end)
    return list(found.values())


def year_around(periods: Sequence[Year], day: date) -> Year:
    """The year that holds `day`, to its end."""
    return _period_of(periods, day, months=False)


def year_of(years: Sequence[Year], day: date) -> Year:
    """The one of `years`, in order and without gaps, that holds `day`."""
    return years[bisect_right(years, day, key=attrgetter("start")) - 1]


def _period_of(periods: Sequence[Year], day: date, *, months: bool) -> Year:
    for period in periods:
        if period.start <= day <= period.end:
            return period
    start, end = _calendar_month(day) if months else (date(day.year, 1, 1), date(day.year, LAST_MONTH, 31))
    for period in periods:
        if start <= period.end < day:
            start = period.end + ONE_DAY
        if day < period.start <= end:
            end = period.start - ONE_DAY
    return Year(start, end)


def _calendar_month(day: date) -> tuple[date, date]:
    return day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1])
