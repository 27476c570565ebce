"""Commands by the topic: what is sent, what is taken in, and what becomes a dead letter."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from confluent_kafka import KafkaError, KafkaException
from django.conf import settings
from django.test import override_settings

from ledgerflow.books.models import Entity
from ledgerflow.events.commands import taking_in, topic_door
from ledgerflow.events.commands.checking import NewCommand, command_id_of
from ledgerflow.events.commands.errors import CommandNotTaken
from ledgerflow.events.commands.messages import SIGNATURE, message_of, read_message, type_in_headers
from ledgerflow.events.commands.models import Command
from ledgerflow.events.commands.processing import Processor
from ledgerflow.events.commands.taking_in import CommandTopic
from ledgerflow.events.commands.topic_door import Sender
from ledgerflow.events.consuming.models import DeadLetter, Offset
from tests.client import ApiClient
from tests.commanding import SALE, a_shop_with_cash, outcome, process, sale, sent, statuses
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
    return list(DeadLetter.objects.filter(consumer="commands", topic=settings.KAFKA_COMMANDS_TOPIC).order_by("id"))


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
    Offset.objects.filter(topic=settings.KAFKA_COMMANDS_TOPIC).update(next_offset=0)
    follow(topic, entity)
    assert statuses(entity) == ["completed"]
    assert len(letters()) == 1
    assert Offset.objects.get(topic=settings.KAFKA_COMMANDS_TOPIC).next_offset == 2


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


# Messages


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


# The door


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
    with override_settings(COMMANDS_DOOR="topic"):
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
    made: list[int] = []
    sender = Sender(lambda *_: made.append(1) or producer)
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
    with override_settings(COMMANDS_DOOR="topic"):
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
    with override_settings(KAFKA_BOOTSTRAP_SERVERS="127.0.0.1:1"):
        sender = Sender()
        with pytest.raises(CommandNotTaken):
            sender.send([a_command(entity.id)], {entity.id: entity.code})
