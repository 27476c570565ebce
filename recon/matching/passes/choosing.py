"""Which candidates of a rule are confirmed: those that reach the threshold and have no rival. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from itertools import groupby

from recon.matching.passes.candidates import Candidate
from recon.matching.passes.shapes import MatchRule
from recon.matching.passes.workspace import Workspace

BELOW = "The score {score} is below {threshold}, the threshold of the rule."
TIE = "It is a tie: {rivals} other candidates of these items are as good."
TIE_WITH_ONE = "It is a tie: another candidate of these items is as good."
TIED_BEFORE = "An earlier rule found two candidates for one of these items that are equally good."
BETTER = "One of these items has a better candidate that was not confirmed either."
BY_HAND = "The rule {code} suggests only."


def choose(
    workspace: Workspace,
    rule: MatchRule,
    candidates: Iterable[Candidate],
    is_wanted: Callable[[Candidate], bool] = lambda _: True,
) -> None:
    """Confirm or suggest, the best score first. What is not wanted is a rival all the same, and is not reported.

    Once an item had a candidate that was not confirmed, no candidate with a lower score is: it would be second best.
    """
    spoiled = _Places()
    allowed = (one for one in candidates if (one.bank, one.books) not in workspace.rejected)
    ordered = sorted(allowed, key=lambda one: (-one.score, one.bank, one.books))
    for score, group in groupby(ordered, key=lambda one: one.score):
        free = [one for one in group if workspace.is_free(one)]
        counts = _Counts(free)
        for one in free:
            if not is_wanted(one):
                continue
            reason = _reason(workspace, rule, one, counts.rivals(one), is_spoiled=spoiled.has_any(one))
            if reason:
                workspace.suggest(one, rule, reason)
            else:
                workspace.confirm(one, rule)
        for one in free:
            if workspace.is_free(one):
                spoiled.add(one)
                if score >= rule.threshold and rule.is_automatic and counts.rivals(one) and is_wanted(one):
                    workspace.tied_bank.update(one.bank)
                    workspace.tied_books.update(one.books)


def _reason(workspace: Workspace, rule: MatchRule, one: Candidate, rivals: int, *, is_spoiled: bool) -> str:
    """Why a person has to decide; empty where nobody has to."""
    if not rule.is_automatic:
        return BY_HAND.format(code=rule.code)
    if one.score < rule.threshold:
        return BELOW.format(score=one.score, threshold=rule.threshold)
    if rivals:
        return TIE_WITH_ONE if rivals == 1 else TIE.format(rivals=rivals)
    if workspace.is_tied(one):
        return TIED_BEFORE
    return BETTER if is_spoiled else ""


class _Places:
    def __init__(self) -> None:
        self._bank: set[int] = set()
        self._books: set[int] = set()

    def add(self, one: Candidate) -> None:
        self._bank.update(one.bank)
        self._books.update(one.books)

    def has_any(self, one: Candidate) -> bool:
        return not (self._bank.isdisjoint(one.bank) and self._books.isdisjoint(one.books))


class _Counts:
    """How many candidates of one score each place is in."""

    def __init__(self, candidates: Iterable[Candidate]) -> None:
        self._bank: Counter[int] = Counter()
        self._books: Counter[int] = Counter()
        for one in candidates:
            self._bank.update(one.bank)
            self._books.update(one.books)

    def rivals(self, one: Candidate) -> int:
        """The other candidates at the place where most compete."""
        return max(*(self._bank[place] for place in one.bank), *(self._books[place] for place in one.books)) - 1
