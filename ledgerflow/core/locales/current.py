"""Whose way of writing counts now: that of the person whose page is being made. Pure.

Files, addresses, the API and jobs never ask: they write as machines read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from typing import NamedTuple

from ledgerflow.core import clocks
from ledgerflow.core.documents import Cell, cell_text
from ledgerflow.core.locales import numbers
from ledgerflow.core.locales.days import DAY_FORMATS, DayFormat, write_day
from ledgerflow.core.locales.numbers import FORMATS, Format, write_amount, write_rate


def _today() -> date:
    return clocks.now().date()


def _unknown() -> None:
    return None


class Conventions(NamedTuple):
    """How one person writes; and of the page, where what he types starts from. Both are asked only when needed."""

    numbers: Format = FORMATS["en"]
    days: DayFormat = DAY_FORMATS["iso"]
    zone: tzinfo = UTC
    base_day: Callable[[], date] = _today  # the business date of the books
    most_decimals: Callable[[], int | None] = _unknown  # of the currencies of the books


USUAL = Conventions()
MACHINE = Conventions(numbers=numbers.MACHINE)  # as machines read, whoever asks
_current: ContextVar[Conventions] = ContextVar("conventions", default=USUAL)


def conventions() -> Conventions:
    return _current.get()


@contextmanager
def written_as(wanted: Conventions) -> Iterator[None]:
    """Within it all that people read is written in this way."""
    token = _current.set(wanted)
    try:
        yield
    finally:
        _current.reset(token)


def amount_text(amount: Decimal, decimals: int | None = None) -> str:
    """An amount for who is looking: every digit, and at least `decimals`."""
    return write_amount(amount, _current.get().numbers, decimals)


def rate_text(rate: Decimal) -> str:
    """A rate or a share for who is looking."""
    return write_rate(rate, _current.get().numbers)


def day_text(day: date) -> str:
    """A day for who is looking. Of a moment, the day that it is in his zone."""
    current = _current.get()
    return write_day(day.astimezone(current.zone).date() if isinstance(day, datetime) else day, current.days)


def moment_text(moment: datetime, *, with_zone: bool | None = None) -> str:
    """A moment for who is looking, in his zone; the zone is said unless it is UTC, or where it is asked for."""
    current = _current.get()
    local = moment.astimezone(current.zone)
    zone = local.tzname() or ""
    text = f"{write_day(local.date(), current.days)} {local:%H:%M:%S}"
    return f"{text} {zone}" if (zone != "UTC" if with_zone is None else with_zone) else text


def cell_on_page(cell: Cell) -> str:
    """A cell of a report for who is looking; its files write cells as machines read."""
    if isinstance(cell, Decimal):
        return amount_text(cell)
    return day_text(cell) if isinstance(cell, date) else cell_text(cell)
