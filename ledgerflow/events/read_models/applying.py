"""The consumer of all read models: each gets the events of its facts, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import psycopg

from ledgerflow.core.events import RecordedEvent
from ledgerflow.core.plugins import registry
from ledgerflow.events.read_models.schemas import check_definitions


def apply(connection: psycopg.Connection[Any], entity_id: UUID, events: Sequence[RecordedEvent]) -> None:
    """Bring all read models of an entity on. Raises `ReadModelsOutdatedError` where they wait for a rebuild."""
    check_definitions(connection)
    for model in registry.read_models.values():
        types = {fact.event_type for fact in model.facts}
        wanted = [event for event in events if event.type in types]
        if wanted:
            model.apply(connection, entity_id, wanted)
