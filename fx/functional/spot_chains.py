"""The rates of many days at once, in a few statements: the same that `finding.rate_chain` finds one by one."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from fx.rates.conversion import Leg
from fx.rates.events import FxPolicyFact
from fx.rates.finding import Step, fixed_leg, pairs_of, rate_chain, ways
from fx.rates.policies import Fetch
from fx.rates.quotes import SPOT
from ledgerflow.core.errors import LedgerError
from ledgerflow.core.money import normalised

# The newest version of each day's spot rate, of the day and those before it on which a rate is still used.
SPOTS = """
    SELECT DISTINCT ON (base, quote, rate_date) base, quote, rate_date, value, version, source FROM rates_rate
    WHERE entity_id = %s AND base = ANY (%s) AND quote = ANY (%s) AND rate_date BETWEEN %s AND %s AND kind = 'spot'
      AND recorded_at <= coalesce(%s::timestamptz, 'infinity')
    ORDER BY base, quote, rate_date, version DESC
"""
FEW = 3  # days that are looked up one by one for less than the rates of all the days between them

Days = list[tuple[date, tuple[Decimal, int, str]]]


def spot_chains(
    entity_id: UUID,
    wanted: Iterable[tuple[str, date]],
    target: str,
    *,
    policy: FxPolicyFact,
    known_at: datetime | None,
    fetch: Fetch,
) -> dict[tuple[str, date], list[Leg] | LedgerError]:
    """The chain into `target` of each currency and day; the refusal (`RateMissing`, `RateTooOld`) where there is none.

    `known_at`: of rates recorded by that moment.
    """
    days: dict[str, list[date]] = defaultdict(list)
    for currency, on in wanted:
        days[currency].append(on)
    found: dict[tuple[str, date], list[Leg] | LedgerError] = {}
    for currency, mine in days.items():
        known = None if len(mine) <= FEW else _Known(entity_id, currency, target, mine, policy, known_at, fetch)
        for on in mine:
            chain = known.chain(on) if known is not None else None
            found[currency, on] = chain or _one(entity_id, currency, target, on, policy, known_at, fetch)
    return found


def _one(
    entity_id: UUID,
    currency: str,
    target: str,
    on: date,
    policy: FxPolicyFact,
    known_at: datetime | None,
    fetch: Fetch,
) -> list[Leg] | LedgerError:
    try:
        return rate_chain(entity_id, currency, target, on, known_at=known_at, policy=policy, fetch=fetch)
    except LedgerError as refusal:
        return refusal


class _Known:
    """The rates on all ways from one currency to another over a span of days."""

    def __init__(
        self,
        entity_id: UUID,
        currency: str,
        target: str,
        days: list[date],
        policy: FxPolicyFact,
        known_at: datetime | None,
        fetch: Fetch,
    ) -> None:
        both = [currency, target]
        self._age = timedelta(days=policy.max_age_days)
        pairs, self._fixed = pairs_of(entity_id, both, max(days), fetch)
        self._ways = ways(pairs, *both)
        steps = {step[:2] for way in self._ways for step in way}
        first = min(days)
        oldest = first - self._age if first.toordinal() > policy.max_age_days else date.min
        rows: dict[tuple[str, str], Days] = defaultdict(list)
        bases, quotes = [base for base, _ in steps], [quote for _, quote in steps]
        for base, quote, on, *rate in fetch(SPOTS, (entity_id, bases, quotes, oldest, max(days), known_at)):
            rows[base, quote].append((on, tuple(rate)))
        self._rates = rows
        self._dates = {pair: [on for on, _ in rates] for pair, rates in rows.items()}

    def chain(self, on: date) -> list[Leg] | None:
        """By the best way on which all rates are there, None where there is none."""
        for way in self._ways:
            legs = [self._leg(step, on) for step in way]
            if all(legs):
                return [leg for leg in legs if leg is not None]
        return None

    def _leg(self, step: Step, on: date) -> Leg | None:
        base, quote, operation = step
        era = self._fixed.get((base, quote))
        if era is not None and era.starts_on is not None and era.starts_on <= on:
            return fixed_leg(era, quote, operation)
        place = bisect_right(self._dates.get((base, quote), []), on)
        if not place:
            return None
        rate_date, (value, version, source) = self._rates[base, quote][place - 1]
        if on - rate_date > self._age:
            return None
        return Leg(base, quote, rate_date, SPOT, _decimal(value), version, source, operation)


def _decimal(value: Any) -> Decimal:
    return Decimal(normalised(value))
