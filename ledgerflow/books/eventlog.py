"""The hash chain over an entity's events. Pure.

hash = SHA-256 over a version byte, the previous hash and every column. The fixed-width ones (previous hash, entity,
sequence, id) come first, each after its length in four bytes; then the five lengths and the five texts (type, subject,
data, actor, moment). So no two different rows have the same bytes. The first event follows 32 zero bytes.
"""

from __future__ import annotations

from hashlib import sha256
from struct import Struct
from typing import NamedTuple
from uuid import UUID

HASH_VERSION = b"\x01"
GENESIS = bytes(32)
_FIXED = Struct(">I32sI16sIQI16s").pack
_LENGTHS = Struct(">5I").pack


class EventRow(NamedTuple):
    """One row of the log as it is hashed and stored.

    `data` is canonical JSON, `recorded_at` ISO 8601 in UTC with six decimals and the offset +00:00.
    """

    entity_id: UUID
    sequence: int
    id: UUID
    type: str
    subject: str
    data: str
    actor: str
    recorded_at: str


def chain_hash(previous: bytes, event: EventRow) -> bytes:
    """The 32-byte hash of `event` standing after the event whose hash is `previous`."""
    kind, subject, data = event.type.encode(), event.subject.encode(), event.data.encode()
    actor, moment = event.actor.encode(), event.recorded_at.encode()
    fixed = _FIXED(32, previous, 16, event.entity_id.bytes, 8, event.sequence, 16, event.id.bytes)
    lengths = _LENGTHS(len(kind), len(subject), len(data), len(actor), len(moment))
    return sha256(b"".join((HASH_VERSION, fixed, lengths, kind, subject, data, actor, moment))).digest()
