"""The periods of a fiscal year: which days it has, and how it is divided. Pure.

A year is up to 18 months long, which is what company law allows a first one, or one that leads to another year end
(Companies Act 2006, sections 391 and 392); how short it may be differs by country, so one day is enough here. A year of
weeks ends on the same weekday, the last in a month or the nearest to its end (26 CFR 1.441-2).
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import NamedTuple

import msgspec

from journals.dating import ONE_DAY
from journals.periods.errors import NotAFiscalYear, NotTheEndOfWeeks, PeriodsOfNoYear
from ledgerflow.core.dates import check_day

MONTHS = 12
MOST_MONTHS = 18
QUARTERS = 4
WEEK = timedelta(days=7)
HALF_A_WEEK = 3
PATTERNS = ("4-4-5", "4-5-4", "5-4-4")
ENDS = ("last", "nearest")
MAX_NAME = 20
MAX_NUMBER = len(" P12")  # that follows the name of the year in those of its periods
MONTH, YEAR, SPECIAL, EARLIER = "month", "year", "special", "earlier"
EARLIER_YEARS = "Earlier years"


class Weeks(msgspec.Struct, frozen=True):
    """A year of 52 or 53 weeks: the ISO weekday it ends on, which one of what month, and the weeks of its periods.

    The 53rd week goes to the last period.
    """

    weekday: int
    month: int
    ends: str = "nearest"
    pattern: str = "4-4-5"


class YearPlan(msgspec.Struct, frozen=True):
    """The year that is asked for; without a last day it has twelve months, or the weeks to the next end of weeks."""

    starts_on: date
    ends_on: date | None = None
    name: str = ""
    weeks: Weeks | None = None
    special_period: bool = False


class Span(NamedTuple):
    """A period as planned."""

    kind: str
    name: str
    starts_on: date
    ends_on: date


def spans_of(plan: YearPlan) -> list[Span]:
    """The months of the year in order, its special period where it has one, the year itself.

    The months end on the day of the month on which the year ends, the last of each month where the year ends with one;
    so the first is short where the year begins elsewhere. Raises `Malformed` for what is no year.
    """
    first = plan.starts_on
    check_day(first, "/starts_on")
    check_day(plan.ends_on, "/ends_on")
    last = plan.ends_on or (months_later(first, MONTHS) - ONE_DAY if plan.weeks is None else _end_after(plan))
    check_day(last, "/starts_on")
    longest = months_later(first, MOST_MONTHS) - ONE_DAY
    if not first <= last <= longest:
        raise NotAFiscalYear(pointer="/ends_on", first_day=str(first), last_day=str(last), most=MOST_MONTHS)
    ends = sorted(_ends_of_months(first, last) if plan.weeks is None else _ends_of_weeks(plan.weeks, first, last))
    name = plan.name or f"FY{last.year if plan.weeks is None else _named_after(plan.weeks, last)}"
    starts = [first, *(end + ONE_DAY for end in ends)]
    months = [Span(MONTH, f"{name} P{at:02}", *days) for at, days in enumerate(zip(starts, ends, strict=False), 1)]
    special = [Span(SPECIAL, f"{name} P{len(months) + 1:02}", last, last)] if plan.special_period else []
    return [*months, *special, Span(YEAR, name, first, last)]


def check_year(spans: Sequence[Span]) -> Span:
    """The year itself, of a year that is given with its periods as `spans_of` would make them.

    Raises `PeriodsOfNoYear`, `NotAFiscalYear`, and `DateOutOfRange` for a day that no books have.
    """
    for day in (day for one in spans for day in (one.starts_on, one.ends_on)):
        check_day(day, "/periods")
    months = [one for one in spans if one.kind == MONTH]
    others = [one for one in spans if one.kind != MONTH]
    if not months or list(spans) != [*months, *others] or [one.kind for one in others] not in ([YEAR], [SPECIAL, YEAR]):
        raise PeriodsOfNoYear(pointer="/periods")
    year = others[-1]
    begins = [year.starts_on, *(one.ends_on + ONE_DAY for one in months[:-1])]
    follow = [one.starts_on for one in months] == begins
    names = {one.name for one in spans if one.name.strip() and len(one.name) <= MAX_NAME + MAX_NUMBER}
    on_last_day = all(one.starts_on == one.ends_on == year.ends_on for one in others[:-1])
    in_order = all(one.starts_on <= one.ends_on for one in months) and months[-1].ends_on == year.ends_on
    if not (follow and in_order and on_last_day and len(names) == len(spans)):
        raise PeriodsOfNoYear(pointer="/periods")
    if year.ends_on > months_later(year.starts_on, MOST_MONTHS) - ONE_DAY:
        first, last = str(year.starts_on), str(year.ends_on)
        raise NotAFiscalYear(pointer="/periods", first_day=first, last_day=last, most=MOST_MONTHS)
    return year


def months_later(day: date, months: int) -> date:
    """The same day of a later month, or the last of one that is too short for it."""
    years, month = divmod(day.month - 1 + months, MONTHS)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def end_of_weeks(weeks: Weeks, year: int) -> date:
    """The day on which the weeks of that year end: with "nearest" it may lie in the month after.

    26 CFR 1.441-2 (a)(4): of November 2001, the last Saturday is the 24th, the nearest to its end the 1st of December.
    """
    last = date(year, weeks.month, monthrange(year, weeks.month)[1])
    back = (last.isoweekday() - weeks.weekday) % 7
    found = last - timedelta(days=back)
    return found + WEEK if weeks.ends == "nearest" and back > HALF_A_WEEK else found


def _end_after(plan: YearPlan) -> date:
    """The first end of weeks on or after the first day."""
    assert plan.weeks is not None  # noqa: S101 - for the type
    ends = (end_of_weeks(plan.weeks, plan.starts_on.year + more) for more in (-1, 0, 1))
    return next(end for end in ends if end >= plan.starts_on)


def _ends_of_months(first: date, last: date) -> Iterator[date]:
    """From the last one back. A year that ends with a month has months that do."""
    of_month = 31 if last.day == monthrange(last.year, last.month)[1] else last.day
    back, end = 0, last
    while end >= first:
        yield end
        back += 1
        month = months_later(last.replace(day=1), -back)
        end = month.replace(day=min(of_month, monthrange(month.year, month.month)[1]))


def _ends_of_weeks(weeks: Weeks, first: date, last: date) -> Iterator[date]:
    """From the last one back; what lies before the first day is cut off."""
    year = _named_after(weeks, last)
    if end_of_weeks(weeks, year) != last:
        raise NotTheEndOfWeeks(pointer="/ends_on", last_day=str(last), weeks_end=str(end_of_weeks(weeks, year)))
    while last >= first:
        begins = end_of_weeks(weeks, year - 1) + ONE_DAY
        end = begins - ONE_DAY
        for number, length in enumerate([int(one) for one in weeks.pattern.split("-")] * QUARTERS, 1):
            end = last if number == MONTHS else end + length * WEEK
            if end >= first:
                yield end
        last, year = begins - ONE_DAY, year - 1


def _named_after(weeks: Weeks, last: date) -> int:
    """The year in which the month lies that the weeks end with: that of December may end in January."""
    in_next_year = weeks.month == MONTHS and last.month == 1
    return last.year - 1 if in_next_year else last.year
