"""Messages on the topic of commands, and what a processor makes of them."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from django.conf import settings

from ledgerflow.books.models import Entity
from ledgerflow.events.commands.processing import Processor
from ledgerflow.events.commands.taking_in import CommandTopic
from ledgerflow.events.consuming.models import DeadLetter
from tests.commands.commanding import SALE
from tests.consuming.fake_kafka import FakeMessage, FakeTopic

Headers = list[tuple[str, bytes]]
SOME_BOOKS = UUID(int=7)


def put(topic: FakeTopic, entity: Entity | str, value: Any, headers: Headers | None = None, **given: Any) -> None:
    """A message of another system."""
    code = entity if isinstance(entity, str) else entity.code
    found = topic.partitions[0]
    text = value if isinstance(value, bytes) or value is None else json.dumps(value).encode()
    found.append(FakeMessage(0, len(found), given.get("key", code.encode()), text, headers))


def a_message(entity: Entity, key: str = "k", **given: Any) -> dict[str, Any]:
    values = {"entity": entity.code, "type": "TRANSFER_MONEY", "idempotency_key": key, "payload": SALE}
    return values | {"actor": "topic:erp"} | given


def follow(topic: FakeTopic, entity: Entity) -> Processor:
    """A processor that has taken in and carried out all there is."""
    processor = Processor(only={entity.id}, join=lambda: CommandTopic(topic.client()))
    while processor.step():
        pass
    return processor


def letters() -> list[DeadLetter]:
    return list(
        DeadLetter.objects.filter(consumer="commands", topic=settings.LEDGERFLOW_KAFKA_COMMANDS_TOPIC).order_by("id")
    )
