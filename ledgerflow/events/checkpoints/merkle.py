"""The Merkle tree over a log, as RFC 6962 section 2.1 and RFC 9162 section 2.1 define it. Pure.

A leaf is hashed with a zero byte before it, a node with a one, so that neither can stand for the other. Only whole
subtrees have a hash that lasts: a tree that grows changes those at its right edge alone. Whatever is asked of a tree is
therefore put together from whole subtrees, each a `Node`, and a plan says which they are before any of them is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import NamedTuple

HASH_BYTES = 32
# Every eighth level of the tree is kept: from 256 hashes of one, any between it and the next is made.
KEPT_EVERY = 8
WIDTH = 1 << KEPT_EVERY
EMPTY_ROOT = sha256().digest()


class Node(NamedTuple):
    """A whole subtree over the leaves from `offset` x 2^`level` on, 2^`level` of them."""

    level: int
    offset: int


# What is needed for a path: for each of its elements the whole subtrees that it is made of, from left to right.
Plan = list[list[Node]]


def leaf_hash(data: bytes) -> bytes:
    """The hash of a leaf that holds `data`."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of a node above two others."""
    return sha256(b"\x01" + left + right).digest()


def fold(hashes: Sequence[bytes]) -> bytes:
    """The hash of the whole subtree above these, whose number is a power of two."""
    while len(hashes) > 1:
        hashes = [node_hash(hashes[at], hashes[at + 1]) for at in range(0, len(hashes), 2)]
    return hashes[0]


def joined(hashes: Sequence[bytes]) -> bytes:
    """The hash above subtrees that stand side by side, each larger than the next: the root, where they are all."""
    if not hashes:
        return EMPTY_ROOT
    found = hashes[-1]
    for left in hashes[-2::-1]:
        found = node_hash(left, found)
    return found


def subtrees(start: int, count: int) -> list[Node]:
    """The whole subtrees over `count` leaves from `start` on, the largest first; `start` is a multiple of it."""
    found = []
    for level in range(count.bit_length() - 1, -1, -1):
        if count >> level & 1:
            found.append(Node(level, start >> level))
            start += 1 << level
    return found


def inclusion_plan(index: int, size: int) -> Plan:
    """What proves that leaf `index` is in a tree of `size`: PATH of RFC 6962 section 2.1.1, from the leaf upwards."""
    plan: Plan = []
    start = 0
    while size > 1:
        split = _split(size)
        if index < split:
            plan.append(subtrees(start + split, size - split))
            size = split
        else:
            plan.append(subtrees(start, split))
            start, index, size = start + split, index - split, size - split
    return plan[::-1]


def consistency_plan(old: int, size: int) -> Plan:
    """What proves that the first `old` leaves of a tree of `size` are those it had then: PROOF, section 2.1.2."""
    plan: Plan = []
    start, is_whole = 0, True
    while old != size:
        split = _split(size)
        if old <= split:
            plan.append(subtrees(start + split, size - split))
            size = split
        else:
            plan.append(subtrees(start, split))
            start, old, size, is_whole = start + split, old - split, size - split, False
    if not is_whole:
        plan.append(subtrees(start, size))
    return plan[::-1]


def root_by_inclusion(leaf: bytes, index: int, size: int, path: Iterable[bytes]) -> bytes | None:
    """The root that a leaf's hash and its path lead to, by RFC 9162 section 2.1.3.2; None for no path of that leaf."""
    at, last, found = index, size - 1, leaf
    for element in path:
        if not last:
            return None
        if at & 1 or at == last:
            found = node_hash(element, found)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            found = node_hash(found, element)
        at, last = at >> 1, last >> 1
    return None if last or index >= size else found


def is_consistent(old: int, size: int, old_root: bytes, root: bytes, path: Sequence[bytes]) -> bool:
    """Whether a path proves that the tree with `old_root` became the one with `root`: RFC 9162 section 2.1.4.2."""
    if old == size:
        return old_root == root and not path
    if not 0 < old < size or not path:
        return False
    elements = list(path) if old & (old - 1) else [old_root, *path]
    at, last = old - 1, size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    before = after = elements[0]
    for element in elements[1:]:
        if not last:
            return False
        if at & 1 or at == last:
            before, after = node_hash(element, before), node_hash(element, after)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            after = node_hash(after, element)
        at, last = at >> 1, last >> 1
    return not last and (before, after) == (old_root, root)


class Frontier:
    """The right edge of a growing tree: its whole subtrees from the largest to the smallest, and nothing else of it."""

    def __init__(self, size: int = 0, hashes: Sequence[bytes] = ()) -> None:
        """`hashes` are those of `subtrees(0, size)`."""
        self.size = size
        self._hashes = list(hashes)

    @property
    def root(self) -> bytes:
        return joined(self._hashes)

    def append(self, data: bytes) -> list[tuple[Node, bytes]]:
        """Add a leaf; gives the nodes of kept levels above the leaves that it makes whole."""
        found, level, index = leaf_hash(data), 0, self.size
        kept = []
        while index & 1:
            found = node_hash(self._hashes.pop(), found)
            level, index = level + 1, index >> 1
            if not level % KEPT_EVERY:
                kept.append((Node(level, index), found))
        self._hashes.append(found)
        self.size += 1
        return kept


def _split(size: int) -> int:
    """The largest power of two below `size`."""
    return 1 << (size - 1).bit_length() - 1
