"""The door onto the topic: commands that arrive at once are sent together, and answered when all brokers have them.

A command that is known already is answered from the table: the same again, or the key of another one is refused. One
that is still on its way is sent a second time, which the processor finds by its id.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import cache
from typing import Any
from uuid import UUID

import structlog
from confluent_kafka import KafkaError, KafkaException, Producer
from django.conf import settings

from ledgerflow.books.connections import writer_connection
from ledgerflow.books.groupcommit import GroupCommit
from ledgerflow.books.writing import LOST
from ledgerflow.core.errors import LedgerError
from ledgerflow.events.commands.checking import NewCommand, Receipt
from ledgerflow.events.commands.errors import CommandNotTaken
from ledgerflow.events.commands.messages import message_of
from ledgerflow.events.commands.rows import CODES
from ledgerflow.events.commands.table_door import Known, answers_of, known_of, used_otherwise
from ledgerflow.events.publishing.kafka import new_producer

log = structlog.get_logger(__name__)

ACK_SECONDS = 5.0
AWAY_SECONDS = 1.0  # after a failure nobody waits for the brokers for so long: all are told to come again
Answers = list[Receipt | LedgerError]


def accept_on_topic(commands: Sequence[NewCommand]) -> Answers:
    """Send commands, in their order; a receipt or a refusal (`IdempotencyKeyReused`) for each.

    Raises `CommandNotTaken` or `QueueFull`; whoever sends the same commands again gets the same answers.
    """
    return _queue().submit(commands, len(commands))


class Sender:
    """Sends messages by one producer, which is made anew after a failure, because it may hold what nobody waits for."""

    def __init__(self, make: Any = new_producer) -> None:
        self._make = make
        self._producer: Producer | None = None
        self._away_until = 0.0

    def send(self, commands: Sequence[NewCommand], codes: dict[UUID, str]) -> None:
        """Send commands and wait until they are acknowledged. Raises `CommandNotTaken`."""
        if time.monotonic() < self._away_until:
            raise CommandNotTaken
        failures: list[str] = []

        def reported(error: KafkaError | None, _message: Any) -> None:
            if error is not None:
                failures.append(error.str())

        try:
            producer = self._ready()
            for command in commands:
                key, value, headers = message_of(command, codes[command.entity_id])
                producer.produce(
                    settings.LEDGERFLOW_KAFKA_COMMANDS_TOPIC, value, key, headers=dict(headers), on_delivery=reported
                )
            left = producer.flush(ACK_SECONDS)
        except (KafkaException, BufferError) as error:
            failures.append(repr(error))
            left = len(commands)
        if left or failures:
            self._give_up(left, failures)

    def _ready(self) -> Producer:
        if self._producer is None:
            self._producer = self._make(
                _said,
                {
                    "enable.gapless.guarantee": False,  # a command that times out is sent again by who sent it
                    "message.timeout.ms": int(ACK_SECONDS * 1000),
                    "delivery.report.only.error": False,
                    "linger.ms": 0,
                },
            )
        return self._producer

    def _give_up(self, left: int, failures: list[str]) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            producer.purge()
        self._away_until = time.monotonic() + AWAY_SECONDS
        log.warning("commands_not_sent", unacknowledged=left, failures=failures[:3])
        raise CommandNotTaken


@cache
def _queue() -> GroupCommit[Sequence[NewCommand], Answers]:
    return GroupCommit(
        lambda requests: _send_all(_sender, requests),
        batch_limit=settings.LEDGERFLOW_WRITER_BATCH_LIMIT,
        queue_limit=settings.LEDGERFLOW_WRITER_QUEUE_LIMIT,
        wait_seconds=settings.LEDGERFLOW_WRITER_WAIT_SECONDS,
    )


def _send_all(sender: Sender, requests: Sequence[Sequence[NewCommand]]) -> list[Answers]:
    commands = [command for request in requests for command in request]
    answers = answers_of(commands, *_looked_up(commands))
    fresh = [command for command, answer in zip(commands, answers, strict=True) if _is_new(answer)]
    if fresh:
        sender.send(fresh, _codes({command.entity_id for command in fresh}))
    rest = iter(answers)
    return [[next(rest) for _ in request] for request in requests]


def _is_new(answer: Receipt | LedgerError) -> bool:
    return isinstance(answer, Receipt) and not answer.is_replayed


def _looked_up(commands: Sequence[NewCommand]) -> tuple[Known, set[UUID]]:
    """Those that are in the table, and those whose keys the books know otherwise.

    Without the database the topic alone keeps a command, and the processor looks.
    """
    try:
        with writer_connection() as connection:
            return known_of(connection, [one.id for one in commands]), used_otherwise(connection, commands)
    except LOST as error:
        log.warning("commands_not_looked_up", error=str(error))
        return {}, set()


_sender = Sender()
_codes_by_id: dict[UUID, str] = {}  # a code never changes


def _codes(entities: set[UUID]) -> dict[UUID, str]:
    """The codes of entities, each of which is asked for once in a process."""
    missing = entities - _codes_by_id.keys()
    if missing:
        try:
            with writer_connection() as connection:
                _codes_by_id.update(connection.execute(CODES, (list(missing),)).fetchall())
        except LOST as error:
            raise CommandNotTaken from error
    return _codes_by_id


def _said(error: KafkaError) -> None:
    log.warning("kafka_says", producer="commands", error=error.str())
