"""Which rate the movements of a currency on a day are measured at.

What a close measured them at stays; then what a revaluation has pinned; then the newest spot rate of the day.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any, NamedTuple
from uuid import UUID

from accounts.bases.eras import Era, era_on, eras_of
from fx.deals.exchange_amounts import exactly
from fx.deals.quoting import chain_from
from fx.functional.spot_chains import spot_chains
from fx.rates.conversion import Leg, Rounding, converted
from fx.rates.events import FxPolicyFact
from fx.rates.finding import fixed_leg, minor_units_of
from fx.rates.policies import Fetch, policy_of
from ledgerflow.core.dates import day_before
from ledgerflow.core.errors import LedgerError

# The last cut-off record that was known, and where the days stood by it.
CUT_OFF = """
    SELECT number, closed_through FROM days_daycutoff
    WHERE entity_id = %s AND (%s::bigint IS NULL OR event_sequence <= %s) ORDER BY number DESC LIMIT 1
"""
PINNED = """
    SELECT DISTINCT ON (p.currency, p.day) p.currency, p.day, p.chain
    FROM (
        SELECT p.currency, p.day, p.chain, p.number
        FROM functional_coverage(%(entity)s, 'infinity', %(cut_off)s) c
        JOIN functional_measuredrate p ON p.entity_id = %(entity)s AND p.currency = c.currency AND p.day <= c.day
                                    AND p.number <= c.number
        WHERE p.day BETWEEN %(first)s AND %(last)s
        UNION ALL
        SELECT currency, day, chain, 0
        FROM revaluation_pinned_rates(%(entity)s, %(first)s, %(last)s, %(known)s)
    ) p
    ORDER BY p.currency, p.day, p.number DESC
"""

Chains = dict[tuple[str, date], list[Leg] | LedgerError]


class LinesOf(NamedTuple):
    """Lines that carry one of these values of a dimension."""

    dimension: str
    codes: Sequence[str]


class FunctionalBooks(NamedTuple):
    """Whose base amounts, as known when: `known` is an event sequence and `known_at` its moment, None for now.

    `cut_off` is the number of the last cut-off record known, 0 before the first. Of books whose base currency has
    changed, those of one of their eras: what moved before it began is not theirs. `lines`: of some lines only.
    """

    entity_id: UUID
    era: Era
    minor_units: int
    policy: FxPolicyFact
    known: int | None
    known_at: datetime | None
    cut_off: int
    fetch: Fetch
    lines: LinesOf | None = None

    @property
    def base(self) -> str:
        return self.era.currency

    @property
    def rounding(self) -> Rounding:
        return exactly(Rounding(self.policy.rounding))

    def rows(self, sql: str, **params: Any) -> list[tuple[Any, ...]]:
        """Rows of a statement about these books; `before` is the last day before their era."""
        given = {"entity": self.entity_id, "known": self.known, "cut_off": self.cut_off, "base": self.base}
        before = None if self.era.starts_on is None else day_before(self.era.starts_on)
        return self.fetch(sql, given | {"before": before} | params)


def books_of(
    entity_id: UUID, fetch: Fetch, on: date, known: int | None = None, known_at: datetime | None = None
) -> FunctionalBooks:
    """The books of the era that a day lies in, as known at an event."""
    return books_in(era_on(eras_of(entity_id, fetch), on), entity_id, fetch, known, known_at)


def books_in(
    era: Era, entity_id: UUID, fetch: Fetch, known: int | None = None, known_at: datetime | None = None
) -> FunctionalBooks:
    """The books of an era, as known at an event."""
    rows = fetch(CUT_OFF, (entity_id, known, known))
    units = minor_units_of(entity_id, era.currency, fetch=fetch)
    policy, _ = policy_of(entity_id, fetch=fetch)
    return FunctionalBooks(entity_id, era, units, policy, known, known_at, rows[0][0] if rows else 0, fetch)


def books_through(books: FunctionalBooks) -> list[FunctionalBooks]:
    """The books of each era up to that of `books`, the first one first."""
    eras = eras_of(books.entity_id, books.fetch)
    earlier = eras[: eras.index(books.era)]
    return [*(books_in(era, books.entity_id, books.fetch, books.known, books.known_at) for era in earlier), books]


def at_fixed_rate(books: FunctionalBooks, before: FunctionalBooks, amount: Decimal) -> Decimal:
    """An amount in the base currency `before`, in that of the books: divided by the fixed rate, rounded once."""
    return converted(amount, [fixed_leg(books.era, before.base, "divide")], books.minor_units)


def brought_over(through: Sequence[FunctionalBooks], told_on: date, value: Decimal) -> Decimal:
    """A value in the base currency of a day in that of the last of these books, from era to era at the fixed rate."""
    for before, after in pairwise(through):
        if after.era.starts_on is not None and told_on < after.era.starts_on:
            value = at_fixed_rate(after, before, value)
    return value


def day_rates(books: FunctionalBooks, wanted: Iterable[tuple[str, date]]) -> Chains:
    """The rate of each currency and day, or its refusal (`RateMissing`, `RateTooOld`)."""
    asked = set(wanted)
    if not asked:
        return {}
    days = [on for _, on in asked]
    rows = books.rows(PINNED, first=min(days), last=max(days))
    found: Chains = {(currency, on): chain_from(chain) for currency, on, chain in rows if (currency, on) in asked}
    return found | spot_chains(
        books.entity_id, sorted(asked - found.keys()), books.base, policy=books.policy, known_at=books.known_at,
        fetch=books.fetch,
    )  # fmt: skip
