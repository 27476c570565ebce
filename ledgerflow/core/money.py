"""Money: decimals, never floats. Pure; imports no Django.

Every sum in the ledger is exact. The context has 60 digits and traps `Inexact`, so a result that would lose a
digit raises instead of rounding: amounts have at most 20 digits before and 18 after the point, which leaves room
for 10**22 postings of the largest amount on one account.
"""

from __future__ import annotations

import decimal
import re
from collections.abc import Iterable
from decimal import Context, Decimal, DivisionByZero, Inexact, InvalidOperation, Overflow
from functools import cache

from ledgerflow.core.errors import AmountNotPositive, Malformed, PrecisionExceeded

MAX_MINOR_UNITS = 18
MAX_WHOLE_DIGITS = 20
ZERO = Decimal(0)
BEYOND = Decimal(10) ** 45  # more than any sum the ledger can reach
CONTEXT = Context(prec=60, traps=[Inexact, InvalidOperation, DivisionByZero, Overflow])
# What is worked with outside of that context has as many digits, in every thread that begins from now on: with Python's
# 28, `-amount`, `abs(amount)` and `sum(amounts)` round amounts of more digits without a word.
decimal.DefaultContext.prec = max(decimal.DefaultContext.prec, CONTEXT.prec)
decimal.getcontext().prec = max(decimal.getcontext().prec, CONTEXT.prec)
CURRENCY_CODE = re.compile(r"[A-Z][A-Z0-9._-]{0,11}", re.ASCII)

_AMOUNT = re.compile(rf"[0-9]{{1,{MAX_WHOLE_DIGITS}}}(?:\.[0-9]{{1,{MAX_MINOR_UNITS}}})?", re.ASCII)
_SIGNED = re.compile(rf"-?{_AMOUNT.pattern}", re.ASCII)


def parse_amount(text: str, pointer: str = "") -> Decimal:
    """A positive amount in major units from its decimal string, e.g. "12.30".

    Raises `Malformed` for anything else: signs, exponents, NaN, zero, more than 20 digits before or 18 after
    the point.
    """
    if _AMOUNT.fullmatch(text) is None:
        raise Malformed(_amount_help(text), pointer=pointer)
    amount = Decimal(text)
    if not amount:
        raise AmountNotPositive(pointer=pointer)
    return amount


def parse_signed(text: str, pointer: str = "") -> Decimal:
    """A decimal string that may be negative or zero (a limit, an expected balance), in major units."""
    if _SIGNED.fullmatch(text) is None:
        raise Malformed(_amount_help(text), pointer=pointer)
    return CONTEXT.plus(Decimal(text))  # turns -0 into 0; the default context would round to 28 digits


@cache
def quantum(minor_units: int) -> Decimal:
    """The smallest amount of a currency, e.g. `Decimal("0.01")` for 2 minor units."""
    return Decimal(1).scaleb(-minor_units)


def at_scale(amount: Decimal, minor_units: int) -> Decimal:
    """The same amount written with exactly the currency's minor units.

    Raises `PrecisionExceeded` when the amount is finer than the currency allows.
    """
    try:
        return CONTEXT.quantize(amount, quantum(minor_units))
    except (Inexact, InvalidOperation):
        raise PrecisionExceeded(amount=plain(amount), minor_units=minor_units) from None


def plain(amount: Decimal) -> str:
    """The decimal string without exponent: `Decimal("1E+2")` is "100"."""
    text = str(amount)  # half the time of format(), and the same unless there is an exponent
    return format(amount, "f") if "E" in text else text


def normalised(amount: Decimal) -> str:
    """One string per value, whatever the zeros at its end: "1.25" for 1.250, "100" for 1E+2, "0" for -0.00."""
    text = plain(amount) if amount else "0"
    return text.rstrip("0").rstrip(".") if "." in text else text


def normalised_texts(amounts: Iterable[Decimal]) -> list[str]:
    """`normalised` of each amount, in their order."""
    return [normalised(amount) for amount in amounts]


def _amount_help(text: str) -> str:
    shown = text if len(text) <= 50 else text[:50] + "…"  # noqa: PLR2004
    return (
        f"{shown!r} is not an amount: digits with an optional point, at most {MAX_WHOLE_DIGITS} before it "
        f"and {MAX_MINOR_UNITS} after it."
    )
