"""Versions against their events: as they were drafted, and each step that made one active or retired it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import dict_row

from apps.operations.versioning.events import ActivatedFact, DraftedFact
from apps.operations.versioning.keeping import Versions
from apps.operations.versioning.rows import ACTIVE, RETIRED
from ledgerflow.books.faults import Fault, compare_rows, keyed
from ledgerflow.books.proof.event_facts import EventWithFact, events_with_facts
from ledgerflow.core import canonical

ROWS = "SELECT * FROM {table} WHERE entity_id = %s"


def check_versions(connection: psycopg.Connection[Any], entity_id: UUID, kept: Versions[Any]) -> Iterator[Fault]:
    """All versions and steps of an entity."""
    faults: list[Fault] = []
    versions, steps = {}, {}
    for event in events_with_facts(connection, entity_id, (kept.drafted, kept.activated, kept.retired), faults):
        if isinstance(event.fact, DraftedFact):
            versions[f"{event.fact.code} {event.fact.number}"] = _version(event)
        else:
            steps[event.sequence] = _step(event)
    yield from faults
    cursor = connection.cursor(row_factory=dict_row)
    table, step_table = kept.rows._meta.db_table, kept.steps._meta.db_table  # noqa: SLF001 - Django documents it
    found = cursor.execute(ROWS.format(table=table).encode(), (entity_id,))
    yield from compare_rows(table, versions, keyed(found, lambda row: f"{row['code']} {row['number']}"))
    found = cursor.execute(ROWS.format(table=step_table).encode(), (entity_id,))
    yield from compare_rows(step_table, steps, keyed(found, lambda row: row["event_sequence"]))


def _version(event: EventWithFact) -> dict[str, Any]:
    fact: DraftedFact = event.fact
    return {
        "id": fact.id, "code": fact.code, "number": fact.number, "digest": fact.digest,
        "definition": canonical.encode(fact.definition).decode(), "event_sequence": event.sequence,
        "recorded_at": event.recorded_at, "actor": event.actor,
    }  # fmt: skip


def _step(event: EventWithFact) -> dict[str, Any]:
    fact = event.fact
    proposal = fact.proposal if isinstance(fact, ActivatedFact) else None
    return {
        "code": fact.code, "number": fact.number, "status": RETIRED if proposal is None else ACTIVE,
        "proposal_id": proposal, "recorded_at": event.recorded_at, "actor": event.actor,
    }  # fmt: skip
