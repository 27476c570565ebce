"""Commands as messages, and the door onto the topic."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from confluent_kafka import KafkaError, KafkaException
from django.conf import settings
from django.test import override_settings

from ledgerflow.books.models import Entity
from ledgerflow.events.commands import topic_door
from ledgerflow.events.commands.checking import NewCommand, command_id_of
from ledgerflow.events.commands.errors import CommandNotTaken
from ledgerflow.events.commands.messages import SIGNATURE, message_of, read_message, type_in_headers
from ledgerflow.events.commands.models import Command
from ledgerflow.events.commands.processing import Processor
from ledgerflow.events.commands.taking_in import CommandTopic
from ledgerflow.events.commands.topic_door import Sender
from tests.client import ApiClient
from tests.commands.commanding import SALE, a_shop_with_cash, outcome, process, sale, sent, statuses
from tests.commands.messages import SOME_BOOKS, follow, letters
from tests.consuming.fake_kafka import FakeMessage, FakeTopic


@pytest.fixture
def entity() -> Entity:
    return a_shop_with_cash()


def a_command(entity_id: UUID = SOME_BOOKS, key: str = "k") -> NewCommand:
    payload = '{"name": "Chair", "description": "ä"}'
    return NewCommand(
        command_id_of(entity_id, key), entity_id, "CREATE_ITEM", payload, key, bytes(33), "key:1",
        datetime(2026, 3, 2, 12, tzinfo=UTC),
    )  # fmt: skip


def test_a_message_has_one_schema_and_the_headers_of_cloudevents() -> None:
    key, value, headers = message_of(a_command(), "books")
    command = command_id_of(SOME_BOOKS, "k")
    assert key == b"books"
    assert json.loads(value) == {
        "id": str(command), "entity": "books", "type": "CREATE_ITEM", "idempotency_key": "k",
        "payload": {"name": "Chair", "description": "ä"}, "actor": "key:1", "issued_at": "2026-03-02T12:00:00Z",
    }  # fmt: skip
    found = dict(headers)
    assert found["ce_type"] == b"CreateItemCommand"
    assert found["ce_source"] == b"/entities/books"
    assert (found["ce_id"], found["ce_specversion"]) == (str(command).encode(), b"1.0")
    assert bytes(read_message(key, value, headers).payload).decode() == a_command().payload


@pytest.mark.parametrize(
    "type_, name", [("CREATE_ITEM", "CreateItemCommand"), ("TRANSFER_MONEY", "TransferMoneyCommand")]
)
def test_a_type_is_called_in_headers_as_others_do(type_: str, name: str) -> None:
    assert type_in_headers(type_) == name


def test_only_who_has_the_secret_key_names_a_caller_of_the_api() -> None:
    key, value, headers = message_of(a_command(), "books")
    forged = value.replace(b"Chair", b"Table")
    for given, signed in ((forged, headers), (value, []), (value, [(SIGNATURE, b"")]), (value, [(SIGNATURE, None)])):
        with pytest.raises(Exception, match="takes a signature"):
            read_message(key, given, signed)
    with override_settings(SECRET_KEY="another", SECRET_KEY_FALLBACKS=[settings.SECRET_KEY]):
        assert read_message(key, value, headers).actor == "key:1"
    with override_settings(SECRET_KEY="another"), pytest.raises(Exception, match="takes a signature"):
        read_message(key, value, headers)


class FakeProducer:
    """Puts what is sent on a topic in memory, unless it is to fail."""

    def __init__(self, topic: FakeTopic) -> None:
        self.topic = topic
        self.fault = ""
        self.waiting: list[tuple[Any, ...]] = []
        self.purged = 0

    def produce(self, _topic: str, value: bytes, key: bytes, *, headers: dict[str, bytes], on_delivery: Any) -> None:
        if self.fault == "full":
            raise BufferError
        if self.fault == "fatal":
            raise KafkaException(KafkaError(KafkaError._FATAL))
        self.waiting.append((value, key, list(headers.items()), on_delivery))

    def flush(self, _seconds: float) -> int:
        if self.fault == "away":
            return len(self.waiting)
        for value, key, headers, on_delivery in self.waiting:
            error = KafkaError(KafkaError.TOPIC_AUTHORIZATION_FAILED) if self.fault == "refused" else None
            if error is None:
                found = self.topic.partitions[0]
                found.append(FakeMessage(0, len(found), key, value, headers))
            on_delivery(error, None)
        self.waiting = []
        return 0

    def purge(self) -> None:
        self.purged += 1
        self.waiting = []


@pytest.fixture
def producer(topic: FakeTopic, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeProducer]:
    """The door is the topic, behind which this producer stands."""
    producer = FakeProducer(topic)
    monkeypatch.setattr(topic_door, "AWAY_SECONDS", 0.0)
    monkeypatch.setattr(topic_door, "_sender", Sender(lambda *_: producer))
    with override_settings(LEDGERFLOW_COMMANDS_DOOR="topic"):
        yield producer


def test_a_command_by_the_topic_is_the_same_as_by_the_table(
    topic: FakeTopic, producer: FakeProducer, entity: Entity
) -> None:
    client = ApiClient(entity)
    by_topic = sent(client, "TRANSFER_MONEY", SALE, "k")
    assert by_topic == str(command_id_of(entity.id, "k"))
    assert client.get(f"/api/commands/{by_topic}").code == "not_found"
    follow(topic, entity)
    done = outcome(client, by_topic)
    assert (done["status"], done["actor"]) == ("completed", f"key:{client.key.id}")
    assert letters() == []


def test_a_known_command_is_answered_without_sending_it_again(
    topic: FakeTopic, producer: FakeProducer, entity: Entity
) -> None:
    client = ApiClient(entity)
    body = {"type": "TRANSFER_MONEY", "payload": SALE}
    first = client.post("/api/commands", body, key="k")
    follow(topic, entity)
    again = client.post("/api/commands", body, key="k")
    assert (again.status, again.json, again.headers["Idempotent-Replayed"]) == (202, first.json, "true")
    other = client.post("/api/commands", body | {"payload": SALE | {"amount": "6.00"}}, key="k")
    assert (other.status, other.code) == (422, "idempotency_key_reused")
    client.post("/api/transfers", SALE, key="used")
    used = client.post("/api/commands", body | {"payload": SALE | {"amount": "6.00"}}, key="used")
    assert (used.status, used.code) == (422, "idempotency_key_reused")
    assert len(topic.partitions[0]) == 1


def test_a_batch_is_sent_in_its_order(topic: FakeTopic, producer: FakeProducer, entity: Entity) -> None:
    items = [{"type": "TRANSFER_MONEY", "payload": SALE, "idempotency_key": f"k{number}"} for number in range(20)]
    reply = ApiClient(entity).post("/api/commands/batch", {"items": [*items, items[0]]})
    assert (reply.json["accepted"], reply.json["results"][20]["is_replayed"]) == (21, True)
    keys = [json.loads(message.value_ or b"")["idempotency_key"] for message in topic.partitions[0]]
    assert keys == [item["idempotency_key"] for item in items]
    follow(topic, entity)
    assert statuses(entity) == ["completed"] * 20


@pytest.mark.parametrize("fault", ["away", "refused", "full", "fatal"])
def test_what_is_not_acknowledged_is_not_accepted(
    topic: FakeTopic, producer: FakeProducer, entity: Entity, fault: str
) -> None:
    client = ApiClient(entity)
    producer.fault = fault
    reply = client.post("/api/commands", {"type": "TRANSFER_MONEY", "payload": SALE}, key="k")
    assert (reply.status, reply.code) == (503, "command_not_taken")
    assert reply.headers["Retry-After"] == "1"
    assert producer.purged == 1
    producer.fault = ""
    assert client.post("/api/commands", {"type": "TRANSFER_MONEY", "payload": SALE}, key="k").status == 202
    follow(topic, entity)
    assert statuses(entity) == ["completed"]


def test_for_a_moment_after_a_failure_nobody_waits_for_the_brokers(
    topic: FakeTopic, monkeypatch: pytest.MonkeyPatch
) -> None:
    producer = FakeProducer(topic)
    made: list[FakeProducer] = []

    def make(*_: Any) -> FakeProducer:
        made.append(producer)
        return producer

    sender = Sender(make)
    producer.fault = "away"
    monkeypatch.setattr(topic_door, "AWAY_SECONDS", 3_600.0)
    for _ in range(3):
        with pytest.raises(CommandNotTaken):
            sender.send([a_command()], {SOME_BOOKS: "books"})
    assert (len(made), producer.purged) == (1, 1)


def test_without_the_database_the_topic_keeps_a_command(
    topic: FakeTopic, producer: FakeProducer, entity: Entity, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its caller is known for a moment, and so is the code of his books."""
    client = ApiClient(entity)
    sale(client, key="before")

    def away() -> None:
        from psycopg import OperationalError

        raise OperationalError

    with monkeypatch.context() as patch:
        patch.setattr(topic_door, "writer_connection", away)
        sale(client, key="meanwhile")
        patch.setattr(topic_door, "_codes_by_id", {})
        reply = client.post("/api/commands", {"type": "TRANSFER_MONEY", "payload": SALE})
        assert reply.code == "command_not_taken"
    follow(topic, entity)
    assert statuses(entity) == ["completed"] * 2


# A real broker


def test_a_real_broker_keeps_commands_in_their_order(real_topics: str, entity: Entity) -> None:
    client = ApiClient(entity)
    with override_settings(LEDGERFLOW_COMMANDS_DOOR="topic"):
        ids = [sale(client, "1.00", key=f"k{number}") for number in range(30)]
        items = [{"type": "TRANSFER_MONEY", "payload": SALE, "idempotency_key": f"b{number}"} for number in range(300)]
        assert client.post("/api/commands/batch", {"items": items}).json["accepted"] == 300
    processor = Processor(only={entity.id}, join=CommandTopic)
    deadline = datetime.now(UTC) + timedelta(seconds=60)
    try:
        while len(statuses(entity)) < 330 and datetime.now(UTC) < deadline:
            processor.step(0.1)
    finally:
        processor.close()
    process(entity)
    assert statuses(entity) == ["completed"] * 330
    keys = list(Command.objects.filter(entity=entity).order_by("number").values_list("key", flat=True))
    assert keys == [f"k{number}" for number in range(30)] + [item["idempotency_key"] for item in items]
    assert outcome(client, ids[0])["actor"] == f"key:{client.key.id}"


def test_a_broker_that_is_away_is_no_place_for_commands(entity: Entity, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(topic_door, "ACK_SECONDS", 0.3)
    with override_settings(LEDGERFLOW_KAFKA_BOOTSTRAP_SERVERS="127.0.0.1:1"):
        sender = Sender()
        with pytest.raises(CommandNotTaken):
            sender.send([a_command(entity.id)], {entity.id: entity.code})
