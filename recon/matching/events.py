"""What happened to matches and their rules, as events tell it. Pure.

A run writes one event a match, and there are many: an event says what the rows say, and no more.
"""

from __future__ import annotations

from datetime import date
from uuid import UUID

import msgspec

from ledgerflow.books.idempotency import CLIENT
from ledgerflow.core.events import Fact


class MatchedLine(msgspec.Struct, frozen=True, gc=False):
    """A line of the bank in a match, with its booking date and its amount as we see it."""

    line: UUID
    day: date
    amount: str


class MatchedPosting(msgspec.Struct, frozen=True, gc=False):
    """A posting of ours in a match: the version of its account, its effective date, its amount, debit positive."""

    version: int
    day: date
    amount: str


class MatchConfirmedFact(Fact, frozen=True, omit_defaults=True):
    """Lines of the bank and postings of ours were matched; the subject is the match.

    `parts` of the score are reference, amount, date and counterparty. `journal` was posted with the match.
    """

    event_type = "match.confirmed"

    bank_account: UUID
    account: UUID
    number: int
    rule: str
    residual: str
    explanation: str
    lines: list[MatchedLine]
    postings: list[MatchedPosting]
    rules_version: int | None = None
    score: int | None = None
    parts: list[int] | None = None
    journal: UUID | None = None
    idempotency_key: str = ""
    fingerprint: str = ""
    key_issuer: str = CLIENT


class MatchUnmatchedFact(Fact, frozen=True, omit_defaults=True):
    """A match was taken back: its lines and postings are free again; the subject is the match."""

    event_type = "match.unmatched"

    reason: str
    idempotency_key: str = ""
    fingerprint: str = ""
    key_issuer: str = CLIENT


class MatchRejectedFact(Fact, frozen=True, omit_defaults=True):
    """Somebody said that lines and postings do not belong together; the subject is the rejection."""

    event_type = "match.rejected"

    bank_account: UUID
    lines: list[UUID]
    postings: list[int]
    reason: str
    idempotency_key: str = ""
    fingerprint: str = ""
    key_issuer: str = CLIENT


class RuleFact(msgspec.Struct, frozen=True):
    """One rule: a pass with its limits. Amounts and percentages are texts, days are whole."""

    code: str
    priority: int
    pass_: str = msgspec.field(name="pass")
    tolerance: str = "0"
    tolerance_percent: str = "0"
    window_days_before: int = 7
    window_days_after: int = 30
    threshold: int = 95
    is_automatic: bool = True


class MatchRulesSetFact(Fact, frozen=True):
    """The rules of a bank account, or of all that have none of their own, were set as a whole."""

    event_type = "match_rules.set"

    bank_account: UUID | None
    version: int
    rules: list[RuleFact]
