"""A client of Kafka for tests that lie in memory: one topic, whose messages come in the pieces that a test asks for."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, NamedTuple
from uuid import UUID

from confluent_kafka import TopicPartition

from ledgerflow.books.connections import dedicated_connection
from ledgerflow.books.models import Entity
from ledgerflow.core.events import RecordedEvent
from ledgerflow.events.cloudevents import headers_of
from ledgerflow.events.consuming.table_source import events_after


class FakeMessage(NamedTuple):
    """What confluent-kafka gives, as far as it is read."""

    partition_: int
    offset_: int
    key_: bytes | None
    value_: bytes | None
    headers_: list[tuple[str, bytes]] | None

    def partition(self) -> int:
        return self.partition_

    def offset(self) -> int:
        return self.offset_

    def key(self) -> bytes | None:
        return self.key_

    def value(self) -> bytes | None:
        return self.value_

    def headers(self) -> list[tuple[str, bytes]] | None:
        return self.headers_

    def error(self) -> None:
        return None


class FakeTopic:
    """Partitions by number; what is put there stays."""

    def __init__(self, partitions: int = 1) -> None:
        self.partitions: list[list[FakeMessage]] = [[] for _ in range(partitions)]

    def put(self, event: RecordedEvent, partition: int = 0) -> None:
        self.put_raw(headers_of(event, "books"), event.data.encode(), partition)

    def put_raw(self, headers: list[tuple[str, bytes]] | None, value: bytes | None, partition: int = 0) -> None:
        found = self.partitions[partition]
        found.append(FakeMessage(partition, len(found), b"books", value, headers))

    def put_log(self, entity: Entity, *sequences: int, partition: int = 0) -> None:
        """The events of an entity with these sequences, all of them unless given."""
        log = log_of(entity)
        for sequence in sequences or range(1, len(log) + 1):
            self.put(log[sequence - 1], partition)

    def client(self, most: int = 1_000) -> FakeClient:
        return FakeClient(self, most)


class FakeClient:
    """A member of a group that has all partitions, and gets at most `most` messages at a time."""

    def __init__(self, topic: FakeTopic, most: int) -> None:
        self.topic = topic
        self.most = most
        self.position: dict[int, int] = {}
        self.committed: dict[int, int] = {}
        self.is_assigned = False
        self.callbacks: dict[str, Callable[..., None]] = {}

    def subscribe(self, _topics: list[str], **callbacks: Callable[..., None]) -> None:
        self.callbacks = callbacks

    def consume(self, count: int, _timeout: float) -> list[FakeMessage]:
        if not self.is_assigned:
            self.is_assigned = True
            self.callbacks["on_assign"](self, self._partitions())
        found = [
            message
            for number, messages in enumerate(self.topic.partitions)
            for message in messages[self.position.get(number, 0) :]
        ][: min(count, self.most)]
        for message in found:
            self.position[message.partition()] = message.offset() + 1
        return found

    def assign(self, partitions: list[TopicPartition]) -> None:
        self.position = {one.partition: max(0, one.offset) for one in partitions}

    def seek(self, place: TopicPartition) -> None:
        self.position[place.partition] = place.offset

    def commit(self, offsets: list[TopicPartition], **_: Any) -> None:
        self.committed |= {one.partition: one.offset for one in offsets}

    def get_watermark_offsets(self, place: TopicPartition, **_: Any) -> tuple[int, int]:
        return 0, len(self.topic.partitions[place.partition])

    def revoke(self) -> None:
        """The group gives the partitions to another member."""
        self.is_assigned = False
        self.callbacks["on_revoke"](self, self._partitions())

    def close(self) -> None:
        if self.is_assigned:
            self.revoke()

    def _partitions(self) -> list[TopicPartition]:
        return [TopicPartition("events", number) for number in range(len(self.topic.partitions))]


class TopicReader(FakeClient):
    """A client in no group, which chooses its partitions by itself."""

    def list_topics(self, topic: str, **_: Any) -> Any:
        found = SimpleNamespace(error=None, partitions=dict.fromkeys(range(len(self.topic.partitions))))
        return SimpleNamespace(topics={topic: found})

    def assign(self, partitions: list[TopicPartition]) -> None:
        self.is_assigned = True
        super().assign(partitions)


def log_of(entity: Entity | UUID) -> list[RecordedEvent]:
    """All events of an entity as consumers get them."""
    with dedicated_connection("default") as connection:
        return events_after(connection, entity.id if isinstance(entity, Entity) else entity, 0)
