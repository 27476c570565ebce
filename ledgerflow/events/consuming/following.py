"""Which events follow a position: each once, in its order, each hash made of the one before. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ledgerflow.books.eventlog import EventRow, chain_hash
from ledgerflow.core.events import RecordedEvent

GAP = "gap"
BROKEN = "broken"
_HASHED = len(EventRow._fields)


class Obstacle(NamedTuple):
    """The event that does not follow, its place among those given, and why."""

    place: int
    event: RecordedEvent
    cause: str
    error: str


class Following(NamedTuple):
    """The events to apply, and what stands in the way of the next, if anything does."""

    events: Sequence[RecordedEvent]
    obstacle: Obstacle | None


def following(sequence: int, hash_: bytes, events: Sequence[RecordedEvent]) -> Following:
    """What of `events` follows the position (sequence, hash): what was applied before is left out, wherever it comes.

    An event at the position with another hash, or one whose hash does not follow from the one before, is a broken
    history; one that leaves out others is a gap.
    """
    fresh: list[RecordedEvent] = []
    for index, event in enumerate(events):
        if event.sequence > sequence + 1:
            error = f"Event {event.sequence} comes after event {sequence}: those between are missing."
            return Following(fresh, Obstacle(index, event, GAP, error))
        if event.sequence == sequence + 1:
            if chain_hash(hash_, EventRow._make(event[:_HASHED])) != event.hash:
                error = f"The hash of event {event.sequence} does not follow from event {sequence}."
                return Following(fresh, Obstacle(index, event, BROKEN, error))
            sequence, hash_ = event.sequence, event.hash
            fresh.append(event)
        elif event.sequence == sequence and event.hash != hash_:
            error = f"Event {sequence} was applied with another hash."
            return Following(fresh, Obstacle(index, event, BROKEN, error))
    return Following(fresh, None)
