"""Reading events for a proof: each with its fact, as the struct that declares it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import count, groupby
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
import psycopg
from psycopg.rows import dict_row

from ledgerflow.books.faults import Fault
from ledgerflow.core.events import Fact

EVENTS = """
    SELECT sequence, type, subject, data, actor, recorded_at FROM books_event
    WHERE entity_id = %s AND type = ANY (%s) ORDER BY sequence
"""
# In the order of PostgreSQL's "C", which is that of texts in Python, and of ids as well.
BY_SUBJECT = EVENTS.replace("ORDER BY", 'ORDER BY subject COLLATE "C",')
ROWS_AT_ONCE = 1000
_numbers = count(1)
TABLE = "books_event"


class EventWithFact(NamedTuple):
    """An event and the fact it tells."""

    sequence: int
    subject: str
    fact: Any
    actor: str
    recorded_at: datetime


def events_with_facts(
    connection: psycopg.Connection[Any], entity_id: UUID, facts: Iterable[type[Fact]], faults: list[Fault]
) -> Iterator[EventWithFact]:
    """The events of these facts in their order; one whose data is no such fact goes to the faults instead."""
    return _read(connection, EVENTS, entity_id, facts, faults)


def events_by_subject(
    connection: psycopg.Connection[Any], entity_id: UUID, facts: Iterable[type[Fact]], faults: list[Fault]
) -> Iterator[tuple[str, Iterator[EventWithFact]]]:
    """The same, the subjects in the order of texts and the events of each in their own: none but the next is kept."""
    events = _read(connection, BY_SUBJECT, entity_id, facts, faults)
    return groupby(events, key=lambda event: event.subject)


def _read(
    connection: psycopg.Connection[Any], query: str, entity_id: UUID, facts: Iterable[type[Fact]], faults: list[Fault]
) -> Iterator[EventWithFact]:
    by_type = {fact.event_type: fact for fact in facts}
    for row in rows_of(connection, query, (entity_id, list(by_type))):
        sequence, type_, subject, data, actor, recorded_at = row.values()
        try:
            fact = by_type[type_].read(data)
        except (msgspec.MsgspecError, UnicodeError) as error:
            faults.append(Fault(TABLE, str(sequence), "data", f"a fact of {type_}", repr(error)))
            continue
        yield EventWithFact(sequence, subject, fact, actor, recorded_at)


def rows_of(
    connection: psycopg.Connection[Any], query: str, params: tuple[Any, ...], *, at_once: int = ROWS_AT_ONCE
) -> Iterator[dict[str, Any]]:
    """The rows of a query as the server makes them, so many at a time. Several may be read side by side."""
    with connection.cursor(f"proof_{next(_numbers)}", row_factory=dict_row) as cursor:
        cursor.itersize = at_once
        cursor.execute(query.encode(), params)
        yield from cursor
