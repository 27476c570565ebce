"""What is recorded of operations on credits, beside their journals. Pure."""

from __future__ import annotations

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
