"""What a line of a budget is asked to be. Pure."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from ledgerflow.core.dates import EARLIEST, LATEST
from ledgerflow.core.texts import check_text
from reports.budgets.errors import BudgetNameRefused, PeriodUnknown, ValueOfNoDimension

MAX_VALUE = 100
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}", re.ASCII)
_MONTH = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])", re.ASCII)


class BudgetSpan(NamedTuple):
    """Days from and to, both included."""

    start: date
    end: date

    def overlaps(self, other: BudgetSpan) -> bool:
        """Whether a day is in both."""
        return self.start <= other.end and other.start <= self.end


class BudgetSpec(NamedTuple):
    """A line to set: `period` is a month (2026-03) or the name of a fiscal period, `amount` in major units."""

    account: str
    period: str
    amount: Decimal
    dimension: str = ""
    value: str = ""


def check_name(version: str) -> None:
    """Raise `Malformed` for what cannot be the name of a budget."""
    if not _NAME.fullmatch(version):
        raise BudgetNameRefused(pointer="/version")


def check_line(spec: BudgetSpec, pointer: str) -> None:
    """Raise `Malformed` for a dimension without value, and the other way round."""
    if bool(spec.dimension) != bool(spec.value):
        raise ValueOfNoDimension(pointer=f"{pointer}/{'value' if spec.dimension else 'dimension'}")
    check_text(spec.value, MAX_VALUE, f"{pointer}/value")


def span_of(period: str, periods: Mapping[str, BudgetSpan], pointer: str) -> BudgetSpan:
    """The days of a month or of a period by its name. Raises `BudgetRefused` for neither."""
    month = _MONTH.fullmatch(period)
    if period in periods:
        return periods[period]
    if month is None or not EARLIEST.year <= int(month[1]) <= LATEST.year:
        raise PeriodUnknown(pointer=f"{pointer}/period", period=period[:60])
    year, number = int(month[1]), int(month[2])
    return BudgetSpan(date(year, number, 1), date(year, number, monthrange(year, number)[1]))
