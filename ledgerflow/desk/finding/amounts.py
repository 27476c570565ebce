"""Amounts as people of any country type them. Pure.

Whoever looks for an amount need not say which mark is his decimal mark: `25.000` is looked for as 25 and as 25000.
Where money is entered there is no such choice, and this is not used.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import NamedTuple

from ledgerflow.core.money import MAX_MINOR_UNITS, MAX_WHOLE_DIGITS
from ledgerflow.desk.errors import AmountNotRead, AmountsTheWrongWay

SPACES = " \u00a0\u2009\u202f"
APOSTROPHES = "'\u2019"
SIGNS = "+-\u2212\u2013"
COMPARISON = re.compile(r"(>=|<=|>|<|=)?(.*)", re.DOTALL)


def _spelling(decimal_mark: str, group_marks: str) -> re.Pattern[str]:
    """Digits in groups of three with one mark between all of them, or without any; then the decimals."""
    whole = rf"[0-9]{{1,3}}(?P<mark>[{group_marks}])[0-9]{{3}}(?:(?P=mark)[0-9]{{3}})*|[0-9]+"
    return re.compile(rf"(?P<whole>{whole})?(?:{re.escape(decimal_mark)}(?P<decimals>[0-9]*))?", re.ASCII)


SPELLINGS = (_spelling(".", "," + SPACES + APOSTROPHES), _spelling(",", "." + SPACES + APOSTROPHES))


class Interval(NamedTuple):
    """Amounts without their sign, between two ends; None for an open one."""

    low: Decimal | None
    high: Decimal | None
    with_low: bool = True
    with_high: bool = True

    @property
    def is_one(self) -> bool:
        return self.low is not None and self.low == self.high

    def has(self, amount: Decimal) -> bool:
        above = self.low is None or amount > self.low or (self.with_low and amount == self.low)
        below = self.high is None or amount < self.high or (self.with_high and amount == self.high)
        return above and below


def readings(text: str) -> tuple[Decimal, ...]:
    """What an amount can mean, without its sign, the smallest first; nothing where it is no amount."""
    digits = text.strip(SPACES).lstrip(SIGNS).strip(SPACES)
    found = {amount for spelling in SPELLINGS if (amount := _read(spelling.fullmatch(digits))) is not None}
    return tuple(sorted(found))


def intervals(text: str) -> tuple[Interval, ...]:
    """What `amount:` takes: an amount, a comparison or a range. Raises `AmountNotRead`, `AmountsTheWrongWay`."""
    first, dots, last = text.partition("..")
    if dots:
        return _range(text, first, last)
    found = COMPARISON.fullmatch(text)
    sign, amounts = (found[1] or "=", readings(found[2])) if found else ("=", ())
    if not amounts:
        raise AmountNotRead(text=text)
    return tuple(_compared(sign, amount) for amount in amounts)


def _range(text: str, first: str, last: str) -> tuple[Interval, ...]:
    lows: tuple[Decimal | None, ...] = readings(first) if first else (None,)
    highs: tuple[Decimal | None, ...] = readings(last) if last else (None,)
    if not lows or not highs or (not first and not last):
        raise AmountNotRead(text=text)
    found = tuple(Interval(low, high) for low in lows for high in highs if low is None or high is None or low <= high)
    if not found:
        raise AmountsTheWrongWay(text=text)
    return found


def _compared(sign: str, amount: Decimal) -> Interval:
    if sign == "=":
        return Interval(amount, amount)
    is_equal = sign.endswith("=")
    return Interval(amount, None, with_low=is_equal) if ">" in sign else Interval(None, amount, with_high=is_equal)


def _read(found: re.Match[str] | None) -> Decimal | None:
    if found is None:
        return None
    whole = re.sub(r"[^0-9]", "", found["whole"] or "")
    decimals = found["decimals"] or ""
    if not (whole or decimals) or len(whole) > MAX_WHOLE_DIGITS or len(decimals) > MAX_MINOR_UNITS:
        return None
    return Decimal(f"{whole or 0}.{decimals or 0}")
