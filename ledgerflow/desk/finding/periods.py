"""Days as they stand in a search: a day, a month, a quarter, a range of them, or counted back from today. Pure."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import NamedTuple

from ledgerflow.core.dates import is_bookable, whole_months
from ledgerflow.desk.errors import DayNotRead, DaysDoNotMeet

DATED = re.compile(
    r"(?P<year>[0-9]{4})-(?:Q(?P<quarter>[1-4])|(?P<month>[0-9]{2})(?:-(?P<day>[0-9]{2}))?)", re.ASCII | re.IGNORECASE
)
COUNTED = re.compile(r"(?P<unit>day|week|month|quarter|year)-(?P<back>[0-9]{1,4})", re.ASCII | re.IGNORECASE)
MONTHS_OF = {"month": 1, "quarter": 3, "year": 12}


class Days(NamedTuple):
    """Both ends belong to it; None for an open one."""

    first: date | None = None
    last: date | None = None

    def has(self, day: date) -> bool:
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)


def looks_like_days(text: str) -> bool:
    """Whether a word is meant as days: then it must be some."""
    ends = [end for end in text.split("..", 1) if end]
    return bool(ends) and all(DATED.fullmatch(end) or COUNTED.fullmatch(end) for end in ends)


def days_of(text: str, today: date) -> Days:
    """The days that a word names. Raises `DayNotRead` and `DaysDoNotMeet`."""
    first, dots, last = text.partition("..")
    if not dots:
        return _days(text, today)
    found = Days(_days(first, today).first if first else None, _days(last, today).last if last else None)
    return common([found])


def common(found: list[Days]) -> Days:
    """The days that lie in all of these. Raises `DaysDoNotMeet` where none does."""
    firsts = [days.first for days in found if days.first is not None]
    lasts = [days.last for days in found if days.last is not None]
    both = Days(max(firsts, default=None), min(lasts, default=None))
    if both.first is not None and both.last is not None and both.first > both.last:
        raise DaysDoNotMeet
    return both


def _days(text: str, today: date) -> Days:
    counted = COUNTED.fullmatch(text)
    try:
        found = _counted(counted["unit"].lower(), int(counted["back"]), today) if counted else _dated(text)
    except (ValueError, OverflowError):
        raise DayNotRead(text=text) from None
    if not all(end is not None and is_bookable(end) for end in found):
        raise DayNotRead(text=text)
    return found


def _dated(text: str) -> Days:
    found = DATED.fullmatch(text)
    if found is None:
        raise ValueError(text)
    year = int(found["year"])
    if found["day"]:
        day = date(year, int(found["month"]), int(found["day"]))
        return Days(day, day)
    if found["quarter"]:
        return Days(*whole_months(year, 3 * int(found["quarter"]) - 2, 3))
    return Days(*whole_months(year, int(found["month"]), 1))


def _counted(unit: str, back: int, today: date) -> Days:
    if unit == "day":
        day = today - timedelta(days=back)
        return Days(day, day)
    if unit == "week":
        monday = today - timedelta(days=today.weekday() + 7 * back)
        return Days(monday, monday + timedelta(days=6))
    length = MONTHS_OF[unit]
    years, months = divmod(12 * today.year + (today.month - 1) // length * length - back * length, 12)
    return Days(*whole_months(years, months + 1, length))


EVER = Days()
