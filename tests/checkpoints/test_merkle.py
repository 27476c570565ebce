"""The Merkle tree against the definitions of RFC 6962, written out as they stand there, and against known answers."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ledgerflow.events.checkpoints.merkle import (
    EMPTY_ROOT,
    Frontier,
    Node,
    Plan,
    consistency_plan,
    fold,
    inclusion_plan,
    is_consistent,
    joined,
    leaf_hash,
    root_by_inclusion,
    subtrees,
)

pytestmark = pytest.mark.pure

# The leaves and roots that implementations of Certificate Transparency test with.
LEAVES = [
    bytes.fromhex(one)
    for one in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = {
    0: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    7: "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}  # fmt: skip


def mth(leaves: list[bytes]) -> bytes:
    """The Merkle Tree Hash of section 2.1."""
    if not leaves:
        return sha256().digest()
    if len(leaves) == 1:
        return sha256(b"\x00" + leaves[0]).digest()
    k = split(len(leaves))
    return sha256(b"\x01" + mth(leaves[:k]) + mth(leaves[k:])).digest()


def path(m: int, leaves: list[bytes]) -> list[bytes]:
    """The audit path of section 2.1.1."""
    if len(leaves) == 1:
        return []
    k = split(len(leaves))
    if m < k:
        return [*path(m, leaves[:k]), mth(leaves[k:])]
    return [*path(m - k, leaves[k:]), mth(leaves[:k])]


def subproof(m: int, leaves: list[bytes], *, whole: bool) -> list[bytes]:
    """The consistency proof of section 2.1.2."""
    if m == len(leaves):
        return [] if whole else [mth(leaves)]
    k = split(len(leaves))
    if m <= k:
        return [*subproof(m, leaves[:k], whole=whole), mth(leaves[k:])]
    return [*subproof(m - k, leaves[k:], whole=False), mth(leaves[:k])]


def split(size: int) -> int:
    return 1 << (size - 1).bit_length() - 1


def made_by(plan: Plan, leaves: list[bytes]) -> list[bytes]:
    """The elements of a plan, each whole subtree folded from its leaves."""

    def hash_of(node: Node) -> bytes:
        start = node.offset << node.level
        return fold([leaf_hash(one) for one in leaves[start : start + (1 << node.level)]])

    return [joined([hash_of(node) for node in nodes]) for nodes in plan]


def grown(leaves: list[bytes]) -> Frontier:
    tree = Frontier()
    for leaf in leaves:
        tree.append(leaf)
    return tree


logs = st.lists(st.binary(max_size=3), min_size=1, max_size=70)


@pytest.mark.parametrize("size", ROOTS)
def test_known_roots(size: int) -> None:
    assert mth(LEAVES[:size]).hex() == grown(LEAVES[:size]).root.hex() == ROOTS[size]


@given(logs)
def test_a_growing_tree_has_the_root_of_its_leaves(leaves: list[bytes]) -> None:
    tree = Frontier()
    assert tree.root == EMPTY_ROOT
    for count, leaf in enumerate(leaves, 1):
        tree.append(leaf)
        assert (tree.size, tree.root) == (count, mth(leaves[:count]))


@given(logs, st.lists(st.binary(max_size=3), max_size=70))
def test_a_tree_grows_on_from_its_edge(leaves: list[bytes], more: list[bytes]) -> None:
    edge = [hashes[0] for hashes in ([made] for made in made_by([[one] for one in subtrees(0, len(leaves))], leaves))]
    tree = Frontier(len(leaves), edge)
    for leaf in more:
        tree.append(leaf)
    assert tree.root == mth(leaves + more)


def test_nodes_of_every_eighth_level_are_given_once() -> None:
    tree = Frontier()
    given_nodes: dict[Node, bytes] = {}
    leaves = [number.to_bytes(4) for number in range(256 * 256 + 300)]
    for leaf in leaves:
        given_nodes.update(tree.append(leaf))
    assert given_nodes.keys() == {*(Node(8, index) for index in range(257)), Node(16, 0)}
    hashes = [leaf_hash(leaf) for leaf in leaves]
    assert given_nodes[Node(8, 256)] == fold(hashes[65536:65792])
    assert given_nodes[Node(16, 0)] == fold(hashes[:65536])


@given(logs, st.data())
def test_a_path_is_that_of_the_definition(leaves: list[bytes], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(leaves) - 1))
    made = made_by(inclusion_plan(index, len(leaves)), leaves)
    assert made == path(index, leaves)
    assert root_by_inclusion(leaf_hash(leaves[index]), index, len(leaves), made) == mth(leaves)


@given(logs, st.data())
def test_a_path_of_another_leaf_leads_nowhere(leaves: list[bytes], data: st.DataObject) -> None:
    size = len(leaves)
    index = data.draw(st.integers(0, size - 1))
    made = path(index, leaves)
    leaf, root = leaf_hash(leaves[index]), mth(leaves)
    assert root_by_inclusion(leaf_hash(leaves[index] + b"x"), index, size, made) != root
    assert root_by_inclusion(leaf, index, size, [*made, root]) is None
    assert root_by_inclusion(leaf, size + index, size, made) is None
    for at, element in enumerate(made):
        flipped = bytes([element[0] ^ 1]) + element[1:]
        assert root_by_inclusion(leaf, index, size, [*made[:at], flipped, *made[at + 1 :]]) != root
        assert root_by_inclusion(leaf, index, size, made[:at] + made[at + 1 :]) != root


@given(logs, st.data())
def test_a_consistency_proof_is_that_of_the_definition(leaves: list[bytes], data: st.DataObject) -> None:
    old = data.draw(st.integers(1, len(leaves)))
    made = made_by(consistency_plan(old, len(leaves)), leaves)
    assert made == subproof(old, leaves, whole=True)
    assert is_consistent(old, len(leaves), mth(leaves[:old]), mth(leaves), made)


@given(logs, st.data())
def test_another_history_is_not_consistent(leaves: list[bytes], data: st.DataObject) -> None:
    old = data.draw(st.integers(1, len(leaves)))
    rewritten = [*leaves[: old - 1], leaves[old - 1] + b"x", *leaves[old:]]
    made = subproof(old, rewritten, whole=True)
    root = mth(rewritten)
    assert not is_consistent(old, len(leaves), mth(leaves[:old]), root, made)
    assert not is_consistent(old, len(leaves), mth(rewritten[:old]), root, [*made, root])
    assert not is_consistent(len(leaves) + 1, len(leaves), root, root, made)
    assume(made)
    assert not is_consistent(old, len(leaves), mth(rewritten[:old]), root, made[:-1])


@given(st.integers(1, 2**40), st.data())
def test_a_plan_reads_little_of_a_large_tree(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    for plan in (inclusion_plan(index, size), consistency_plan(index + 1, size)):
        assert len(plan) <= size.bit_length() + 1
        assert len({node for nodes in plan for node in nodes}) <= 2 * size.bit_length()


@pytest.mark.parametrize(
    "start, count, expected", [(0, 0, []), (0, 6, [Node(2, 0), Node(1, 2)]), (8, 3, [Node(1, 4), Node(0, 10)])]
)
def test_subtrees(start: int, count: int, expected: list[Node]) -> None:
    assert subtrees(start, count) == expected
