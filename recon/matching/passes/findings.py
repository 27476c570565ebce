"""Why an item is left over: one finding for each, of the kind that says most. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice

from ledgerflow.core.money import plain
from recon.matching.passes.amounts import OpenAmounts, open_amounts
from recon.matching.passes.candidates import signed_gap
from recon.matching.passes.duplicates import Repeated, repeated
from recon.matching.passes.evidence import STRONG, Evidence
from recon.matching.passes.shapes import Kind, MatchFinding, MatchRule, ReconItem
from recon.matching.passes.workspace import Pair, Workspace

MOST_RELATED = 5


@dataclass(slots=True)
class Explainer:
    """`window` is a rule with the widest window of any that matches by reference."""

    workspace: Workspace
    evidence: Evidence
    window: MatchRule
    open_amounts: OpenAmounts
    repeated: Repeated
    hints: dict[int, list[int]]
    found: list[MatchFinding] = field(default_factory=list)
    explained_books: set[int] = field(default_factory=set)

    def bank(self, place: int) -> None:
        """The finding of a bank item, and with it of the one of ours that it almost fits."""
        finders = (self._taken, self._equal, self._repeated, self._tied, self._amount, self._currency, self._open)
        if not any(finder(place) for finder in finders):
            hints = self.hints.get(place, [])
            sentence = (
                "Nothing of ours fits this line for certain."
                if hints
                else "We have posted nothing that fits this line."
            )
            self._add("missing_in_books", [place], [], sentence, related=self._ids(self.workspace.books, hints))

    def books(self, place: int) -> None:
        if place in self.explained_books:
            return
        item = self.workspace.books[place]
        rivals = self._equals(
            self.evidence.of_books.get(place, {}), self.workspace.bank, self.workspace.free_bank, item
        )
        inside = [other for other in rivals if signed_gap(self.window, self.workspace.bank[other], item) is not None]
        if not inside and place not in self.workspace.tied_books:
            inside = self.open_amounts.of_books(place)
        elif len(inside) == 1 and len(self._inside(inside[0])) == 1:
            inside = []
        if inside or place in self.workspace.tied_books:
            sentence = "Several items fit equally well, so none was chosen."
            self._add("ambiguous", [], [place], sentence, related=self._ids(self.workspace.bank, inside))
        else:
            self._add("missing_in_bank", [], [place], "The bank has no line that fits this posting.")

    def _taken(self, place: int) -> bool:
        """A line that fits one of ours which has its match already."""
        bank, books = self.workspace.bank[place], self.workspace.books
        for other, level in sorted(self.evidence.of_bank.get(place, {}).items()):
            partner = self.workspace.partner_of_books.get(other)
            if level >= STRONG and partner is not None and _is_equal(bank, books[other]):
                related = (self.workspace.bank[partner].id, books[other].id)
                sentence = "A line with this reference and amount has come before, and what it fits has its match."
                return self._add("duplicate", [place], [], sentence, related=related)
        return False

    def _equal(self, place: int) -> bool:
        """Free ones of ours with the reference and the amount: outside of the window, or too many of them."""
        bank, books = self.workspace.bank[place], self.workspace.books
        found = self.evidence.of_bank.get(place, {})
        equals = self._equals(found, books, self.workspace.free_books, bank)
        inside = self._inside(place)
        if not equals or (len(inside) == 1 and len(self._rivals(inside[0])) == 1):
            return False
        if not inside:
            free = [other for other in equals if found[other] >= STRONG and other not in self.explained_books]
            nearest = min(free, key=lambda other: (abs((books[other].day - bank.day).days), other), default=None)
            return nearest is not None and self._date(place, nearest)
        rivals = self._rivals(inside[0])
        related = self._ids(books, inside) + self._ids(self.workspace.bank, [one for one in rivals if one != place])
        if rivals.index(place) >= len(inside):
            sentence = "Another line has the same reference and amount, and we have fewer postings that fit."
            return self._add("duplicate", [place], [], sentence, related=related)
        return self._add(
            "ambiguous", [place], [], "Several items fit equally well, so none was chosen.", related=related
        )

    def _date(self, place: int, other: int) -> bool:
        days = abs((self.workspace.bank[place].day - self.workspace.books[other].day).days)
        sentence = (
            f"Reference and amount agree, and there are {days} days between them, which is outside of the window."
        )
        return self._add("date", [place], [other], sentence)

    def _repeated(self, place: int) -> bool:
        other = self.repeated.of(place)
        if other is None:
            return False
        related = (self.workspace.bank[other].id,)
        return self._add("duplicate", [place], [], "Another line has the same reference and amount.", related=related)

    def _tied(self, place: int) -> bool:
        if place not in self.workspace.tied_bank:
            return False
        related = self._ids(self.workspace.books, self.hints.get(place, []))
        return self._add(
            "ambiguous", [place], [], "Several items fit equally well, so none was chosen.", related=related
        )

    def _amount(self, place: int) -> bool:
        """The one with the surest reference and the smallest difference; several that are the same are ambiguous."""
        bank, books = self.workspace.bank[place], self.workspace.books
        ranked = sorted(
            ((-level, (books[other].amount - bank.amount).copy_abs()), other)
            for other, level in self._named_by(place)
            if books[other].currency == bank.currency and books[other].amount != bank.amount
        )
        best = [other for rank, other in ranked if rank == ranked[0][0]]
        if len(best) > 1:
            sentence = "The reference fits several postings with another amount equally well."
            return self._add("ambiguous", [place], [], sentence, related=self._ids(books, best))
        if not best:
            return False
        ours = books[best[0]].amount
        sentence = (
            f"The reference agrees, and the amounts do not: {plain(bank.amount)} at the bank, {plain(ours)} in the "
            f"books, a difference of {plain(bank.amount - ours)} {bank.currency}."
        )
        return self._add("amount", [place], best, sentence)

    def _currency(self, place: int) -> bool:
        bank, books = self.workspace.bank[place], self.workspace.books
        for other, _ in self._named_by(place):
            if books[other].currency != bank.currency and books[other].amount == bank.amount:
                sentence = (
                    f"Reference and number agree, and the currency does not: {bank.currency} at the bank, "
                    f"{books[other].currency} in the books."
                )
                return self._add("currency", [place], [other], sentence)
        return False

    def _open(self, place: int) -> bool:
        others = self.open_amounts.of_bank(place)
        if not others:
            return False
        sentence = "Several items have this amount, and no reference says which belong together."
        return self._add("ambiguous", [place], [], sentence, related=self._ids(self.workspace.books, others))

    def _named_by(self, place: int) -> list[tuple[int, int]]:
        """Free ones of ours that the line names and that no other finding explains."""
        return [
            (other, level)
            for other, level in sorted(self.evidence.of_bank.get(place, {}).items())
            if level >= STRONG and other in self.workspace.free_books and other not in self.explained_books
        ]

    def _inside(self, place: int) -> list[int]:
        bank = self.workspace.bank[place]
        equals = self._equals(
            self.evidence.of_bank.get(place, {}), self.workspace.books, self.workspace.free_books, bank
        )
        return [other for other in equals if signed_gap(self.window, bank, self.workspace.books[other]) is not None]

    def _rivals(self, other: int) -> list[int]:
        books = self.workspace.books[other]
        equals = self._equals(
            self.evidence.of_books.get(other, {}), self.workspace.bank, self.workspace.free_bank, books
        )
        return [place for place in equals if signed_gap(self.window, self.workspace.bank[place], books) is not None]

    def _equals(self, found: dict[int, int], others: Sequence[ReconItem], free: set[int], item: ReconItem) -> list[int]:
        return sorted(other for other in found if other in free and _is_equal(others[other], item))

    def _ids(self, items: Sequence[ReconItem], places: Iterable[int]) -> tuple[str, ...]:
        return tuple(items[place].id for place in islice(places, MOST_RELATED))

    def _add(
        self, kind: Kind, bank: list[int], books: list[int], sentence: str, *, related: tuple[str, ...] = ()
    ) -> bool:
        ids = self._ids(self.workspace.bank, bank) + self._ids(self.workspace.books, books)
        self.found.append(MatchFinding(kind, ids, related, sentence))
        self.explained_books.update(books)
        return True


def explain(
    workspace: Workspace, evidence: Evidence, window: MatchRule, amount_window: MatchRule, suggested: Iterable[Pair]
) -> tuple[MatchFinding, ...]:
    """One finding for each item that is still free, in the order of the items."""
    hints: dict[int, list[int]] = {}
    for bank, books in suggested:
        for place in bank:
            hints.setdefault(place, []).extend(books)
    reach = max(window.window_days_before, window.window_days_after)
    explainer = Explainer(
        workspace, evidence, window, open_amounts(workspace, evidence, amount_window),
        repeated(workspace.bank, workspace.free_bank, reach), hints,
    )  # fmt: skip
    for place in sorted(workspace.free_bank):
        explainer.bank(place)
    for place in sorted(workspace.free_books):
        explainer.books(place)
    return tuple(explainer.found)


def _is_equal(one: ReconItem, other: ReconItem) -> bool:
    return one.currency == other.currency and one.amount == other.amount
