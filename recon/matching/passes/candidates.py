"""A candidate for a match, its score by parts, and the sentence that explains it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from rapidfuzz import fuzz

from ledgerflow.core.money import plain
from recon.matching.passes.evidence import CROWDED, CUT, EXACT, NAMED, NORMAL, NUMBER
from recon.matching.passes.references import upper
from recon.matching.passes.shapes import MatchRule, Parts, ReconItem

HOW = {
    EXACT: "the reference is the same",
    NORMAL: "the reference is the same but for capitals, spaces, punctuation, zeros or a prefix",
    NAMED: "one names the reference of the other in its text",
    NUMBER: "the number in the reference is the same",
    CUT: "one has a part of the reference of the other, and no other item with this amount has it",
    CROWDED: "they share a reference or a part of one with many others",
}
NO_REFERENCE = "no reference ties them"
# A name that is so alike, in per cent, is the same name in other words.
ALIKE = 85
NAMED_IN_TEXT = 90


class Weights(NamedTuple):
    """The most points for each part, in all 100."""

    reference: int
    amount: int
    date: int
    counterparty: int


BY_REFERENCE = Weights(EXACT, 30, 10, 10)
BY_AMOUNT = Weights(10, 60, 15, 15)


class Candidate(NamedTuple):
    """Items, by their place on their side, that one rule would put together."""

    bank: tuple[int, ...]
    books: tuple[int, ...]
    parts: Parts
    gap_days: int
    how: str

    @property
    def score(self) -> int:
        return self.parts.score


def is_same_sign(one: Decimal, other: Decimal) -> bool:
    """Zero has a sign of its own: it meets nothing but zero."""
    return (one > 0) == (other > 0) and (one < 0) == (other < 0)


def allowed_difference(rule: MatchRule, ours: Decimal) -> Decimal:
    return max(rule.tolerance, (ours.copy_abs() * rule.tolerance_percent).scaleb(-2))


def is_within_tolerance(rule: MatchRule, bank: Decimal, ours: Decimal) -> bool:
    """Whether the amounts agree: the sign is a gate, whatever the tolerance."""
    if bank == ours:
        return True
    return is_same_sign(bank, ours) and (bank - ours).copy_abs() <= allowed_difference(rule, ours)


def signed_gap(rule: MatchRule, bank: ReconItem, books: ReconItem) -> int | None:
    """Days from our day to the bank's, of all their days the pair that is nearest; none where all lie outside."""
    if not bank.other_days and not books.other_days:
        gap = (bank.day - books.day).days
        return gap if -rule.window_days_before <= gap <= rule.window_days_after else None
    theirs, ours = (bank.day, *bank.other_days), (books.day, *books.other_days)
    gaps = [(one - other).days for one in theirs for other in ours]
    inside = [gap for gap in gaps if -rule.window_days_before <= gap <= rule.window_days_after]
    return min(inside, key=lambda gap: (abs(gap), gap), default=None)


def date_points(rule: MatchRule, gap: int, most: int) -> int:
    """All on the same day, half at the edge of the window; any gap costs a point."""
    window = rule.window_days_before if gap < 0 else rule.window_days_after
    return most if gap == 0 else most + (-(most // 2) * abs(gap)) // window


def counterparty_points(bank: ReconItem, books: ReconItem, most: int) -> int:
    """Half for other names, all for the same one. What is not said costs one point: it speaks for nobody."""
    agreement = _agreement(bank, books)
    if agreement is None:
        return most - 1
    half = most // 2
    return most if agreement >= ALIKE else half + (most - half) * agreement // 100


def _agreement(bank: ReconItem, books: ReconItem) -> int | None:
    """How alike the names are, in per cent; none where a name is missing and the other's text does not give it."""
    theirs, ours = bank.counterparty.strip(), books.counterparty.strip()
    if theirs and ours:
        return 100 if theirs == ours else int(fuzz.token_set_ratio(upper(theirs), upper(ours)))
    name, text = (theirs, books.text) if theirs else (ours, bank.text)
    if name and text and fuzz.token_set_ratio(upper(name), upper(text)) >= NAMED_IN_TEXT:
        return 100
    return None


def parts_of(
    rule: MatchRule,
    bank: ReconItem,
    books: ReconItem,
    reference: int,
    gap: int,
    weights: Weights,
    *,
    is_equal: bool = True,
) -> Parts:
    return Parts(
        reference,
        weights.amount if is_equal else weights.amount - 1,
        date_points(rule, gap, weights.date),
        counterparty_points(bank, books, weights.counterparty),
    )


def explained(candidate: Candidate, bank: Sequence[ReconItem], books: Sequence[ReconItem], residual: Decimal) -> str:
    """One sentence for people: what agrees, and by how much the rest does not."""
    theirs = f"The bank's line of {bank[0].day}" if len(bank) == 1 else f"{len(bank)} lines of the bank"
    ours = f"our posting of {books[0].day}" if len(books) == 1 else f"{len(books)} postings of ours"
    if residual:
        amounts = f"the amounts differ by {plain(residual.copy_abs())} {bank[0].currency}"
    else:
        total = plain(sum((item.amount for item in bank), Decimal(0)))
        amounts = f"both sides come to {total} {bank[0].currency}"
    return f"{theirs} and {ours}: {candidate.how}, {amounts}, and {_days_apart(candidate.gap_days)}."


def _days_apart(gap: int) -> str:
    if gap == 0:
        return "the day is the same"
    days = "1 day" if abs(gap) == 1 else f"{abs(gap)} days"
    return f"the bank is {days} {'later' if gap > 0 else 'earlier'}"
