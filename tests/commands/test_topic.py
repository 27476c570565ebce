"""Commands by the topic: what is sent, what is taken in, and what becomes a dead letter."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings

from ledgerflow.books.models import Entity
from ledgerflow.events.commands import taking_in
from ledgerflow.events.commands.checking import command_id_of
from ledgerflow.events.commands.models import Command
from ledgerflow.events.commands.processing import Processor
from ledgerflow.events.commands.taking_in import CommandTopic
from ledgerflow.events.consuming.models import Offset
from tests.client import ApiClient
from tests.commands.commanding import SALE, a_shop_with_cash, outcome, process, sale, statuses
from tests.commands.messages import a_message, follow, letters, put
from tests.consuming.fake_kafka import FakeTopic


@pytest.fixture
def entity() -> Entity:
    return a_shop_with_cash()


# Taking in


def test_what_another_system_puts_on_the_topic_is_done(topic: FakeTopic, entity: Entity) -> None:
    put(topic, entity, a_message(entity, "k1"))
    put(topic, entity, a_message(entity, "k2", id=str(command_id_of(entity.id, "k2"))))
    put(topic, entity, a_message(entity, "k3", issued_at="2026-03-02T12:00:00+01:00", more="later"))
    follow(topic, entity)
    assert statuses(entity) == ["completed"] * 3
    done = outcome(ApiClient(entity), str(command_id_of(entity.id, "k3")))
    assert (done["actor"], done["received_at"]) == ("topic:erp", "2026-03-02T11:00:00Z")
    assert done["result"]["data"]["idempotency_key"] == "k3"
    assert letters() == []


def test_the_same_command_by_the_topic_and_by_the_api_is_one(topic: FakeTopic, entity: Entity) -> None:
    client = ApiClient(entity)
    by_api = sale(client, key="k")
    put(topic, entity, a_message(entity, "k"))
    put(topic, entity, a_message(entity, "k", payload=SALE | {"amount": "5.0"}))
    follow(topic, entity)
    assert statuses(entity) == ["completed"]
    assert by_api == str(command_id_of(entity.id, "k"))
    assert letters() == []


def test_the_key_of_another_command_becomes_a_dead_letter(topic: FakeTopic, entity: Entity) -> None:
    put(topic, entity, a_message(entity, "k"))
    put(topic, entity, a_message(entity, "k", payload=SALE | {"amount": "6.00"}))
    put(topic, entity, a_message(entity, "l"))
    follow(topic, entity)
    assert statuses(entity) == ["completed"] * 2
    (letter,) = letters()
    assert "This idempotency key was used for another request." in letter.error
    assert (letter.kafka_partition, letter.kafka_offset, letter.cause) == (0, 1, "malformed")


def test_what_is_no_command_becomes_a_dead_letter_and_stops_nothing(topic: FakeTopic, entity: Entity) -> None:
    bad = [
        b"{", b"\xff", b"[]", None, b"", a_message(entity, type="STEAL_MONEY"), a_message(entity, payload={}),
        a_message(entity, payload=SALE | {"amount": "0"}), a_message(entity, payload=SALE | {"dry_run": True}),
        a_message(entity, key=""), a_message(entity, key="ü"), a_message(entity, actor="key:1"),
        a_message(entity, actor="topic:"), a_message(entity, actor="system:books"), a_message(entity, id=str(uuid4())),
        a_message(entity, issued_at="2026-03-02T12:00:00"), a_message(entity, issued_at="0001-01-01T00:00:00Z"),
        b'{"entity":"' + entity.code.encode() + b'","entity":"x"}',
    ]  # fmt: skip
    for value in bad:
        put(topic, entity, value)
    put(topic, "nobody", a_message(entity) | {"entity": "nobody"})
    put(topic, entity, a_message(entity), key=b"another")
    put(topic, entity, a_message(entity), key=None)
    put(topic, entity, a_message(entity, key="good"))
    follow(topic, entity)
    assert statuses(entity) == ["completed"]
    assert [letter.kafka_offset for letter in letters()] == list(range(len(bad) + 3))
    assert all(letter.error for letter in letters())
    assert "There is no entity 'nobody'." in letters()[len(bad)].error


def test_a_message_that_is_read_again_does_nothing_again(topic: FakeTopic, entity: Entity) -> None:
    put(topic, entity, a_message(entity))
    put(topic, entity, b"{")
    follow(topic, entity)
    Offset.objects.filter(topic=settings.LEDGERFLOW_KAFKA_COMMANDS_TOPIC).update(next_offset=0)
    follow(topic, entity)
    assert statuses(entity) == ["completed"]
    assert len(letters()) == 1
    assert Offset.objects.get(topic=settings.LEDGERFLOW_KAFKA_COMMANDS_TOPIC).next_offset == 2


def test_another_member_begins_where_the_database_says(topic: FakeTopic, entity: Entity) -> None:
    for number in range(3):
        put(topic, entity, a_message(entity, f"k{number}"))
    first = CommandTopic(topic.client(2))
    assert first.take_in() == 2
    first.close()
    second = CommandTopic(topic.client())
    assert second.take_in() == 1
    assert second.take_in() == 0
    kept = Command.objects.filter(entity=entity).order_by("number").values_list("key", flat=True)
    assert list(kept) == ["k0", "k1", "k2"]
    process(entity)


def test_after_an_error_nothing_is_lost(topic: FakeTopic, entity: Entity, monkeypatch: pytest.MonkeyPatch) -> None:
    """The position is that of the last batch that was written down; a new member begins there."""
    put(topic, entity, a_message(entity, "k0"))
    processor = Processor(only={entity.id}, join=lambda: CommandTopic(topic.client()))
    processor.step()
    put(topic, entity, a_message(entity, "k1"))
    with monkeypatch.context() as patch:
        patch.setattr(taking_in, "insert", _broken)
        with pytest.raises(ZeroDivisionError):
            processor.step()
    put(topic, entity, a_message(entity, "k2"))
    while processor.step():
        pass
    assert statuses(entity) == ["completed"] * 3
    processor.close()


def _broken(*_: Any) -> None:
    raise ZeroDivisionError


def test_partitions_that_others_have_taken_over_are_left_to_them(topic: FakeTopic, entity: Entity) -> None:
    put(topic, entity, a_message(entity))
    client = topic.client()
    member = CommandTopic(client)
    assert member.take_in() == 1
    put(topic, entity, a_message(entity, "late"))
    client.callbacks["on_revoke"](client, client._partitions())
    assert member.take_in() == 0
    process(entity)


def test_an_entity_that_is_made_later_is_found_then(topic: FakeTopic) -> None:
    code = f"late-{uuid4().hex[:8]}"
    member = CommandTopic(topic.client())
    put(
        topic,
        code,
        {"entity": code, "type": "CREATE_ITEM", "idempotency_key": "k1", "payload": {"name": "A"}, "actor": "topic:x"},
    )
    member.take_in()
    entity = a_shop_with_cash(code=code)
    put(
        topic,
        code,
        {"entity": code, "type": "CREATE_ITEM", "idempotency_key": "k2", "payload": {"name": "A"}, "actor": "topic:x"},
    )
    member.take_in()
    process(entity)
    assert statuses(entity) == ["completed"]
    assert len(letters()) == 1
