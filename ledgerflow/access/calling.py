"""The read model of callers: each API key with its scopes, as its events tell it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg

from ledgerflow.access.events import KeyCreatedFact, KeyRevokedFact
from ledgerflow.core.events import RecordedEvent
from ledgerflow.core.plugins import ReadModel

ADD = """
    INSERT INTO callers (id, entity_id, digest, scopes, person, expires_at) VALUES (%s, %s, %s, %s, %s, %s)
"""
REVOKE = "UPDATE callers SET revoked_at = %s::timestamptz WHERE id = %s AND entity_id = %s"


def apply(connection: psycopg.Connection[Any], entity_id: UUID, events: Sequence[RecordedEvent]) -> None:
    """Keys are few: a statement for each event."""
    for event in events:
        if event.type == KeyRevokedFact.event_type:
            connection.execute(REVOKE, (event.recorded_at, KeyRevokedFact.read(event.data).id, entity_id))
        else:
            key = KeyCreatedFact.read(event.data)
            connection.execute(ADD, (key.id, entity_id, key.digest, key.scopes, key.person, key.expires_at))


CALLERS = ReadModel("callers", Path(__file__).with_name("tables.sql"), apply, (KeyCreatedFact, KeyRevokedFact))
