"""The hash chain over an entity's events. Pure.

hash = SHA-256 over version, previous hash and every column, each preceded by its length, so that no two different
rows can have the same bytes. The first event follows 32 zero bytes.
"""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from uuid import UUID

import msgspec

HASH_VERSION = b"\x01"
GENESIS = bytes(32)


class Recorded(msgspec.Struct, frozen=True):
    """One row of the log as it is hashed and stored; `data` is canonical JSON."""

    entity_id: UUID
    sequence: int
    id: UUID
    type: str
    subject: str
    data: str
    actor: str
    recorded_at: datetime


def chain_hash(previous: bytes, event: Recorded) -> bytes:
    """The 32-byte hash of `event` standing after the event whose hash is `previous`."""
    parts = (
        previous,
        event.entity_id.bytes,
        event.sequence.to_bytes(8),
        event.id.bytes,
        event.type.encode(),
        event.subject.encode(),
        event.data.encode(),
        event.actor.encode(),
        event.recorded_at.isoformat(timespec="microseconds").encode(),
    )
    return sha256(HASH_VERSION + b"".join(len(part).to_bytes(4) + part for part in parts)).digest()
