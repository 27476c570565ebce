"""Short reads for people who look at many journals at once: a page of a list, Home."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from django.db import connection

TOTALS = """
    SELECT journal_id, currency, sum(amount) FROM journals_posting
    WHERE journal_id = ANY (%s::uuid[]) AND amount > 0
    GROUP BY journal_id, currency ORDER BY journal_id, currency
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
# Among the newest of the books: an index by person would be one more for each posting to write.
OF_PERSON = """
    SELECT id, number, kind, effective_date, description FROM (
        SELECT id, number, kind, effective_date, description, actor FROM journals_journal
        WHERE entity_id = %s ORDER BY number DESC LIMIT %s
    ) AS newest
    WHERE actor = %s ORDER BY number DESC LIMIT %s
"""
AMONG = 1_000
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


def latest_journals(entities: Sequence[UUID], limit: int) -> dict[UUID, list[LatestJournal]]:
    """The newest journals of each entity, newest first. One query."""
    latest: dict[UUID, list[LatestJournal]] = {entity: [] for entity in entities}
    with connection.cursor() as cursor:
        cursor.execute(LATEST, (list(entities), limit))
        for entity, *journal in cursor.fetchall():
            latest[entity].append(LatestJournal(*journal))
    return latest


def latest_of_person(entity_id: UUID, person: str, limit: int) -> list[LatestJournal]:
    """The journals that a person has posted, newest first, among the newest of the books. One query."""
    with connection.cursor() as cursor:
        cursor.execute(OF_PERSON, (entity_id, AMONG, person, limit))
        return [LatestJournal(*row) for row in cursor.fetchall()]


def days_at_a_glance(entities: Sequence[UUID]) -> dict[UUID, DaysAtAGlance]:
    """How the business days of each entity stand; none for one that never closed a day. One query."""
    with connection.cursor() as cursor:
        cursor.execute(DAYS, (list(entities),))
        return {entity: DaysAtAGlance(*row) for entity, *row in cursor.fetchall()}
