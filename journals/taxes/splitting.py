"""Tax on an amount, and the tax within one. Pure.

Each line is rounded for itself, halves up, to the currency's minor units: so an invoice adds up line by line, and what
is declared is the sum of what was invoiced. The rest is not spread over the lines. (Court of Justice, C-484/06, Ahold:
the law of the Union leaves the rule to the member states; arithmetical rounding of each line or invoice is theirs.)
"""

from __future__ import annotations

import decimal
from decimal import Context, Decimal
from typing import NamedTuple

from ledgerflow.core.money import CONTEXT, quantum

HUNDRED = Decimal(100)
# An amount of 38 digits times a rate of 7, over another of 7: with 200 digits, what is rounded at the end is on the
# same side of a half as the exact quotient.
PRECISE = Context(
    prec=200, rounding=decimal.ROUND_HALF_UP, traps=[decimal.InvalidOperation, decimal.DivisionByZero, decimal.Overflow]
)


class Split(NamedTuple):
    """An amount as net and tax, of the same sign."""

    net: Decimal
    tax: Decimal


def split(amount: Decimal, rate: Decimal, minor_units: int, *, gross: bool) -> Split:
    """Net and tax of an amount (major units, any sign) at a rate in percent; `gross`: the amount holds the tax.

    119.00 gross at 19 % is 100.00 and 19.00; net 100.00 is the same.
    """
    divisor = PRECISE.add(HUNDRED, rate) if gross else HUNDRED
    tax = PRECISE.divide(PRECISE.multiply(amount, rate), divisor).quantize(quantum(minor_units), context=PRECISE)
    return Split(CONTEXT.subtract(amount, tax) if gross else amount, tax)
