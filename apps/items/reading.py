"""Items as the read model has them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from apps.items.bodies import ItemResponse
from apps.items.errors import ItemNotFound
from ledgerflow.events.read_models.reading import reading

ONE = """
    SELECT id, name, description, created_at, created_by, event_sequence FROM items WHERE entity_id = %s AND id = %s
"""
PAGE = """
    SELECT id, name, description, created_at, created_by, event_sequence FROM items
    WHERE entity_id = %s AND event_sequence < %s ORDER BY event_sequence DESC LIMIT %s
"""
BEYOND_ALL = 2**63 - 1

Position = list[Any]


def read_item(entity_id: UUID, item_id: UUID) -> ItemResponse:
    """One item. Raises `ItemNotFound`."""
    with reading() as cursor:
        cursor.execute(ONE, (entity_id, item_id))
        row = cursor.fetchone()
    if row is None:
        raise ItemNotFound
    return ItemResponse(*row)


def find_items(entity_id: UUID, limit: int, after: Position | None) -> tuple[list[ItemResponse], Position | None]:
    """A page of items, the newest first, and the position of the last one when others follow."""
    with reading() as cursor:
        cursor.execute(PAGE, (entity_id, after[0] if after else BEYOND_ALL, limit + 1))
        found = [ItemResponse(*row) for row in cursor.fetchall()]
    shown = found[:limit]
    return shown, [shown[-1].event_sequence] if len(found) > limit else None
