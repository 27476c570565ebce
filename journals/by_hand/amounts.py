"""Amounts as people type them into a cell: in their own spelling, or calculated. Pure.

A cell takes `25,000.00` as any field of an amount does, and `119/1.19` or `3*(25+1)`. A calculation is exact but for
its divisions, and its result is rounded, half up, to the minor units of the currency; a plain number is never rounded.
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Context, Decimal, DivisionByZero, InvalidOperation, Overflow
from typing import NamedTuple

from journals.by_hand.errors import CalculationImpossible, CalculationTooLong, CalculationUnreadable
from ledgerflow.core.locales.errors import AmountOfOtherFormat
from ledgerflow.core.locales.numbers import Format, read_amount
from ledgerflow.core.money import MAX_MINOR_UNITS, MAX_WHOLE_DIGITS, quantum

MOST_CHARACTERS = 200
DEEPEST = 20
MISSING = "="  # a cell with this alone takes what is missing to zero
# Digits to work with: a quotient of the longest amounts, with some to spare before it is rounded.
WORKING = Context(prec=60, traps=[InvalidOperation, DivisionByZero, Overflow])
_SPACES = "\u0020\u00a0\u2007\u2009\u202f"
_NUMBER = re.compile(rf"[.,]?[0-9](?:['\u2019{_SPACES}]?[0-9.,])*")
_SIGNS = str.maketrans({"\u2212": "-", "\u2013": "-", "\u00d7": "*", "\u00f7": "/", "\u00b7": "*"})
# Without one of these a text is a number, which may have a sign, brackets for one, or a currency.
_OPERATOR = re.compile(rf"[*/]|[0-9)][{_SPACES}]*[-+][{_SPACES}]*[-+(0-9.,]")


class UnitOfCell(NamedTuple):
    """What an amount is in: the code that may stand beside it, and its decimals. None while nobody knows."""

    code: str | None = None
    minor_units: int | None = None


class Cell(NamedTuple):
    """What a cell comes to, signed. `exact` is what a calculation gave, where that had to be rounded."""

    amount: Decimal
    is_calculated: bool = False
    exact: Decimal | None = None


def calculate(text: str, written: Format, currency: UnitOfCell) -> Cell:
    """What a cell comes to, as the person writes numbers.

    Raises `CalculationUnreadable`, `CalculationTooLong` or `CalculationImpossible`, and as `read_amount`.
    """
    if len(text) > MOST_CHARACTERS:
        raise CalculationTooLong(most=MOST_CHARACTERS, depth=DEEPEST)
    typed = text.translate(_SIGNS).strip().removeprefix("=").strip()
    if not _OPERATOR.search(typed):
        return Cell(read_amount(typed, written, decimals=currency.minor_units, currency=currency.code))
    try:
        result = _CellReader(text, typed, written, currency.minor_units).whole()
    except ArithmeticError:
        raise CalculationImpossible(text=text, digits=MAX_WHOLE_DIGITS) from None
    if result and result.adjusted() >= MAX_WHOLE_DIGITS:
        raise CalculationImpossible(text=text, digits=MAX_WHOLE_DIGITS)
    decimals = MAX_MINOR_UNITS if currency.minor_units is None else currency.minor_units
    rounded = result.quantize(quantum(decimals), ROUND_HALF_UP, WORKING)
    return Cell(rounded, is_calculated=True, exact=None if rounded == result else result)


class _CellReader:
    """Reads `sum = product {+- product}`, `product = factor {*/ factor}`, `factor = [-+] factor | (sum) | number`."""

    def __init__(self, text: str, typed: str, written: Format, decimals: int | None) -> None:
        self.text = text
        self.rest = typed
        self.written = written
        self.decimals = decimals
        self.depth = 0

    def whole(self) -> Decimal:
        result = self._sum()
        if self.rest:
            raise CalculationUnreadable(text=self.text)
        return result

    def _sum(self) -> Decimal:
        result = self._product()
        while (sign := self._taken("+-")) is not None:
            other = self._product()
            result = WORKING.add(result, other) if sign == "+" else WORKING.subtract(result, other)
        return result

    def _product(self) -> Decimal:
        result = self._factor()
        while (sign := self._taken("*/")) is not None:
            other = self._factor()
            result = WORKING.multiply(result, other) if sign == "*" else WORKING.divide(result, other)
        return result

    def _factor(self) -> Decimal:
        self.depth += 1
        if self.depth > DEEPEST:
            raise CalculationTooLong(most=MOST_CHARACTERS, depth=DEEPEST)
        result = self._signed()
        self.depth -= 1
        return result

    def _signed(self) -> Decimal:
        sign = self._taken("+-")
        if sign is not None:
            value = self._factor()
            return WORKING.minus(value) if sign == "-" and value else value
        if self._taken("(") is not None:
            result = self._sum()
            if self._taken(")") is None:
                raise CalculationUnreadable(text=self.text)
            return result
        return self._number()

    def _number(self) -> Decimal:
        found = _NUMBER.match(self.rest)
        if found is None:
            raise CalculationUnreadable(text=self.text)
        self.rest = self.rest[found.end() :].lstrip(_SPACES)
        try:
            return read_amount(found[0], self.written, decimals=self.decimals)
        except AmountOfOtherFormat:  # a factor may have more decimals than the currency: both readings are told
            return read_amount(found[0], self.written)

    def _taken(self, signs: str) -> str | None:
        if not self.rest or self.rest[0] not in signs:
            return None
        sign, self.rest = self.rest[0], self.rest[1:].lstrip(_SPACES)
        return sign
