"""Amounts, days and currencies as the formats write them. Pure.

Each takes the line of the file and raises `StatementBroken` with it.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date
from decimal import Decimal

from ledgerflow.core.dates import is_bookable
from ledgerflow.core.money import CONTEXT
from ledgerflow.files.dates import year_of
from recon.statements.errors import StatementBroken

MAX_DIGITS = 18
MAX_DECIMALS = 6
FEBRUARY = 2
LONGEST_FEBRUARY = 30

_AMOUNT = re.compile(rf"[0-9]{{1,{MAX_DIGITS}}}(?:\.[0-9]{{0,{MAX_DECIMALS}}})?", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
_DIGITS = re.compile(r"[0-9]{6}|[0-9]{8}", re.ASCII)


def amount_of(text: str, line: int, mark: str = ".") -> Decimal:
    """An amount without a sign, its decimals after `mark`."""
    other = "," if mark == "." else "."
    plain = text.replace(mark, ".") if other not in text else ""
    if _AMOUNT.fullmatch(plain) is None:
        raise StatementBroken(line=line, reason=f"{text[:40]!r} is not an amount such as 12{mark}30.")
    return Decimal(plain.removesuffix("."))


def signed(amount: Decimal, *, is_in: bool) -> Decimal:
    """Money that came in is positive. Zero has no sign."""
    return amount if is_in or not amount else CONTEXT.minus(amount)


def currency_of(text: str, line: int) -> str:
    if _CURRENCY.fullmatch(text) is None:
        raise StatementBroken(line=line, reason=f"{text[:40]!r} is not a currency such as EUR.")
    return text


def day_of(text: str, line: int) -> date:
    """YYMMDD or YYYYMMDD."""
    year, month, day = _parts(text, line)
    return made(year, month, day, text, line)


def value_day_of(text: str, line: int) -> date:
    """The same, and 29 or 30 February become the last day of that month.

    Banks that count interest in months of 30 days write 30 February on purpose, as a value date and as nothing else.
    """
    year, month, day = _parts(text, line)
    if month == FEBRUARY and day <= LONGEST_FEBRUARY and year:
        day = min(day, monthrange(year, month)[1])
    return made(year, month, day, text, line)


def made(year: int, month: int, day: int, text: str, line: int) -> date:
    """The date of three numbers that were read from `text`."""
    try:
        found = date(year, month, day)
    except ValueError:
        found = None
    if found is None or not is_bookable(found):
        raise StatementBroken(line=line, reason=f"There is no day {text[:40]!r}.")
    return found


def _parts(text: str, line: int) -> tuple[int, int, int]:
    if _DIGITS.fullmatch(text) is None:
        raise StatementBroken(line=line, reason=f"{text[:40]!r} is not a date of 6 or 8 digits.")
    year, month, day = text[:-4], text[-4:-2], text[-2:]
    return int(year) if len(year) > 2 else year_of(int(year)), int(month), int(day)  # noqa: PLR2004 - two digits
