"""What goes into matching and what comes out of it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal, NamedTuple

Side = Literal["bank", "books"]
Pass = Literal["reference", "loose_reference", "amount", "group", "subset"]
Kind = Literal["ambiguous", "date", "amount", "missing_in_books", "missing_in_bank", "duplicate", "currency"]


@dataclass(frozen=True, slots=True)
class ReconItem:
    """A line of a bank's statement, or a posting of ours.

    `amount` is in major units and signed so that the two sides of a match are equal: money that came in is positive on
    both (the bank's credit meets our debit). `other_days` are further days that the item may count for, such as
    the value date of a line.
    """

    id: str
    side: Side
    day: date
    amount: Decimal
    currency: str
    references: tuple[str, ...] = ()
    counterparty: str = ""
    text: str = ""
    other_days: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True)
class MatchRule:
    """One pass with its limits. Rules run by `priority`, the lowest first.

    A difference is allowed up to `tolerance` (major units) or `tolerance_percent` of the books' amount, whichever is
    more. The bank's day may lie up to `window_days_before` days before ours and `window_days_after` days after it.
    """

    code: str
    priority: int
    pass_: Pass
    tolerance: Decimal = Decimal(0)
    tolerance_percent: Decimal = Decimal(0)
    window_days_before: int = 7
    window_days_after: int = 30
    threshold: int = 95
    is_automatic: bool = True


class Parts(NamedTuple):
    """What a score is made of: each from zero, and together the score."""

    reference: int
    amount: int
    date: int
    counterparty: int

    @property
    def score(self) -> int:
        return self.reference + self.amount + self.date + self.counterparty


@dataclass(frozen=True, slots=True)
class FoundMatch:
    """Items that belong together. `residual` is the sum of the bank's amounts less the sum of ours."""

    bank: tuple[str, ...]
    books: tuple[str, ...]
    rule: str
    score: int
    parts: Parts
    residual: Decimal
    explanation: str


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A match that a person has to decide on; `reason` says why it was not confirmed."""

    bank: tuple[str, ...]
    books: tuple[str, ...]
    rule: str
    score: int
    parts: Parts
    residual: Decimal
    explanation: str
    reason: str


@dataclass(frozen=True, slots=True)
class MatchFinding:
    """Why `items` are left over, each of them in one finding. `related` are the items that the sentence speaks of."""

    kind: Kind
    items: tuple[str, ...]
    related: tuple[str, ...]
    explanation: str


@dataclass(frozen=True, slots=True)
class MatchOutcome:
    matches: tuple[FoundMatch, ...]
    suggestions: tuple[Suggestion, ...]
    exceptions: tuple[MatchFinding, ...]
