"""What happened to attachments, as events tell it. Pure."""

from __future__ import annotations

from uuid import UUID

from journals.drafts import AttachedFile
from ledgerflow.books.idempotency import CLIENT
from ledgerflow.core.events import Fact


class JournalAttachedFact(Fact, frozen=True):
    """Files were attached to a journal that is in the books already; the subject is its id, `number` its number."""

    event_type = "journal.attached"

    journal: UUID
    number: int
    attachments: list[AttachedFile]
    idempotency_key: str = ""
    fingerprint: str = ""
    key_issuer: str = CLIENT
