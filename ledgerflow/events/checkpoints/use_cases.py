"""Making checkpoints: what the log of an entity has become since the last one is hashed, signed, kept and sent out."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
from django.conf import settings

from ledgerflow.books.advisory_locks import one_at_a_time
from ledgerflow.books.errors import EntityNotFound
from ledgerflow.books.models import Entity
from ledgerflow.books.snapshots import own_connection, snapshot
from ledgerflow.books.writing import Transaction, write
from ledgerflow.core import clocks
from ledgerflow.core.ids import uuid7
from ledgerflow.events.checkpoints.copies import place_names, send_copies
from ledgerflow.events.checkpoints.errors import LogEmpty, LogRewritten
from ledgerflow.events.checkpoints.keys import origin_of, signing_key
from ledgerflow.events.checkpoints.merkle import EMPTY_ROOT, Frontier, Node
from ledgerflow.events.checkpoints.models import Checkpoint
from ledgerflow.events.checkpoints.notes import TreeHead, signed
from ledgerflow.events.checkpoints.reading import ANOTHER_ROOT, newest_checkpoint
from ledgerflow.events.checkpoints.rows import COPY_TILES, DUE, EVENTS_FROM, INSERT_CHECKPOINT, LAST
from ledgerflow.events.checkpoints.tree import Kept, Tiles, frontier

# So many events go into one checkpoint at most, so that a long log takes little memory and a short lock.
AT_ONCE = 65_536
IS_REWRITTEN = "its last event is another one, or is not there"
HAS_GAP = "events are missing after them"


class Last(NamedTuple):
    """The checkpoint before."""

    number: int = 0
    size: int = 0
    root: bytes = EMPTY_ROOT


class Growth(NamedTuple):
    """What has come since: the tree with it, the hash of its last event, and the hashes that are to be kept."""

    tree: Frontier
    head: bytes
    tiles: Tiles
    is_all: bool


def make_checkpoint(entity_id: UUID) -> Checkpoint:
    """Sign what the log is now; gives the newest checkpoint, which is the one before when nothing has come since.

    It goes into the database first and to the places outside afterwards; a place that takes nothing is told in the log
    and gets it later. Raises `NotFound`, `LogRewritten`, `CheckpointKeyUnusable`, and `TryAgain` while somebody else is
    at it.
    """
    code = Entity.objects.filter(id=entity_id).values_list("code", flat=True).first()
    if code is None:
        raise EntityNotFound
    with one_at_a_time(f"checkpoint {entity_id}"):
        while _make_one(entity_id, code):
            pass
        send_copies(entity_id, code)
    newest = newest_checkpoint(entity_id)
    if newest is None:
        raise LogEmpty
    return newest


def entities_due() -> list[UUID]:
    """Those whose log has grown enough or waits for long, and those with a checkpoint that did not go everywhere."""
    return _due(None)


def keep_up(entity_id: UUID) -> None:
    """For the scheduler: make a checkpoint where one is due, and send on what could not be sent before."""
    if _due(entity_id, places=False):
        make_checkpoint(entity_id)
        return
    code = Entity.objects.values_list("code", flat=True).get(id=entity_id)
    with one_at_a_time(f"checkpoint {entity_id}"):
        send_copies(entity_id, code)


def _due(entity_id: UUID | None, *, places: bool = True) -> list[UUID]:
    asked = {
        "entity": entity_id,
        "events": settings.LEDGERFLOW_CHECKPOINT_EVENTS,
        "seconds": settings.LEDGERFLOW_CHECKPOINT_SECONDS,
        "places": place_names() if places else [],
    }
    with own_connection() as connection:
        return [found for (found,) in connection.execute(DUE, asked)]


def _make_one(entity_id: UUID, code: str) -> bool:
    """One checkpoint more, of `AT_ONCE` events at most; whether there may be another."""
    with snapshot() as connection:
        last = Last(*connection.execute(LAST, (entity_id,)).fetchone() or ())
        grown = _grown(connection, entity_id, last)
    if grown is None:
        return False
    now, origin = clocks.now(), origin_of(code)
    head = TreeHead(origin, grown.tree.size, grown.tree.root, entity_id, grown.head, now)
    note = signed(head.text(), origin, signing_key())
    write(entity_id, lambda tx, _: _save(tx, last.number + 1, head, note, grown.tiles, now))
    return not grown.is_all


def _grown(connection: psycopg.Connection[Any], entity_id: UUID, last: Last) -> Growth | None:
    """The tree with what came after the last checkpoint; None when nothing did. Raises `LogRewritten`.

    A log never signs what contradicts what it signed before: the hashes that are kept must lead to the last root, and
    the last event must still be the one that was signed.
    """
    start = max(last.size, 1)
    cursor = connection.cursor(binary=True)
    events = cursor.execute(EVENTS_FROM, (entity_id, start, AT_ONCE + 1)).fetchall()
    tree = frontier(connection, entity_id, last.size)
    if tree.root != last.root:
        raise LogRewritten(size=last.size, reason=ANOTHER_ROOT)
    if last.size:
        known = Kept(connection, entity_id, [Node(0, last.size - 1)]).event(last.size - 1)
        if not events or events[0] != (last.size, known):
            raise LogRewritten(size=last.size, reason=IS_REWRITTEN)
    new = events[1:] if last.size else events[:AT_ONCE]
    if not new:
        return None
    if new[-1][0] != last.size + len(new):
        raise LogRewritten(size=last.size, reason=HAS_GAP)
    tiles = Tiles()
    for sequence, hash_ in new:
        tiles.add(Node(0, sequence - 1), hash_)
        for node, made in tree.append(hash_):
            tiles.add(node, made)
    return Growth(tree, new[-1][1], tiles, len(new) < AT_ONCE)


def _save(tx: Transaction, number: int, head: TreeHead, note: str, tiles: Tiles, now: datetime) -> None:
    tx.copy(COPY_TILES, [f"{tx.entity_hex}\t{level}\t{first}\t\\\\x{hashes.hex()}\n" for level, first, hashes in tiles])
    tx.query(INSERT_CHECKPOINT, (uuid7(), tx.entity_id, number, head.size, head.root, note, now))
