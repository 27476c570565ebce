"""What is recorded of operations on credits, beside their journals. Pure."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from ledgerflow.books.idempotency import CLIENT
from ledgerflow.core.events import Fact

NONCES = "credits_nonce"  # the issuer of keys that may be used once only


class CreditsNotedFact(Fact, frozen=True):
    """An operation that moves nothing was done by an owner: an event without a journal."""

    event_type = "credits.noted"

    id: UUID
    application: str
    operation: str
    owner_id: str
    idempotency_key: str
    fingerprint: str
    key_issuer: str = CLIENT


class CreditTurnTakenFact(Fact, frozen=True):
    """An owner has had an operation that is due once in a period; `journal` is what it posted, if it did."""

    event_type = "credits.turn_taken"

    id: UUID
    application: str
    operation: str
    owner_id: str
    period: str
    journal: UUID | None = None


class CreditsLowFact(Fact, frozen=True):
    """The balance of a wallet fell below a threshold; `version` is the posting of the wallet that it fell by."""

    event_type = "credits.low"

    id: UUID
    owner_id: str
    wallet: str
    unit: str
    threshold: str
    balance: str
    version: int
    effective_date: date


class CreditsExpiringFact(Fact, frozen=True):
    """What is left of a lot is over in so many days or fewer, if it is not spent; `arrival` is its number."""

    event_type = "credits.expiring"

    id: UUID
    owner_id: str
    wallet: str
    unit: str
    days: int
    expires_on: date
    amount: str
    arrival: int


class CreditsExpiredFact(Fact, frozen=True):
    """Credits of a wallet have expired in a night; `through` is the last event that is counted."""

    event_type = "credits.expired"

    id: UUID
    owner_id: str
    wallet: str
    unit: str
    day: date
    amount: str
    through: int


NOTICES = (CreditsLowFact, CreditsExpiringFact, CreditsExpiredFact)
