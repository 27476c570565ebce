"""The days that the books take, the day before and the day after any, and what is a leap. Pure.

Python has no date before 0001-01-01 or after 9999-12-31 and raises `OverflowError` there. Somebody can put such a date
into a schedule, a period or the opening of books, and arithmetic on it must not end what works through many of them.
"""

from __future__ import annotations

from datetime import date, timedelta

from ledgerflow.core.errors import Malformed

ONE_DAY = timedelta(days=1)
# How far one person moves the business date; further is a leap. The same day of the next month is never further.
LONGEST_STEP = timedelta(days=31)
# What a date in the books can be; the database holds every column to it (`ledgerflow.core.bounds`).
EARLIEST = date(1900, 1, 1)
LATEST = date(2999, 12, 31)


def is_bookable(day: date) -> bool:
    """Whether the books take this date at all, whatever is open in them."""
    return EARLIEST <= day <= LATEST


def check_day(day: date | None, pointer: str) -> None:
    """Raise `Malformed` for a date that no column of the books takes."""
    if day is not None and not is_bookable(day):
        message = f"A date in the books is from {EARLIEST} to {LATEST}, not {day}."
        raise Malformed(message, pointer=pointer)


def day_before(day: date) -> date:
    """The day before; of the first date there is, that date itself."""
    return day if day == date.min else day - ONE_DAY


def day_after(day: date) -> date:
    """The day after; of the last date there is, that date itself."""
    return day if day == date.max else day + ONE_DAY
