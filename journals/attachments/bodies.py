"""Bodies of the endpoints of attachments."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from journals.attachments.models import Attachment


class AttachmentResponse(msgspec.Struct):
    """A file of a journal: who attached it and when, and the event that tells of it."""

    journal: UUID
    number: int
    sha256: str
    name: str
    content_type: str
    size: int
    actor: str
    recorded_at: datetime
    event_sequence: int


def attachment_response(row: Attachment) -> AttachmentResponse:
    """An attachment as it is shown."""
    return AttachmentResponse(
        row.journal_id, row.number, row.sha256, row.name, row.content_type, row.size, row.actor, row.recorded_at,
        row.event_sequence,
    )  # fmt: skip
