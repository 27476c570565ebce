"""Bodies of the proof of a journal. Pure."""

from __future__ import annotations

from uuid import UUID

import msgspec


class ProvenEventResponse(msgspec.Struct):
    """An event with every column that its hash is made of; `data` is the text as it was hashed."""

    entity_id: UUID
    sequence: int
    id: UUID
    type: str
    subject: str
    data: str
    actor: str
    recorded_at: str


class JournalProofResponse(msgspec.Struct):
    """The proof that the event of a journal is in the log that a checkpoint signed: `docs/verify_proof.py` checks it.

    `hash` is SHA-256 over the hash before it and the event's columns (hexadecimal). It is leaf `leaf_index` of the tree
    (RFC 6962) over `tree_size` events, and `inclusion_path` (base64) leads from there to the root in the note of
    `checkpoint`.
    """

    event: ProvenEventResponse
    previous_hash: str
    hash: str
    leaf_index: int
    tree_size: int
    inclusion_path: list[str]
    checkpoint: str
