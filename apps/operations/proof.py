"""Templates against their events: versions as they were drafted, and each step that made one active or retired it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import dict_row

from apps.operations.events import TemplateActivatedFact, TemplateDraftedFact, TemplateRetiredFact
from apps.operations.models import ACTIVE, RETIRED
from ledgerflow.books.faults import Fault, compare_rows, keyed
from ledgerflow.books.proof.event_facts import EventWithFact, events_with_facts
from ledgerflow.core import canonical

VERSION, STEP = "operations_templateversion", "operations_templatestep"
VERSIONS = "SELECT * FROM operations_templateversion WHERE entity_id = %s"
STEPS = "SELECT * FROM operations_templatestep WHERE entity_id = %s"
FACTS = (TemplateDraftedFact, TemplateActivatedFact, TemplateRetiredFact)


def check_templates(connection: psycopg.Connection[Any], entity_id: UUID) -> Iterator[Fault]:
    """All versions and steps of an entity."""
    faults: list[Fault] = []
    versions, steps = {}, {}
    for event in events_with_facts(connection, entity_id, FACTS, faults):
        if isinstance(event.fact, TemplateDraftedFact):
            versions[f"{event.fact.code} {event.fact.number}"] = _version(event)
        else:
            steps[event.sequence] = _step(event)
    yield from faults
    cursor = connection.cursor(row_factory=dict_row)
    found = keyed(cursor.execute(VERSIONS, (entity_id,)), lambda row: f"{row['code']} {row['number']}")
    yield from compare_rows(VERSION, versions, found)
    yield from compare_rows(STEP, steps, keyed(cursor.execute(STEPS, (entity_id,)), lambda row: row["event_sequence"]))


def _version(event: EventWithFact) -> dict[str, Any]:
    fact: TemplateDraftedFact = event.fact
    return {
        "id": fact.id, "code": fact.code, "number": fact.number, "digest": fact.digest,
        "definition": canonical.encode(fact.definition).decode(), "event_sequence": event.sequence,
        "recorded_at": event.recorded_at, "actor": event.actor,
    }  # fmt: skip


def _step(event: EventWithFact) -> dict[str, Any]:
    fact: TemplateActivatedFact | TemplateRetiredFact = event.fact
    proposal = fact.proposal if isinstance(fact, TemplateActivatedFact) else None
    return {
        "code": fact.code, "number": fact.number, "status": RETIRED if proposal is None else ACTIVE,
        "proposal_id": proposal, "recorded_at": event.recorded_at, "actor": event.actor,
    }  # fmt: skip
