"""That reconciliations were finished, as events tell it. Pure."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from ledgerflow.core.events import Fact


class ReconciliationFinishedFact(Fact, frozen=True):
    """The books and the bank were reconciled at the end of `day`: the statement of it tied, and is kept.

    Balances are signed as we see them, money of ours positive. `items` is how many were outstanding, `known` the last
    event that the statement knows of, and `sha256` the hash of its JSON.
    """

    event_type = "reconciliation.finished"

    id: UUID
    bank_account: UUID
    account: str
    number: int
    day: date
    currency: str
    book_balance: str
    bank_balance: str
    items: int
    known: int
    sha256: str
    idempotency_key: str
    fingerprint: str
    key_issuer: str
