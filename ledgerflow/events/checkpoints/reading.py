"""What can be asked of checkpoints, and what they prove of an event."""

from __future__ import annotations

from base64 import b64encode
from typing import NamedTuple
from uuid import UUID

from django.db import connection

from ledgerflow.books.eventlog import GENESIS
from ledgerflow.events.checkpoints.errors import (
    CheckpointNotFound,
    ConsistencyBackwards,
    LogRewritten,
    NotInCheckpoint,
)
from ledgerflow.events.checkpoints.merkle import (
    Node,
    consistency_plan,
    inclusion_plan,
    is_consistent,
    leaf_hash,
    root_by_inclusion,
)
from ledgerflow.events.checkpoints.models import Checkpoint
from ledgerflow.events.checkpoints.tree import Kept

ANOTHER_ROOT = "the hashes that are kept of it lead to another root"


class Inclusion(NamedTuple):
    """That an event is in the log that a checkpoint signed: its hash, the one before it, and the path to the root."""

    checkpoint: Checkpoint
    leaf_index: int
    previous_hash: bytes
    hash: bytes
    path: list[bytes]


class Consistency(NamedTuple):
    """That the log of one checkpoint is the beginning of the log of another, and the path that proves it."""

    first: Checkpoint
    second: Checkpoint
    path: list[bytes]


def newest_checkpoint(entity_id: UUID) -> Checkpoint | None:
    """The one of the most events, None before the first."""
    return Checkpoint.objects.filter(entity_id=entity_id).order_by("-size").first()


def checkpoint_of(entity_id: UUID, size: int) -> Checkpoint:
    """The one of so many events. Raises `NotFound`."""
    found = Checkpoint.objects.filter(entity_id=entity_id, size=size).first()
    if found is None:
        raise CheckpointNotFound
    return found


def inclusion_of(entity_id: UUID, sequence: int, size: int | None = None) -> Inclusion:
    """The proof that an event is in the checkpoint of `size` events, or in the newest one.

    All hashes are those that the checkpoints have kept, and none is looked up in the log: what was done to other events
    since does not reach this proof, and what was done to this one shows. Raises `NotFound`, `NotInCheckpoint`, and
    `LogRewritten` rather than give a path that leads to another root.
    """
    checkpoint = newest_checkpoint(entity_id) if size is None else checkpoint_of(entity_id, size)
    if checkpoint is None or checkpoint.size < sequence:
        raise NotInCheckpoint(sequence=sequence, size=checkpoint.size if checkpoint else 0)
    index = sequence - 1
    plan = inclusion_plan(index, checkpoint.size)
    neighbours = [Node(0, place) for place in (index - 1, index) if place >= 0]
    with connection.cursor() as cursor:
        kept = Kept(cursor, entity_id, [*neighbours, *(node for nodes in plan for node in nodes)])
    previous = kept.event(index - 1) if index else GENESIS
    hash_, path = kept.event(index), kept.path(plan)
    if root_by_inclusion(leaf_hash(hash_), index, checkpoint.size, path) != bytes(checkpoint.root):
        raise LogRewritten(size=checkpoint.size, reason=ANOTHER_ROOT)
    return Inclusion(checkpoint, index, previous, hash_, path)


def consistency_of(entity_id: UUID, old: int, size: int) -> Consistency:
    """The proof that the first `old` events of the checkpoint of `size` are those of the checkpoint of `old`.

    Raises `NotFound` unless there are both, `Malformed` when the first one is larger, and `LogRewritten`.
    """
    first, second = checkpoint_of(entity_id, old), checkpoint_of(entity_id, size)
    if old > size:
        raise ConsistencyBackwards(pointer="/from")
    plan = consistency_plan(old, size)
    with connection.cursor() as cursor:
        path = Kept(cursor, entity_id, [node for nodes in plan for node in nodes]).path(plan)
    if not is_consistent(old, size, bytes(first.root), bytes(second.root), path):
        raise LogRewritten(size=size, reason=ANOTHER_ROOT)
    return Consistency(first, second, path)


def as_base64(hash_: bytes | memoryview) -> str:
    """A hash of a tree as notes and proofs write it."""
    return b64encode(hash_).decode()
