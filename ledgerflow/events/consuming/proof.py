"""Proof of decisions about dead letters: each row that was decided and its event tell the same.

Read models are made anew with their dead letters, so only the rows of the consumers of the books must be there. Those
rows are work that waits: one whose decision was told and never carried out is open, and can be decided again.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import dict_row

from ledgerflow.books.faults import ABSENT, PRESENT, Fault, compare_rows, keyed
from ledgerflow.books.proof.event_facts import EventWithFact, events_with_facts
from ledgerflow.core.events import Fact
from ledgerflow.events.consuming.events import DeadLetterDiscardedFact, DeadLetterFact, DeadLetterReplayedFact
from ledgerflow.events.consuming.models import Status
from ledgerflow.events.consuming.stores import BOOKS

TABLE = "consuming_deadletter"
LETTERS = """
    SELECT id, consumer, sequence, event_id, status, reason, decided_by, decided_at FROM consuming_deadletter
    WHERE entity_id = %s
"""
DECIDED: dict[type[DeadLetterFact], Status] = {
    DeadLetterReplayedFact: Status.REPLAYED,
    DeadLetterDiscardedFact: Status.DISCARDED,
}
FACTS: tuple[type[Fact], ...] = tuple(DECIDED)
# A gap that closed by itself was decided by nobody.
BY_ITSELF = "system:"

Row = dict[str, Any]


def check_dead_letters(connection: psycopg.Connection[Any], entity_id: UUID) -> Iterator[Fault]:
    """What is wrong with the dead letters of an entity that were decided, as its events tell of them."""
    faults: list[Fault] = []
    told: dict[str, Row] = {}
    for event in events_with_facts(connection, entity_id, FACTS, faults):
        if event.fact.database == BOOKS:
            told[event.subject] = _row(event, event.fact)
    yield from faults
    cursor = connection.cursor(row_factory=dict_row).execute(LETTERS, (entity_id,))
    found = keyed(cursor, lambda row: str(row["id"]))
    decided = {
        key: row
        for key, row in found.items()
        if row["status"] != Status.OPEN and not row["decided_by"].startswith(BY_ITSELF)
    }
    yield from compare_rows(TABLE, {key: row for key, row in told.items() if key in decided}, decided)
    for key in told.keys() - found.keys():
        yield Fault(TABLE, key, "row", PRESENT, ABSENT)


def _row(event: EventWithFact, fact: DeadLetterFact) -> Row:
    return {
        "consumer": fact.consumer,
        "sequence": fact.sequence,
        "event_id": fact.event,
        "status": DECIDED[type(fact)].value,
        "reason": fact.reason,
        "decided_by": event.actor,
        "decided_at": event.recorded_at,
    }
