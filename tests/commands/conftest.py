"""Topics of commands for tests: in memory, and on a real broker."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import override_settings

from tests.consuming.fake_kafka import FakeTopic


@pytest.fixture
def topic() -> Iterator[FakeTopic]:
    """A topic of one partition that nobody has read yet."""
    with override_settings(KAFKA_COMMANDS_TOPIC=f"test-{uuid4().hex[:12]}.commands"):
        yield FakeTopic()


@pytest.fixture
def real_topics(topics: str) -> str:
    """Topics of their own on a real broker, whose address comes out."""
    from ledgerflow.events.publishing.topics import create_topics

    list(create_topics(2))
    return str(settings.KAFKA_BOOTSTRAP_SERVERS)
