"""A history from a real client of Kafka: on librdkafka's own broker, and on a real one where there is one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import NewTopic
from django.core.management import CommandError, call_command
from django.test import override_settings

from ledgerflow.books.models import Entity
from ledgerflow.events.cloudevents import headers_of
from ledgerflow.events.publishing.kafka import new_admin_client, new_producer
from ledgerflow.events.read_models import histories
from tests.consuming.fake_kafka import log_of
from tests.eventful import eventful_books
from tests.read_models.projecting import project, read_models

PARTITIONS = 3


@pytest.fixture(params=["mock", "real"])
def topic(request: pytest.FixtureRequest) -> Iterator[str]:
    """A topic of events that is empty, on the broker that the settings name."""
    name = f"test-{uuid4().hex[:12]}.events"
    if request.param == "mock":
        holder: Any = Producer({"test.mock.num.brokers": 1, "log_level": 0})
        (broker,) = holder.list_topics(timeout=10).brokers.values()
        options = {"allow.auto.create.topics": True}  # it makes those that are asked for
        address = f"{broker.host}:{broker.port}"
        with override_settings(
            LEDGERFLOW_KAFKA_BOOTSTRAP_SERVERS=address,
            LEDGERFLOW_KAFKA_EVENTS_TOPIC=name,
            LEDGERFLOW_KAFKA_OPTIONS=options,
        ):
            yield name
        return
    with override_settings(
        LEDGERFLOW_KAFKA_BOOTSTRAP_SERVERS=request.getfixturevalue("kafka"), LEDGERFLOW_KAFKA_EVENTS_TOPIC=name
    ):
        admin = new_admin_client()
        admin.create_topics([NewTopic(name, PARTITIONS, 1)])[name].result(30)
        yield name
        admin.delete_topics([name])[name].result(30)


def publish(topic: str, *entities: Entity) -> None:
    producer = new_producer(lambda _error: None)
    for entity in entities:
        for event in log_of(entity):
            headers: Any = headers_of(event, entity.code)
            producer.produce(topic, event.data.encode(), entity.code, headers=headers)
    assert producer.flush(60) == 0


def test_read_models_and_balances_are_made_from_it(topic: str, apart: None, capsys: pytest.CaptureFixture[str]) -> None:
    entity, other = eventful_books(), eventful_books()
    project(entity, other)
    publish(topic, entity, other)
    call_command("rebuild_read_models", source="kafka", compare=True)
    with read_models() as connection:
        connection.execute("UPDATE balances SET debits = 1")
    with pytest.raises(CommandError, match="rows differ"):
        call_command("rebuild_read_models", source="kafka", compare=True)
    call_command("rebuild_read_models", source="kafka")
    call_command("rebuild_read_models", source="kafka", compare=True)
    call_command("replay", source="kafka", entity=entity.code)
    said = capsys.readouterr().out
    assert "balances: only in what is live: " in said
    assert f"Rebuilt from {len(log_of(entity)) + len(log_of(other)):,} events." in said
    assert f"{entity.code}: equal after {len(log_of(entity))} events" in said


@pytest.mark.parametrize("command", ["rebuild_read_models", "replay"])
def test_a_broker_that_does_not_answer_is_said(command: str, apart: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(histories, "ANSWER_SECONDS", 0.2)
    with (
        override_settings(LEDGERFLOW_KAFKA_BOOTSTRAP_SERVERS="127.0.0.1:1"),
        pytest.raises(CommandError, match="does not answer"),
    ):
        call_command(command, source="kafka")


@pytest.mark.parametrize("topic", ["real"], indirect=True)
@pytest.mark.parametrize("command", ["rebuild_read_models", "replay"])
def test_a_topic_that_is_not_there_is_said(topic: str, command: str, apart: None) -> None:
    with (
        override_settings(LEDGERFLOW_KAFKA_EVENTS_TOPIC=f"{topic}.gone"),
        pytest.raises(CommandError, match=r"gone cannot be read"),
    ):
        call_command(command, source="kafka")
