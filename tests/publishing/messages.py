"""What arrived on a topic, and books whose events are to be published."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import Any, NamedTuple

from confluent_kafka import Consumer, TopicPartition
from django.conf import settings
from django.test import override_settings

from journals.posting import post
from ledgerflow.books.models import Entity, Event
from ledgerflow.core.events import RecordedEvent
from ledgerflow.events.cloudevents import event_of
from ledgerflow.events.publishing.sending import sender
from tests.builders import a_transfer, an_account, an_entity

PATIENCE_SECONDS = 60


@contextmanager
def another_kafka(**settings_of_it: Any) -> Iterator[None]:
    """Other settings of Kafka, and with them another producer."""
    with override_settings(**settings_of_it):
        sender.close()
        yield
    sender.close()


class Message(NamedTuple):
    key: str
    partition: int
    event: RecordedEvent


def some_books(journals: int = 3) -> Entity:
    """Books with three events of their founding, and so many journals."""
    entity = an_entity()
    an_account(entity, "cash")
    an_account(entity, "sales", "income")
    more_events(entity, journals)
    return entity


def more_events(entity: Entity, count: int = 1) -> None:
    for _ in range(count):
        post(entity.id, a_transfer("cash", "sales", "1.00", description="Größe"))


def log_of(entity: Entity) -> list[RecordedEvent]:
    """The log as consumers should get it."""
    rows = Event.objects.filter(entity=entity).order_by("sequence")
    return [
        RecordedEvent(
            row.entity_id, row.sequence, row.id, row.type, row.subject, row.data, row.actor,
            row.recorded_at.isoformat(timespec="microseconds"), bytes(row.hash),
        )
        for row in rows
    ]  # fmt: skip


def messages(topic: str = "") -> list[Message]:
    """All that is on a topic now, partition by partition."""
    topic = topic or settings.LEDGERFLOW_KAFKA_EVENTS_TOPIC
    consumer: Any = Consumer(
        {
            "bootstrap.servers": settings.LEDGERFLOW_KAFKA_BOOTSTRAP_SERVERS,
            "group.id": "reader-of-tests",
            "log_level": 0,
        }
    )
    try:
        partitions = [
            TopicPartition(topic, number, 0) for number in consumer.list_topics(topic, 10).topics[topic].partitions
        ]
        ends = {one.partition: consumer.get_watermark_offsets(one, 10)[1] for one in partitions}
        consumer.assign(partitions)
        found: list[Message] = []
        deadline = time.monotonic() + PATIENCE_SECONDS
        while len(found) < sum(ends.values()):
            assert time.monotonic() < deadline, f"{len(found)} of {sum(ends.values())} messages"
            for one in consumer.consume(1000, 0.2):
                assert one.error() is None
                found.append(Message(one.key().decode(), one.partition(), event_of(one.headers(), one.value())))
    finally:
        consumer.close()
    return sorted(found, key=lambda message: message.partition)


def events_of(entity: Entity, topic: str = "") -> list[RecordedEvent]:
    """What arrived of an entity, in the order of arrival; all with its key and on one partition."""
    found = [message for message in messages(topic) if message.event.entity_id == entity.id]
    assert {message.key for message in found} <= {entity.code}
    assert len({message.partition for message in found}) <= 1
    return [message.event for message in found]


def without_repeats(events: Iterable[RecordedEvent]) -> list[RecordedEvent]:
    """Each event where it came first."""
    return list(dict.fromkeys(events))


def has_no_gap(events: list[RecordedEvent]) -> bool:
    """Whether a reader who skips what he knows finds each event's predecessor before it, from the first on."""
    first = without_repeats(events)
    return [one.sequence for one in first[:1]] == [1] and all(
        later.sequence == earlier.sequence + 1 for earlier, later in pairwise(first)
    )
