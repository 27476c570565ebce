"""Bodies of the endpoints of quotes, settlements and revaluations: what they take and what they show."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec

from fx.conversion import Leg
from fx.models_deals import FxQuote, Revaluation, RevaluationLine, Settlement, ValuationPair
from fx.positions import Skipped
from fx.proving import Proof
from fx.quoting import LONGEST, Deal, chain_from
from fx.requests import Currency, RateKind
from fx.revaluation import LineFact, Revalued
from fx.settlement_plan import Order
from journals.requests import Amount, Code, Description, Reason, Reference
from ledgerflow.core.errors import Malformed
from ledgerflow.core.money import normalised, parse_amount, plain

MAX_CURRENCIES = 200

Percent = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{1,2}(\.[0-9]{1,4})?$", description="Percent of what is bought.")]
Seconds = Annotated[int, msgspec.Meta(ge=1, le=int(LONGEST.total_seconds()))]
OptionalCode = Annotated[str, msgspec.Meta(max_length=100)]
Side = Literal["debit", "credit"]


class DealAsked(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """An exchange: one of the two amounts is given, the other computed. `on` is the business date unless given."""

    sell_currency: Currency
    buy_currency: Currency
    sell_amount: Amount | None = None
    buy_amount: Amount | None = None
    spread_percent: Percent = "0"
    kind: RateKind = "spot"
    on: date | None = None

    def deal(self) -> Deal:
        """Raises `Malformed` for an amount that is none."""
        return Deal(
            self.sell_currency, self.buy_currency, _amount(self.sell_amount, "/sell_amount"),
            _amount(self.buy_amount, "/buy_amount"), Decimal(self.spread_percent), self.kind, self.on,
        )  # fmt: skip


class QuoteAsked(DealAsked, kw_only=True):
    """A deal to price, and for how many seconds the price stands. Accounts that are given must settle it."""

    expires_in: Seconds = 300
    sell_account: OptionalCode = ""
    buy_account: OptionalCode = ""

    @property
    def lasting(self) -> timedelta:
        return timedelta(seconds=self.expires_in)


class QuoteShown(msgspec.Struct):
    """A quote; `settlement` is what it was settled by, if it was."""

    id: UUID
    sell_account: str
    sell_currency: str
    sell_amount: str
    buy_account: str
    buy_currency: str
    gross_amount: str
    buy_amount: str
    spread_percent: str
    spread_amount: str
    on: date
    kind: str
    chain: list[Leg]
    expires_at: datetime
    settlement: UUID | None
    event_sequence: int
    recorded_at: datetime
    actor: str


class SettlementAsked(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A quote to settle, or with `direct` a deal at the rates of now. Accounts default to those of the quote.

    `sell_side` is needed only where the normal sides of the two accounts differ.
    """

    quote: UUID | None = None
    direct: DealAsked | None = None
    sell_account: OptionalCode = ""
    buy_account: OptionalCode = ""
    sell_side: Side | None = None
    effective_date: date | None = None
    description: Description = ""
    external_reference: Reference = ""

    def order(self) -> Order:
        """Raises `Malformed`."""
        try:
            deal = self.direct.deal() if self.direct else None
        except Malformed as fault:
            fault.pointer = f"/direct{fault.pointer}"
            raise
        return Order(
            self.quote, deal, self.sell_account, self.buy_account, self.sell_side or "", self.effective_date,
            self.description, self.external_reference,
        )  # fmt: skip


class LegShown(msgspec.Struct):
    """A line in clearing: the amount as posted (debit positive) and its value in base currency at the pinned rates."""

    account: str
    currency: str
    amount: str
    base_amount: str


class ProofShown(msgspec.Struct):
    """The values of the legs in clearing add up to `total`, which is zero; `rounding` went to the rounding account."""

    legs: list[LegShown]
    total: str
    rounding: str
    holds: bool


class ReversalShown(msgspec.Struct):
    effective_date: date
    journals: list[UUID]
    event_sequence: int
    recorded_at: datetime
    actor: str


class SettlementShown(msgspec.Struct):
    """A settlement: its amounts, the rates pinned with their versions, and its two journals."""

    id: UUID
    quote: UUID | None
    effective_date: date
    sell_account: str
    sell_side: str
    sell_currency: str
    sell_amount: str
    buy_account: str
    buy_currency: str
    gross_amount: str
    buy_amount: str
    spread_percent: str
    spread_amount: str
    on: date
    kind: str
    chain: list[Leg]
    base_currency: str
    base_chain: list[Leg]
    sell_base: str
    buy_base: str
    spread_base: str
    rounding_base: str
    journals: list[UUID]
    reversal: ReversalShown | None
    event_sequence: int
    recorded_at: datetime
    actor: str


class SettlementDetail(SettlementShown):
    """A settlement with its proof."""

    proof: ProofShown


class SettlementPage(msgspec.Struct):
    results: list[SettlementShown]
    next: str | None


class ReversalAsked(msgspec.Struct, forbid_unknown_fields=True):
    """When and why; the date is the business date unless given."""

    effective_date: date | None = None
    description: Description = ""
    override_limits: Reason = ""


class RevaluationAsked(msgspec.Struct, forbid_unknown_fields=True):
    """The day to revalue; `dry_run` says what would be posted, and posts nothing."""

    date: date
    dry_run: bool = False


class SkippedShown(msgspec.Struct):
    """An account that was left out: `rate_missing`, `rate_too_old`, `fx_account_missing`, `valuation_left_over`."""

    account: str
    currency: str
    code: str
    detail: str


class RevaluationAnswer(msgspec.Struct):
    """What a run came to. "unchanged": what stands is right, nothing was written; `id` is of the run that was.

    `complete` is false where accounts were left out: they stand at what they were worth before, or at their cost.
    """

    status: Literal["posted", "unchanged", "would_post"]
    id: UUID | None
    date: date
    lines: list[LineFact]
    skipped: list[SkippedShown]
    complete: bool


class RunShown(msgspec.Struct):
    """A run that wrote something: a revaluation, or the reversal of unrealised amounts."""

    id: UUID
    number: int
    date: date
    kind: str
    method: str
    event_sequence: int
    recorded_at: datetime
    actor: str


class RunDetail(RunShown):
    """A run with what it found for each account and posted for it."""

    lines: list[LineFact]


class RunPage(msgspec.Struct):
    results: list[RunShown]
    next: str | None


class PairAsked(msgspec.Struct, forbid_unknown_fields=True):
    """A foreign monetary account and the one in base currency, with the role valuation, that carries its valuation."""

    account: Code
    valuation_account: Code


class PairShown(msgspec.Struct):
    account: str
    currency: str
    valuation_account: str
    event_sequence: int
    recorded_at: datetime
    actor: str


class PairPage(msgspec.Struct):
    results: list[PairShown]
    next: str | None


class AccountsAsked(msgspec.Struct, forbid_unknown_fields=True):
    """Currencies to trade: the accounts that settlements and revaluations need are opened where they are missing."""

    currencies: Annotated[list[Currency], msgspec.Meta(max_length=MAX_CURRENCIES)] = []
    valuation: bool = True


class AccountsAnswer(msgspec.Struct):
    """Codes of the accounts that were opened, and the valuation pairs that were made."""

    opened: list[str]
    pairs: list[PairShown]


def quote_shown(row: FxQuote) -> QuoteShown:
    settlement = getattr(row, "settlement", None)
    return QuoteShown(
        row.id, row.sell_account, row.sell_currency, plain(row.sell_amount), row.buy_account, row.buy_currency,
        plain(row.gross_amount), plain(row.buy_amount), normalised(row.spread_percent), plain(row.spread_amount),
        row.rate_on, row.rate_kind, chain_from(row.chain), row.expires_at, settlement.id if settlement else None,
        row.event_sequence, row.recorded_at, row.actor,
    )  # fmt: skip


def settlement_fields(row: Settlement, base: str) -> dict[str, Any]:
    reversal = getattr(row, "reversal", None)
    return {
        **{name: getattr(row, name) for name in ("id", "effective_date", "sell_side", "sell_currency", "buy_currency",
                                                 "event_sequence", "recorded_at", "actor")},
        **{name: plain(getattr(row, name)) for name in ("sell_amount", "gross_amount", "buy_amount", "spread_amount",
                                                        "sell_base", "buy_base", "spread_base", "rounding_base")},
        "quote": row.quote_id,
        "sell_account": row.sell_account.code,
        "buy_account": row.buy_account.code,
        "spread_percent": normalised(row.spread_percent),
        "on": row.rate_on,
        "kind": row.rate_kind,
        "chain": chain_from(row.chain),
        "base_currency": base,
        "base_chain": chain_from(row.base_chain),
        "journals": [row.sell_journal_id, row.buy_journal_id],
        "reversal": reversal and ReversalShown(
            reversal.effective_date, [reversal.sell_journal_id, reversal.buy_journal_id], reversal.event_sequence,
            reversal.recorded_at, reversal.actor,
        ),
    }  # fmt: skip


def proof_shown(proof: Proof) -> ProofShown:
    legs = [LegShown(line.account, line.currency, plain(line.amount), plain(line.base)) for line in proof.lines]
    return ProofShown(legs, plain(proof.total), plain(proof.rounding), not proof.total and proof.agrees)


def revalued_shown(done: Revalued, *, dry_run: bool) -> RevaluationAnswer:
    status: Literal["posted", "unchanged", "would_post"] = "unchanged" if done.run is None else "posted"
    if dry_run:
        status = "would_post"
    skipped = [_skipped(one) for one in done.skipped]
    return RevaluationAnswer(status, done.run, done.day, done.lines, skipped, complete=not skipped)


def run_fields(row: Revaluation) -> dict[str, Any]:
    return {
        "id": row.id, "number": row.number, "date": row.day, "kind": row.kind, "method": row.method,
        "event_sequence": row.event_sequence, "recorded_at": row.recorded_at, "actor": row.actor,
    }  # fmt: skip


def line_shown(row: RevaluationLine) -> LineFact:
    return LineFact(
        row.account.code, row.currency, plain(row.position), plain(row.cost), plain(row.realised),
        plain(row.closing_value), plain(row.unrealised), plain(row.posted_gain), plain(row.posted_loss),
        plain(row.posted_realised), row.chain, row.journal_id,
    )  # fmt: skip


def pair_shown(row: ValuationPair) -> PairShown:
    return PairShown(
        row.account.code, row.account.currency, row.valuation.code, row.event_sequence, row.recorded_at, row.actor
    )


def _amount(text: str | None, pointer: str) -> Decimal | None:
    return None if text is None else parse_amount(text, pointer)


def _skipped(one: Skipped) -> SkippedShown:
    return SkippedShown(one.account, one.currency, one.code, one.message)
