"""A check of the close: rates that would move what a currency is worth further than a revaluation usually does.

A mistyped rate is found where it costs money: 11602 for 1.1602 makes a loss of nearly all that a currency is worth. The
rates that a revaluation is about to bring in, each day's movements included, are compared from date to date with one
another and with the closing rate of the last revaluation. Rates and not amounts, because what an account lost by
being emptied says nothing about the rate.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any, NamedTuple
from uuid import UUID

from accounts.bases.eras import era_on, eras_of
from fx.deals.quoting import chain_from
from fx.rates.conversion import Leg
from fx.rates.policies import Fetch, policy_of
from fx.revaluation.auto_reversal import days_due
from fx.revaluation.runs import RunPlan, fetch_on, plan_of
from ledgerflow.books.snapshots import snapshot
from ledgerflow.core.errors import LedgerError
from ledgerflow.core.money import normalised
from ledgerflow.core.phrases import phrase
from ledgerflow.core.plugins import Cure, Finding

LAST_CLOSING = """
    SELECT r.day, l.chain FROM revaluation_revaluation r JOIN revaluation_revaluationline l ON l.run_id = r.id
    WHERE r.entity_id = %s AND r.kind = 'revaluation' AND r.day < %s AND r.day >= %s
      AND l.currency = %s AND l.chain <> '[]'
    ORDER BY r.day DESC, r.number DESC LIMIT 1
"""

RATE_OF_MOVEMENTS = phrase("rate of movements")
CLOSING_RATE = phrase("closing rate")
WORTH_MORE = phrase(
    "The {kind} of {day} makes {currency} worth {percent} % more than the {which} of {earlier};"
    " the limit is {max_jump_percent} %. Is it right?"
)
WORTH_LESS = phrase(
    "The {kind} of {day} makes {currency} worth {percent} % less than the {which} of {earlier};"
    " the limit is {max_jump_percent} %. Is it right?"
)


class Worth(NamedTuple):
    """What one unit of a currency is worth in base currency on a day."""

    day: date
    rate: str  # which rate says so: "closing rate", RATE_OF_MOVEMENTS
    factor: Fraction


def revaluation_jump(entity_id: UUID, day: date) -> list[Finding]:
    """Currencies that the revaluation of this close would move by more than the policy's percentage."""
    found: dict[Finding, None] = {}
    for due in days_due(entity_id, day):
        limit = Fraction(policy_of(entity_id)[0].max_revaluation_percent)
        # Nothing is revalued where the plan is refused, and the check `unrevalued_currencies` says why.
        with suppress(LedgerError), snapshot() as connection:
            fetch = fetch_on(connection)
            for currency, rates in sorted(_rates_of(entity_id, plan_of(entity_id, due, fetch), fetch).items()):
                found |= dict.fromkeys(_jumps(currency, rates, limit))
    return list(found)


def _rates_of(entity_id: UUID, plan: RunPlan, fetch: Fetch) -> dict[str, list[Worth]]:
    """The rates that a plan brings in, by currency and date, after the closing rate of the last revaluation."""
    found: dict[str, list[Worth]] = defaultdict(list)
    # Of the base currency of the day: a rate into the one before says nothing about it.
    since = era_on(eras_of(entity_id, fetch), plan.day).starts_on or date.min
    for pin in [one for one in plan.pins if one.day >= since]:
        found[pin.currency].append(_worth(pin.day, pin.chain, RATE_OF_MOVEMENTS))
    closing = {item.fact.currency: _worth(plan.day, item.fact.chain) for item in plan.items if item.fact.chain}
    for currency, worth in closing.items():
        found[currency].append(worth)
    for currency, rates in found.items():
        rates += [_worth(*row) for row in fetch(LAST_CLOSING, (entity_id, plan.day, since, currency))]
        rates.sort(key=lambda one: one.day)
    return found


def _jumps(currency: str, rates: list[Worth], limit: Fraction) -> Iterator[Finding]:
    for before, after in pairwise(rates):
        percent = abs(after.factor - before.factor) * 100 / before.factor
        if percent > limit:
            yield Finding(
                (WORTH_MORE if after.factor > before.factor else WORTH_LESS).format(
                    kind=after.rate,
                    day=after.day,
                    currency=currency,
                    percent=_percent_text(percent),
                    which=before.rate,
                    earlier=before.day,
                    max_jump_percent=_percent_text(limit),
                ),
                Cure("Rates", "rates_rate_changelist"),
            )


def _worth(day: date, chain: list[dict[str, Any]], rate: str = CLOSING_RATE) -> Worth:
    return Worth(day, rate, _factor(chain_from(chain)))


def _factor(legs: list[Leg]) -> Fraction:
    factor = Fraction(1)
    for leg in legs:
        factor = factor * Fraction(leg.value) if leg.operation == "multiply" else factor / Fraction(leg.value)
    return factor


def _percent_text(percent: Fraction) -> str:
    return normalised((Decimal(percent.numerator) / Decimal(percent.denominator)).quantize(Decimal("0.01")))
