"""What the endpoints of matching take and show."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec

from journals.api.bodies import Confirmed, Description
from journals.models import Posting
from ledgerflow.core.money import parse_signed, plain
from recon.matching.differences import Difference
from recon.matching.errors import ProfileOrRules
from recon.matching.models import Match, MatchItem, MatchSuggestion
from recon.matching.passes.rules import LONGEST_WINDOW_DAYS
from recon.matching.passes.shapes import FoundMatch, MatchRule, Pass, Suggestion
from recon.matching.reading import MatchWithItems
from recon.matching.rows import MOST_REASON
from recon.matching.rule_sets import MOST_CODE, MOST_RULES, RuleSet, rule_fact
from recon.matching.running import Ran
from recon.matching.use_cases import MOST_EXPLANATION, MOST_ITEMS, Rejected
from recon.statements.bodies import Signed
from recon.statements.splitting import MOST_PARTS, Part

MOST_SHOWN = 1000  # of what a run found: the rest is counted, and is in the lists of matches and suggestions
Reason = Annotated[str, msgspec.Meta(max_length=MOST_REASON)]
Tolerance = Annotated[
    str,
    msgspec.Meta(
        max_length=64, pattern=r"^[0-9]{1,20}(\.[0-9]{1,18})?$", description="Major units, or percent of our amount."
    ),
]
Days = Annotated[int, msgspec.Meta(ge=0, le=LONGEST_WINDOW_DAYS)]
Lines = Annotated[list[UUID], msgspec.Meta(max_length=MOST_ITEMS, description="Ids of lines of the bank.")]
Version = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]
Postings = Annotated[
    list[Version], msgspec.Meta(max_length=MOST_ITEMS, description="Our postings, by the versions of the account.")
]
Template = Literal["fee", "interest", "rounding", "write_off"]
Profile = Literal["default", "reference_then_cent"]


class RuleRequest(msgspec.Struct, forbid_unknown_fields=True):
    """One rule: a pass with its limits. The lowest priority runs first."""

    code: Annotated[str, msgspec.Meta(max_length=MOST_CODE, pattern=r"^[a-z][a-z0-9_]*$")]
    priority: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]
    pass_: Pass = msgspec.field(name="pass")
    tolerance: Tolerance = "0"
    tolerance_percent: Tolerance = "0"
    window_days_before: Days = 7
    window_days_after: Days = 30
    threshold: Annotated[int, msgspec.Meta(ge=0, le=100)] = 95
    is_automatic: bool = True

    def rule(self) -> MatchRule:
        return MatchRule(
            self.code, self.priority, self.pass_, Decimal(self.tolerance), Decimal(self.tolerance_percent),
            self.window_days_before, self.window_days_after, self.threshold, self.is_automatic,
        )  # fmt: skip


Rules = Annotated[list[RuleRequest], msgspec.Meta(min_length=1, max_length=MOST_RULES)]


class RulesRequest(msgspec.Struct, forbid_unknown_fields=True):
    """All rules, or the name of a profile that has them."""

    rules: Rules | None = None
    profile: Profile | None = None

    def check(self) -> None:
        """Raises unless one of both is given."""
        if (self.rules is None) == (self.profile is None):
            raise ProfileOrRules


class RunRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Rules to try in the place of those that are set: only a dry run may."""

    rules: Rules | None = None
    profile: Profile | None = None


class MatchRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Lines and postings whose sums are equal."""

    lines: Lines = []
    postings: Postings = []
    explanation: Annotated[str, msgspec.Meta(max_length=MOST_EXPLANATION)] = ""


class ReasonRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Why."""

    reason: Reason = ""


class NothingRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Nothing is to be said."""


class ResidualRequest(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """How a difference is posted. The counter account is the one with the role of the template unless given."""

    template: Template
    counter_account: Annotated[str, msgspec.Meta(max_length=100)] = ""
    description: Description = ""
    effective_date: date | None = None
    confirm_unusual_date: Confirmed = False

    def difference(self) -> Difference:
        return Difference(
            self.template, self.counter_account, self.description, self.effective_date, self.confirm_unusual_date
        )


class DifferenceRequest(ResidualRequest, forbid_unknown_fields=True, kw_only=True):
    """Lines and postings to match, and how what is between them is posted."""

    lines: Lines = []
    postings: Postings = []


class PartRequest(msgspec.Struct, forbid_unknown_fields=True):
    """A part of a line; the reference and the text are those of the line unless given."""

    amount: Signed
    customer_reference: Annotated[str, msgspec.Meta(max_length=200)] | None = None
    text: Annotated[str, msgspec.Meta(max_length=2000)] | None = None


class SplitRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Parts that add up to the line."""

    parts: Annotated[list[PartRequest], msgspec.Meta(max_length=MOST_PARTS)]

    def wanted(self) -> list[Part]:
        """Raises `Malformed`."""
        return [
            Part(parse_signed(part.amount, f"/parts/{place}/amount"), part.customer_reference, part.text)
            for place, part in enumerate(self.parts)
        ]


class RuleResponse(msgspec.Struct):
    """A rule as it runs."""

    code: str
    priority: int
    pass_: str = msgspec.field(name="pass")
    tolerance: str
    tolerance_percent: str
    window_days_before: int
    window_days_after: int
    threshold: int
    is_automatic: bool


class RulesResponse(msgspec.Struct):
    """The rules in force; `account` is null where they are those of all, and `revision` is 0 for the default."""

    account: str | None
    revision: int
    rules: list[RuleResponse]


class PartsOfScore(msgspec.Struct):
    """What a score is made of."""

    reference: int
    amount: int
    date: int
    counterparty: int


class ItemResponse(msgspec.Struct):
    """A line of the bank, or a posting by the version of its account; both as we see them, money in is positive."""

    side: Literal["bank", "books"]
    line: UUID | None
    posting: int | None
    day: date
    amount: str


class MatchResponse(msgspec.Struct, kw_only=True):
    """A match. `residual` is the bank's sum less ours; `score` and `parts` are null where it was made by hand."""

    id: UUID
    number: int
    status: Literal["confirmed", "unmatched"]
    rule: str
    rules_version: int | None
    score: int | None
    parts: PartsOfScore | None
    residual: str
    explanation: str
    journal: UUID | None
    items: list[ItemResponse]
    event_sequence: int
    recorded_at: datetime
    actor: str


class SuggestionResponse(msgspec.Struct, kw_only=True):
    """What a run left to a person, and why; `id` is null in a dry run."""

    id: UUID | None
    lines: list[UUID]
    postings: list[int]
    rule: str
    score: int
    parts: PartsOfScore
    residual: str
    explanation: str
    reason: str


class FoundResponse(msgspec.Struct, kw_only=True):
    """What a rule found."""

    lines: list[UUID]
    postings: list[int]
    rule: str
    score: int
    parts: PartsOfScore
    residual: str
    explanation: str


class RunResponse(msgspec.Struct, kw_only=True):
    """What a run confirmed, or would; at most 1,000 matches and suggestions are told, the rest is counted."""

    dry_run: bool
    rules_version: int | None
    confirmed: int
    found: int
    suggested: int
    matches: list[FoundResponse]
    suggestions: list[SuggestionResponse]


class RejectionResponse(msgspec.Struct):
    """Lines and postings that no run puts together again."""

    id: UUID
    lines: list[UUID]
    postings: list[int]
    reason: str
    event_sequence: int
    recorded_at: datetime
    actor: str


class PostingResponse(msgspec.Struct):
    """A posting that is in no match: its version names it."""

    version: int
    journal: UUID
    journal_number: int
    effective_date: date
    amount: str
    description: str
    external_reference: str


def rules_response(found: RuleSet, account: str | None) -> RulesResponse:
    rules = [RuleResponse(**msgspec.structs.asdict(rule_fact(rule))) for rule in found.rules]
    return RulesResponse(account if found.bank_account else None, found.version, rules)


def match_response(found: MatchWithItems) -> MatchResponse:
    return response_of(found.match, found.items)


def response_of(match: Match, items: Iterable[MatchItem]) -> MatchResponse:
    """A row with its items as it is told."""
    same = ("id", "number", "rule", "rules_version", "score", "explanation", "event_sequence", "recorded_at", "actor")
    status: Any = match.status
    return MatchResponse(
        status=status,
        parts=PartsOfScore(**match.parts) if match.parts else None,
        residual=plain(match.residual),
        journal=match.journal_id,
        items=[_item(item) for item in items],
        **{name: getattr(match, name) for name in same},
    )


def _item(item: MatchItem) -> ItemResponse:
    side: Any = item.side
    return ItemResponse(side, item.line_id, item.account_version, item.day, plain(item.amount))


def suggestion_response(row: MatchSuggestion) -> SuggestionResponse:
    return SuggestionResponse(
        id=row.id, lines=[UUID(line) for line in row.lines], postings=[int(one) for one in row.postings],
        rule=row.rule, score=row.score, parts=PartsOfScore(**row.parts), residual=plain(row.residual),
        explanation=row.explanation, reason=row.reason,
    )  # fmt: skip


def run_response(ran: Ran, *, dry_run: bool) -> RunResponse:
    matches, suggestions = ran.outcome.matches, ran.outcome.suggestions
    return RunResponse(
        dry_run=dry_run,
        rules_version=ran.version,
        confirmed=ran.confirmed,
        found=len(matches),
        suggested=len(suggestions),
        matches=[FoundResponse(**_found(one)) for one in matches[:MOST_SHOWN]],
        suggestions=[SuggestionResponse(id=None, reason=one.reason, **_found(one)) for one in suggestions[:MOST_SHOWN]],
    )


def _found(one: FoundMatch | Suggestion) -> dict[str, Any]:
    return {
        "lines": [UUID(id_) for id_ in one.bank], "postings": [int(id_) for id_ in one.books], "rule": one.rule,
        "score": one.score, "parts": PartsOfScore(*one.parts), "residual": plain(one.residual),
        "explanation": one.explanation,
    }  # fmt: skip


def rejection_response(done: Rejected) -> RejectionResponse:
    row = done.rejection
    return RejectionResponse(
        row.id, [UUID(line) for line in row.lines], [int(one) for one in row.postings], row.reason, row.event_sequence,
        row.recorded_at, row.actor,
    )  # fmt: skip


def posting_response(row: Posting) -> PostingResponse:
    return PostingResponse(
        row.account_version, row.journal_id, row.journal.number, row.effective_date, plain(row.amount),
        row.description or row.journal.description, row.journal.external_reference,
    )  # fmt: skip
