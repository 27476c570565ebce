"""The pass by amount: one bank item and one of ours that only each other qualify for within the window. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from rapidfuzz import fuzz

from recon.matching.passes.candidates import BY_AMOUNT, HOW, NO_REFERENCE, Candidate, parts_of, signed_gap
from recon.matching.passes.choosing import choose
from recon.matching.passes.evidence import STRONG, Evidence
from recon.matching.passes.references import MOST_REFERENCES, digits_of, names, runs_in_text, words_of
from recon.matching.passes.shapes import MatchRule, ReconItem
from recon.matching.passes.workspace import Workspace, days_of

Key = tuple[str, Decimal]


@dataclass(frozen=True, slots=True)
class _Days:
    """The places with one amount, once for each of their days, in the order of days."""

    days: list[int]
    places: list[int]

    def first_two(self, earliest: int, latest: int) -> set[int]:
        """One place where only one lies between the days, two where more do: nobody asks for a third."""
        found: set[int] = set()
        for at in range(bisect_left(self.days, earliest), len(self.days)):
            if self.days[at] > latest or len(found) > 1:
                break
            found.add(self.places[at])
        return found


def match_unique_amounts(workspace: Workspace, rule: MatchRule, evidence: Evidence) -> None:
    """The same amount, where neither item has another of that amount on the other side within the window."""
    choose(workspace, rule, list(_candidates(workspace, rule, evidence)))


def unique_pairs(workspace: Workspace, rule: MatchRule) -> Iterator[tuple[int, int]]:
    bank = _by_key(workspace.bank, workspace.free_bank)
    books = _by_key(workspace.books, workspace.free_books)
    before, after = rule.window_days_before, rule.window_days_after
    for place in workspace.free_bank:
        key = _key(workspace.bank[place])
        if key not in books:
            continue
        ours = _qualified(books[key], workspace.bank[place], after, before)
        if len(ours) == 1:
            other = ours.pop()
            if _qualified(bank[key], workspace.books[other], before, after) == {place}:
                yield place, other


def _candidates(workspace: Workspace, rule: MatchRule, evidence: Evidence) -> Iterator[Candidate]:
    for place, other in unique_pairs(workspace, rule):
        bank, books = workspace.bank[place], workspace.books[other]
        gap = signed_gap(rule, bank, books) or 0  # they qualified by days that lie inside
        level = evidence.of_bank.get(place, {}).get(other, 0)
        points = _reference_points(workspace, evidence, place, other)
        how = HOW[level] if level else NO_REFERENCE
        yield Candidate((place,), (other,), parts_of(rule, bank, books, points, gap, BY_AMOUNT), gap, how)


def _key(item: ReconItem) -> Key:
    return item.currency, item.amount


def _by_key(items: Sequence[ReconItem], places: set[int]) -> dict[Key, _Days]:
    entries: dict[Key, list[tuple[int, int]]] = defaultdict(list)
    for place in places:
        entries[_key(items[place])] += ((day.toordinal(), place) for day in days_of(items[place]))
    return {key: _Days(*map(list, zip(*sorted(found), strict=True))) for key, found in entries.items()}


def _qualified(others: _Days, item: ReconItem, back: int, ahead: int) -> set[int]:
    found: set[int] = set()
    for day in days_of(item):
        found |= others.first_two(day.toordinal() - back, day.toordinal() + ahead)
    return found


def _reference_points(workspace: Workspace, evidence: Evidence, place: int, other: int) -> int:
    """All where one names the other, none where they name different things, nearly all where one names nothing."""
    theirs, ours = evidence.of_bank.get(place, {}), evidence.of_books.get(other, {})
    if theirs.get(other, 0) >= STRONG:
        return BY_AMOUNT.reference
    if _is_promised(theirs, workspace.free_books) or _is_promised(ours, workspace.free_bank):
        return 0
    return _likeness(workspace.bank[place], workspace.books[other])


def _is_promised(found: dict[int, int], free: set[int]) -> bool:
    """Whether the item names, or is named by, another one that is still free."""
    return any(level >= STRONG and place in free for place, level in found.items())


def _likeness(bank: ReconItem, books: ReconItem) -> int:
    theirs, ours = _numbers(bank), _numbers(books)
    if theirs and ours:
        return 0  # One other digit is another number, and with the same one they would name each other.
    if not bank.references or not books.references:
        return BY_AMOUNT.reference - 1
    likeness = max((fuzz.ratio(one, other) for one in _names(bank) for other in _names(books)), default=0)
    return BY_AMOUNT.reference * int(likeness) // 100


def _numbers(item: ReconItem) -> set[str]:
    return digits_of(item).union(runs_in_text(words_of(item)))


def _names(item: ReconItem) -> list[str]:
    return [name for reference in item.references[:MOST_REFERENCES] for name in names(reference)]


@dataclass(frozen=True, slots=True)
class OpenAmounts:
    """For what is left over: who else has the amount within the window, where no reference speaks against it."""

    workspace: Workspace
    evidence: Evidence
    rule: MatchRule
    bank: dict[Key, _Days]
    books: dict[Key, _Days]

    def of_bank(self, place: int) -> list[int]:
        """Ours that fit a bank item, where more than one could be meant; otherwise none."""
        found = self._ours(place)
        return found if len(found) > 1 or (found and len(self._theirs(found[0])) > 1) else []

    def of_books(self, place: int) -> list[int]:
        found = self._theirs(place)
        return found if len(found) > 1 or (found and len(self._ours(found[0])) > 1) else []

    def _ours(self, place: int) -> list[int]:
        item = self.workspace.bank[place]
        near = _qualified(
            self.books.get(_key(item), _NOBODY), item, self.rule.window_days_after, self.rule.window_days_before
        )
        return sorted(other for other in near if _reference_points(self.workspace, self.evidence, place, other))

    def _theirs(self, place: int) -> list[int]:
        item = self.workspace.books[place]
        near = _qualified(
            self.bank.get(_key(item), _NOBODY), item, self.rule.window_days_before, self.rule.window_days_after
        )
        return sorted(other for other in near if _reference_points(self.workspace, self.evidence, other, place))


_NOBODY = _Days([], [])


def open_amounts(workspace: Workspace, evidence: Evidence, rule: MatchRule) -> OpenAmounts:
    bank, books = _by_key(workspace.bank, workspace.free_bank), _by_key(workspace.books, workspace.free_books)
    return OpenAmounts(workspace, evidence, rule, bank, books)
