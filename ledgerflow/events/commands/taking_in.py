"""Taking commands in from the topic: each batch goes into the table together with the position, and is done from there.

A message that is read again is found by the id of its command. What is no command becomes a dead letter, and stops
nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import UTC
from typing import Any
from uuid import UUID

import structlog
from confluent_kafka import OFFSET_BEGINNING, KafkaError, KafkaException, TopicPartition
from django.conf import settings

from ledgerflow.books.connections import writer_connection
from ledgerflow.core import clocks
from ledgerflow.core.dates import check_moment
from ledgerflow.core.errors import LedgerError
from ledgerflow.events.commands.checking import (
    NewCommand,
    claim_for,
    command_id_of,
    in_payload,
    kind_called,
    read_payload,
)
from ledgerflow.events.commands.errors import CommandIdDiffers, EntityOfCommandUnknown
from ledgerflow.events.commands.messages import CommandMessage, read_message
from ledgerflow.events.commands.rows import ENTITIES
from ledgerflow.events.commands.table_door import insert
from ledgerflow.events.consuming import rows
from ledgerflow.events.consuming.kafka_source import letter_of
from ledgerflow.events.publishing.kafka import new_consumer

log = structlog.get_logger(__name__)

CONSUMER = "commands"
BATCH = 1_000


class CommandTopic:
    """A member of the group that shares out the partitions of the topic. Positions are in the database."""

    def __init__(self, client: Any = None) -> None:
        self._topic: str = settings.LEDGERFLOW_KAFKA_COMMANDS_TOPIC
        self._next: dict[int, int] = {}  # by partition that is ours: the next offset
        self._entities: dict[str, UUID] = {}
        self._client = client or new_consumer(f"ledgerflow.{CONSUMER}", _said)
        self._client.subscribe([self._topic], on_assign=self._assigned, on_revoke=self._revoked, on_lost=self._revoked)

    def take_in(self, wait_seconds: float = 0.0) -> int:
        """Write down what has come, at most a batch; gives how many messages.

        After an error this member is of no more use: a new one begins at the position in the database.
        """
        by_partition: dict[int, list[Any]] = {}
        for message in self._client.consume(BATCH, wait_seconds):
            error, partition = message.error(), message.partition()
            if error is not None:
                _said(error)
            elif partition in self._next:
                by_partition.setdefault(partition, []).append(message)
        for partition, messages in by_partition.items():
            self._take(messages)
            self._next[partition] = messages[-1].offset() + 1
        if by_partition:
            self._tell_group()
        return sum(map(len, by_partition.values()))

    def close(self) -> None:
        """Leave the group."""
        self._client.close()

    def _take(self, messages: Sequence[Any]) -> None:
        """Write the messages of one partition down: commands, dead letters, and the position, in one transaction."""
        read = [(message, _read(message)) for message in messages]
        self._learn({found.entity for _, found in read if isinstance(found, CommandMessage)})
        commands, letters = [], []
        for message, found in read:
            command = found if isinstance(found, LedgerError) else self._command(found)
            if isinstance(command, LedgerError):
                letters.append(letter_of(CONSUMER, self._topic, message, command))
            else:
                commands.append((message, command))
        with writer_connection() as connection, connection.transaction():
            answers = insert(connection, [command for _, command in commands]) if commands else []
            for (message, _), answer in zip(commands, answers, strict=True):
                if isinstance(answer, LedgerError):
                    letters.append(letter_of(CONSUMER, self._topic, message, answer))
            place = (CONSUMER, self._topic, messages[-1].partition(), messages[-1].offset() + 1)
            for statement, params in (*letters, (rows.SAVE_OFFSET, place)):
                rows.query(connection, statement, params)

    def _command(self, message: CommandMessage) -> NewCommand | LedgerError:
        try:
            return _checked(message, self._entities.get(message.entity))
        except LedgerError as refusal:
            return refusal

    def _learn(self, codes: Iterable[str]) -> None:
        """Look up the entities that are not known yet; one that is not there may be made any time."""
        missing = [code for code in codes if code not in self._entities and "\x00" not in code]
        if missing:
            with writer_connection() as connection:
                self._entities.update(connection.execute(ENTITIES, (missing,)).fetchall())

    def _assigned(self, client: Any, partitions: list[TopicPartition]) -> None:
        """Begin where the database says; in a partition that it knows nothing of, at the first message."""
        numbers = [one.partition for one in partitions]
        self._next |= dict.fromkeys(numbers, OFFSET_BEGINNING)
        with writer_connection() as connection:
            found = rows.query(connection, rows.OFFSETS, (CONSUMER, self._topic, numbers)).fetchall()
        self._next |= dict(found)
        client.assign([TopicPartition(self._topic, number, self._next[number]) for number in numbers])

    def _revoked(self, _client: Any, partitions: list[TopicPartition]) -> None:
        for one in partitions:
            self._next.pop(one.partition, None)

    def _tell_group(self) -> None:
        """For tools that show the lag: the group's own offsets are never read."""
        known = [TopicPartition(self._topic, one, offset) for one, offset in self._next.items() if offset >= 0]
        with suppress(KafkaException):
            self._client.commit(offsets=known, asynchronous=True)


def _read(message: Any) -> CommandMessage | LedgerError:
    try:
        return read_message(message.key(), message.value(), message.headers())
    except LedgerError as refusal:
        return refusal


def _checked(message: CommandMessage, entity_id: UUID | None) -> NewCommand:
    """The command of a message, held to the rules of the API. Raises its refusal."""
    if entity_id is None:
        raise EntityOfCommandUnknown(pointer="/entity", entity=message.entity[:64])
    kind = kind_called(message.type)
    with in_payload():
        body = read_payload(kind, message.payload)
    claim = claim_for(kind, body, message.idempotency_key)
    made = command_id_of(entity_id, claim.key)
    if message.id not in (None, made):
        raise CommandIdDiffers(pointer="/id", id=str(made))
    now = clocks.now()
    issued_at = check_moment(message.issued_at or now, "/issued_at").astimezone(UTC)
    text = bytes(message.payload).decode()
    return NewCommand(
        made, entity_id, message.type, text, claim.key, claim.fingerprint, message.actor, min(issued_at, now)
    )


def _said(error: KafkaError) -> None:
    log.warning("kafka_says", consumer=CONSUMER, error=error.str())
