"""Bodies of the endpoints of dead letters. Pure."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec

Reason = Annotated[str, msgspec.Meta(max_length=500)]
Sequence = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]
Consumer = Annotated[str, msgspec.Meta(max_length=64)]
Cause = Literal["failed", "gap", "broken", "malformed"]
Status = Literal["open", "replayed", "discarded"]


class ReplayRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Why the event is given to the consumer again. With `dry_run` nothing is kept of what comes of it."""

    reason: Reason = ""
    dry_run: bool = False


class ReplayManyRequest(ReplayRequest, forbid_unknown_fields=True):
    """Which open dead letters to replay: of one consumer, with ids or sequences from and to, both included."""

    consumer: Consumer | None = None
    from_id: UUID | None = None
    to_id: UUID | None = None
    from_sequence: Sequence | None = None
    to_sequence: Sequence | None = None


class DeadLetterDiscardRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Why the consumer goes on without the event."""

    reason: Reason


class DeadLetterResponse(msgspec.Struct):
    """An event that a consumer could not take: why, how often it was tried, and what was decided."""

    id: str
    consumer: str
    sequence: int | None
    event_id: str | None
    type: str
    cause: Cause
    error: str
    attempts: int
    first_failed_at: str
    last_failed_at: str
    status: Status
    reason: str
    decided_by: str
    decided_at: str | None


class DeadLetterDetail(DeadLetterResponse):
    """A dead letter with the whole event; `data` in it is the text that was hashed."""

    payload: dict[str, Any]


class DeadLetterPage(msgspec.Struct):
    """A page of dead letters, and where the next one is."""

    results: list[DeadLetterResponse]
    next: str | None


class ReplayResponse(msgspec.Struct):
    """How a replay came out: whether the consumer took the event, or would have, and its error if not."""

    applied: bool
    dry_run: bool
    error: str
    dead_letter: DeadLetterResponse


class ReplayManyResponse(msgspec.Struct):
    """The same of each dead letter, the oldest first."""

    results: list[ReplayResponse]
