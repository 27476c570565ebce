"""The eras of a set of books, with the events that tell of them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from django.db import connection

# The first event of the books tells of the first era.
ERAS = """
    SELECT o.currency, o.starts_on, (lead(o.starts_on) OVER by_day - 1)::date, o.before, o.rate, o.event_sequence,
           o.recorded_at, o.actor
    FROM (
        SELECT e.base_currency, NULL::date, NULL::text, NULL::numeric, f.sequence, f.recorded_at, f.actor
        FROM books_entity e JOIN books_event f ON f.entity_id = e.id AND f.sequence = 1
        WHERE e.id = %(entity)s
        UNION ALL
        SELECT currency, starts_on, before, rate, event_sequence, recorded_at, actor
        FROM bases_basechange WHERE entity_id = %(entity)s
    ) AS o (currency, starts_on, before, rate, event_sequence, recorded_at, actor)
    WINDOW by_day AS (ORDER BY o.starts_on NULLS FIRST)
    ORDER BY o.starts_on NULLS FIRST
"""


class EraWithSource(NamedTuple):
    """An era from its first to its last day, and the event that tells of it.

    The first era has no first day, the last one no last day. `rate`: so many units of `before` are one of `currency`.
    """

    currency: str
    starts_on: date | None
    ends_on: date | None
    before: str | None
    rate: Decimal | None
    event_sequence: int
    recorded_at: datetime
    actor: str


def eras_with_sources(entity_id: UUID) -> list[EraWithSource]:
    """The eras of a set of books, the first one first; one that is still to come is among them. One query."""
    with connection.cursor() as cursor:
        cursor.execute(ERAS, {"entity": entity_id})
        return [EraWithSource(*row) for row in cursor.fetchall()]
