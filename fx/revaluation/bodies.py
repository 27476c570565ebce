"""Bodies of the endpoints of quotes, settlements and revaluations: what they take and what they show."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec

from fx.rates.bodies import Currency
from fx.revaluation.events import RevaluedLine
from fx.revaluation.models import Revaluation, RevaluationLine, ValuationPair
from fx.revaluation.positions import Skipped
from fx.revaluation.runs import Revalued
from journals.api.bodies import Code
from ledgerflow.core.money import plain

MAX_CURRENCIES = 200


class RevaluationRequest(msgspec.Struct, forbid_unknown_fields=True):
    """The day to revalue; `dry_run` says what would be posted, and posts nothing."""

    date: date
    dry_run: bool = False


class SkippedResponse(msgspec.Struct):
    """An account that was left out: `rate_missing`, `rate_too_old`, `fx_account_missing`, `valuation_left_over`."""

    account: str
    currency: str
    code: str
    detail: str


class RevaluationResponse(msgspec.Struct):
    """What a run came to. "unchanged": what stands is right, nothing was written; `id` is of the run that was.

    `complete` is false where accounts were left out: they stand at what they were worth before, or at their cost.
    """

    status: Literal["posted", "unchanged", "would_post"]
    id: UUID | None
    date: date
    lines: list[RevaluedLine]
    skipped: list[SkippedResponse]
    complete: bool


class RevaluationRunResponse(msgspec.Struct):
    """A run that wrote something: a revaluation, or the reversal of unrealised amounts."""

    id: UUID
    number: int
    date: date
    kind: str
    method: str
    event_sequence: int
    recorded_at: datetime
    actor: str


class RevaluationRunDetail(RevaluationRunResponse):
    """A run with what it found for each account and posted for it."""

    lines: list[RevaluedLine]


class RevaluationRunPage(msgspec.Struct):
    results: list[RevaluationRunResponse]
    next: str | None


class PairRequest(msgspec.Struct, forbid_unknown_fields=True):
    """A foreign monetary account and the one in base currency, with the role valuation, that carries its valuation."""

    account: Code
    valuation_account: Code


class PairResponse(msgspec.Struct):
    account: str
    currency: str
    valuation_account: str
    event_sequence: int
    recorded_at: datetime
    actor: str


class PairPage(msgspec.Struct):
    results: list[PairResponse]
    next: str | None


class FxAccountsRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Currencies to trade: the accounts that settlements and revaluations need are opened where they are missing."""

    currencies: Annotated[list[Currency], msgspec.Meta(max_length=MAX_CURRENCIES)] = []
    valuation: bool = True


class FxAccountsResponse(msgspec.Struct):
    """Codes of the accounts that were opened, and the valuation pairs that were made."""

    opened: list[str]
    pairs: list[PairResponse]


def revaluation_response(done: Revalued, *, dry_run: bool) -> RevaluationResponse:
    status: Literal["posted", "unchanged", "would_post"] = "unchanged" if done.run is None else "posted"
    if dry_run:
        status = "would_post"
    skipped = [_skipped(one) for one in done.skipped]
    return RevaluationResponse(status, done.run, done.day, done.lines, skipped, complete=not skipped)


def run_fields(row: Revaluation) -> dict[str, Any]:
    return {
        "id": row.id,
        "number": row.number,
        "date": row.day,
        "kind": row.kind,
        "method": row.method,
        "event_sequence": row.event_sequence,
        "recorded_at": row.recorded_at,
        "actor": row.actor,
    }


def line_response(row: RevaluationLine) -> RevaluedLine:
    return RevaluedLine(
        row.account.code,
        row.currency,
        plain(row.position),
        plain(row.cost),
        plain(row.realised),
        plain(row.closing_value),
        plain(row.unrealised),
        plain(row.posted_gain),
        plain(row.posted_loss),
        plain(row.posted_realised),
        row.chain,
        row.journal_id,
    )


def pair_response(row: ValuationPair) -> PairResponse:
    return PairResponse(
        row.account.code, row.account.currency, row.valuation.code, row.event_sequence, row.recorded_at, row.actor
    )


def _skipped(one: Skipped) -> SkippedResponse:
    return SkippedResponse(one.account, one.currency, one.code, one.message)
