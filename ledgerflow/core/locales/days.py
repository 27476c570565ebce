"""Days as a person writes them, and what he types as a day or as a time. Pure.

ISO is always read, and so is day.month.year, because nobody writes the month before a point. A slash is read in the
person's own order; where he has none with a slash, in the only order that gives a day, and refused where both do.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import NamedTuple

from ledgerflow.core.dates import EARLIEST, LATEST, MONTHS, check_day, whole_months
from ledgerflow.core.errors import DateOutOfRange
from ledgerflow.core.locales.errors import (
    DayAmbiguous,
    DayNotThere,
    DayUnreadable,
    PeriodForDay,
    PeriodUnreadable,
)
from ledgerflow.core.locales.numbers import MINUS

CENTURY = 2000  # of a year of two digits: what is typed today is of this one
MOST_CHARACTERS = 40

_ISO = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})", re.ASCII)
_POINTS = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})(?:\.([0-9]{4}|[0-9]{2})?)?", re.ASCII)
_SLASHES = re.compile(r"([0-9]{1,2})/([0-9]{1,2})(?:/([0-9]{4}|[0-9]{2}))?", re.ASCII)
_STEP = re.compile(r"([-+])([0-9]{1,5})", re.ASCII)
_DAY = re.compile(r"[0-9]{1,2}", re.ASCII)
_YEAR = re.compile(r"([0-9]{4})(?:-(?:Q([1-4])|([0-9]{1,2})))?", re.ASCII | re.IGNORECASE)
_SINCE = re.compile(r"(month|quarter|year)(?:([-+])([0-9]{1,4}))?", re.ASCII | re.IGNORECASE)
_LENGTH = {"month": 1, "quarter": 3, "year": MONTHS}  # in months


class DayFormat(NamedTuple):
    """In which order a person writes a day, and with which mark."""

    code: str
    pattern: str  # of strftime

    @property
    def month_comes_first(self) -> bool | None:
        """With slashes; None for who writes none."""
        return self.pattern.startswith("%m") if "/" in self.pattern else None


DAY_FORMATS = {
    one.code: one
    for one in (
        DayFormat("iso", "%Y-%m-%d"),
        DayFormat("dmy", "%d.%m.%Y"),
        DayFormat("dmy-slash", "%d/%m/%Y"),
        DayFormat("mdy-slash", "%m/%d/%Y"),
    )
}


class TypedSpan(NamedTuple):
    """From a first day to a last one, both included."""

    first: date
    last: date


def write_day(day: date, written: DayFormat) -> str:
    """A day in the order a person writes it. The year has four digits, which `strftime` does not promise."""
    return day.strftime(written.pattern.replace("%Y", f"{day.year:04}"))


def read_typed_day(text: str, written: DayFormat, base: date) -> date:
    """The day that was typed; `base` is the one that -1, 15 and 31.10 start from. Raises `Malformed` and its kinds."""
    typed = _typed(text)
    day = _read_day(typed, written, base)
    if day is not None:
        check_day(day)
        return day
    period = _read_period(typed, base)
    if period is not None:
        first, last = (write_day(one, written) for one in period)
        raise PeriodForDay(text=typed, first=first, last=last)
    raise DayUnreadable(
        text=typed, example=write_day(base, written), iso=base.isoformat(), base=write_day(base, written)
    )


def read_typed_period(text: str, written: DayFormat, base: date) -> TypedSpan:
    """The time that was typed: a day alone, or what has many. Raises `Malformed` and its kinds."""
    typed = _typed(text)
    day = _read_day(typed, written, base)
    period = TypedSpan(day, day) if day is not None else _read_period(typed, base)
    if period is None:
        raise PeriodUnreadable(text=typed, example=write_day(base, written))
    for one in period:
        check_day(one)
    return period


def _typed(text: str) -> str:
    return text.strip()[:MOST_CHARACTERS].replace(MINUS, "-")


def _read_day(typed: str, written: DayFormat, base: date) -> date | None:
    """None for what is no day at all. Raises `DayNotThere` for 31.2., and for a step out of all calendars."""
    if match := _ISO.fullmatch(typed):
        return _there(typed, int(match[1]), int(match[2]), int(match[3]))
    if match := _POINTS.fullmatch(typed):
        return _there(typed, _year(match[3], base), int(match[2]), int(match[1]))
    if match := _SLASHES.fullmatch(typed):
        return _with_slashes(typed, match, written, base)
    if match := _STEP.fullmatch(typed):
        return _step(base, int(match[1] + match[2]))
    if _DAY.fullmatch(typed):
        return _there(f"{typed} in {base:%Y-%m}", base.year, base.month, int(typed))
    return None


def _with_slashes(typed: str, match: re.Match[str], written: DayFormat, base: date) -> date:
    year, one, two = _year(match[3], base), int(match[1]), int(match[2])
    if written.month_comes_first is not None:
        month, day = (one, two) if written.month_comes_first else (two, one)
        return _there(typed, year, month, day)
    found = sorted({day for day in (_day(year, two, one), _day(year, one, two)) if day is not None})
    if not found:
        raise DayNotThere(text=typed)
    if len(found) > 1:
        raise DayAmbiguous(text=typed, first=write_day(found[0], written), second=write_day(found[1], written))
    return found[0]


def _read_period(typed: str, base: date) -> TypedSpan | None:
    if match := _YEAR.fullmatch(typed):
        year = int(match[1])
        if match[2]:
            return _months(typed, year, 3 * int(match[2]) - 2, 3)
        return _months(typed, year, int(match[3]), 1) if match[3] else _months(typed, year, 1, MONTHS)
    if match := _SINCE.fullmatch(typed):
        length = _LENGTH[match[1].lower()]
        steps = int((match[2] or "+") + (match[3] or "0"))
        place = (base.year * MONTHS + base.month - 1) // length * length + steps * length
        return _months(typed, place // MONTHS, place % MONTHS + 1, length)
    return None


def _months(typed: str, year: int, month: int, length: int) -> TypedSpan:
    try:
        return TypedSpan(*whole_months(year, month, length))
    except ValueError:
        raise DayNotThere(text=typed) from None


def _step(base: date, days: int) -> date:
    try:
        return base + timedelta(days=days)
    except OverflowError:
        raise DateOutOfRange(date=f"{days:+}", earliest=str(EARLIEST), latest=str(LATEST)) from None


def _year(text: str | None, base: date) -> int:
    if not text:
        return base.year
    return int(text) if len(text) > 2 else CENTURY + int(text)  # noqa: PLR2004 - two digits


def _there(typed: str, year: int, month: int, day: int) -> date:
    found = _day(year, month, day)
    if found is None:
        raise DayNotThere(text=typed)
    return found


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
