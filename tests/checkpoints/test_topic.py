"""Checkpoints on their topic, on the broker that librdkafka has in itself."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest
from confluent_kafka import Consumer, Producer
from pytest_django import Settings
from structlog.testing import capture_logs

from ledgerflow.books.models import Entity
from ledgerflow.events.checkpoints import topic
from ledgerflow.events.checkpoints.copies import KAFKA
from ledgerflow.events.checkpoints.models import Checkpoint, CopyPosition
from ledgerflow.events.checkpoints.topic import CheckpointTopic
from ledgerflow.events.checkpoints.use_cases import make_checkpoint
from tests.checkpoints.logs import a_checkpoint, a_log, of_copies

NOBODY = "127.0.0.1:1"


@pytest.fixture
def broker(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a broker that makes topics when they are asked for."""
    holder = Producer({"bootstrap.servers": "mock", "test.mock.num.brokers": 1, "log_level": 0})
    (found,) = holder.list_topics(timeout=10).brokers.values()
    settings.LEDGERFLOW_KAFKA_BOOTSTRAP_SERVERS = f"{found.host}:{found.port}"
    settings.LEDGERFLOW_KAFKA_OPTIONS = {"allow.auto.create.topics": True}
    settings.LEDGERFLOW_KAFKA_CHECKPOINTS_TOPIC = f"checkpoints-{uuid4().hex}"
    fresh = CheckpointTopic()
    monkeypatch.setattr("ledgerflow.events.checkpoints.copies.checkpoint_topic", fresh)
    yield settings.LEDGERFLOW_KAFKA_BOOTSTRAP_SERVERS
    holder.flush(0)


def messages(address: str, name: str, count: int) -> list[tuple[str, str]]:
    """Key and value of so many messages of a topic."""
    reader = Consumer({"bootstrap.servers": address, "group.id": uuid4().hex, "auto.offset.reset": "earliest"})
    reader.subscribe([name])
    found = reader.consume(count, timeout=30)
    reader.close()
    return [((one.key() or b"").decode(), (one.value() or b"").decode()) for one in found]


def position_of(entity: Entity) -> int | None:
    return CopyPosition.objects.filter(entity=entity, place=KAFKA).values_list("number", flat=True).first()


def notes_of(entity: Entity) -> list[tuple[str, str]]:
    rows = Checkpoint.objects.filter(entity=entity).order_by("number").values_list("note", flat=True)
    return [(entity.code, note) for note in rows]


def test_each_checkpoint_is_a_message(broker: str, settings: Settings) -> None:
    entity = a_log()
    for _ in range(3):
        a_checkpoint(entity, journals=1)
    assert messages(broker, settings.LEDGERFLOW_KAFKA_CHECKPOINTS_TOPIC, 3) == notes_of(entity)
    assert position_of(entity) == 3


def test_without_a_broker_a_checkpoint_is_made_and_sent_later(
    broker: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(topic, "ACKNOWLEDGE_SECONDS", 0.1)
    settings.LEDGERFLOW_KAFKA_BOOTSTRAP_SERVERS = NOBODY
    entity = a_log()
    with capture_logs() as logs:
        made = [a_checkpoint(entity), a_checkpoint(entity, journals=1)]
    assert [(entry["event"], entry["place"], entry["log_level"]) for entry in of_copies(logs)] == [
        ("checkpoints_not_copied", "kafka", "warning")
    ] * 2
    assert "a moment ago" in of_copies(logs)[1]["error"]  # and nobody waits for it a second time
    assert [one.number for one in made] == [1, 2]
    assert position_of(entity) is None
    settings.LEDGERFLOW_KAFKA_BOOTSTRAP_SERVERS = broker
    monkeypatch.setattr(topic, "ACKNOWLEDGE_SECONDS", 5)
    monkeypatch.setattr("ledgerflow.events.checkpoints.copies.checkpoint_topic", CheckpointTopic())
    make_checkpoint(entity.id)
    assert messages(broker, settings.LEDGERFLOW_KAFKA_CHECKPOINTS_TOPIC, 2) == notes_of(entity)
    assert position_of(entity) == 2


def test_where_kafka_is_not_configured_nothing_goes_there(settings: Settings) -> None:
    settings.LEDGERFLOW_KAFKA_BOOTSTRAP_SERVERS = ""
    entity = a_log()
    make_checkpoint(entity.id)
    assert position_of(entity) is None
