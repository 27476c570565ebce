"""Dates that recur: monthly on a day, weekly on a weekday, yearly. Pure."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

import msgspec

from journals.dating import MOST_FREE_DAYS, ONE_DAY, Calendar
from journals.schedules.errors import NoBusinessDayAfter, ScheduleWithoutDate
from ledgerflow.core.dates import check_day

FREQUENCIES = ("monthly", "quarterly", "weekly", "yearly")
HOLIDAY_RULES = ("none", "following", "preceding")
DAYS_IN_WEEK = 7
LAST_DAY = 31
MONTHS = 12
MONTHS_OF = {"monthly": 1, "quarterly": 3, "yearly": MONTHS}
MOST_EVERY = 120
MOST_TIMES = 1200


class DueDates(msgspec.Struct, frozen=True):
    """When something is due. `day` is that of the month (31, or any it is too short for: its last) or an ISO weekday.

    `month` is that of a yearly schedule. `every` 2 leaves out every second week, month, quarter or year; it is counted
    from the first date on. Dates run from `starts_on` through `ends_on`, both included, at most `times` of them.
    `holiday_rule` moves what falls on a day that is no business day to the following or preceding one, or leaves it
    ("none").
    """

    frequency: str
    day: int
    starts_on: date
    month: int | None = None
    ends_on: date | None = None
    holiday_rule: str = "none"
    every: int = 1
    times: int | None = None

    def check(self) -> None:
        """Raise `Malformed`, with a pointer, for a schedule that makes no sense."""
        check_day(self.starts_on, "/starts_on")
        check_day(self.ends_on, "/ends_on")
        most = DAYS_IN_WEEK if self.frequency == "weekly" else LAST_DAY
        wrong = {
            "/frequency": self.frequency not in FREQUENCIES,
            "/day": not 1 <= self.day <= most,
            "/month": (self.month is not None) != (self.frequency == "yearly")
            or (self.month is not None and not 1 <= self.month <= MONTHS),
            "/every": not 1 <= self.every <= MOST_EVERY,
            "/times": self.times is not None and not 1 <= self.times <= MOST_TIMES,
            "/holiday_rule": self.holiday_rule not in HOLIDAY_RULES,
        }
        pointer = next((where for where, is_wrong in wrong.items() if is_wrong), "")
        if not pointer and self.first(self.starts_on) is None:
            pointer = "/ends_on"
        if pointer:
            raise ScheduleWithoutDate(pointer=pointer)

    def first(self, not_before: date) -> date | None:
        """The first date of the schedule on or after that day, None when there is none."""
        day = max(not_before, self.starts_on)
        found = self._weekly(day) if self.frequency == "weekly" else self._of_month(day)
        return found if found is not None and (self.ends_on is None or found <= self.ends_on) else None

    def after(self, due: date) -> date | None:
        """The date of the schedule that follows `due`, None when there is none."""
        return self.first(due + ONE_DAY) if due < date.max else None

    def ending(self) -> DueDates:
        """The same schedule with the last of its `times` as its end. Raises `Malformed` when there are fewer dates."""
        if self.times is None:
            return self
        last = self.first(self.starts_on)
        for _ in range(self.times - 1):
            last = None if last is None else self.after(last)
        if last is None:
            raise ScheduleWithoutDate(pointer="/times")
        check_day(last, "/times")
        return msgspec.structs.replace(self, ends_on=last)

    def _weekly(self, day: date) -> date | None:
        first = _plus(self.starts_on, (self.day - self.starts_on.isoweekday()) % DAYS_IN_WEEK)
        if first is None or day <= first:
            return first
        step = DAYS_IN_WEEK * self.every
        return _plus(first, -((first - day).days // step) * step)

    def _of_month(self, day: date) -> date | None:
        """Months are counted from the one of the first date, so that those between are left out."""
        first = _months(self.starts_on)
        while self.month not in {None, first % MONTHS + 1} or (self._in(first) or date.max) < self.starts_on:
            first += 1
        step = MONTHS_OF[self.frequency] * self.every
        month = first + max(0, _months(day) - first) // step * step
        found = self._in(month)
        return self._in(month + step) if found is not None and found < day else found

    def _in(self, months: int) -> date | None:
        """The date in a month, None beyond the last year."""
        year, month = divmod(months, MONTHS)
        if year >= date.max.year:
            return None
        return date(year, month + 1, min(self.day, monthrange(year, month + 1)[1]))


def _months(day: date) -> int:
    """Months since the year 0."""
    return day.year * MONTHS + day.month - 1


def _plus(day: date, days: int) -> date | None:
    return day + timedelta(days=days) if (date.max - day).days >= days else None


def moved(due: date, rule: str, calendar: Calendar) -> date:
    """The business day that stands for a due date by its holiday rule."""
    if rule == "following":
        return calendar.following(due)
    if rule == "preceding":
        return _preceding(due, calendar)
    return due


def _preceding(day: date, calendar: Calendar) -> date:
    for _ in range(MOST_FREE_DAYS):
        if calendar.is_business_day(day):
            return day
        if day == date.min:
            break
        day -= ONE_DAY
    raise NoBusinessDayAfter(day=str(day))
