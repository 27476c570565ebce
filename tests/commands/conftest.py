"""Topics of commands for tests: in memory, and on a real broker."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from uuid import uuid4

import pytest
from confluent_kafka import KafkaException
from django.test import override_settings

from tests.consuming.fake_kafka import FakeTopic


@pytest.fixture
def topic() -> Iterator[FakeTopic]:
    """A topic of one partition that nobody has read yet."""
    with override_settings(KAFKA_COMMANDS_TOPIC=f"test-{uuid4().hex[:12]}.commands"):
        yield FakeTopic()


@pytest.fixture
def real_topics(kafka: str) -> Iterator[str]:
    """Topics of their own on a real broker, whose address comes out."""
    from ledgerflow.events.publishing.kafka import new_admin_client
    from ledgerflow.events.publishing.topics import create_topics, topic_names

    prefix = f"test-{uuid4().hex[:12]}"
    names = {f"KAFKA_{sort.upper()}_TOPIC": f"{prefix}.{sort}" for sort in ("events", "commands", "checkpoints")}
    with override_settings(KAFKA_BOOTSTRAP_SERVERS=kafka, **names):
        list(create_topics(2))
        yield kafka
        for removed in new_admin_client().delete_topics(list(topic_names())).values():
            with suppress(KafkaException):
                removed.result()
