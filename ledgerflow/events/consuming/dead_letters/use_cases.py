"""What a person decides about a dead letter: try again, or go on without the event.

The event of the decision is recorded in the books before the consumer's database commits what was decided, because
they may be two databases: a crash between the two leaves a decision that was told and not carried out, and it can be
made again. It is never carried out without being told.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
import psycopg
from django.db.models import QuerySet

from ledgerflow.books.connections import dedicated_connection
from ledgerflow.books.writing import Transaction, write
from ledgerflow.core import clocks
from ledgerflow.core.events import RecordedEvent
from ledgerflow.core.plugins import Consumer, registry
from ledgerflow.core.texts import check_text
from ledgerflow.events.cloudevents import event_of
from ledgerflow.events.consuming import rows
from ledgerflow.events.consuming.dead_letters.reading import letter_in, letters
from ledgerflow.events.consuming.errors import (
    ConsumerUnknown,
    DeadLetterDecided,
    DeadLetterNotFirst,
    DeadLetterReason,
)
from ledgerflow.events.consuming.events import DeadLetterDiscardedFact, DeadLetterFact, DeadLetterReplayedFact
from ledgerflow.events.consuming.following import GAP, following
from ledgerflow.events.consuming.models import MAX_REASON, DeadLetter, Status
from ledgerflow.events.consuming.rows import Locked
from ledgerflow.events.consuming.stores import ALIASES, SESSION
from ledgerflow.events.consuming.table_source import events_after

MOST = 1_000  # in one request
LONGEST_GAP = 10_000


class ReplayOutcome(NamedTuple):
    """How trying again came out: whether the consumer took the event, and the error if not."""

    letter: DeadLetter
    applied: bool
    error: str = ""


@dataclass(frozen=True, kw_only=True)
class LetterRange:
    """Which open dead letters to replay; what is None bounds nothing."""

    consumer: str | None = None
    from_id: UUID | None = None
    to_id: UUID | None = None
    from_sequence: int | None = None
    to_sequence: int | None = None

    def narrow(self, found: QuerySet[DeadLetter]) -> QuerySet[DeadLetter]:
        bounds = {
            "consumer": self.consumer,
            "pk__gte": self.from_id,
            "pk__lte": self.to_id,
            "sequence__gte": self.from_sequence,
            "sequence__lte": self.to_sequence,
        }
        return found.filter(status=Status.OPEN, **{name: value for name, value in bounds.items() if value is not None})


class _ReplayFailedError(Exception):
    pass


def replay(
    entity_id: UUID | None, letter_id: UUID, *, actor: str, reason: str = "", dry_run: bool = False
) -> ReplayOutcome:
    """Give the consumer the event again; if it takes it, the entity goes on. With `dry_run` nothing is kept.

    Raises `DeadLetterNotFound`, `DeadLetterDecided` and `ConsumerUnknown`. What the consumer raises is in the answer,
    and kept as the letter's error.
    """
    check_text(reason, MAX_REASON, "/reason")
    return _replay(letter_in(entity_id, letter_id), actor, reason, dry_run=dry_run)


def replay_many(
    entity_id: UUID | None, wanted: LetterRange, *, actor: str, reason: str = "", dry_run: bool = False
) -> list[ReplayOutcome]:
    """The same for up to `MOST` open dead letters, the oldest first; one that fails again does not stop the rest."""
    check_text(reason, MAX_REASON, "/reason")
    found = [letter for each in letters(entity_id) for letter in wanted.narrow(each).order_by("pk")[:MOST]]
    found.sort(key=lambda letter: letter.pk)
    came = []
    for letter in found[:MOST]:
        with suppress(DeadLetterDecided):  # by somebody else, meanwhile
            came.append(_replay(letter, actor, reason, dry_run=dry_run))
    return came


def discard(entity_id: UUID | None, letter_id: UUID, *, actor: str, reason: str) -> DeadLetter:
    """Let the consumer go on without the event, which it never gets.

    Raises `DeadLetterNotFound`, `DeadLetterDecided`, `DeadLetterReason` and, unless it is the next event that the
    consumer waits for, `DeadLetterNotFirst`.
    """
    check_text(reason, MAX_REASON, "/reason")
    if not reason.strip():
        raise DeadLetterReason(pointer="/reason", most=MAX_REASON)
    letter = letter_in(entity_id, letter_id)
    with closing(_connection(letter)) as connection:
        try:
            position = _begin(connection, letter, letter.entity_id)
            if position is not None:
                _pass(connection, letter, position)
            _decide(connection, letter, Status.DISCARDED, actor, reason)
        except BaseException:
            rows.rollback(connection)
            raise
    letter.refresh_from_db()
    return letter


def _pass(connection: psycopg.Connection[Any], letter: DeadLetter, position: Locked) -> None:
    """Move the position over the event; one that came after it was applied leaves the position where it is."""
    event = rows.event_in(letter.payload)
    if event.sequence > position.sequence + 1:
        raise DeadLetterNotFirst(position=position.sequence, sequence=event.sequence)
    of = (letter.consumer, event.entity_id)
    if event.sequence == position.sequence + 1:
        rows.query(connection, rows.MOVE, (event.sequence, event.hash, *of))
    if letter.kafka_offset is not None:  # reading again begins after it
        rows.query(connection, rows.READ_FROM, (letter.kafka_partition, letter.kafka_offset + 1, *of))


def _replay(letter: DeadLetter, actor: str, reason: str, *, dry_run: bool) -> ReplayOutcome:
    consumer = registry.consumers.get(letter.consumer)
    if consumer is None:
        raise ConsumerUnknown(name=letter.consumer, known=", ".join(sorted(registry.consumers)) or "none")
    with closing(_connection(letter)) as connection:
        try:
            _try_again(connection, consumer, letter)
            if dry_run:
                rows.rollback(connection)
            else:
                _decide(connection, letter, Status.REPLAYED, actor, reason)
        except _ReplayFailedError as failure:
            rows.rollback(connection)
            if not dry_run:
                rows.query(connection, rows.FAILED_AGAIN, (rows.storable(str(failure)), letter.pk))
                letter.refresh_from_db()
            return ReplayOutcome(letter, applied=False, error=rows.storable(str(failure)))
        except BaseException:
            rows.rollback(connection)
            raise
    letter.refresh_from_db()
    return ReplayOutcome(letter, applied=True)


def _try_again(connection: psycopg.Connection[Any], consumer: Consumer, letter: DeadLetter) -> None:
    """Apply the event of a dead letter in a transaction that stays open. Raises `_ReplayFailedError`."""
    event = _event_of(letter)
    position = _begin(connection, letter, event.entity_id)
    assert position is not None  # noqa: S101 - the event has an entity
    fresh, obstacle = following(position.sequence, position.hash, _events_to(event, position))
    if obstacle is not None:
        raise _ReplayFailedError(obstacle.error)
    of = (letter.consumer, event.entity_id)
    if fresh:
        try:
            consumer.apply(connection, event.entity_id, fresh)
        except Exception as error:
            message = f"{type(error).__name__}: {error}"
            raise _ReplayFailedError(message) from error
        rows.query(connection, rows.MOVE, (fresh[-1].sequence, fresh[-1].hash, *of))
        if position.cause == GAP:
            rows.query(connection, rows.HEALED, (f"system:consumer {letter.consumer}", *of))
            rows.query(connection, rows.RESUME, of)


def _event_of(letter: DeadLetter) -> RecordedEvent:
    """The event that a letter holds. Raises `_ReplayFailedError` for a message that still is none."""
    if letter.entity_id is not None:
        return rows.event_in(letter.payload)
    message: dict[str, Any] = msgspec.json.decode(letter.payload)
    headers = [(name, base64.b64decode(value or "")) for name, value in message["headers"]]
    try:
        return event_of(headers, base64.b64decode(message["value"] or ""))
    except ValueError as error:
        raise _ReplayFailedError(str(error)) from error


def _events_to(event: RecordedEvent, position: Locked) -> Sequence[RecordedEvent]:
    """What to apply: the event, and where others before it are missing, those too as the books have them."""
    missing = event.sequence - position.sequence - 1
    if 0 < missing < LONGEST_GAP:
        with suppress(psycopg.Error), closing(dedicated_connection("default")) as log:
            found = events_after(log, event.entity_id, position.sequence, missing)
            return [*found, event]
    return [event]


def _begin(connection: psycopg.Connection[Any], letter: DeadLetter, entity_id: UUID | None) -> Locked | None:
    """BEGIN, lock the position as whoever applies does, then the letter. Raises `DeadLetterDecided`."""
    connection.execute("BEGIN")
    position = None if entity_id is None else rows.lock(connection, letter.consumer, entity_id, wait=True)
    status = rows.query(connection, rows.LOCK_LETTER, (letter.pk,)).fetchone()
    if status is None or status[0] != Status.OPEN:
        raise DeadLetterDecided(status=status[0] if status else "removed")
    return position


def _decide(connection: psycopg.Connection[Any], letter: DeadLetter, status: Status, actor: str, reason: str) -> None:
    """Tell the books, then commit what was decided; the entity goes on unless another letter of it is open."""
    moment = _tell(letter, status, actor, reason)
    rows.query(connection, rows.DECIDE, (status, reason, actor, moment, letter.pk))
    if letter.entity_id is not None:
        of = {"consumer": letter.consumer, "entity_id": letter.entity_id}
        rows.query(connection, rows.RESUME_UNLESS_OPEN, of)
    connection.execute("COMMIT")


def _tell(letter: DeadLetter, status: Status, actor: str, reason: str) -> datetime:
    """Record the decision in the log of the entity; of a message that belongs to none, the row alone tells."""
    if letter.entity_id is None or letter.sequence is None or letter.event_id is None:
        return clocks.now()
    kind: type[DeadLetterFact] = DeadLetterReplayedFact if status is Status.REPLAYED else DeadLetterDiscardedFact
    fact = kind(letter.pk, letter.consumer, _database(letter), letter.sequence, letter.event_id, reason)

    def work(tx: Transaction, _: None) -> datetime:
        tx.record(fact, str(letter.pk), actor)
        return tx.recorded_at

    return write(letter.entity_id, work)


def _connection(letter: DeadLetter) -> psycopg.Connection[Any]:
    """To the database that the letter was read from, with more patience than a process that follows the log."""
    return dedicated_connection(_alias(letter), **SESSION | {"idle_in_transaction_session_timeout": "60s"})


def _alias(letter: DeadLetter) -> str:
    return str(letter._state.db)  # noqa: SLF001 - Django documents it


def _database(letter: DeadLetter) -> str:
    return next(name for name, alias in ALIASES.items() if alias == _alias(letter))
