"""What happened to open items, as events tell it. Pure."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import msgspec

from ledgerflow.books.idempotency import CLIENT
from ledgerflow.core.events import Fact

LONGEST_TERMS = 3650  # days


class ItemAccountSetFact(Fact, frozen=True):
    """Postings of `account` from its version `first_version` on are open items, due after `terms_days`.

    The subject is the account's id. `number` counts the settings of an account.
    """

    event_type = "open_items.account_set"

    account: str
    number: int
    first_version: int
    terms_days: int


class DueDateSetFact(Fact, frozen=True):
    """The items of a journal are due on `due_on`; the subject is the journal's id."""

    event_type = "open_items.due_date_set"

    journal: UUID
    number: int
    due_on: date


class AllocationMade(msgspec.Struct, frozen=True):
    """`amount` of a debit and a credit settle each other; both are named by their versions of the account."""

    id: UUID
    debit_version: int
    credit_version: int
    amount: str
    allocated_on: date


class AllocatedFact(Fact, frozen=True):
    """Debits and credits of an account were allocated to each other; the subject is the account's id.

    `source` is "person" or "run": a run may have found nothing.
    """

    event_type = "open_items.allocated"

    account: str
    source: str
    allocations: list[AllocationMade]
    idempotency_key: str
    fingerprint: str
    key_issuer: str = CLIENT


class AllocationUndoneFact(Fact, frozen=True):
    """An allocation ended; the subject is its id."""

    event_type = "open_items.allocation_undone"

    allocation: UUID
    undone_on: date
    idempotency_key: str
    fingerprint: str
    key_issuer: str = CLIENT


FACTS = (ItemAccountSetFact, DueDateSetFact, AllocatedFact, AllocationUndoneFact)
