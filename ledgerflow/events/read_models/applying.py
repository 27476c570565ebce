"""The consumer of all read models: each gets the events of its facts, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import psycopg

from ledgerflow.core.events import RecordedEvent
from ledgerflow.core.plugins import registry
from ledgerflow.events.read_models.errors import ReadModelsOutdatedError
from ledgerflow.events.read_models.schemas import check_definitions, ensure


def prepare(connection: psycopg.Connection[Any]) -> None:
    """Make what is missing. Raises `ReadModelsOutdatedError` where the tables wait for a rebuild.

    Readers go on meanwhile with what is there.
    """
    ensure(connection)
    check_definitions(connection)


def apply(connection: psycopg.Connection[Any], entity_id: UUID, events: Sequence[RecordedEvent]) -> None:
    """Bring all read models of an entity on. Raises `ReadModelsOutdatedError` where they wait for a rebuild."""
    try:
        check_definitions(connection)
    except ReadModelsOutdatedError:
        # No event is to blame, and none shall become a dead letter: the consumer connects again, and waits there.
        connection.close()
        raise
    for model in registry.read_models.values():
        types = {fact.event_type for fact in model.facts}
        wanted = [event for event in events if event.type in types]
        if wanted:
            model.apply(connection, entity_id, wanted)
