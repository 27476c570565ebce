"""Events from Kafka: a group for each consumer, whose offsets are in the database beside what the messages did.

The group only shares the partitions out. Its own offsets are written for tools that show the lag, and never read.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Collection, Iterable
from contextlib import suppress
from typing import Any
from uuid import UUID

import msgspec
import psycopg
import structlog
from confluent_kafka import OFFSET_BEGINNING, KafkaError, KafkaException, TopicPartition
from django.conf import settings

from ledgerflow.core.events import RecordedEvent
from ledgerflow.core.ids import uuid7
from ledgerflow.core.texts import is_storable
from ledgerflow.events.cloudevents import MessageRefusedError, event_of
from ledgerflow.events.consuming import rows
from ledgerflow.events.consuming.applying import Applier, EventRun, RunEnd
from ledgerflow.events.consuming.leases import Leases
from ledgerflow.events.consuming.rows import Statement
from ledgerflow.events.publishing.kafka import CLIENT_ID, new_consumer

log = structlog.get_logger(__name__)

BATCH = 1_000
MAX_SEQUENCE = 2**63 - 1
MAX_TYPE = 64
POLL_SECONDS = 0.2
# While another process holds an entity of a partition, its messages are read again and again.
BUSY_SECONDS = 0.2
SAY_SECONDS = 30
# A topic that is made after the process has begun is found soon.
OPTIONS = {"topic.metadata.refresh.interval.ms": 10_000}


class KafkaSource:
    """Hands an applier what comes on the topic of events. `only`: of these entities."""

    def __init__(
        self, applier: Applier, client: Any = None, only: Collection[UUID] | None = None, batch: int = BATCH
    ) -> None:
        self._applier = applier
        self._leases = Leases(applier, shares=False)  # the group shares the partitions out
        self._only = None if only is None else frozenset(only)
        self._batch = batch
        self._topic: str = settings.LEDGERFLOW_KAFKA_EVENTS_TOPIC
        self._next: dict[int, int] = {}  # by partition that is ours: the next offset
        self._is_busy = False
        self._said_at = time.monotonic() - SAY_SECONDS
        self._client = client or new_consumer(f"{CLIENT_ID}.{applier.consumer.name}", self._say, OPTIONS)
        self._client.subscribe([self._topic], on_assign=self._assigned, on_revoke=self._revoked, on_lost=self._revoked)

    @property
    def wait_seconds(self) -> float:
        """Asking for messages waits already."""
        return BUSY_SECONDS if self._is_busy else 0

    def step(self) -> int:
        """Apply a batch of messages; gives how many events."""
        if self._leases.keep_when_due():
            self._read_passed_over()
            self._tell_group()
        by_partition: dict[Any, list[Any]] = {}
        for message in self._client.consume(self._batch, POLL_SECONDS):
            if error := message.error():
                self._say(error)
            else:
                by_partition.setdefault(message.partition(), []).append(message)
        self._is_busy = False
        ours = [(partition, found) for partition, found in by_partition.items() if partition in self._next]
        return sum(self._apply(partition, messages) for partition, messages in ours)

    def lag(self) -> int:
        """How many messages of the partitions of this process are not applied yet."""
        behind = 0
        for partition, offset in self._next.items():
            low, high = self._client.get_watermark_offsets(TopicPartition(self._topic, partition), cached=True)
            behind += max(0, high - max(low, offset, 0))
        return behind

    def close(self) -> None:
        """Leave the group, which gives the leases back."""
        self._tell_group()
        self._client.close()

    def _apply(self, partition: int, messages: list[Any]) -> int:
        """Apply the messages of one partition, entity by entity; the offset is saved with the last one."""
        runs, malformed = self._sorted(partition, messages)
        following = messages[-1].offset() + 1
        save = self._statement(rows.SAVE_OFFSET, partition, following)
        if not runs:
            self._run([*malformed, save])
        elif malformed:
            self._run(malformed)
        count, waits_at = 0, following
        for place, run in enumerate(runs, 1):
            also = [save] if place == len(runs) and waits_at == following else []
            came, applied = self._applier.take(run, also)
            count += applied
            if came is RunEnd.BUSY:
                waits_at = min(waits_at, *run.offsets)
        self._next[partition] = waits_at
        if waits_at != following:
            self._is_busy = True
            self._seek(partition, waits_at)
        return count

    def _sorted(self, partition: int, messages: Iterable[Any]) -> tuple[list[EventRun], list[Statement]]:
        """The events by entity, and the statements that keep what is no event."""
        events: dict[UUID, list[tuple[RecordedEvent, int]]] = {}
        malformed: list[Statement] = []
        for message in messages:
            try:
                event = _event_of(message)
            except MessageRefusedError as error:
                malformed.append(letter_of(self._applier.consumer.name, self._topic, message, error))
                continue
            if self._only is None or event.entity_id in self._only:
                events.setdefault(event.entity_id, []).append((event, message.offset()))
        runs = []
        for entity_id, found in events.items():
            found.sort(key=lambda one: one[0].sequence)
            parts: Any = zip(*found, strict=True)
            runs.append(EventRun(entity_id, next(parts), self._topic, partition, next(parts)))
        return runs, malformed

    def _assigned(self, client: Any, partitions: list[TopicPartition]) -> None:
        """Begin where the database says; in a partition that it knows nothing of, at the first message."""
        numbers = [one.partition for one in partitions]
        self._rewound(numbers)
        self._next |= dict.fromkeys(numbers, OFFSET_BEGINNING)
        found = self._query(rows.OFFSETS, (self._applier.consumer.name, self._topic, numbers)).fetchall()
        self._next |= dict(found)
        client.assign([TopicPartition(self._topic, number, self._next[number]) for number in numbers])

    def _revoked(self, _client: Any, partitions: list[TopicPartition]) -> None:
        """Others go on with these partitions: they need not wait for the end of the leases."""
        for one in partitions:
            self._next.pop(one.partition, None)
        with suppress(psycopg.Error):
            self._leases.give_back()

    def _rewound(self, partitions: Collection[int]) -> list[tuple[int, int]]:
        """Partitions with messages that were passed over, of an entity that goes on again, and the first of them.

        From then on that is where the partition begins.
        """
        consumer = self._applier.consumer.name
        found: list[tuple[int, int]] = self._query(rows.RESUMED, (consumer, list(partitions))).fetchall()
        for partition, offset in found:
            back = (rows.REWIND, (offset, consumer, self._topic, partition))
            self._run([back, (rows.REWOUND, (consumer, partition, offset))])
        return found

    def _read_passed_over(self) -> None:
        for partition, offset in self._rewound(self._next):
            if self._next[partition] > offset:
                self._next[partition] = offset
                self._seek(partition, offset)

    def _tell_group(self) -> None:
        """Without waiting for the answer: nothing depends on it."""
        known = [TopicPartition(self._topic, one, offset) for one, offset in self._next.items() if offset >= 0]
        if known:
            with suppress(KafkaException):
                self._client.commit(offsets=known, asynchronous=True)

    def _say(self, error: KafkaError) -> None:
        """The client goes on by itself, and has an error to tell for each of its attempts."""
        if time.monotonic() - self._said_at >= SAY_SECONDS:
            self._said_at = time.monotonic()
            log.warning("kafka_away", consumer=self._applier.consumer.name, error=error.str())

    def _seek(self, partition: int, offset: int) -> None:
        self._client.seek(TopicPartition(self._topic, partition, offset))

    def _statement(self, statement: str, *params: Any) -> Statement:
        return statement, (self._applier.consumer.name, self._topic, *params)

    def _query(self, statement: str, params: tuple[Any, ...]) -> psycopg.Cursor[Any]:
        return rows.query(self._applier.connection, statement, params)

    def _run(self, statements: Iterable[Statement]) -> None:
        self._applier.connection.execute("BEGIN")
        rows.run_in_one(self._applier.connection, statements)


def letter_of(consumer: str, topic: str, message: Any, error: Exception) -> Statement:
    """The statement that keeps a message which its consumer cannot read as a dead letter of no entity."""
    where = (topic, message.partition(), message.offset())
    log.error("message_malformed", consumer=consumer, where=where, error=str(error))
    payload = {
        "key": _in_base64(message.key()),
        "headers": [[name, _in_base64(value)] for name, value in message.headers() or ()],
        "value": _in_base64(message.value()),
    }
    text = msgspec.json.encode(payload).decode()
    return rows.MALFORMED, (uuid7(), consumer, text, rows.storable(str(error)), *where)


def _event_of(message: Any) -> RecordedEvent:
    """The event of a message. Raises `MessageRefusedError` for what is none, or cannot be one of ours."""
    event = event_of(message.headers(), message.value())
    if event.sequence > MAX_SEQUENCE or len(event.type) > MAX_TYPE or not is_storable(event.type):
        error = "The message has a type or a sequence that no ledger has."
        raise MessageRefusedError(error)
    return event


def _in_base64(value: bytes | str | None) -> str | None:
    data = value.encode() if isinstance(value, str) else value
    return None if data is None else base64.b64encode(data).decode()
