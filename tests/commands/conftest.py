"""Books for the tests of commands, and topics of commands: in memory, and on a real broker."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import override_settings

from journals.proof.ledger import verify_books
from ledgerflow.books.models import Entity
from tests.client import ApiClient
from tests.commands.commanding import a_shop_with_cash
from tests.consuming.fake_kafka import FakeTopic


@pytest.fixture
def entity() -> Iterator[Entity]:
    """Books that are proven again at the end of each test."""
    entity = a_shop_with_cash()
    yield entity
    assert verify_books(entity.id) == []


@pytest.fixture
def client(entity: Entity) -> ApiClient:
    return ApiClient(entity)


@pytest.fixture
def topic() -> Iterator[FakeTopic]:
    """A topic of one partition that nobody has read yet."""
    with override_settings(LEDGERFLOW_KAFKA_COMMANDS_TOPIC=f"test-{uuid4().hex[:12]}.commands"):
        yield FakeTopic()


@pytest.fixture
def real_topics(topics: str) -> str:
    """Topics of their own on a real broker, whose address comes out."""
    from ledgerflow.events.publishing.topics import create_topics

    list(create_topics(2))
    return str(settings.LEDGERFLOW_KAFKA_BOOTSTRAP_SERVERS)
