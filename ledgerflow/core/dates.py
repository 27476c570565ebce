"""The days that the books take, the day before and the day after any, and what is a leap. Pure.

A date of a request lies between `EARLIEST` and `LATEST`, as each date in the books does. Books of before 1900 are for
museums, and a year of 0001 or 9999 is a slip of a program; in between, no arithmetic with days, months, weeks or time
zones can leave what Python and PostgreSQL know. Every way in (bodies, parameters, forms, files, commands) asks
`check_day` or `check_moment`.

Python has no date before 0001-01-01 or after 9999-12-31 and raises `OverflowError` there, where somebody has put such a
date with SQL of his own.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta

from ledgerflow.core.errors import DateOutOfRange

ONE_DAY = timedelta(days=1)
MONTHS = 12
# How far one person moves the business date; further is a leap. The same day of the next month is never further.
LONGEST_STEP = timedelta(days=31)
# What a date in the books can be; the database holds every column to it (`ledgerflow.core.bounds`).
EARLIEST = date(1900, 1, 1)
LATEST = date(2999, 12, 31)


def is_bookable(day: date) -> bool:
    """Whether the books take this date at all, whatever is open in them."""
    return EARLIEST <= day <= LATEST


def check_day(day: date | None, pointer: str = "") -> None:
    """Raise `DateOutOfRange` for a date that no column of the books takes."""
    if day is not None and not is_bookable(day):
        raise DateOutOfRange(pointer=pointer, date=str(day), earliest=str(EARLIEST), latest=str(LATEST))


def check_moment(moment: datetime, pointer: str = "") -> datetime:
    """The same moment, in UTC where it has an offset. Raises `DateOutOfRange`."""
    check_day(moment.date(), pointer)
    if moment.tzinfo is not None:
        moment = moment.astimezone(UTC)
        check_day(moment.date(), pointer)
    return moment


def read_day(text: str) -> date:
    """A business date, YYYY-MM-DD and nothing else, as an argument of a command. Raises `ValueError`."""
    day = date.fromisoformat(text)
    if str(day) != text:  # fromisoformat also takes 20260302 and 2026-W10-1
        message = f"{text!r} is not a date like 2026-03-31"
        raise ValueError(message)
    return _in_range(day)


def read_moment(text: str) -> datetime:
    """A day's beginning in UTC, or a moment with its offset, as an argument of a command. Raises `ValueError`."""
    try:
        moment = datetime.combine(date.fromisoformat(text), time(), UTC)
    except ValueError:
        moment = datetime.fromisoformat(text)
    _in_range(moment.date())
    return moment


def day_before(day: date) -> date:
    """The day before; of the first date there is, that date itself."""
    return day if day == date.min else day - ONE_DAY


def day_after(day: date) -> date:
    """The day after; of the last date there is, that date itself."""
    return day if day == date.max else day + ONE_DAY


def whole_months(year: int, month: int, length: int) -> tuple[date, date]:
    """The first and the last day of so many months from this one on. Raises `ValueError` beyond all calendars."""
    last = year * MONTHS + month + length - 2
    end_year, end_month = last // MONTHS, last % MONTHS + 1
    return date(year, month, 1), date(end_year, end_month, monthrange(end_year, end_month)[1])


def _in_range(day: date) -> date:
    if not is_bookable(day):
        message = f"{day} does not lie between {EARLIEST} and {LATEST}"
        raise ValueError(message)
    return day
