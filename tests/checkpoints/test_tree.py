"""Proofs out of kept hashes, of a tree that is deep enough for three kept levels."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import pytest

from ledgerflow.events.checkpoints.errors import KeptHashMissing
from ledgerflow.events.checkpoints.merkle import (
    WIDTH,
    Frontier,
    Node,
    consistency_plan,
    inclusion_plan,
    is_consistent,
    leaf_hash,
    root_by_inclusion,
)
from ledgerflow.events.checkpoints.tree import Kept, Tiles, frontier

pytestmark = pytest.mark.pure

ENTITY = UUID(int=7)
SIZES = [1, 2, 255, 256, 257, 1000, 65_535, 65_536, 65_537, 66_000, 131_500]


class Table:
    """The rows of tiles, as the query for them gives them."""

    def __init__(self, rows: Iterable[tuple[int, int, bytes]]) -> None:
        self.rows = sorted(rows)
        self.hashes_read = 0

    def execute(self, query: Any, params: Any = None, /) -> Any:
        ranges = list(zip(params["levels"], params["from"], params["to"], strict=True))
        self.found = [
            row
            for row in self.rows
            if any(row[0] == level and start - start % WIDTH <= row[1] < end for level, start, end in ranges)
        ]
        self.hashes_read += sum(len(row[2]) // 32 for row in self.found)
        return self

    def fetchall(self) -> list[tuple[int, int, bytes]]:
        return self.found


@pytest.fixture(scope="module")
def grown() -> tuple[Table, dict[int, bytes]]:
    """A log with a checkpoint at each of the sizes: its tiles, and its roots."""
    tree, rows, roots, tiles = Frontier(), [], {}, Tiles()
    for index in range(SIZES[-1]):
        tiles.add(Node(0, index), event(index))
        for node, made in tree.append(event(index)):
            tiles.add(node, made)
        if tree.size in SIZES:
            rows += list(tiles)
            roots[tree.size], tiles = tree.root, Tiles()
    return Table(rows), roots


def event(index: int) -> bytes:
    return index.to_bytes(32)


@pytest.mark.parametrize("size", SIZES)
def test_events_are_proven_in_every_checkpoint(grown: tuple[Table, dict[int, bytes]], size: int) -> None:
    table, roots = grown
    for index in sorted({0, 1, 254, 255, 256, 700, 65_535, 65_536, 65_900, size // 2, size - 2, size - 1}):
        if 0 <= index < size:
            plan = inclusion_plan(index, size)
            table.hashes_read = 0
            path = Kept(table, ENTITY, [node for nodes in plan for node in nodes]).path(plan)
            assert root_by_inclusion(leaf_hash(event(index)), index, size, path) == roots[size]
            assert table.hashes_read <= 2 * 3 * WIDTH


@pytest.mark.parametrize("size", SIZES)
def test_each_checkpoint_follows_from_those_before(grown: tuple[Table, dict[int, bytes]], size: int) -> None:
    table, roots = grown
    for old in (one for one in SIZES if one <= size):
        plan = consistency_plan(old, size)
        path = Kept(table, ENTITY, [node for nodes in plan for node in nodes]).path(plan)
        assert is_consistent(old, size, roots[old], roots[size], path)
    assert frontier(table, ENTITY, size).root == roots[size]


def test_no_tile_crosses_a_node_of_the_next_level(grown: tuple[Table, dict[int, bytes]]) -> None:
    for _, first, hashes in grown[0].rows:
        assert first // WIDTH == (first + len(hashes) // 32 - 1) // WIDTH


def test_a_hash_that_is_missing_is_no_proof(grown: tuple[Table, dict[int, bytes]]) -> None:
    table = Table(row for row in grown[0].rows if row[:2] != (8, 0))
    with pytest.raises(KeptHashMissing, match="hash 0 of level 8"):
        frontier(table, ENTITY, 1000)
