"""What a receiver gets: the event as one JSON object, with the data exactly as they were hashed. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from ledgerflow.core.clocks import as_text
from ledgerflow.core.events import RecordedEvent
from ledgerflow.events.cloudevents import as_versioned

TEST = "webhook.test.v1"


class EventMessage(msgspec.Struct, frozen=True):
    """An event as receivers read it. `id` is the event's, the same for each attempt; `hash` is hexadecimal."""

    type: str
    timestamp: str
    id: str
    entity: str
    sequence: int
    subject: str
    hash: str
    data: msgspec.Raw


class ProbeMessage(msgspec.Struct, frozen=True):
    """What the test button sends: nothing that happened in the books."""

    type: str
    timestamp: str
    id: str
    entity: str
    data: dict[str, Any]


def event_body(event: RecordedEvent, entity_code: str) -> bytes:
    """The body of an event."""
    moment = event.recorded_at.replace("+00:00", "Z")
    about = (as_versioned(event.type), moment, str(event.id), entity_code, event.sequence, event.subject)
    return msgspec.json.encode(EventMessage(*about, event.hash.hex(), msgspec.Raw(event.data.encode())))


def probe_body(message_id: UUID, moment: datetime, entity: str, webhook_id: UUID) -> bytes:
    """The body of a test."""
    return msgspec.json.encode(
        ProbeMessage(TEST, as_text(moment), str(message_id), entity, {"webhook": str(webhook_id)})
    )
