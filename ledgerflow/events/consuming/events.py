"""What was decided about events that a consumer could not take, as events tell it. Pure."""

from __future__ import annotations

from uuid import UUID

from ledgerflow.core.events import Fact


class DeadLetterFact(Fact, frozen=True):
    """Somebody decided about the dead letter `id`: what `consumer` could not do with the event of this sequence."""

    id: UUID
    consumer: str
    # Where the consumer keeps its tables: "books" or "read_models".
    database: str
    sequence: int
    event: UUID
    reason: str = ""


class DeadLetterReplayedFact(DeadLetterFact, frozen=True):
    """A consumer was given an event again that it could not take before, and took it."""

    event_type = "dead_letter.replayed"


class DeadLetterDiscardedFact(DeadLetterFact, frozen=True):
    """A consumer goes on without an event that it could not take."""

    event_type = "dead_letter.discarded"
