"""The rates a report is translated at: closing for what stands, average for what came in (IAS 21 paragraphs 39, 40)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Any
from uuid import UUID

from fx.conversion import MODES, PRECISE, Leg
from fx.policies import Fetch, policy_of
from fx.quotes import AVERAGE, CLOSING, SPOT
from fx.rates import rate_chain
from journals.extensions import Rates, RateUsed, RateWanted
from ledgerflow.core.money import normalised

SHOWN = Decimal("0.000001")
# The newest version of each day's spot rate of a pair.
SPOTS = """
    SELECT DISTINCT ON (rate_date) value FROM fx_rate
    WHERE entity_id = %s AND base = %s AND quote = %s AND rate_date BETWEEN %s AND %s AND kind = 'spot'
      AND recorded_at <= coalesce(%s::timestamptz, 'infinity')
    ORDER BY rate_date, version DESC
"""
AVERAGES = """
    SELECT value, version, source FROM fx_rate
    WHERE entity_id = %s AND base = %s AND quote = %s AND rate_date = %s AND kind = 'average'
      AND recorded_at <= coalesce(%s::timestamptz, 'infinity')
    ORDER BY version DESC LIMIT 1
"""


def translator(
    entity_id: UUID, target: str, wanted: Sequence[RateWanted], *, known_at: datetime | None, fetch: Fetch
) -> Rates:
    """The rates into `target`, exact: an inverse is a fraction, a cross the product of two rates.

    "average" is the recorded average rate of the period's last day; where there is none, the mean of the spot rates
    recorded within the period, day by day; where there is none of these either, the rate that is used for its last
    day. Of a cross, each of its two rates is averaged. Raises `RateMissing`, `RateTooOld`.
    """
    policy, _ = policy_of(entity_id, fetch=fetch)
    used: dict[RateWanted, RateUsed] = {}
    for one in wanted:
        kind = CLOSING if one.kind == CLOSING else SPOT
        chain = rate_chain(
            entity_id, one.currency, target, one.on, kind=kind, known_at=known_at, policy=policy, fetch=fetch
        )
        averaged = one.kind == AVERAGE and one.since is not None
        steps = [
            _averaged(entity_id, leg, (one.since or one.on, one.on), known_at, fetch) if averaged else _as_it_is(leg)
            for leg in chain
        ]
        factor = Fraction(1)
        for leg, (value, _) in zip(chain, steps, strict=True):
            factor = factor * value if leg.operation == "multiply" else factor / value
        used[one] = RateUsed(factor, "; ".join(shown for _, shown in steps))
    return Rates(used, MODES[policy.rounding])


def _as_it_is(leg: Leg) -> tuple[Fraction, str]:
    shown = f"{_equation(leg, normalised(leg.value))}, {leg.kind} {leg.rate_date}, {leg.source}, version {leg.version}"
    return Fraction(leg.value), shown


def _averaged(
    entity_id: UUID, leg: Leg, period: tuple[date, date], known_at: datetime | None, fetch: Fetch
) -> tuple[Fraction, str]:
    since, on = period
    pair: tuple[Any, ...] = (entity_id, leg.base, leg.quote)
    for value, version, source in fetch(AVERAGES, (*pair, on, known_at)):
        return Fraction(value), f"{_equation(leg, normalised(value))}, average {on}, {source}, version {version}"
    values = [Fraction(value) for (value,) in fetch(SPOTS, (*pair, since, on, known_at))]
    if not values:
        return _as_it_is(leg)
    mean = sum(values, Fraction(0)) / len(values)
    with localcontext(PRECISE):
        shown = normalised((Decimal(mean.numerator) / Decimal(mean.denominator)).quantize(SHOWN))
    return mean, f"{_equation(leg, shown)}, mean of {len(values)} spot rates {since} to {on}"


def _equation(leg: Leg, value: str) -> str:
    return f"1 {leg.base} = {value} {leg.quote}"
