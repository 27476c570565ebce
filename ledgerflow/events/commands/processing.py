"""The processor: carries out what was accepted, for each entity in the order in which it came, in batches.

Several processes share the entities, one at a time for each. Nothing depends on that but the work that two would do
twice: a command ends in a transaction under the entity's lock that looks whether it has ended already, and what it does
is bound to its key.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from random import sample
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db import close_old_connections

from ledgerflow.books.advisory_locks import one_at_a_time
from ledgerflow.books.connections import writer_connection
from ledgerflow.books.errors import BusyElsewhere
from ledgerflow.core.errors import LedgerError
from ledgerflow.core.plugins import registry
from ledgerflow.events.commands.checking import decode_payload, kind_called
from ledgerflow.events.commands.ending import (
    CommandEnding,
    CommandOutcome,
    EndedElsewhereError,
    PendingCommand,
    is_for_later,
)
from ledgerflow.events.commands.errors import CommandPoisoned
from ledgerflow.events.commands.rows import DUE, NOTE_FAILED_TRY, POSTPONE, STILL_ACCEPTED, WAITING_ENTITIES
from ledgerflow.events.commands.taking_in import CommandTopic
from ledgerflow.events.publishing.publisher import publish

log = structlog.get_logger(__name__)

MAX_TRIES = 3
FIRST_PAUSE_SECONDS = 1  # after the first unexpected failure of a command; after the next five times as long
UNKNOWN_TYPE_SECONDS = 60
BATCHES_AT_ONCE = 20  # of one entity, before the next one's commands are looked at
# How long an entity rests whose books cannot be written to: from the first to the longest pause, doubled each time.
FIRST_REST_SECONDS = 0.25
LONGEST_REST_SECONDS = 10.0
MAX_REASON = 200
Row = tuple[UUID, str, str, str, bytes, str]
CarryOut = Callable[[UUID, Sequence[Any], Any], None]


def never() -> bool:
    return False


@dataclass
class Measures:
    """What a processor tells of itself."""

    ended: int = 0  # commands that it carried out, as far as their books let it
    stepped_at: float = field(default_factory=time.monotonic)
    away: str = ""  # why there is nothing to work with, "" where there is


class Processor:
    """Carries out commands; `is_stopping` is looked at between two batches. `only`: of these books.

    `join` makes a member of the group that takes commands in from the topic; without it they come by the table alone.
    """

    def __init__(
        self,
        is_stopping: Callable[[], bool] = never,
        *,
        only: Collection[UUID] | None = None,
        join: Callable[[], CommandTopic] | None = None,
    ) -> None:
        self.measures = Measures()
        self.takes_from_topic = join is not None
        self._join = join
        self._topic: CommandTopic | None = None
        self._is_stopping = is_stopping
        self._only = only
        self._rests: dict[UUID, tuple[float, float]] = {}  # until when, by the monotonic clock, and how long that was

    def step(self, wait_seconds: float = 0.0) -> int:
        """Take in what has come, for which it may wait, and carry out what is due, entity by entity, each in its order.

        Gives how many messages and commands were looked at. What keeps one entity from being written to does not keep
        the others. Raises when no database answers.
        """
        close_old_connections()  # those of the use cases that read through Django
        return self._take_in(wait_seconds) + self._carry_out_all()

    def close(self) -> None:
        """Leave the partitions of the topic to others."""
        if self._topic is not None:
            self._topic.close()
            self._topic = None

    def _take_in(self, wait_seconds: float) -> int:
        if self._join is None:
            return 0
        try:
            if self._topic is None:
                self._topic = self._join()
            return self._topic.take_in(wait_seconds)
        except BaseException:
            self.close()
            raise

    def _carry_out_all(self) -> int:
        with writer_connection() as connection:
            waiting = [entity_id for (entity_id,) in connection.execute(WAITING_ENTITIES)]
        if self._only is not None:
            waiting = [entity_id for entity_id in waiting if entity_id in self._only]
        done = 0
        for entity_id in sample(waiting, len(waiting)):
            if self._is_stopping():
                break
            if not self._rests_still(entity_id):
                done += self._entity(entity_id)
        self.measures.stepped_at = time.monotonic()
        self.measures.away = ""
        return done

    def _entity(self, entity_id: UUID) -> int:
        done = 0
        try:
            with one_at_a_time(f"commands {entity_id}"):
                for batch in self._batches(entity_id):
                    carry_out(entity_id, batch)
                    done += len(batch)
                    self.measures.ended += len(batch)
                    self.measures.stepped_at = time.monotonic()
                    # No need to wait for the task that is woken at each commit; without a Kafka it does nothing.
                    publish(entity_id, despite_problem=False)
        except (BusyElsewhere, EndedElsewhereError):
            log.info("commands_done_elsewhere", entity=str(entity_id))
        except Exception as error:
            if not is_for_later(error):
                log.exception("commands_not_carried_out", entity=str(entity_id))
            self._rest(entity_id, error)
        else:
            self._rests.pop(entity_id, None)
        return done

    def _batches(self, entity_id: UUID) -> Iterator[list[Row]]:
        for _ in range(BATCHES_AT_ONCE):
            if self._is_stopping():
                return
            with writer_connection() as connection:
                batch = connection.execute(
                    DUE, (entity_id, settings.LEDGERFLOW_WRITER_BATCH_LIMIT), prepare=True
                ).fetchall()
            if not batch:
                return
            yield batch
            if len(batch) < settings.LEDGERFLOW_WRITER_BATCH_LIMIT:
                return

    def _rests_still(self, entity_id: UUID) -> bool:
        until, _ = self._rests.get(entity_id, (0.0, 0.0))
        return time.monotonic() < until

    def _rest(self, entity_id: UUID, error: Exception) -> None:
        _, before = self._rests.get(entity_id, (0.0, 0.0))
        pause = min(max(FIRST_REST_SECONDS, 2 * before), LONGEST_REST_SECONDS)
        self._rests[entity_id] = (time.monotonic() + pause, pause)
        log.warning("commands_wait", entity=str(entity_id), error=repr(error), seconds=pause)


def carry_out(entity_id: UUID, batch: Sequence[Row]) -> None:
    """Carry out commands in their order; those next to each other that are done by the same function together."""
    ending = CommandEnding(entity_id)
    ready, unreadable = _read(batch)
    ending.alone(unreadable)
    for function, together in groupby(ready, key=lambda command: kind_called(command.type).carry_out):
        _together(function, list(together), ending)


def _read(batch: Sequence[Row]) -> tuple[list[PendingCommand], list[CommandOutcome]]:
    """The commands of rows, and how those end whose payload cannot be read any more."""
    ready, unreadable = [], []
    for id_, type_, payload, key, fingerprint, actor in batch:
        kind = registry.command_kinds.get(type_)
        if kind is None:  # of a later release, which is about to take over here or already has elsewhere
            log.warning("command_type_unknown", command=str(id_), type=type_)
            _postpone(id_, UNKNOWN_TYPE_SECONDS)
            continue
        of = (id_, type_, key, bytes(fingerprint), actor)
        try:
            ready.append(PendingCommand(*of, decode_payload(kind, payload.encode())))
        except LedgerError as refusal:
            unreadable.append(CommandOutcome(PendingCommand(*of, None), refusal=refusal))
    return ready, unreadable


def _together(function: CarryOut, commands: Sequence[PendingCommand], ending: CommandEnding) -> None:
    """Carry out commands in one call. When that fails unexpectedly they are halved until the culprit stands alone."""
    try:
        function(ending.entity_id, commands, ending)
    except EndedElsewhereError:
        raise
    except Exception as error:
        if is_for_later(error):
            raise
        if len(commands) == 1:
            _note_failed_try(commands[0], error, ending)
            return
        middle = len(commands) // 2
        for half in (commands[:middle], commands[middle:]):
            if rest := _still_accepted(half):
                _together(function, rest, ending)


def _note_failed_try(command: PendingCommand, error: Exception, ending: CommandEnding) -> None:
    """Have it tried again after a pause, or end it as failed; what came after it goes on."""
    log.error("command_failed_unexpectedly", command=str(command.id), type=command.type, exc_info=error)
    with writer_connection() as connection:
        row = connection.execute(NOTE_FAILED_TRY, (FIRST_PAUSE_SECONDS, command.id)).fetchone()
    if row is not None and row[0] >= MAX_TRIES:
        reason = f"{type(error).__name__}: {error}"[:MAX_REASON]
        ending.alone([CommandOutcome(command, refusal=CommandPoisoned(tries=row[0], reason=reason))])


def _postpone(command_id: UUID, seconds: int) -> None:
    with writer_connection() as connection:
        connection.execute(POSTPONE, (seconds, command_id))


def _still_accepted(commands: Sequence[PendingCommand]) -> list[PendingCommand]:
    with writer_connection() as connection:
        found = connection.execute(STILL_ACCEPTED, ([command.id for command in commands],)).fetchall()
    accepted = {id_ for (id_,) in found}
    return [command for command in commands if command.id in accepted]
