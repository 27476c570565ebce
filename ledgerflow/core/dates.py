"""The day before and the day after, also at both ends of what a date can be. Pure.

Python has no date before 0001-01-01 or after 9999-12-31 and raises `OverflowError` there. Somebody can put such a date
into a schedule, a period or the opening of books, and arithmetic on it must not end what works through many of them.
"""

from __future__ import annotations

from datetime import date, timedelta

ONE_DAY = timedelta(days=1)


def day_before(day: date) -> date:
    """The day before; of the first date there is, that date itself."""
    return day if day == date.min else day - ONE_DAY


def day_after(day: date) -> date:
    """The day after; of the last date there is, that date itself."""
    return day if day == date.max else day + ONE_DAY
