"""Short reads for people who look at many journals at once: a page of a list, the cards of the dashboard."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from django.db import connection

TOTALS = """
    SELECT journal_id, currency, sum(amount) FROM journals_posting
    WHERE journal_id = ANY (%s::uuid[]) AND amount > 0
    GROUP BY journal_id, currency ORDER BY journal_id, currency
"""
# One index probe per figure and entity; the accounts are counted to a limit, not to the end.
BOOKS = """
    SELECT e.id, e.code, e.name, bases_currency_on(e.id, e.business_date), e.time_zone, e.business_date,
           (SELECT count(*) FROM (
               SELECT FROM accounts_account a WHERE a.entity_id = e.id LIMIT %(most)s + 1
           ) AS counted),
           head.sequence, head.type, head.recorded_at
    FROM (SELECT * FROM books_entity ORDER BY id = %(first)s DESC, code LIMIT %(limit)s) AS e
    LEFT JOIN LATERAL (
        SELECT sequence, type, recorded_at FROM books_event WHERE entity_id = e.id ORDER BY sequence DESC LIMIT 1
    ) AS head ON true
    ORDER BY e.id = %(first)s DESC, e.code
"""
LATEST = """
    SELECT wanted.id, j.id, j.number, j.kind, j.effective_date, j.description
    FROM unnest(%s::uuid[]) AS wanted (id)
    CROSS JOIN LATERAL (
        SELECT id, number, kind, effective_date, description FROM journals_journal
        WHERE entity_id = wanted.id ORDER BY number DESC LIMIT %s
    ) AS j
    ORDER BY j.number DESC
"""
# Where the lines of each entity stand, and how the last step of a close under way came out.
DAYS = """
    SELECT wanted.id, f.closed_through, CASE WHEN f.closing THEN f.ordinary_through END, step.outcome
    FROM unnest(%s::uuid[]) AS wanted (id)
    CROSS JOIN LATERAL (
        SELECT closed_through, ordinary_through, ordinary_through IS DISTINCT FROM closed_through AS closing
        FROM days_daycutoff WHERE entity_id = wanted.id ORDER BY number DESC LIMIT 1
    ) AS f
    LEFT JOIN LATERAL (
        SELECT outcome FROM days_dayclosestep WHERE close_id = (
            SELECT id FROM days_dayclose WHERE entity_id = wanted.id ORDER BY number DESC LIMIT 1
        ) ORDER BY id DESC LIMIT 1
    ) AS step ON f.closing
"""


class Total(NamedTuple):
    """The debits of a journal in one currency; its credits are the same."""

    amount: Decimal
    currency: str


class BooksAtAGlance(NamedTuple):
    """`accounts` stops at the limit asked for plus one; the head is None in books without an event."""

    id: UUID
    code: str
    name: str
    base_currency: str
    time_zone: str
    business_date: date
    accounts: int
    head_sequence: int | None
    head_type: str | None
    head_recorded_at: datetime | None


class LatestJournal(NamedTuple):
    id: UUID
    number: int
    kind: str
    effective_date: date
    description: str


class DaysAtAGlance(NamedTuple):
    """The last closed day; a day that is cut off and not closed yet, and whether it waits for a person."""

    closed_through: date | None
    closing: date | None
    outcome: str | None

    @property
    def is_stuck(self) -> bool:
        return self.outcome in {"blocked", "failed"}


def totals_of(journals: Iterable[UUID]) -> dict[UUID, list[Total]]:
    """What each journal moves, per currency in the order of their codes. One query."""
    totals: dict[UUID, list[Total]] = {}
    with connection.cursor() as cursor:
        cursor.execute(TOTALS, (list(journals),))
        for journal_id, currency, amount in cursor.fetchall():
            totals.setdefault(journal_id, []).append(Total(amount, currency))
    return totals


def books_at_a_glance(*, first: UUID | None, limit: int, most_accounts: int) -> list[BooksAtAGlance]:
    """At most `limit` entities by code, `first` before the others."""
    with connection.cursor() as cursor:
        cursor.execute(BOOKS, {"first": first, "limit": limit, "most": most_accounts})
        return [BooksAtAGlance(*row) for row in cursor.fetchall()]


def latest_journals(entities: Sequence[UUID], limit: int) -> dict[UUID, list[LatestJournal]]:
    """The newest journals of each entity, newest first. One query."""
    latest: dict[UUID, list[LatestJournal]] = {entity: [] for entity in entities}
    with connection.cursor() as cursor:
        cursor.execute(LATEST, (list(entities), limit))
        for entity, *journal in cursor.fetchall():
            latest[entity].append(LatestJournal(*journal))
    return latest


def days_at_a_glance(entities: Sequence[UUID]) -> dict[UUID, DaysAtAGlance]:
    """How the business days of each entity stand; none for one that never closed a day. One query."""
    with connection.cursor() as cursor:
        cursor.execute(DAYS, (list(entities),))
        return {entity: DaysAtAGlance(*row) for entity, *row in cursor.fetchall()}
