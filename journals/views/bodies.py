"""What the views answer. Amounts are decimal strings at the scale of their currency. Pure."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from journals.events import LineFact

Period = Literal["day", "week", "month"]


class Counterparty(msgspec.Struct, frozen=True):
    """An account that a journal has a line on, as it was named when the journal was posted."""

    account: str
    name: str


class JournalView(msgspec.Struct, frozen=True):
    """A journal with all that is shown of it; `amounts` are its debits by currency, which its credits equal."""

    id: UUID
    number: int
    kind: str
    layer: str
    effective_date: date
    original_date: date | None
    recorded_at: datetime
    actor: str
    event_sequence: int
    description: str
    external_reference: str
    reverses: UUID | None
    reversed_by: UUID | None
    amounts: dict[str, str]
    counterparties: list[Counterparty]
    metadata: dict[str, Any] | None
    lines: list[LineFact]


class AccountView(msgspec.Struct, frozen=True):
    """An account with what stands on it; `balance` and `available` are on its normal side."""

    id: UUID
    code: str
    name: str
    type: str
    currency: str
    normal_side: str
    parent: str | None
    is_header: bool
    monetary: bool
    owner_id: str
    role: str
    cash_flow: str
    term: str
    metadata: dict[str, Any]
    outflow_frozen: bool
    inflow_frozen: bool
    opened_at: datetime
    closed_at: datetime | None
    debits: str
    credits: str
    balance: str
    held: str
    available: str
    version: int


class BalanceView(msgspec.Struct, frozen=True):
    """What stands on an account after event `event_sequence` of its books; `version` is the number of its postings."""

    account: str
    currency: str
    normal_side: str
    debits: str
    credits: str
    balance: str
    held: str
    available: str
    version: int
    event_sequence: int


class PeriodActivity(msgspec.Struct, frozen=True):
    """The lines of an account dated into a day, a week (from Monday) or a month that begins on `starts_on`."""

    starts_on: date
    count: int
    debits: str
    credits: str


class Volume(msgspec.Struct, frozen=True):
    """Journals with lines in a currency, and the sum of their debits in it."""

    journals: int
    volume: str


class OpenHolds(msgspec.Struct, frozen=True):
    """Holds in a currency that are neither captured, released nor expired, and what they hold."""

    count: int
    held: str


class DashboardView(msgspec.Struct, frozen=True):
    """The books after event `event_sequence`. Today is the business date, the month the one up to it."""

    entity: str
    name: str
    base_currency: str
    business_date: date
    event_sequence: int
    journals: int
    journals_by_kind: dict[str, int]
    today: dict[str, Volume]
    month: dict[str, Volume]
    open_accounts: int
    open_holds: dict[str, OpenHolds]
