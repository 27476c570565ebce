"""The log of an entity goes to Kafka: in order, at least once, from the last acknowledged event on."""

from __future__ import annotations

from enum import Enum
from uuid import UUID

import structlog
from django.conf import settings

from ledgerflow.books.connections import writer_connection
from ledgerflow.books.eventlog import EventRow, chain_hash
from ledgerflow.core.events import RecordedEvent
from ledgerflow.events.publishing import breaker, metrics, rows, waking
from ledgerflow.events.publishing.kafka import MEBIBYTE, is_configured
from ledgerflow.events.publishing.models import KAFKA
from ledgerflow.events.publishing.rows import Connection, SinkPlace
from ledgerflow.events.publishing.sending import SendingFailedError, Sent, sender

log = structlog.get_logger(__name__)

BATCH_EVENTS = 4_000
BATCH_BYTES = 8 * MEBIBYTE
BATCHES_IN_A_ROW = 10


class BatchEnd(Enum):
    """How one batch came out."""

    SENT = "sent"
    BUSY = "busy"  # somebody else publishes this entity just now
    AWAY = "away"  # Kafka does not take it
    STOPPED = "stopped"  # something is wrong with this entity's events


def publish(entity_id: UUID, *, despite_problem: bool = True) -> bool:
    """Send what an entity has recorded and Kafka has not acknowledged; True when something is left to go on with.

    An entity with a problem is tried again unless `despite_problem` is False: by the job, not at each commit.

    One process at a time sends for an entity. Who finds another one at it leaves, and nothing is lost by that: the
    other one looks once more after it has let go. Raises nothing that has to do with Kafka; the breaker, the position
    and the log have it.
    """
    if not is_configured():
        return False
    with writer_connection() as connection:
        for _ in range(BATCHES_IN_A_ROW):
            if not rows.has_more(connection, KAFKA, entity_id, despite_problem=despite_problem):
                return False
            if publish_batch(connection, entity_id) is not BatchEnd.SENT:
                return False
    return True


def publish_batch(connection: Connection, entity_id: UUID) -> BatchEnd:
    """Send the next events, then move the position."""
    admission = breaker.admit(connection, KAFKA)
    if not admission.may_send:
        return BatchEnd.AWAY
    try:
        came = _locked_batch(connection, entity_id)
    except SendingFailedError as error:
        _failed(connection, entity_id, str(error))
        return BatchEnd.AWAY
    if came is not BatchEnd.SENT:
        if admission.is_trial:
            breaker.give_back(connection, KAFKA)
    elif not admission.is_clean:
        breaker.succeeded(connection, KAFKA)
        if admission.is_trial:
            log.info("sink_works_again", sink=KAFKA)
            waking.wake_all()
    return came


def _locked_batch(connection: Connection, entity_id: UUID) -> BatchEnd:
    with connection.transaction():
        place = rows.take(connection, KAFKA, entity_id)
        if place is None:
            return BatchEnd.BUSY
        events = rows.read(connection, entity_id, place.sequence, BATCH_EVENTS, BATCH_BYTES)
        following = _following(place, events)
        if events and not following:
            found = f"event {events[0].sequence} does not follow event {place.sequence}, or was changed"
            return _stop(connection, entity_id, place, found)
        sent = sender.send(settings.LEDGERFLOW_KAFKA_EVENTS_TOPIC, place.code, following) if following else Sent(0)
        if sent.acknowledged:
            rows.move(connection, KAFKA, following[sent.acknowledged - 1])
            metrics.published.labels(KAFKA).inc(sent.acknowledged)
        if sent.refusal:
            number = following[sent.acknowledged].sequence
            return _stop(connection, entity_id, place, f"Kafka does not take event {number}: {sent.refusal}")
        return BatchEnd.SENT


def _following(place: SinkPlace, events: list[RecordedEvent]) -> list[RecordedEvent]:
    """The events up to the first one that breaks the chain."""
    previous = place.hash
    for count, event in enumerate(events):
        expected = place.sequence + 1 + count
        if event.sequence != expected or chain_hash(previous, EventRow(*event[:8])) != event.hash:
            return events[:count]
        previous = event.hash
    return events


def _stop(connection: Connection, entity_id: UUID, place: SinkPlace, problem: str) -> BatchEnd:
    if place.problem != problem:  # once, however often it is found
        log.error("publishing_stopped", sink=KAFKA, entity=place.code, problem=problem)
        rows.note_problem(connection, KAFKA, entity_id, problem)
    return BatchEnd.STOPPED


def _failed(connection: Connection, entity_id: UUID, error: str) -> None:
    """Remember it, and try again after the pause; the job of each minute does in any case."""
    metrics.failures.labels(KAFKA).inc()
    found = breaker.failed(connection, KAFKA, error)
    log.warning(
        "publishing_failed", sink=KAFKA, entity=str(entity_id), error=error, failures=found.failures,
        is_open=found.is_open, pause_seconds=found.pause_seconds,
    )  # fmt: skip
    waking.wake_later(entity_id, found.pause_seconds)
