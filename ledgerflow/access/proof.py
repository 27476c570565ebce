"""Proof of the API keys: each key is what its event says, none is missing, none extra, and none lives on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
import psycopg

from ledgerflow.access.events import KeyCreatedFact
from ledgerflow.access.rows import KEYS

Fault = tuple[str, str, str, Any, Any]  # table, key, what of it, expected, found

TABLE = "access_apikey"
EVENT = "books_event"
COLUMNS = (
    "id",
    "entity_id",
    "name",
    "prefix",
    "digest",
    "scopes",
    "created_at",
    "created_by",
    "person",
    "person_name",
    "application",
    "expires_at",
    "revoked_at",
)
FIRST, LAST = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)
UNPROVEN = frozenset({"last_used_at"})  # a note for people, renewed without an event


def check_keys(connection: psycopg.Connection[Any], entity_id: UUID) -> Iterator[Fault]:
    """What is wrong with the keys of an entity, as its events tell of them; nothing when all is proven.

    A key whose row was given to another entity is found by the entity whose event made it, and by the other one.
    """
    params = {"entity": entity_id, "first": FIRST, "last": LAST}
    for row in connection.execute(KEYS, params).fetchall():
        event, found = row[:6], dict(zip(COLUMNS, row[6:], strict=True))
        if event[0] is None:
            yield TABLE, str(found["id"]), "row", "absent", "a row"
        elif found["id"] is None:
            yield TABLE, event[1], "row", "a row", "absent"
        else:
            yield from _differences(entity_id, event, found)


def _differences(entity_id: UUID, event: tuple[Any, ...], found: dict[str, Any]) -> Iterator[Fault]:
    sequence, subject, data, actor, recorded_at, revoked_at = event
    try:
        fact = KeyCreatedFact.read(data)
    except msgspec.MsgspecError as error:
        yield EVENT, str(sequence), "data", f"a fact of {KeyCreatedFact.event_type}", repr(error)
        return
    row = {"entity_id": entity_id, "created_at": recorded_at, "created_by": actor, "revoked_at": revoked_at}
    expected = msgspec.structs.asdict(fact) | row
    for name in COLUMNS:
        if found[name] != expected[name]:
            yield TABLE, subject, name, expected[name], found[name]
