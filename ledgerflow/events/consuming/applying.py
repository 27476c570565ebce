"""A run of events of one entity, applied in one transaction with its position; and what happens when that fails."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
import structlog
from psycopg import errors as pg
from psycopg.pq import TransactionStatus

from ledgerflow.core.events import RecordedEvent
from ledgerflow.core.plugins import Consumer
from ledgerflow.events.consuming import rows
from ledgerflow.events.consuming.following import GAP, Obstacle, following
from ledgerflow.events.consuming.models import Cause, State
from ledgerflow.events.consuming.rows import FailedEvent, Locked, Statement
from ledgerflow.events.consuming.stores import LEASE_SECONDS

log = structlog.get_logger(__name__)

ATTEMPTS = 3
FIRST_PAUSE_SECONDS = 0.1
# The server is short of something or goes down: no event is to blame, and none becomes a dead letter.
OUTAGES = ("53", "58")  # classes: insufficient resources, system error
OUTAGE = frozenset({"25006", "57P01", "57P02", "57P03", "57P04"})  # read-only, shutdown, crash, starting, dropped
STATES = {"stop": State.STOPPED, "park": State.PARKED}


class EventRun(NamedTuple):
    """Events of one entity in their order.

    Those from Kafka have their topic, their partition and the offsets of their messages, which may be in another order:
    a publisher that could not send one of several sends it after the others.
    """

    entity_id: UUID
    events: Sequence[RecordedEvent]
    topic: str = ""
    partition: int | None = None
    offsets: Sequence[int] = ()

    def part(self, start: int, end: int) -> EventRun:
        """Some of the events, with the offsets of all that come after them too."""
        return self._replace(events=self.events[start:end], offsets=self.offsets[start:])

    def first_offset(self, place: int) -> int | None:
        """The first message of the event at this place and those after it: from there they are all read again."""
        return min(self.offsets[place:], default=None)

    def message(self, place: int) -> tuple[str, int | None, int | None]:
        """Where one event lies on Kafka."""
        return self.topic, self.partition, self.offsets[place] if self.offsets else None


class RunEnd(Enum):
    """How a run came out."""

    APPLIED = "applied"
    STOPPED = "stopped"  # now or before: what follows waits for a decision about the dead letter
    BUSY = "busy"  # another process holds the entity


class RunOutcome(NamedTuple):
    came: RunEnd
    applied: int  # of the events that were applied


class _BusyError(Exception):
    pass


class Applier:
    """Applies the events of one consumer, as the holder of leases under the name `owner`.

    `held` are the epochs of its leases by entity. `pause` waits between attempts.
    """

    def __init__(
        self, consumer: Consumer, owner: str, connection: psycopg.Connection[Any], pause: Callable[[float], object]
    ) -> None:
        self.consumer = consumer
        self.owner = owner
        self.connection = connection
        self.held: dict[UUID, int] = {}
        self.busy: set[UUID] = set()  # of those held, since leases were renewed last
        self._pause = pause

    def take(self, run: EventRun, also: Sequence[Statement] = ()) -> RunOutcome:
        """Apply what of a run is new, and what `also` says in the transaction of its end.

        A batch that fails is halved until the event is alone that fails; that one is tried `ATTEMPTS` times and
        becomes a dead letter. Raises what says that the database is away.
        """
        size, start, attempts, count = max(1, len(run.events)), 0, 0, 0
        while True:
            part = run.part(start, start + size)
            is_last = start + size >= len(run.events)
            try:
                came, applied = self._apply(part, also, is_last=is_last)
            except _BusyError:
                self._forget(run.entity_id)
                return RunOutcome(RunEnd.BUSY, count)
            except Exception as error:
                rows.rollback(self.connection)
                if _is_outage(self.connection, error):
                    raise
                attempts += 1
                log.warning("consumer_failed", **self._place(part), error=repr(error), attempts=attempts)
                if attempts < ATTEMPTS and (len(part.events) <= 1 or _may_pass(error)):
                    self._pause(FIRST_PAUSE_SECONDS * 2 ** (attempts - 1))
                elif len(part.events) > 1:
                    size, attempts = size // 2, 0
                else:
                    return self._give_up(part, error, attempts, also)._replace(applied=count)
                continue
            count, start, attempts = count + applied, start + size, 0
            if came is not RunEnd.APPLIED or is_last:
                return RunOutcome(came, count)

    def _apply(self, run: EventRun, also: Sequence[Statement], *, is_last: bool) -> RunOutcome:
        """One transaction. Raises `_BusyError`, and whatever the consumer raises."""
        position, epoch = self._begin(run.entity_id)
        is_healed = False
        if position.state != State.FOLLOWING:
            is_healed = position.cause == GAP and any(event.sequence == position.sequence + 1 for event in run.events)
            if not is_healed:
                rows.run_in_one(self.connection, (*self._passed_over(run, position), *also))
                return RunOutcome(RunEnd.STOPPED, 0)
        fresh, obstacle = following(position.sequence, position.hash, run.events)
        if fresh:
            self.consumer.apply(self.connection, run.entity_id, fresh)
            if self.connection.info.transaction_status == TransactionStatus.IDLE:
                message = f"The consumer {self.consumer.name} has ended the transaction that was given to it."
                raise RuntimeError(message)
        sequence, hash_ = (fresh[-1].sequence, fresh[-1].hash) if fresh else (position.sequence, position.hash)
        of = (self.consumer.name, run.entity_id)
        statements: list[Statement] = [(rows.SAVE, (sequence, hash_, self.owner, epoch, LEASE_SECONDS, *of))]
        if is_healed:
            statements += [(rows.RESUME, of), (rows.HEALED, (self.owner_label, *of))]
        if obstacle is not None:
            failure = FailedEvent(obstacle.event, obstacle.cause, obstacle.error, 1)
            statements += self._stopping(run, failure, obstacle.place)
        if obstacle is not None or is_last:
            statements += also
        rows.run_in_one(self.connection, statements)
        self._hold(run.entity_id, epoch)
        if obstacle is not None:
            self._tell(run, obstacle)
        return RunOutcome(RunEnd.APPLIED if obstacle is None else RunEnd.STOPPED, len(fresh))

    def _begin(self, entity_id: UUID) -> tuple[Locked, int]:
        """BEGIN, the locked position and the epoch of this process's lease. Raises `_BusyError`."""
        try:
            self.connection.execute("BEGIN")
            position = rows.lock(self.connection, self.consumer.name, entity_id)
        except pg.LockNotAvailable as error:
            rows.rollback(self.connection)
            raise _BusyError from error
        if position.owner == self.owner and position.epoch == self.held.get(entity_id):
            return position, position.epoch
        if position.owner not in ("", self.owner) and position.is_live:
            rows.rollback(self.connection)
            raise _BusyError
        return position, position.epoch + 1

    def _give_up(self, run: EventRun, error: Exception, attempts: int, also: Sequence[Statement]) -> RunOutcome:
        """Make the one event of the run a dead letter, and stop or park its entity."""
        (event,) = run.events
        try:
            position, epoch = self._begin(run.entity_id)
        except _BusyError:
            self._forget(run.entity_id)
            return RunOutcome(RunEnd.BUSY, 0)
        of = (self.consumer.name, run.entity_id)
        failure = FailedEvent(event, Cause.FAILED, f"{type(error).__name__}: {error}", attempts)
        statements: list[Statement] = [
            (rows.SAVE, (position.sequence, position.hash, self.owner, epoch, LEASE_SECONDS, *of))
        ]
        rows.run_in_one(self.connection, (*statements, *self._stopping(run, failure, 0), *also))
        self._hold(run.entity_id, epoch)
        self._tell(run, Obstacle(0, event, failure.cause, failure.error), error)
        return RunOutcome(RunEnd.STOPPED, 0)

    def _stopping(self, run: EventRun, failure: FailedEvent, place: int) -> list[Statement]:
        state = STATES[self.consumer.on_failure]
        of = (self.consumer.name, run.entity_id)
        stop = (rows.STOP, (state, failure.cause, run.partition, run.first_offset(place), *of))
        return [stop, rows.letter(self.consumer.name, failure, *run.message(place))]

    def _passed_over(self, run: EventRun, position: Locked) -> list[Statement]:
        """What comes from Kafka is read again later, from the first message on that was passed over."""
        if run.partition is None or position.kafka_offset is not None:
            return []
        return [(rows.PASSED_OVER, (run.partition, run.first_offset(0), self.consumer.name, run.entity_id))]

    @property
    def owner_label(self) -> str:
        """Who the rows name for what nobody decided."""
        return f"system:consumer {self.consumer.name}"

    def _hold(self, entity_id: UUID, epoch: int) -> None:
        self.held[entity_id] = epoch
        self.busy.add(entity_id)

    def _forget(self, entity_id: UUID) -> None:
        self.held.pop(entity_id, None)
        self.busy.discard(entity_id)

    def _place(self, run: EventRun) -> dict[str, Any]:
        sequences = [event.sequence for event in run.events]
        return {
            "consumer": self.consumer.name,
            "entity": str(run.entity_id),
            "first": min(sequences, default=None),
            "last": max(sequences, default=None),
        }

    def _tell(self, run: EventRun, obstacle: Obstacle, error: Exception | None = None) -> None:
        what = {"cause": str(obstacle.cause), "sequence": obstacle.event.sequence, "error": obstacle.error}
        log.error(
            "consumer_stopped", state=STATES[self.consumer.on_failure].value, **self._place(run), **what, exc_info=error
        )


def _may_pass(error: Exception) -> bool:
    """Whether the same batch may succeed a moment later: a deadlock, a lock that was not had, a cut connection."""
    return isinstance(error, pg.OperationalError)


def _is_outage(connection: psycopg.Connection[Any], error: Exception) -> bool:
    if connection.closed:
        return True
    state = (error.sqlstate or "") if isinstance(error, psycopg.Error) else ""
    return state in OUTAGE or state.startswith(OUTAGES)
