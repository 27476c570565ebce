"""Balances of the past: at the end of an effective date, as known at a moment (DESIGN section 7).

A moment resolves to the last event recorded by then; what entered the books later does not count. Day totals recorded
on earlier UTC days and the postings of that event's own day give the answer: an account's postings are numbered in
recorded order without a gap, so those of a day are a range of its versions. Every answer is one statement, so its
figures agree with each other and with the event they name.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection

from accounts.balances import figures, no_account
from accounts.rollups import SUBTREE, CurrencyTotal, rollup_from
from ledgerflow.core.texts import is_storable

LAST_MOMENT = datetime.max.replace(tzinfo=UTC)

ONE_ACCOUNT = """
    WITH listed AS (
        SELECT a.id, a.code, a.currency, a.normal_side, c.minor_units
        FROM accounts_account a JOIN accounts_currency c ON c.entity_id = a.entity_id AND c.code = a.currency
        WHERE a.entity_id = %s AND a.code = %s
    )
"""
# Parameters: entity, moment, known_at given?, as_of.
TOTALS = """,
    known AS (
        SELECT sequence, recorded_at, (recorded_at AT TIME ZONE 'UTC')::date AS day FROM books_event
        WHERE entity_id = %s AND recorded_at <= %s ORDER BY recorded_at DESC, sequence DESC LIMIT 1
    ),
    asked AS (
        -- Without a moment every day total counts whole; before the first event, none does.
        SELECT k.sequence, k.recorded_at, given.as_of,
               CASE WHEN given.has_moment THEN coalesce(k.day, '-infinity') ELSE 'infinity' END AS day
        FROM (SELECT %s::boolean AS has_moment, %s::date AS as_of) given LEFT JOIN known k ON true
    ),
    totals AS (
        SELECT l.*, d.debits + p.debits AS debits, d.credits + p.credits AS credits
        FROM listed l CROSS JOIN asked
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(t.debits) FILTER (WHERE t.whole AND t.dated), 0) AS debits,
                   coalesce(sum(t.credits) FILTER (WHERE t.whole AND t.dated), 0) AS credits,
                   coalesce(sum(t.count) FILTER (WHERE t.whole), 0)::bigint AS before_day,
                   coalesce(sum(t.count), 0)::bigint AS through_day
            FROM (
                SELECT debits, credits, count,
                       recorded_date < asked.day AS whole, effective_date <= asked.as_of AS dated
                FROM journals_daytotal WHERE account_id = l.id AND recorded_date <= asked.day
            ) t
        ) d
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(p.amount) FILTER (WHERE p.amount > 0), 0) AS debits,
                   coalesce(-sum(p.amount) FILTER (WHERE p.amount < 0), 0) AS credits
            FROM journals_posting p
            WHERE p.account_id = l.id AND p.account_version > d.before_day AND p.account_version <= d.through_day
              AND p.event_sequence <= asked.sequence AND p.effective_date <= asked.as_of
        ) p
    )
"""
FIGURES = """
    SELECT t.currency, t.minor_units, t.normal_side, t.debits, t.credits, asked.sequence, asked.recorded_at
    FROM totals t CROSS JOIN asked
"""
ROLLED_UP = """
    SELECT t.currency, t.minor_units, max(t.normal_side) FILTER (WHERE t.code = %s), count(*),
           sum(t.debits), sum(t.credits), max(asked.sequence), max(asked.recorded_at)
    FROM totals t CROSS JOIN asked GROUP BY t.currency, t.minor_units ORDER BY t.currency
"""
OF_ACCOUNT = f"{ONE_ACCOUNT}{TOTALS}{FIGURES}"
OF_SUBTREE = f"{SUBTREE}{TOTALS}{ROLLED_UP}"


class BalanceThen(msgspec.Struct, frozen=True):
    """A balance of the past, `balance` on the account's normal side.

    `event_sequence` is the last event that counts and `recorded_at` its moment; 0 and None before the first one.
    """

    account: str
    currency: str
    normal_side: str
    debits: str
    credits: str
    balance: str
    as_of: date | None
    known_at: datetime | None
    event_sequence: int
    recorded_at: datetime | None


class RollupThen(msgspec.Struct, frozen=True):
    """Totals of the past over an account and all below it, per currency, on the top account's normal side."""

    account: str
    normal_side: str
    totals: list[CurrencyTotal]
    as_of: date | None
    known_at: datetime | None
    event_sequence: int
    recorded_at: datetime | None


def balance_then(
    entity_id: UUID, code: str, *, as_of: date | None = None, known_at: datetime | None = None
) -> BalanceThen:
    """The balance of an account at the end of `as_of` (all dates when None) from what was recorded by `known_at`.

    Raises `NotFound`.
    """
    rows = _fetch(OF_ACCOUNT, entity_id, code, as_of, known_at, ())
    if not rows:
        raise no_account(code)
    currency, minor_units, side, debits, credit_total, sequence, recorded_at = rows[0]
    total = figures(debits, credit_total, side, minor_units)
    return BalanceThen(
        code, currency, side, total.debits, total.credits, total.balance, as_of, known_at, sequence or 0, recorded_at
    )


def rollup_then(
    entity_id: UUID, code: str, *, as_of: date | None = None, known_at: datetime | None = None
) -> RollupThen:
    """The same over an account and all accounts that are below it today. Raises `NotFound`."""
    rows = _fetch(OF_SUBTREE, entity_id, code, as_of, known_at, (code,))
    rollup = rollup_from(code, [row[:6] for row in rows])
    sequence, recorded_at = rows[0][6:]
    return RollupThen(rollup.account, rollup.normal_side, rollup.totals, as_of, known_at, sequence or 0, recorded_at)


def _fetch(
    sql: str, entity_id: UUID, code: str, as_of: date | None, known_at: datetime | None, more: tuple[str, ...]
) -> list[Any]:
    if not is_storable(code):
        raise no_account(code)
    given = (entity_id, known_at or LAST_MOMENT, known_at is not None, as_of or date.max)
    with connection.cursor() as cursor:
        cursor.execute(sql, (entity_id, code, *given, *more))
        rows: list[Any] = cursor.fetchall()
    return rows
