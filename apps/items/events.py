"""What is recorded of items. Pure."""

from __future__ import annotations

from uuid import UUID

from ledgerflow.books.idempotency import CLIENT
from ledgerflow.core.events import Fact


class ItemCreatedFact(Fact, frozen=True):
    """An item was created; its `id` follows from its key."""

    event_type = "item.created"

    id: UUID
    name: str
    description: str
    idempotency_key: str
    fingerprint: str
    key_issuer: str = CLIENT
