"""What happened to quotes and settlements, as events tell it. Pure."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from fx.deals.exchange_amounts import Accounts
from ledgerflow.books.idempotency import CLIENT
from ledgerflow.core.events import Fact


class FxQuotedFact(Fact, frozen=True):
    """A price was quoted that stands until `expires_at`, with the rates it was made of."""

    event_type = "fx.quoted"

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
    rate_on: date
    rate_kind: str
    chain: list[dict[str, Any]]
    expires_at: datetime


class FxSettledFact(Fact, frozen=True):
    """An exchange was settled; the lines are in the events of its two journals."""

    event_type = "fx.settled"

    id: UUID
    quote: UUID | None
    effective_date: date
    sell_side: str
    sell_currency: str
    sell_amount: str
    buy_currency: str
    gross_amount: str
    buy_amount: str
    spread_percent: str
    spread_amount: str
    rate_on: date
    rate_kind: str
    chain: list[dict[str, Any]]
    base_chain: list[dict[str, Any]]
    sell_base: str
    gross_base: str
    buy_base: str
    spread_base: str
    rounding_base: str
    rounding: str
    accounts: Accounts
    sell_journal: UUID
    buy_journal: UUID
    idempotency_key: str
    fingerprint: str
    key_issuer: str = CLIENT
    # Of a price that was agreed: what it is compared with, or why that is not known.
    reference_chain: list[dict[str, Any]] = []
    reference_amount: str | None = None
    reference_missing: str = ""
    fee_side: str = ""
    fee_currency: str = ""
    fee_amount: str | None = None
    fee_base: str | None = None


class FxSettlementReversedFact(Fact, frozen=True):
    """Both journals of a settlement were taken back; the subject is the settlement."""

    event_type = "fx.settlement_reversed"

    effective_date: date
    sell_journal: UUID
    buy_journal: UUID
    idempotency_key: str
    fingerprint: str
    key_issuer: str = CLIENT
