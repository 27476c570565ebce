"""Topics of their own for the tests of publishing, a breaker that has seen nothing, and wake-ups that go nowhere."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import NewTopic
from django.conf import settings

from ledgerflow.books import writing
from ledgerflow.events.publishing import waking
from ledgerflow.events.publishing.kafka import new_admin_client
from ledgerflow.events.publishing.models import SinkBreaker
from tests.fixtures import names_of_topics
from tests.publishing.messages import another_kafka

PARTITIONS = 3


@pytest.fixture
def topic(topics: str) -> str:
    """The topic of events on the real broker."""
    name = f"{topics}.events"
    client = new_admin_client()
    client.create_topics([NewTopic(name, PARTITIONS, 1)])[name].result()
    return name


@pytest.fixture
def mock_broker() -> Iterator[str]:
    """librdkafka's own broker, which any producer can be; its topics are there when they are first asked for."""
    holder = Producer({"test.mock.num.brokers": 1})
    (broker,) = holder.list_topics(timeout=10).brokers.values()
    making = another_kafka(LEDGERFLOW_KAFKA_OPTIONS={"allow.auto.create.topics": True})
    with names_of_topics(f"{broker.host}:{broker.port}") as prefix, making:
        yield f"{prefix}.events"


@pytest.fixture(autouse=True)
def _fresh(_database: None) -> Iterator[None]:
    SinkBreaker.objects.all().delete()
    yield
    SinkBreaker.objects.all().delete()


@pytest.fixture(autouse=True)
def woken(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """What would be sent to workers: the task and its arguments."""
    found: list[tuple[str, ...]] = []
    monkeypatch.setattr(writing, "commit_listeners", [waking.wake_after_commit])  # as where Kafka is configured
    monkeypatch.setattr(waking, "_send_task", lambda name, *words, **_: found.append((name.rpartition(".")[2], *words)))
    monkeypatch.setattr(waking.waker, "wake", lambda entity_id: found.append(("waker", str(entity_id))))
    return found


@pytest.fixture
def environ(database_url: str) -> dict[str, str]:
    """For processes that publish what this test recorded."""
    return os.environ | {
        "DATABASE_URL": database_url,
        "DJANGO_SETTINGS_MODULE": "ledgerflow.settings",
        "KAFKA_BOOTSTRAP_SERVERS": settings.LEDGERFLOW_KAFKA_BOOTSTRAP_SERVERS,
        "LEDGERFLOW_KAFKA_EVENTS_TOPIC": settings.LEDGERFLOW_KAFKA_EVENTS_TOPIC,
    }
