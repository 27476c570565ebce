"""The items of a run, what is still free of them, and what was found so far. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from recon.matching.passes.candidates import Candidate, explained
from recon.matching.passes.shapes import FoundMatch, MatchRule, Parts, ReconItem, Suggestion

Pair = tuple[tuple[int, ...], tuple[int, ...]]
Description = tuple[tuple[str, ...], tuple[str, ...], str, int, Parts, Decimal, str]


@dataclass(slots=True)
class Workspace:
    """Places stand for items here: numbers are small, and sorted by what an item says and only then by its id.

    `tied` are places of items that had two equally good candidates: no later rule confirms one of them. What a person
    has `rejected` is no candidate.
    """

    bank: Sequence[ReconItem]
    books: Sequence[ReconItem]
    free_bank: set[int] = field(default_factory=set)
    free_books: set[int] = field(default_factory=set)
    tied_bank: set[int] = field(default_factory=set)
    tied_books: set[int] = field(default_factory=set)
    matches: list[FoundMatch] = field(default_factory=list)
    open_candidates: dict[Pair, tuple[Candidate, MatchRule, str]] = field(default_factory=dict)
    partner_of_books: dict[int, int] = field(default_factory=dict)  # the first bank item of its match
    rejected: set[Pair] = field(default_factory=set)

    def is_free(self, candidate: Candidate) -> bool:
        return self.free_bank.issuperset(candidate.bank) and self.free_books.issuperset(candidate.books)

    def is_tied(self, candidate: Candidate) -> bool:
        return not (self.tied_bank.isdisjoint(candidate.bank) and self.tied_books.isdisjoint(candidate.books))

    def residual(self, candidate: Candidate) -> Decimal:
        ours = sum((self.books[place].amount for place in candidate.books), Decimal(0))
        return sum((self.bank[place].amount for place in candidate.bank), Decimal(0)) - ours

    def confirm(self, candidate: Candidate, rule: MatchRule) -> None:
        self.matches.append(FoundMatch(*self._described(candidate, rule)))
        self.free_bank.difference_update(candidate.bank)
        self.free_books.difference_update(candidate.books)
        self.partner_of_books.update(dict.fromkeys(candidate.books, candidate.bank[0]))

    def suggest(self, candidate: Candidate, rule: MatchRule, reason: str) -> None:
        """Keep a candidate for a person; of several rules the one with the highest score speaks."""
        pair = candidate.bank, candidate.books
        if pair in self.rejected:
            return
        known = self.open_candidates.get(pair)
        if known is None or known[0].score < candidate.score:
            self.open_candidates[pair] = candidate, rule, reason

    def suggestions(self, most: int) -> dict[Pair, Suggestion]:
        """Of the candidates whose items are all still free, for each bank item or group the best few."""
        counts: Counter[tuple[int, ...]] = Counter()
        kept = {}
        for pair, (candidate, rule, reason) in sorted(self.open_candidates.items(), key=_best_first):
            if self.is_free(candidate) and counts[pair[0]] < most:
                counts[pair[0]] += 1
                kept[pair] = Suggestion(*self._described(candidate, rule), reason)
        return kept

    def _described(self, candidate: Candidate, rule: MatchRule) -> Description:
        bank = [self.bank[place] for place in candidate.bank]
        books = [self.books[place] for place in candidate.books]
        residual = self.residual(candidate)
        explanation = explained(candidate, bank, books, residual)
        return (
            tuple(sorted(item.id for item in bank)), tuple(sorted(item.id for item in books)), rule.code,
            candidate.score, candidate.parts, residual, explanation,
        )  # fmt: skip


def _best_first(entry: tuple[Pair, tuple[Candidate, MatchRule, str]]) -> tuple[int, Pair]:
    return -entry[1][0].score, entry[0]


def days_of(item: ReconItem) -> tuple[date, ...]:
    return (item.day, *item.other_days)


def in_stable_order(items: Iterable[ReconItem]) -> list[ReconItem]:
    """By what the items say, whatever the order they came in; the id only orders what is the same in all."""
    return sorted(
        items,
        key=lambda one: (
            one.day, one.currency, one.amount, one.references, one.counterparty, one.text, one.other_days, one.id,
        ),
    )  # fmt: skip


def rejected_places(
    bank: Sequence[ReconItem], books: Sequence[ReconItem], rejected: Collection[tuple[tuple[str, ...], tuple[str, ...]]]
) -> set[Pair]:
    """What was rejected, by places; what names an item that is not here cannot come again."""
    if not rejected:
        return set()
    theirs, ours = ({item.id: place for place, item in enumerate(items)} for items in (bank, books))
    return {
        (tuple(sorted(theirs[id_] for id_ in lines)), tuple(sorted(ours[id_] for id_ in postings)))
        for lines, postings in rejected
        if theirs.keys() >= set(lines) and ours.keys() >= set(postings)
    }


def free_places(items: Sequence[ReconItem], taken: frozenset[str]) -> set[int]:
    return {place for place, item in enumerate(items) if item.id not in taken}
