"""Splitting an amount so that no cent is lost or made. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from ledgerflow.core.errors import Malformed
from ledgerflow.core.money import CONTEXT, at_scale


def allocated(amount: Decimal, weights: Sequence[Decimal], minor_units: int) -> list[Decimal]:
    """`amount` (any sign) in proportion to `weights`, by the largest remainder; the shares add up to it exactly.

    Every share is its exact part cut to minor units; the units then missing go one each to the shares that lost most,
    the earlier first among equals. So no share is off by a whole minor unit, and a weight of zero gets nothing.
    Raises `PrecisionExceeded` for an amount finer than its currency, `Malformed` unless the weights are zero or more
    and one is more.
    """
    units = _whole(at_scale(amount, minor_units), minor_units)
    exact = _as_integers(weights)
    total = sum(exact)
    if not total:
        message = "At least one weight must be more than zero."
        raise Malformed(message, pointer="/weights")
    sign = -1 if units < 0 else 1
    cut = [divmod(abs(units) * weight, total) for weight in exact]
    missing = abs(units) - sum(share for share, _ in cut)
    largest = sorted(range(len(cut)), key=lambda number: (-cut[number][1], number))[:missing]
    shares = [share + (number in largest) for number, (share, _) in enumerate(cut)]
    return [CONTEXT.scaleb(Decimal(sign * share), -minor_units) if share else _zero(minor_units) for share in shares]


def split(amount: Decimal, into: int, minor_units: int) -> list[Decimal]:
    """`amount` in `into` shares as equal as minor units allow, the larger ones first."""
    return allocated(amount, [Decimal(1)] * into, minor_units)


def _zero(minor_units: int) -> Decimal:
    return Decimal(0).scaleb(-minor_units)


def _whole(amount: Decimal, minor_units: int) -> int:
    return int(CONTEXT.scaleb(amount, minor_units))


def _as_integers(weights: Sequence[Decimal]) -> list[int]:
    """The weights times one power of ten, so that every division below is of integers."""
    finest = 0
    for weight in weights:
        exponent = weight.as_tuple().exponent
        if not isinstance(exponent, int) or weight < 0:
            message = "A weight is a number, zero or more."
            raise Malformed(message, pointer="/weights")
        finest = min(finest, exponent)
    return [int(CONTEXT.scaleb(weight, -finest)) for weight in weights]
