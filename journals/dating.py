"""The date a draft gets: which days are open, for which layer, and what the calendar says. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple

from journals.drafts import ORDINARY, Draft
from journals.errors import (
    AfterCalendar,
    BeforeCalendar,
    BeforeOriginal,
    DayClosed,
    FutureDate,
    NoBusinessDayBefore,
    NoDayAfter,
    NotABusinessDay,
    NotAPeriodEnd,
    PeriodClosed,
    PeriodLocked,
    UnusualDate,
)
from ledgerflow.books.errors import BusinessDateLeap
from ledgerflow.core.dates import LONGEST_STEP
from ledgerflow.core.phrases import phrase
from ledgerflow.core.plugins import registry

CLOSED = phrase("closed: the last closed day is {day}")
ONE_DAY = timedelta(days=1)
MOST_FREE_DAYS = 366  # in a row: a calendar without business days must not be searched for ever


@dataclass(slots=True)
class Calendar:
    """Which days are open, as loaded under the entity's lock.

    Nobody posts through `closed_through`, ordinary work stays out through `ordinary_through`. `locked` are the locked
    periods among the open days, `period_ends` how the periods stand that end on days other layers ask for, by layer and
    day: an adjustment obeys month and year, a closing entry the year alone.
    """

    closed_through: date | None = None
    ordinary_through: date | None = None
    holiday_policy: str = "allow"
    weekend: frozenset[int] = frozenset()
    holidays: frozenset[date] = frozenset()
    locked: list[tuple[date, date]] = field(default_factory=list)
    period_ends: Mapping[tuple[str, date], str] = field(default_factory=dict)
    began_on: date = date.min  # the first business date of the books
    fiscal_from: date = date.min  # the first day of the first fiscal year
    fiscal_through: date = date.max  # the last day of the last one

    def is_business_day(self, day: date) -> bool:
        """Whether work is done on that day: neither weekend (ISO weekdays) nor holiday."""
        return day.isoweekday() not in self.weekend and day not in self.holidays

    def following(self, day: date) -> date:
        """That day, or the first business day after it. Raises `Malformed` when there is none within a year."""
        for _ in range(MOST_FREE_DAYS):
            if self.is_business_day(day):
                return day
            if day == date.max:
                break
            day += ONE_DAY
        raise NoBusinessDayBefore(day=str(day))

    def after(self, day: date) -> date:
        """The first business day after that day. Raises `Malformed` when there is none within a year."""
        if day == date.max:
            raise NoDayAfter
        return self.following(day + ONE_DAY)


class Dated(NamedTuple):
    """The effective date of a journal, and the one asked for where that was another."""

    day: date
    original: date | None


def dated(draft: Draft, business_date: date, calendar: Calendar, *, in_use: bool = True) -> Dated:
    """The date `draft` is posted on, given the business date of the books, and whether there is a journal in them.

    Raises `BeforeOriginal`, `NotABusinessDay`, `DayClosed`, `FutureDate`, `BusinessDateLeap`, `PeriodClosed`,
    `PeriodLocked` or `UnusualDate`.
    """
    asked = draft.effective_date or business_date
    if draft.not_before is not None and asked < draft.not_before:
        raise BeforeOriginal(pointer="/effective_date", original_date=str(draft.not_before))
    day = _ordinary(draft, asked, business_date, calendar) if draft.layer == ORDINARY else asked
    if day > business_date and not draft.advance_business_date:
        raise FutureDate(pointer="/effective_date", business_date=str(business_date), day=str(day))
    if in_use and day - business_date > LONGEST_STEP:
        raise BusinessDateLeap(business_date=str(business_date), to=str(day), pointer="/effective_date")
    _check_periods(draft, day, calendar)
    # The last of all: whoever confirms it is refused for nothing else. A reversal is not before its original.
    if not draft.confirm_unusual_date and draft.reverses is None:
        _check_usual(draft, day, business_date, calendar)
    return Dated(day, asked if asked != day else draft.original_date)


def _check_usual(draft: Draft, day: date, business_date: date, calendar: Calendar) -> None:
    """Raise `UnusualDate` before the books began, or outside their fiscal calendar.

    A calendar may be made ahead, or be at its end: the business date is usual all the same, and so is what the close
    posts into its day. Only what takes the business date on to a day without a fiscal year is after the calendar.
    """
    if day < calendar.began_on:
        raise UnusualDate(pointer="/effective_date", date=str(day), first_business_date=str(calendar.began_on))
    of_the_close = draft.kind in registry.kinds_into_a_closing_day
    if day < min(calendar.fiscal_from, business_date) and not of_the_close:
        raise BeforeCalendar(pointer="/effective_date", date=str(day), first_day=str(calendar.fiscal_from))
    if day > max(calendar.fiscal_through, business_date):
        raise AfterCalendar(pointer="/effective_date", date=str(day), last_day=str(calendar.fiscal_through))


def _ordinary(draft: Draft, asked: date, business_date: date, calendar: Calendar) -> date:
    day = asked
    # A period may end on a day off, and is revalued at its end all the same.
    of_the_close = draft.kind in registry.kinds_into_a_closing_day
    if draft.effective_date is not None and calendar.holiday_policy != "allow" and not of_the_close:
        day = _on_business_day(draft, asked, business_date, calendar)
    through = calendar.closed_through if of_the_close else calendar.ordinary_through
    if through is None or day > through:
        return day
    if draft.late == "roll_forward":
        return business_date
    closed = calendar.closed_through
    what = CLOSED.format(day=closed) if closed is not None and day <= closed else "closing"
    raise DayClosed(pointer="/effective_date", closed_through=str(through), day=str(day), state=str(what))


def _on_business_day(draft: Draft, asked: date, business_date: date, calendar: Calendar) -> date:
    """The business date is a day of work whatever the calendar says; what may roll forward leaves any other day off."""
    if asked == business_date or calendar.is_business_day(asked):
        return asked
    following = calendar.following(asked)
    if draft.late == "roll_forward":
        return min(following, business_date) if asked < business_date else following
    if calendar.holiday_policy == "following":
        return following
    raise NotABusinessDay(pointer="/effective_date", following_business_day=str(following), day=str(asked))


def _check_periods(draft: Draft, day: date, calendar: Calendar) -> None:
    if not calendar.locked and draft.layer == ORDINARY:
        return
    status = "locked" if any(start <= day <= end for start, end in calendar.locked) else "open"
    if draft.layer != ORDINARY:
        status = calendar.period_ends.get((draft.layer, day), "none")
    if status == "none":
        what = "period" if draft.layer == "adjustment" else "fiscal year"
        raise NotAPeriodEnd(pointer="/effective_date", layer=draft.layer, period=str(what), day=str(day))
    if status == "closed":
        raise PeriodClosed(pointer="/effective_date", day=str(day))
    if status == "locked" and not draft.override_lock:
        raise PeriodLocked(pointer="/effective_date", day=str(day))
