"""Bodies of the endpoints of quotes, settlements and revaluations: what they take and what they show."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec

from fx.deals.agreed import difference_of
from fx.deals.fees import Fee
from fx.deals.models import AGREED, FxQuote, Settlement
from fx.deals.plan import Order
from fx.deals.quoting import LONGEST, Deal, chain_from
from fx.deals.settlement_proof import Proof
from fx.rates.bodies import Currency, RateKind, Value
from fx.rates.conversion import Leg
from fx.rates.quotes import parse_rate
from journals.api.bodies import Amount, Confirmed, Description, Reason, Reference
from ledgerflow.core.errors import Malformed
from ledgerflow.core.money import normalised, parse_amount, plain

Percent = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{1,2}(\.[0-9]{1,4})?$", description="Percent of what is bought.")]
Seconds = Annotated[int, msgspec.Meta(ge=1, le=int(LONGEST.total_seconds()))]
OptionalCode = Annotated[str, msgspec.Meta(max_length=100)]
Side = Literal["debit", "credit"]
ConfirmedRate = Annotated[
    bool, msgspec.Meta(description="A price far from the reference is meant: do not refuse it as unusual_rate.")
]


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


class DirectRequest(DealRequest, kw_only=True):
    """A deal without a quote. With both amounts, or one and `rate`, it is recorded as it was agreed.

    `rate` is the price of one unit of `rate_base`, of the sold currency unless given.
    """

    rate: Value | None = None
    rate_base: Currency | None = None

    def deal(self) -> Deal:
        """Raises `Malformed` for an amount or a rate that is none."""
        rate = None if self.rate is None else parse_rate(self.rate, "/rate")
        return msgspec.structs.replace(super().deal(), rate=rate, rate_base=self.rate_base or "")


class FeeRequest(msgspec.Struct, forbid_unknown_fields=True):
    """A fee in the currency of its two accounts: `account` gives it up on its normal side, the other takes it in."""

    amount: Amount
    account: OptionalCode
    counter_account: OptionalCode

    def fee(self) -> Fee:
        """Raises `Malformed` for an amount that is none."""
        return Fee(parse_amount(self.amount, "/fee/amount"), self.account, self.counter_account)


class SettlementRequest(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A quote to settle, or with `direct` a deal at the rates of now or as it was agreed.

    Accounts default to those of the quote. `sell_side` is needed only where the normal sides of the accounts differ.
    """

    quote: UUID | None = None
    direct: DirectRequest | None = None
    fee: FeeRequest | None = None
    sell_account: OptionalCode = ""
    buy_account: OptionalCode = ""
    sell_side: Side | None = None
    effective_date: date | None = None
    description: Description = ""
    external_reference: Reference = ""
    confirm_unusual_date: Confirmed = False
    confirm_unusual_rate: ConfirmedRate = False

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
            self.fee.fee() if self.fee else None,
            self.confirm_unusual_rate,
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


class ReferenceResponse(msgspec.Struct):
    """What a price that was agreed is compared with: what the sold amount would have bought at the rates of the day.

    `difference` is what was bought beyond that, in the bought currency, and `difference_percent` the same in percent
    (0.01 is a basis point); negative when less. Null where no rate is known: `missing` has the code of the reason.
    """

    chain: list[Leg]
    amount: str | None
    difference: str | None
    difference_percent: str | None
    missing: str | None


class FeeResponse(msgspec.Struct):
    """A fee; `side` is that of `account` on which it stands, `base_amount` null where its currency had no rate."""

    amount: str
    currency: str
    account: str
    counter_account: str
    side: str
    base_amount: str | None


class SettlementResponse(msgspec.Struct):
    """A settlement: its amounts, the rates pinned with their versions, and its two journals.

    A price that was agreed has the `kind` agreed, and so have the legs of its `chain`: the rate that was given, or
    times the one amount and by the other. `reference` is null for other settlements.
    """

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
    reference: ReferenceResponse | None
    fee: FeeResponse | None
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
        "reference": reference_response(row),
        "fee": fee_response(row),
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


def reference_response(row: Settlement) -> ReferenceResponse | None:
    if row.rate_kind != AGREED:
        return None
    reference = row.reference_amount
    found = difference_of(row.buy_amount, reference)
    return ReferenceResponse(
        chain_from(row.reference_chain),
        None if reference is None else plain(reference),
        plain(found.amount) if found else None,
        normalised(found.percent) if found and found.percent is not None else None,
        row.reference_missing or None,
    )


def fee_response(row: Settlement) -> FeeResponse | None:
    if row.fee_amount is None:
        return None
    base = None if row.fee_base is None else plain(row.fee_base)
    accounts = row.accounts
    return FeeResponse(
        plain(row.fee_amount), row.fee_currency, accounts["fee"], accounts["fee_counter"], row.fee_side, base
    )


def proof_response(proof: Proof) -> ProofResponse:
    legs = [LegResponse(line.account, line.currency, plain(line.amount), plain(line.base)) for line in proof.lines]
    return ProofResponse(legs, plain(proof.total), plain(proof.rounding), not proof.total and proof.agrees)


def _amount(text: str | None, pointer: str) -> Decimal | None:
    return None if text is None else parse_amount(text, pointer)
