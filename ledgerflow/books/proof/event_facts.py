"""Reading events for a proof: each with its fact, as the struct that declares it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
import psycopg

from ledgerflow.books.faults import Fault
from ledgerflow.core.events import Fact

EVENTS = """
    SELECT sequence, type, subject, data, actor, recorded_at FROM books_event
    WHERE entity_id = %s AND type = ANY (%s) ORDER BY sequence
"""
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
    by_type = {fact.event_type: fact for fact in facts}
    for row in connection.execute(EVENTS, (entity_id, list(by_type))).fetchall():
        sequence, type_, subject, data, actor, recorded_at = row
        try:
            fact = by_type[type_].read(data)
        except (msgspec.MsgspecError, UnicodeError) as error:
            faults.append(Fault(TABLE, str(sequence), "data", f"a fact of {type_}", repr(error)))
            continue
        yield EventWithFact(sequence, subject, fact, actor, recorded_at)
