"""Converting amounts at stored rates. Pure.

A conversion multiplies by the rates that run its way and divides by those that run against it: the inverse of a rate
is never written down, so it is never rounded (Regulation (EC) 1103/97 article 4(3) forbids it for good reason).
"""

from __future__ import annotations

import decimal
from collections.abc import Sequence
from datetime import date
from decimal import Context, Decimal, localcontext
from typing import Literal, NamedTuple

import msgspec

from fx.rates.errors import AmountTooLarge
from ledgerflow.core.money import CONTEXT, MAX_WHOLE_DIGITS, quantum

# A division does not terminate, and the ledger's own context traps every digit lost. Here amounts of at most 38 digits
# meet two rates of at most 28: their exact quotient is either a tie of the target's last place or away from it by more
# than 10**-120. With 200 digits the one rounding after the division therefore rounds as the exact quotient would.
PRECISE = Context(
    prec=200, traps=[decimal.InvalidOperation, decimal.DivisionByZero, decimal.Overflow, decimal.FloatOperation]
)
MODES = {
    "half_even": decimal.ROUND_HALF_EVEN,
    "half_up": decimal.ROUND_HALF_UP,
    "half_down": decimal.ROUND_HALF_DOWN,
    "down": decimal.ROUND_DOWN,
    "up": decimal.ROUND_UP,
    "regulation_1103_97": decimal.ROUND_HALF_UP,
}
REGULATION = "regulation_1103_97"
FIXED = "fixed"  # the kind of a rate that a change of the base currency has fixed
LEAST_DECIMALS = 3
LARGEST = Decimal(10) ** MAX_WHOLE_DIGITS


class Leg(msgspec.Struct, frozen=True):
    """One step of a conversion: the rate used, which one of its versions, and what was done with it."""

    base: str
    quote: str
    rate_date: date
    kind: str
    value: Decimal
    version: int
    source: str
    operation: Literal["multiply", "divide"]

    @property
    def to(self) -> str:
        """The currency an amount is in after this step."""
        return self.quote if self.operation == "multiply" else self.base


class Rounding(NamedTuple):
    """How a converted amount gets its minor units: a mode of `MODES`.

    "regulation_1103_97" rounds halves up, and the amount in between (in euro) to `between` decimals, at least three:
    article 4(4) of Regulation (EC) 1103/97 allows no fewer. The other modes keep all digits in between.
    """

    mode: str = "half_even"
    between: int = LEAST_DECIMALS


HALF_EVEN = Rounding()


def converted(amount: Decimal, legs: Sequence[Leg], minor_units: int, rounding: Rounding = HALF_EVEN) -> Decimal:
    """`amount` (major units, any sign) after all legs, rounded once, to the target's `minor_units`.

    No legs: the same currency, rounded all the same. At a fixed rate halves go up, whatever the mode (Regulation (EC)
    1103/97 article 5). Raises `AmountTooLarge`.
    """
    mode, last = MODES[rounding.mode], len(legs) - 1
    if any(leg.kind == FIXED for leg in legs):
        mode = MODES[REGULATION]
    with localcontext(PRECISE):
        divisor = Decimal(1)
        for number, leg in enumerate(legs):
            if leg.operation == "multiply":
                amount *= leg.value
            else:
                divisor *= leg.value
            if rounding.mode == REGULATION and number < last:
                between = quantum(max(rounding.between, LEAST_DECIMALS))
                amount, divisor = (amount / divisor).quantize(between, rounding=mode), Decimal(1)
        # Divided last, and once: everything before is exact.
        found = (amount / divisor).quantize(quantum(minor_units), rounding=mode)
    if found.copy_abs() >= LARGEST:  # abs() would round to the digits of the caller's context
        raise AmountTooLarge(digits=MAX_WHOLE_DIGITS)
    return CONTEXT.plus(found)  # -0 becomes 0
