"""What reports of open items answer: their bodies as JSON. Amounts are on the normal side of their account."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import msgspec

from reports.shapes import Report


class OpenItemLine(msgspec.Struct, frozen=True):
    """An item of which something is open; a payment that is not allocated is negative.

    `days_overdue` counts from the due date to the date of the report, and is below 1 for what is not due yet.
    """

    journal: UUID
    line: int
    version: int
    journal_number: int
    kind: str
    party: str
    effective_date: date
    due_on: date
    days_overdue: int
    external_reference: str
    description: str
    amount: str
    open: str


class ItemSection(msgspec.Struct, frozen=True, kw_only=True):
    """The open items of an account: their total and what was posted before they were kept are its balance."""

    account: str
    name: str
    currency: str
    normal_side: str
    items: list[OpenItemLine]
    open: str
    before: str
    balance: str


class OpenItemsReport(Report, frozen=True, kw_only=True):
    """One section per account that keeps open items."""

    sections: list[ItemSection]


class PartyLine(msgspec.Struct, frozen=True):
    """A posting that names the party; `balance` runs in the order shown."""

    effective_date: date
    journal_number: int
    external_reference: str
    description: str
    debit: str | None
    credit: str | None
    balance: str


class PartySection(msgspec.Struct, frozen=True, kw_only=True):
    """What one party was posted on an account: opening + lines = closing; and what of it is open at the end."""

    account: str
    name: str
    currency: str
    normal_side: str
    opening: str
    closing: str
    lines: list[PartyLine]
    open: str
    items: list[OpenItemLine]


class PartyStatement(Report, frozen=True, kw_only=True):
    """One section per account on which the party has postings."""

    sections: list[PartySection]


class AllocationLine(msgspec.Struct, frozen=True):
    """An allocation that stands; `realised` is its exchange difference in base currency, a gain above zero."""

    id: UUID
    account: str
    currency: str
    party: str
    allocated_on: date
    debit_journal: int
    credit_journal: int
    amount: str
    realised: str | None


class AllocationsReport(Report, frozen=True, kw_only=True):
    """Allocations between two dates, and the exchange differences that they realise together, in `base_currency`."""

    base_currency: str
    lines: list[AllocationLine]
    realised: str
