"""How old an exception is, in the five steps that reports show. Pure."""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple


class Age(NamedTuple):
    """`least` and `most` are days, both included; `most` is None for the oldest."""

    name: str
    least: int
    most: int | None


AGES = (
    Age("0-1", 0, 1),
    Age("2-7", 2, 7),
    Age("8-30", 8, 30),
    Age("31-60", 31, 60),
    Age("over-60", 61, None),
)
AGE_NAMES = tuple(age.name for age in AGES)
IN_WORDS = {name: name.replace("over-", "over ") for name in AGE_NAMES}
BY_NAME = {age.name: age for age in AGES}


class AgeDays(NamedTuple):
    """The days on which something of an age came up, both included; None where there is no end."""

    first: date | None
    last: date | None


def age_of(day: date, on: date) -> str:
    """The age on `on` of what came up on `day`; what comes up later is new."""
    days = max((on - day).days, 0)
    return next(age.name for age in AGES if age.most is None or days <= age.most)


def days_of(name: str, on: date) -> AgeDays:
    """The days that have this age on `on`. What is dated after `on` belongs to the newest."""
    age = BY_NAME[name]
    first = None if age.most is None else _days_before(on, age.most)
    return AgeDays(first, None if age.least == 0 else _days_before(on, age.least))


def _days_before(on: date, days: int) -> date:
    return on - timedelta(days=min(days, on.toordinal() - 1))
