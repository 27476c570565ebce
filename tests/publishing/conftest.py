"""Topics of their own for the tests of publishing, on a real broker."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from uuid import uuid4

import pytest
from confluent_kafka import KafkaException
from django.test import override_settings


@pytest.fixture
def topics(kafka: str) -> Iterator[str]:
    """Settings with the real broker and names of topics that are not there yet; what they begin with comes out."""
    prefix = f"test-{uuid4().hex[:12]}"
    names = {f"KAFKA_{sort.upper()}_TOPIC": f"{prefix}.{sort}" for sort in ("events", "commands", "checkpoints")}
    with override_settings(KAFKA_BOOTSTRAP_SERVERS=kafka, **names):
        yield prefix
        _remove([*names.values()])


def _remove(names: list[str]) -> None:
    from ledgerflow.events.publishing.kafka import new_admin_client

    client = new_admin_client()
    for removed in client.delete_topics(names).values():
        with suppress(KafkaException):  # not made
            removed.result()
