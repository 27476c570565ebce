"""What a close takes: the base amounts of all that moved on foreign accounts since they were measured last.

A currency without a rate on one of its days is left out as a whole, and named; the next close takes it from where it
was left. Worked out on a snapshot of a day that is cut off, and written under the lock.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal, localcontext
from hashlib import sha256
from typing import Any, NamedTuple
from uuid import UUID

from psycopg.types.json import Jsonb

from fx.deals.quoting import chain_json
from fx.functional.base_amounts import Refusals, columns_of, coverage, measured, rates_of, with_special
from fx.functional.day_rates import FunctionalBooks, books_of
from fx.functional.events import BaseAmountsMeasuredFact, MeasuredCurrency, MeasuringRate
from fx.functional.moves import moves_since
from fx.rates.policies import fetch_default
from fx.revaluation.runs import fetch_on
from ledgerflow.books.snapshots import snapshot
from ledgerflow.books.writing import Transaction, write
from ledgerflow.core.errors import LedgerError
from ledgerflow.core.money import CONTEXT, ZERO, normalised, plain
from ledgerflow.core.phrases import phrase

HAS_FOREIGN = """
    SELECT FROM accounts_account a
    WHERE a.entity_id = %s AND a.currency <> bases_currency_on(%s, %s) AND NOT a.is_header
      AND NOT EXISTS (SELECT FROM accounts_currency u
                      WHERE u.entity_id = a.entity_id AND u.code = a.currency AND NOT u.is_money)
    LIMIT 1
"""
RUN = "SELECT max(number) FROM days_dayclose WHERE entity_id = %s AND day = %s"
DONE = "SELECT FROM functional_basemeasure WHERE entity_id = %s AND number = %s LIMIT 1"
# The accounts that moved, with what they were measured at before.
MOVED = """
    SELECT a.id, a.code, a.currency, coalesce(s.base_total, 0)
    FROM accounts_account a
    LEFT JOIN unnest(%(currencies)s::text[], %(days)s::date[], %(numbers)s::bigint[]) AS c (currency, day, number)
      ON c.currency = a.currency
    LEFT JOIN LATERAL (
        SELECT base_total FROM functional_basesnapshot
        WHERE account_id = a.id AND day <= c.day AND day > coalesce(%(before)s::date, '-infinity')
          AND number <= c.number ORDER BY day DESC, number DESC LIMIT 1
    ) s ON true
    WHERE a.entity_id = %(entity)s AND a.id = ANY (%(ids)s::uuid[]) ORDER BY a.code COLLATE "C"
"""
INSERT_MEASURE = """
    INSERT INTO functional_basemeasure (entity_id, currency, day, number, since, accounts, total, sha256,
        event_sequence, recorded_at, actor)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
INSERT_PINS = """
    INSERT INTO functional_measuredrate (entity_id, currency, day, number, chain)
    SELECT %s, p.currency, p.day, %s, p.chain
    FROM unnest(%s::text[], %s::date[], %s::jsonb[]) AS p (currency, day, chain)
"""
INSERT_SNAPSHOTS = """
    INSERT INTO functional_basesnapshot (account_id, day, number, base_total)
    SELECT s.id, %s, %s, s.total FROM unnest(%s::uuid[], %s::numeric[]) AS s (id, total)
"""
# As reports do: one look-up after the other, whatever the planner thinks of young tables.
PLANS = "SELECT set_config('enable_seqscan', 'off', true), set_config('jit', 'off', true)"
MOST_NAMED = 100
NO_BASE_AMOUNTS = phrase(
    "{currency} has no base amounts: {message} Record a spot rate for {day}, and the next close takes what was left."
)


class Measuring(NamedTuple):
    """What a close is to write: `totals` of accounts, facts of currencies and rates; `left_out` in sentences."""

    totals: dict[UUID, Decimal]
    fact: BaseAmountsMeasuredFact
    left_out: list[str]


class BaseTotal(NamedTuple):
    """The snapshot of an account."""

    code: str
    total: Decimal


def measure_day(entity_id: UUID, day: date, actor: str) -> dict[str, Any]:
    """The step of a close: measure all foreign accounts through `day`, once in each run of closing it.

    What has no rate is left out and named under "refused"; its amounts follow with the next close.
    """
    if not fetch_default(HAS_FOREIGN, (entity_id, entity_id, day)):
        return {}
    ((number,),) = fetch_default(RUN, (entity_id, day))
    with snapshot() as connection:
        connection.execute(PLANS)
        plan = _planned(books_of(entity_id, fetch_on(connection), day), day, number)
    accounts = write(entity_id, lambda tx, _: _written(tx, plan, actor)) if plan.fact.measured else 0
    detail: dict[str, Any] = {"base_amounts": accounts} if accounts else {}
    return detail | {"refused": plan.left_out[:MOST_NAMED]} if plan.left_out else detail


def hashed(rows: list[BaseTotal], currency: str, day: date) -> str:
    """SHA-256 over a heading and a line an account, in the byte order of their codes."""
    lines = [
        f"ledgerflow base amounts 1\n{currency}\t{day}\n",
        *(f"{row.code}\t{normalised(row.total)}\n" for row in rows),
    ]
    return sha256("".join(lines).encode()).hexdigest()


def summed(rows: list[BaseTotal]) -> Decimal:
    """What snapshots add up to."""
    with localcontext(CONTEXT):
        return sum((row.total for row in rows), ZERO)


def _planned(books: FunctionalBooks, day: date, number: int) -> Measuring:
    covered = coverage(books, day)
    since = {currency: one.day for currency, one in covered.items()}
    moves = with_special(books, moves_since(books, since, day, with_adjustments=False))
    rates = rates_of(books, moves)
    refusals: Refusals = {}
    moved = measured(books, moves, rates, refusals)
    accounts = list({one.move.account for one in moves})
    totals: dict[UUID, Decimal] = {}
    of_currency: dict[str, list[BaseTotal]] = {}
    for id_, code, currency, before in books.rows(MOVED, ids=accounts, **columns_of(covered)):
        if currency not in refusals:
            totals[id_] = CONTEXT.add(before, moved.get(id_, ZERO))
            of_currency.setdefault(currency, []).append(BaseTotal(code, totals[id_]))
    facts = [
        MeasuredCurrency(
            currency, covered[currency].day if currency in covered else None, len(rows), plain(summed(rows)),
            hashed(rows, currency, day),
        )
        for currency, rows in sorted(of_currency.items())
    ]  # fmt: skip
    pins = [
        MeasuringRate(currency, on, chain_json(chain))
        for (currency, on), chain in sorted(rates.items())
        if currency in of_currency and not isinstance(chain, LedgerError)
    ]
    return Measuring(
        totals, BaseAmountsMeasuredFact(day, number, books.policy.rounding, facts, pins), _sentences(refusals)
    )


def _sentences(refusals: Refusals) -> list[str]:
    return [
        NO_BASE_AMOUNTS.format(currency=currency, message=refusal.message, day=day)
        for currency, by_day in sorted(refusals.items())
        for day, refusal in sorted(by_day.items())
    ]


def _written(tx: Transaction, plan: Measuring, actor: str) -> int:
    """Write a plan, unless it was written before the run was cut short; gives the number of snapshots."""
    fact = plan.fact
    if tx.query(DONE, (tx.entity_id, fact.number)).fetchone() is None:
        sequence = tx.record(fact, str(fact.day), actor)
        with tx.connection.pipeline():
            for one in fact.measured:
                row = (one.since, one.accounts, Decimal(one.total), one.sha256, sequence, tx.recorded_at, actor)
                tx.query(INSERT_MEASURE, (tx.entity_id, one.currency, fact.day, fact.number, *row))
            chains = [Jsonb(pin.chain) for pin in fact.pinned]
            days = [pin.day for pin in fact.pinned]
            tx.query(INSERT_PINS, (tx.entity_id, fact.number, [pin.currency for pin in fact.pinned], days, chains))
            tx.query(INSERT_SNAPSHOTS, (fact.day, fact.number, list(plan.totals), list(plan.totals.values())))
    return len(plan.totals)
