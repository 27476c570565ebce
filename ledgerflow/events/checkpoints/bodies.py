"""Bodies of the checkpoint endpoints. Pure."""

from __future__ import annotations

from typing import Annotated

import msgspec

Root = Annotated[str, msgspec.Meta(description="Base64, as in the note.")]


class CheckpointRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Nothing to say: it is made of what the log is now."""


class CheckpointResponse(msgspec.Struct):
    """What the log was when it had `size` events: `root` of their Merkle tree (RFC 6962), signed.

    `note` is a C2SP tlog-checkpoint; its text names the log, the size and the root, then the entity, the hash of its
    last event, and the moment.
    """

    number: int
    size: int
    root: Root
    created_at: str
    note: str


class CheckpointPage(msgspec.Struct):
    """A page of checkpoints, and where the next one is."""

    results: list[CheckpointResponse]
    next: str | None


class ConsistencyResponse(msgspec.Struct):
    """The proof of RFC 9162 section 2.1.4 that the log only grew from one checkpoint to the other."""

    from_size: int
    size: int
    from_root: Root
    root: Root
    path: list[str]


class VerifierKeyResponse(msgspec.Struct):
    """The public key that the log's notes are verified with: name, id and key, with + between them.

    `retired` are those before it, newest first, which older checkpoints are signed with.
    """

    name: str
    verifier_key: str
    retired: list[str]
