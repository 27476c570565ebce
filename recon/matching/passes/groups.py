"""The pass by groups: one item whose amount is the sum of several that it shares references with. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations

from recon.matching.passes.candidates import (
    BY_REFERENCE,
    HOW,
    Candidate,
    is_same_sign,
    is_within_tolerance,
    parts_of,
    signed_gap,
)  # fmt: skip
from recon.matching.passes.choosing import choose
from recon.matching.passes.evidence import STRONG, Evidence
from recon.matching.passes.shapes import MatchRule, Parts, ReconItem
from recon.matching.passes.workspace import Workspace

MOST_OF_A_GROUP = 50
MOST_FOR_PAIRS = 12


@dataclass(frozen=True, slots=True)
class _Direction:
    """One item on the one side and many on the other; `pair` puts a place of each in the order bank, books."""

    ones: Sequence[ReconItem]
    many: Sequence[ReconItem]
    free_ones: set[int]
    free_many: set[int]
    found: dict[int, dict[int, int]]
    pair: Callable[[ReconItem, ReconItem], tuple[ReconItem, ReconItem]]
    candidate: Callable[[int, tuple[int, ...], Parts, int, str], Candidate]


def match_groups(workspace: Workspace, rule: MatchRule, evidence: Evidence) -> None:
    """1:N and N:1, decided together: groups that share an item compete."""
    one_line = _Direction(
        workspace.bank, workspace.books, workspace.free_bank, workspace.free_books, evidence.of_bank,
        lambda one, other: (one, other), lambda one, many, *rest: Candidate((one,), many, *rest),
    )  # fmt: skip
    one_posting = _Direction(
        workspace.books, workspace.bank, workspace.free_books, workspace.free_bank, evidence.of_books,
        lambda one, other: (other, one), lambda one, many, *rest: Candidate(many, (one,), *rest),
    )  # fmt: skip
    candidates = [one for direction in (one_line, one_posting) for one in _candidates(direction, rule)]
    choose(workspace, rule, candidates)


def _candidates(direction: _Direction, rule: MatchRule) -> Iterator[Candidate]:
    for place in direction.free_ones:
        members = _members(direction, rule, place)
        if 1 < len(members) <= MOST_OF_A_GROUP:
            group = _fitting(direction, rule, place, members)
            if group:
                yield _scored(direction, rule, place, group)


def _members(direction: _Direction, rule: MatchRule, place: int) -> tuple[int, ...]:
    """The free items that share a reference with this one, on the same side of zero and within the window."""
    one = direction.ones[place]
    return tuple(
        sorted(
            other
            for other, level in direction.found.get(place, {}).items()
            if level >= STRONG
            and other in direction.free_many
            and _is_gated(direction, rule, one, direction.many[other])
        )
    )


def _is_gated(direction: _Direction, rule: MatchRule, one: ReconItem, other: ReconItem) -> bool:
    if one.currency != other.currency or not is_same_sign(one.amount, other.amount):
        return False
    return signed_gap(rule, *direction.pair(one, other)) is not None


def _fitting(direction: _Direction, rule: MatchRule, place: int, members: tuple[int, ...]) -> tuple[int, ...]:
    """All of them where their sum agrees, or else the only two of them that do: a merged line names both."""
    if _agrees(direction, rule, place, members):
        return members
    if len(members) > MOST_FOR_PAIRS:
        return ()
    pairs = [pair for pair in combinations(members, 2) if _agrees(direction, rule, place, pair)]
    return pairs[0] if len(pairs) == 1 else ()


def _agrees(direction: _Direction, rule: MatchRule, place: int, group: tuple[int, ...]) -> bool:
    total = sum((direction.many[other].amount for other in group), Decimal(0))
    return is_within_tolerance(rule, total, direction.ones[place].amount)


def _scored(direction: _Direction, rule: MatchRule, place: int, group: tuple[int, ...]) -> Candidate:
    """Each part is that of the member it fits least."""
    one, worst, widest, levels = direction.ones[place], list(BY_REFERENCE), 0, []
    is_equal = sum((direction.many[other].amount for other in group), Decimal(0)) == one.amount
    for other in group:
        bank, books = direction.pair(one, direction.many[other])
        gap = signed_gap(rule, bank, books) or 0
        levels.append(direction.found[place][other])
        parts = parts_of(rule, bank, books, levels[-1], gap, BY_REFERENCE, is_equal=is_equal)
        worst = [min(known, new) for known, new in zip(worst, parts, strict=True)]
        widest = max(widest, gap, key=abs)
    return direction.candidate(place, group, Parts(*worst), widest, HOW[min(levels)])
