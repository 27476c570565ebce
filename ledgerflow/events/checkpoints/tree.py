"""The tree over the events of an entity, put together from the hashes that its checkpoints have kept (`Tile`)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Protocol
from uuid import UUID

from ledgerflow.events.checkpoints.errors import KeptHashMissing
from ledgerflow.events.checkpoints.merkle import (
    HASH_BYTES,
    KEPT_EVERY,
    WIDTH,
    Frontier,
    Node,
    Plan,
    fold,
    joined,
    leaf_hash,
    subtrees,
)
from ledgerflow.events.checkpoints.rows import TILES


class Reads(Protocol):
    """A connection of psycopg, or a cursor of Django's."""

    def execute(self, query: Any, params: Any = None, /) -> Any: ...


class Kept:
    """Hashes read for one question: of events, and of nodes at kept levels."""

    def __init__(self, reads: Reads, entity_id: UUID, nodes: Iterable[Node]) -> None:
        """Read what these nodes are made of, some hundred hashes of each kept level at most.

        What is asked for afterwards raises `KeptHashMissing` where somebody has removed a row.
        """
        self._hashes: dict[Node, bytes] = {}
        ranges = sorted({_range(node) for node in nodes})
        if ranges:
            levels, starts, ends = zip(*ranges, strict=True)
            asked = {"entity": entity_id, "levels": list(levels), "from": list(starts), "to": list(ends)}
            for level, first, hashes in reads.execute(TILES, asked).fetchall():
                self._hashes.update(split(level, first, bytes(hashes)))

    def event(self, index: int) -> bytes:
        """The hash of an event, whose place is its sequence less one."""
        return self._at(Node(0, index))

    def path(self, plan: Plan) -> list[bytes]:
        """The elements of a path, in the order of its plan."""
        return [joined([self.node(one) for one in nodes]) for nodes in plan]

    def node(self, node: Node) -> bytes:
        """The hash of a whole subtree."""
        level, start, end = _range(node)
        hashes = [self._at(Node(level, index)) for index in range(start, end)]
        return fold(hashes if level else [leaf_hash(one) for one in hashes])

    def _at(self, node: Node) -> bytes:
        try:
            return self._hashes[node]
        except KeyError:
            raise KeptHashMissing(level=node.level, offset=node.offset) from None


def frontier(reads: Reads, entity_id: UUID, size: int) -> Frontier:
    """The right edge of the tree over the first `size` events."""
    nodes = subtrees(0, size)
    kept = Kept(reads, entity_id, nodes)
    return Frontier(size, [kept.node(one) for one in nodes])


def split(level: int, first: int, hashes: bytes) -> Iterator[tuple[Node, bytes]]:
    """The hashes of a tile, each with its place."""
    for number in range(len(hashes) // HASH_BYTES):
        yield Node(level, first + number), hashes[number * HASH_BYTES : (number + 1) * HASH_BYTES]


class Tiles:
    """Hashes that are to be kept, gathered into tiles as they come."""

    def __init__(self) -> None:
        self._open: dict[int, tuple[int, list[bytes]]] = {}
        self._full: list[tuple[int, int, bytes]] = []

    def add(self, node: Node, hash_: bytes) -> None:
        """Each level's nodes in their order."""
        first, hashes = self._open.setdefault(node.level, (node.offset, []))
        hashes.append(hash_)
        if not (node.offset + 1) % WIDTH:
            self._full.append((node.level, first, b"".join(hashes)))
            del self._open[node.level]

    def __iter__(self) -> Iterator[tuple[int, int, bytes]]:
        """All of them: level, place of the first hash, hashes."""
        yield from self._full
        for level, (first, hashes) in self._open.items():
            yield level, first, b"".join(hashes)


def _range(node: Node) -> tuple[int, int, int]:
    """The kept level below a node, and the places there of the hashes that it is made of."""
    height = node.level % KEPT_EVERY
    return node.level - height, node.offset << height, node.offset + 1 << height
