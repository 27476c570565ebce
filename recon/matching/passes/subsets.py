"""The pass by subset sums: some of ours that together come to a bank item's amount, or the other way. Pure.

Sums agree by chance all the time, so this only ever suggests. Counted steps bound the work, not a clock: the same
items give the same suggestions on a slow machine.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import islice

from recon.matching.passes.candidates import BY_AMOUNT, NO_REFERENCE, Candidate, parts_of, signed_gap
from recon.matching.passes.shapes import MatchRule, Parts, ReconItem
from recon.matching.passes.workspace import Workspace

MOST_CANDIDATES = 12
LOOKED_AT = 48
STEPS_OF_AN_ITEM = 4096
STEPS_OF_A_RUN = 1_000_000
REASON = "It is a sum of amounts that no reference ties together, and such sums agree by chance."
SEVERAL = "It is a sum of amounts that no reference ties together, and other amounts have the same sum."


class _Steps:
    def __init__(self, left: int) -> None:
        self.left = left


def suggest_sums(workspace: Workspace, rule: MatchRule) -> None:
    """Suggest for each left-over item the first sum that is found, in both directions."""
    steps = _Steps(STEPS_OF_A_RUN)
    shelves = _shelves(workspace.books, workspace.free_books)
    for place in sorted(workspace.free_bank):
        _suggest(workspace, rule, steps, place, shelves, is_bank=True)
    shelves = _shelves(workspace.bank, workspace.free_bank)
    for place in sorted(workspace.free_books):
        _suggest(workspace, rule, steps, place, shelves, is_bank=False)


def sums(target: Decimal, amounts: Sequence[Decimal], steps: int) -> Iterator[tuple[int, ...]]:
    """The places of amounts, the largest first, that come to the target; at most `steps` are taken.

    Amounts are above zero, below the target, and descend, so that two at least are needed.
    """
    rests = [sum(amounts[at:], Decimal(0)) for at in range(len(amounts) + 1)]
    todo: list[tuple[int, Decimal, tuple[int, ...]]] = [(0, target, ())]
    while todo and steps:
        steps -= 1
        at, missing, chosen = todo.pop()
        if not missing:
            yield chosen
        elif missing <= rests[at]:
            todo.append((at + 1, missing, chosen))
            if amounts[at] <= missing:
                todo.append((at + 1, missing - amounts[at], (*chosen, at)))


Shelf = tuple[list[int], list[int]]


def _shelves(items: Sequence[ReconItem], places: set[int]) -> dict[tuple[str, bool], Shelf]:
    """The days and places of free items by currency and sign, in the order of days."""
    shelves: dict[tuple[str, bool], Shelf] = defaultdict(lambda: ([], []))
    for place in sorted(place for place in places if items[place].amount):
        item = items[place]
        days, found = shelves[item.currency, item.amount > 0]
        days.append(item.day.toordinal())
        found.append(place)
    return shelves


def _suggest(
    workspace: Workspace,
    rule: MatchRule,
    steps: _Steps,
    place: int,
    shelves: dict[tuple[str, bool], Shelf],
    *,
    is_bank: bool,
) -> None:
    one = (workspace.bank if is_bank else workspace.books)[place]
    many = workspace.books if is_bank else workspace.bank
    shelf = shelves.get((one.currency, one.amount > 0))
    if shelf is None or not one.amount or steps.left <= 0:
        return
    others = _nearest(rule, one, many, shelf, is_bank=is_bank)
    steps.left -= LOOKED_AT
    if len(others) < 2:  # noqa: PLR2004
        return
    steps.left -= min(STEPS_OF_AN_ITEM, 2 ** len(others))
    amounts = [many[other].amount.copy_abs() for other, _ in others]
    found = list(islice(sums(one.amount.copy_abs(), amounts, STEPS_OF_AN_ITEM), 2))
    if found:
        chosen = [others[at] for at in found[0]]
        group = tuple(sorted(other for other, _ in chosen))
        gap = max((gap for _, gap in chosen), key=abs)
        parts = _parts(rule, one, [many[other] for other in group], gap, is_bank=is_bank)
        bank, books = ((place,), group) if is_bank else (group, (place,))
        candidate = Candidate(bank, books, parts, gap, NO_REFERENCE)
        workspace.suggest(candidate, rule, SEVERAL if len(found) > 1 else REASON)


def _nearest(
    rule: MatchRule, one: ReconItem, many: Sequence[ReconItem], shelf: Shelf, *, is_bank: bool
) -> list[tuple[int, int]]:
    """Twelve places with their gaps at most, the nearest by date of those that are smaller, in the order of amounts."""
    days, places = shelf
    day = one.day.toordinal()
    reach = max(rule.window_days_before, rule.window_days_after)
    first, last = bisect_left(days, day - reach), bisect_right(days, day + reach)
    if last - first > LOOKED_AT:
        first = min(max(bisect_left(days, day) - LOOKED_AT // 2, first), last - LOOKED_AT)
        last = first + LOOKED_AT
    found = []
    for other in places[first:last]:
        item = many[other]
        gap = signed_gap(rule, one, item) if is_bank else signed_gap(rule, item, one)
        if gap is not None and item.amount.copy_abs() < one.amount.copy_abs():
            found.append((other, gap))
    found.sort(key=lambda pair: (abs(pair[1]), -many[pair[0]].amount.copy_abs(), pair[0]))
    return sorted(found[:MOST_CANDIDATES], key=lambda pair: (-many[pair[0]].amount.copy_abs(), pair[0]))


def _parts(rule: MatchRule, one: ReconItem, many: Sequence[ReconItem], gap: int, *, is_bank: bool) -> Parts:
    pairs = [(one, other) if is_bank else (other, one) for other in many]
    return Parts(*map(min, zip(*(parts_of(rule, *pair, 0, gap, BY_AMOUNT) for pair in pairs), strict=True)))
