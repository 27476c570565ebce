"""Balances of the past: at the end of an effective date, as known at a moment.

A moment resolves to the last event recorded by then; what entered the books later does not count. The database function
`journals_figures_at` starts from the newest close snapshot that was in force then and adds day totals, so that the cost
does not grow with an account's history. Every answer is one statement: its figures agree with each other and with the
event they name.
"""

from __future__ import annotations

from collections.abc import Sequence
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
LAYERS = ("ordinary", "adjustment", "closing")
# Parameters: known_at given?, as_of, layers, entity, moment, entity. The event and the cut-off record that
# a question is about.
QUESTION = """
    question AS (
        SELECT given.as_of, given.layers, k.sequence, k.recorded_at, f.closed_through, f.number AS cut_off,
               CASE WHEN given.has_moment THEN coalesce(k.sequence, 0) END AS known
        FROM (SELECT %s::boolean AS has_moment, %s::date AS as_of, %s::text[] AS layers) given
        LEFT JOIN LATERAL (
            SELECT sequence, recorded_at FROM books_event
            WHERE entity_id = %s AND recorded_at <= %s ORDER BY recorded_at DESC, sequence DESC LIMIT 1
        ) k ON true
        LEFT JOIN LATERAL (
            SELECT number, closed_through FROM days_daycutoff
            WHERE entity_id = %s AND (NOT given.has_moment OR event_sequence <= coalesce(k.sequence, 0))
            ORDER BY number DESC LIMIT 1
        ) f ON true
    )
"""
TOTALS = """,
    totals AS (
        SELECT l.*, f.debits, f.credits FROM listed l CROSS JOIN question
        CROSS JOIN LATERAL journals_figures_at(
            l.id, question.as_of, question.known, question.closed_through, question.cut_off, question.layers
        ) f
    )
"""
FIGURES = """
    SELECT t.currency, t.minor_units, t.normal_side, t.debits, t.credits, question.sequence, question.recorded_at
    FROM totals t CROSS JOIN question
"""
ROLLED_UP = """
    SELECT t.currency, t.minor_units, max(t.normal_side) FILTER (WHERE t.code = %s), count(*),
           sum(t.debits), sum(t.credits), max(question.sequence), max(question.recorded_at)
    FROM totals t CROSS JOIN question GROUP BY t.currency, t.minor_units ORDER BY t.currency
"""
OF_ACCOUNT = f"{ONE_ACCOUNT},{QUESTION}{TOTALS}{FIGURES}"
OF_SUBTREE = f"{SUBTREE},{QUESTION}{TOTALS}{ROLLED_UP}"


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


def question_of(
    entity_id: UUID, as_of: date | None, known_at: datetime | None, layers: Sequence[str] = LAYERS
) -> tuple[Any, ...]:
    """The parameters of `QUESTION`."""
    return known_at is not None, as_of, list(layers), entity_id, known_at or LAST_MOMENT, entity_id


def _fetch(
    sql: str,
    entity_id: UUID,
    code: str,
    as_of: date | None,
    known_at: datetime | None,
    more: tuple[str, ...],
    layers: Sequence[str] = LAYERS,
) -> list[Any]:
    if not is_storable(code):
        raise no_account(code)
    given = question_of(entity_id, as_of, known_at, layers)
    with connection.cursor() as cursor:
        cursor.execute(sql, (entity_id, code, *given, *more))
        rows: list[Any] = cursor.fetchall()
    return rows
