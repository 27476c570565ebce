"""The rates a report is translated at: closing for what stands, average for what came in (IAS 21 paragraphs 39, 40)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal, localcontext
from fractions import Fraction
from functools import partial
from typing import Any
from uuid import UUID

from fx.rates.conversion import MODES, PRECISE, Leg
from fx.rates.finding import RateSearch, Step, first_way, leg_of
from fx.rates.policies import Fetch, policy_of
from fx.rates.quotes import AVERAGE, CLOSING, SPOT
from fx.rates.report_rates import Rates, RateUsed, RateWanted
from ledgerflow.core.money import normalised

SHOWN = Decimal("0.000001")
# The newest version of each day's spot rate of a pair.
SPOTS = """
    SELECT DISTINCT ON (rate_date) value FROM rates_rate
    WHERE entity_id = %s AND base = %s AND quote = %s AND rate_date BETWEEN %s AND %s AND kind = 'spot'
      AND recorded_at <= coalesce(%s::timestamptz, 'infinity')
    ORDER BY rate_date, version DESC
"""
AVERAGES = """
    SELECT value, version, source FROM rates_rate
    WHERE entity_id = %s AND base = %s AND quote = %s AND rate_date = %s AND kind = 'average'
      AND recorded_at <= coalesce(%s::timestamptz, 'infinity')
    ORDER BY version DESC LIMIT 1
"""


def translation_rates(
    entity_id: UUID, target: str, wanted: Sequence[RateWanted], *, known_at: datetime | None, fetch: Fetch
) -> Rates:
    """The rates into `target`, exact: an inverse is a fraction, a cross the product of two rates.

    "average" is the recorded average rate of the period's last day, which needs no other rate beside it; where there
    is none, the mean of the spot rates recorded within the period, day by day; where there is none of these either, the
    rate that is used for its last day. Of a cross, each of its two rates is averaged. Raises `RateMissing`,
    `RateTooOld`.
    """
    policy, _ = policy_of(entity_id, fetch=fetch)
    used: dict[RateWanted, RateUsed] = {}
    for one in wanted:
        kind = CLOSING if one.kind == CLOSING else SPOT
        search = RateSearch(entity_id, one.on, kind, known_at, policy.max_age_days, fetch)
        find = partial(_step, one.since if one.kind == AVERAGE else None)
        factor, shown = Fraction(1), []
        for value, text in first_way(search, one.currency, target, find):
            factor *= value
            shown.append(text)
        used[one] = RateUsed(factor, "; ".join(shown))
    return Rates(used, MODES[policy.rounding])


def _step(since: date | None, search: RateSearch, step: Step) -> tuple[Fraction, str]:
    """The factor of a step, and how it is shown; averaged from `since` on, where that is given."""
    value, shown = _as_it_is(leg_of(search, step)) if since is None else _averaged(search, since, step)
    return (value if step[2] == "multiply" else 1 / value), shown


def _as_it_is(leg: Leg) -> tuple[Fraction, str]:
    equation = _equation(leg.base, leg.quote, normalised(leg.value))
    return Fraction(leg.value), f"{equation}, {leg.kind} {leg.rate_date}, {leg.source}, version {leg.version}"


def _averaged(search: RateSearch, since: date, step: Step) -> tuple[Fraction, str]:
    base, quote, _ = step
    era = search.fixed.get((base, quote))
    if era is not None and (era.starts_on or date.min) <= since:
        return _as_it_is(leg_of(search, step))
    pair: tuple[Any, ...] = (search.entity_id, base, quote)
    for value, version, source in search.fetch(AVERAGES, (*pair, search.on, search.known_at)):
        shown = f"{_equation(base, quote, normalised(value))}, average {search.on}, {source}, version {version}"
        return Fraction(value), shown
    # Before the mean: rates that ended long before the period did are refused as too old, not averaged.
    last = leg_of(search, step)
    values = [Fraction(value) for (value,) in search.fetch(SPOTS, (*pair, since, search.on, search.known_at))]
    if not values:
        return _as_it_is(last)
    mean = sum(values, Fraction(0)) / len(values)
    with localcontext(PRECISE):
        rate = normalised((Decimal(mean.numerator) / Decimal(mean.denominator)).quantize(SHOWN))
    return mean, f"{_equation(base, quote, rate)}, mean of {len(values)} spot rates {since} to {search.on}"


def _equation(base: str, quote: str, value: str) -> str:
    return f"1 {base} = {value} {quote}"
