"""Bodies of the endpoints of open items."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal
from uuid import UUID

import msgspec

from ledgerflow.core.money import parse_amount, plain
from recon.open_items.models import Allocation, DueDate, ItemAccount
from recon.open_items.realised import Realised
from recon.open_items.suggesting import Suggested
from recon.open_items.use_cases import ItemName, Wanted


class ItemAccountRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Payment terms in days after the effective date; `items` says from which posting on an account keeps open items.

    It counts the first time only.
    """

    terms_days: int
    items: Literal["from_first", "from_next"] = "from_first"


class ItemAccountResponse(msgspec.Struct):
    """Postings from `first_version` on are items; `number` counts the settings of the account."""

    account: str
    number: int
    first_version: int
    terms_days: int
    event_sequence: int
    recorded_at: datetime


class DueDateRequest(msgspec.Struct, forbid_unknown_fields=True):
    """When the items of a journal are due."""

    due_on: date


class DueDateResponse(msgspec.Struct):
    """The newest row of a journal counts; the others are what was said before."""

    journal: UUID
    number: int
    due_on: date
    event_sequence: int
    recorded_at: datetime


class ItemNameRequest(msgspec.Struct, forbid_unknown_fields=True):
    """An item: its journal, and its line where the journal has several on the account."""

    journal: UUID
    line: int | None = None

    def name(self) -> ItemName:
        return ItemName(self.journal, self.line)


class PairRequest(msgspec.Struct, forbid_unknown_fields=True):
    """A debit and a credit; without `amount` as much as both have open."""

    debit: ItemNameRequest
    credit: ItemNameRequest
    amount: str | None = None

    def wanted(self) -> Wanted:
        amount = None if self.amount is None else parse_amount(self.amount, "/allocations")
        return Wanted(self.debit.name(), self.credit.name(), amount)


class AllocationRequest(msgspec.Struct, forbid_unknown_fields=True):
    """All of it or nothing. Without `date` each allocation is dated as the later of its two items."""

    account: str
    allocations: list[PairRequest]
    date: date | None = None


class RunRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Allocate what is proven on an account that keeps open items."""

    account: str


class UndoAllocationRequest(msgspec.Struct, forbid_unknown_fields=True):
    """From when on; its own date unless given."""

    date: date | None = None


class AllocationResponse(msgspec.Struct):
    """`amount` of two postings, named by their versions of the account. `undone_on` where it was undone.

    `realised` is the exchange difference in the base currency of `allocated_on`, a gain above zero; none where the
    account is in base currency, where a rate is missing, and of an allocation that was undone.
    """

    id: UUID
    account: str
    currency: str
    debit_version: int
    credit_version: int
    amount: str
    allocated_on: date
    source: str
    undone_on: date | None
    realised: str | None
    event_sequence: int
    recorded_at: datetime


class AllocatedResponse(msgspec.Struct):
    """What was allocated, in the order of the request."""

    allocations: list[AllocationResponse]


class SuggestionResponse(msgspec.Struct):
    """Items that belong together: versions of the account. What is not `proven` a person decides on.

    They settle each other in this order, up to `amount`: what they are beyond it stays open. `score` is from 0 to 100.
    """

    party: str
    debits: list[int]
    credits: list[int]
    amount: str
    proven: bool
    score: int
    explanation: str


class SuggestionsResponse(msgspec.Struct):
    """What a run would allocate, what it leaves to a person, and the versions of the items that are left over."""

    suggestions: list[SuggestionResponse]
    left_over: list[int]


def item_account_response(row: ItemAccount) -> ItemAccountResponse:
    """A setting as it is shown."""
    return ItemAccountResponse(
        row.account.code, row.number, row.first_version, row.terms_days, row.event_sequence, row.recorded_at
    )


def due_date_response(row: DueDate) -> DueDateResponse:
    """A due date as it is shown."""
    return DueDateResponse(row.journal_id, row.number, row.due_on, row.event_sequence, row.recorded_at)


def allocation_response(row: Allocation, difference: Realised | None) -> AllocationResponse:
    """An allocation as it is shown."""
    undo = getattr(row, "undo", None)
    return AllocationResponse(
        row.pk, row.account.code, row.account.currency, row.debit_version, row.credit_version,
        plain(row.amount), row.allocated_on, row.source, undo and undo.undone_on,
        None if difference is None else plain(difference.gain), row.event_sequence, row.recorded_at,
    )  # fmt: skip


def suggestion_response(one: Suggested) -> SuggestionResponse:
    """A suggestion as it is shown."""
    return SuggestionResponse(
        one.party, list(one.debits), list(one.credits), plain(one.amount), one.is_proven, one.score, one.explanation
    )
