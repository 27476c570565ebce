"""Bodies of the endpoints of quotes, settlements and revaluations: what they take and what they show."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec

from fx.deals.models import FxQuote, Settlement
from fx.deals.plan import Order
from fx.deals.quoting import LONGEST, Deal, chain_from
from fx.deals.settlement_proof import Proof
from fx.rates.bodies import Currency, RateKind
from fx.rates.conversion import Leg
from journals.api.bodies import Amount, Confirmed, Description, Reason, Reference
from ledgerflow.core.errors import Malformed
from ledgerflow.core.money import normalised, parse_amount, plain

Percent = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{1,2}(\.[0-9]{1,4})?$", description="Percent of what is bought.")]
Seconds = Annotated[int, msgspec.Meta(ge=1, le=int(LONGEST.total_seconds()))]
OptionalCode = Annotated[str, msgspec.Meta(max_length=100)]
Side = Literal["debit", "credit"]


class DealRequest(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
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
            self.sell_currency,
            self.buy_currency,
            _amount(self.sell_amount, "/sell_amount"),
            _amount(self.buy_amount, "/buy_amount"),
            Decimal(self.spread_percent),
            self.kind,
            self.on,
        )


class QuoteRequest(DealRequest, kw_only=True):
    """A deal to price, and for how many seconds the price stands. Accounts that are given must settle it."""

    expires_in: Seconds = 300
    sell_account: OptionalCode = ""
    buy_account: OptionalCode = ""

    @property
    def lasting(self) -> timedelta:
        return timedelta(seconds=self.expires_in)


class QuoteResponse(msgspec.Struct):
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


class SettlementRequest(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A quote to settle, or with `direct` a deal at the rates of now. Accounts default to those of the quote.

    `sell_side` is needed only where the normal sides of the two accounts differ.
    """

    quote: UUID | None = None
    direct: DealRequest | None = None
    sell_account: OptionalCode = ""
    buy_account: OptionalCode = ""
    sell_side: Side | None = None
    effective_date: date | None = None
    description: Description = ""
    external_reference: Reference = ""
    confirm_unusual_date: Confirmed = False

    def order(self) -> Order:
        """Raises `Malformed`."""
        try:
            deal = self.direct.deal() if self.direct else None
        except Malformed as fault:
            fault.pointer = f"/direct{fault.pointer}"
            raise
        return Order(
            self.quote,
            deal,
            self.sell_account,
            self.buy_account,
            self.sell_side or "",
            self.effective_date,
            self.description,
            self.external_reference,
            self.confirm_unusual_date,
        )


class LegResponse(msgspec.Struct):
    """A line in clearing: the amount as posted (debit positive) and its value in base currency at the pinned rates."""

    account: str
    currency: str
    amount: str
    base_amount: str


class ProofResponse(msgspec.Struct):
    """The values of the legs in clearing add up to `total`, which is zero; `rounding` went to the rounding account."""

    legs: list[LegResponse]
    total: str
    rounding: str
    holds: bool


class ReversalResponse(msgspec.Struct):
    effective_date: date
    journals: list[UUID]
    event_sequence: int
    recorded_at: datetime
    actor: str


class SettlementResponse(msgspec.Struct):
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
    reversal: ReversalResponse | None
    event_sequence: int
    recorded_at: datetime
    actor: str


class SettlementDetail(SettlementResponse):
    """A settlement with its proof."""

    proof: ProofResponse


class SettlementPage(msgspec.Struct):
    results: list[SettlementResponse]
    next: str | None


class ReversalRequest(msgspec.Struct, forbid_unknown_fields=True):
    """When and why; the date is the business date unless given."""

    effective_date: date | None = None
    description: Description = ""
    override_limits: Reason = ""


def quote_response(row: FxQuote) -> QuoteResponse:
    settlement = getattr(row, "settlement", None)
    return QuoteResponse(
        row.id,
        row.sell_account,
        row.sell_currency,
        plain(row.sell_amount),
        row.buy_account,
        row.buy_currency,
        plain(row.gross_amount),
        plain(row.buy_amount),
        normalised(row.spread_percent),
        plain(row.spread_amount),
        row.rate_on,
        row.rate_kind,
        chain_from(row.chain),
        row.expires_at,
        settlement.id if settlement else None,
        row.event_sequence,
        row.recorded_at,
        row.actor,
    )


def settlement_fields(row: Settlement, base: str) -> dict[str, Any]:
    reversal = getattr(row, "reversal", None)
    return {
        **{
            name: getattr(row, name)
            for name in (
                "id",
                "effective_date",
                "sell_side",
                "sell_currency",
                "buy_currency",
                "event_sequence",
                "recorded_at",
                "actor",
            )
        },
        **{
            name: plain(getattr(row, name))
            for name in (
                "sell_amount",
                "gross_amount",
                "buy_amount",
                "spread_amount",
                "sell_base",
                "buy_base",
                "spread_base",
                "rounding_base",
            )
        },
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
        "reversal": reversal
        and ReversalResponse(
            reversal.effective_date,
            [reversal.sell_journal_id, reversal.buy_journal_id],
            reversal.event_sequence,
            reversal.recorded_at,
            reversal.actor,
        ),
    }


def proof_response(proof: Proof) -> ProofResponse:
    legs = [LegResponse(line.account, line.currency, plain(line.amount), plain(line.base)) for line in proof.lines]
    return ProofResponse(legs, plain(proof.total), plain(proof.rounding), not proof.total and proof.agrees)


def _amount(text: str | None, pointer: str) -> Decimal | None:
    return None if text is None else parse_amount(text, pointer)
