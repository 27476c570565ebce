"""The read model of items: a row for each, by the event that created it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import psycopg

from apps.items.events import ItemCreatedFact
from ledgerflow.core.events import RecordedEvent

INSERT = """
    INSERT INTO items (entity_id, id, name, description, created_at, created_by, event_sequence)
    VALUES (%s, %s, %s, %s, %s, %s, %s)
"""
FACTS = (ItemCreatedFact,)


def apply(connection: psycopg.Connection[Any], entity_id: UUID, events: Sequence[RecordedEvent]) -> None:
    """Add the items that these events created, on a connection in a transaction."""
    rows = []
    for event in events:
        item = ItemCreatedFact.read(event.data)
        rows.append((entity_id, item.id, item.name, item.description, event.recorded_at, event.actor, event.sequence))
    with connection.cursor() as cursor:
        cursor.executemany(INSERT, rows)
