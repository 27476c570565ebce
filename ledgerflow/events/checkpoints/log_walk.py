"""One pass over the hashes of a log: the root of its tree wherever it is asked for, and what of it was kept otherwise.

A million events take some seconds and some megabytes: the hashes of events go by, and only those of nodes are held.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, NamedTuple
from uuid import UUID

import psycopg

from ledgerflow.books.faults import ABSENT, PRESENT, Fault
from ledgerflow.events.checkpoints.merkle import KEPT_EVERY, Frontier, Node
from ledgerflow.events.checkpoints.tree import split

EVENTS = "SELECT sequence, hash FROM books_event WHERE entity_id = %s ORDER BY sequence"
TILES = "SELECT first, hashes FROM checkpoints_tile WHERE entity_id = %s AND level = %s ORDER BY first"
LEVELS = "SELECT DISTINCT level FROM checkpoints_tile WHERE entity_id = %s AND level > 0 ORDER BY level"
AT_ONCE = 10_000
EVENT, TILE = "books_event", "checkpoints_tile"

Connection = psycopg.Connection[Any]


class KeptHash(NamedTuple):
    """A hash as a tile has it, and the tile's key."""

    hash: bytes
    tile: str


class Difference(NamedTuple):
    """The first event whose hash is not the one that was kept of it."""

    sequence: int
    kept: KeptHash
    found: bytes


class LogSeen(NamedTuple):
    """A log as it stands, of so many `events`; `heads` has root and last hash for each of the sizes asked for.

    Of a log with a gap it is what stands before the gap; the replay says where that is.
    """

    events: int
    heads: dict[int, tuple[bytes, bytes]]
    nodes: dict[Node, bytes]
    difference: Difference | None


def walk(
    connection: Connection, entity_id: UUID, sizes: Collection[int], kept: Iterable[KeptHash | None] = ()
) -> LogSeen:
    """Read the log. `kept` are the hashes of its events that tiles have, in their order."""
    tree = Frontier()
    heads: dict[int, tuple[bytes, bytes]] = {}
    nodes: dict[Node, bytes] = {}
    difference: Difference | None = None
    beside = iter(kept)
    for hash_ in _hashes(connection, entity_id):
        nodes.update(tree.append(hash_))
        if tree.size in sizes:
            heads[tree.size] = (tree.root, hash_)
        one = next(beside, None)
        if one is not None and one.hash != hash_ and difference is None:
            difference = Difference(tree.size, one, hash_)
    return LogSeen(tree.size, heads, nodes, difference)


def walk_with_tiles(
    connection: Connection, entity_id: UUID, size: int, roots: Mapping[int, bytes], faults: list[Fault]
) -> LogSeen:
    """The same beside the tiles of the first `size` events; what is wrong with them goes to the faults.

    `roots` are those that were signed, by size: where log and tiles differ, they say which of both is right. A log that
    was rewritten differs from there on, so its first event alone is named.
    """
    with connection.cursor("kept_tiles") as cursor:
        cursor.execute(TILES, (entity_id, 0), binary=True)
        kept = _flat(cursor, 0, size, faults)
        seen = walk(connection, entity_id, roots.keys(), kept)
        for _ in kept:  # what is kept of events that are not there
            pass
    faults += _differing(seen, roots)
    if seen.difference is None:
        faults += _wrong_nodes(connection, entity_id, size, seen.nodes)
    return seen


def _hashes(connection: Connection, entity_id: UUID) -> Iterator[bytes]:
    with connection.cursor("log_walk") as cursor:
        cursor.itersize = AT_ONCE
        cursor.execute(EVENTS, (entity_id,), binary=True)
        for expected, (sequence, hash_) in enumerate(cursor, 1):
            if sequence != expected:
                return
            yield hash_


def _flat(rows: Iterable[Any], level: int, count: int, faults: list[Fault]) -> Iterator[KeptHash | None]:
    """The hashes of a level, one after the other; None for those of a row that is missing."""
    place = 0
    for first, hashes in rows:
        key = f"{level}/{first}"
        found = list(split(level, first, bytes(hashes)))
        if first < place or first + len(found) > count:
            faults.append(Fault(TILE, key, "row", ABSENT, PRESENT))
            continue
        if first > place:
            faults.append(Fault(TILE, f"{level}/{place}", "row", PRESENT, ABSENT))
            yield from [None] * (first - place)
        for _, hash_ in found:
            yield KeptHash(hash_, key)
        place = first + len(found)
    if place < count:
        faults.append(Fault(TILE, f"{level}/{place}", "row", PRESENT, ABSENT))


def _differing(seen: LogSeen, roots: Mapping[int, bytes]) -> Iterator[Fault]:
    """Where log and tiles part, and which of both is wrong: what leads to the next root that was signed is right."""
    if seen.difference is None:
        return
    sequence, kept, found = seen.difference
    later = (size for size in sorted(roots) if size >= sequence and size in seen.heads)
    size = next(later, None)
    if size is not None and seen.heads[size][0] == roots[size]:
        yield Fault(TILE, kept.tile, f"hash of event {sequence}", found.hex(), kept.hash.hex())
    else:
        yield Fault(EVENT, str(sequence), "hash", f"{kept.hash.hex()}, as its checkpoint kept it", found.hex())


def _wrong_nodes(connection: Connection, entity_id: UUID, size: int, nodes: Mapping[Node, bytes]) -> Iterator[Fault]:
    """The kept nodes above the events. Of a level on which there should be none there may be one all the same."""
    found = {level for (level,) in connection.execute(LEVELS, (entity_id,))}
    expected = range(KEPT_EVERY, max(size.bit_length(), 1), KEPT_EVERY)
    faults: list[Fault] = []
    for level in sorted(found.union(expected)):
        rows = connection.cursor(binary=True).execute(TILES, (entity_id, level)).fetchall()
        count = size >> level if level in expected else 0
        for offset, kept in enumerate(_flat(rows, level, count, faults)):
            made = nodes.get(Node(level, offset))
            if kept is not None and made is not None and kept.hash != made:
                faults.append(Fault(TILE, kept.tile, f"hash {offset}", made.hex(), kept.hash.hex()))
    yield from faults
