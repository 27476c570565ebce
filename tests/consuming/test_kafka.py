"""The same consumers on Kafka: offsets are saved with the effect, and what was passed over is read again."""

from __future__ import annotations

from typing import Any

from confluent_kafka import Producer
from django.conf import settings as django_settings
from django.test import override_settings
from hypothesis import given, settings
from hypothesis import strategies as st

from ledgerflow.books.models import Entity
from ledgerflow.events.cloudevents import headers_of
from ledgerflow.events.consuming.models import Cause, Offset, State
from ledgerflow.events.consuming.runner import Runner
from ledgerflow.events.publishing.topics import create_topics
from tests.attacks import connect
from tests.consuming.fake_kafka import FakeTopic, log_of
from tests.consuming.toys import Toy, books_with, more


def on(topic: FakeTopic, toy: Toy, *entities: Entity, most: int = 1_000) -> Runner:
    return toy.runner(*entities, source="kafka", client=lambda: topic.client(most))


def next_offset(toy: Toy, partition: int = 0) -> int:
    return Offset.objects.get(consumer=toy.consumer.name, kafka_partition=partition).next_offset


def resume(toy: Toy) -> None:
    """As somebody does who has mended what failed."""
    toy.poison = set()
    with connect() as connection:
        connection.execute(
            "UPDATE consuming_position SET state = 'following', cause = '', stopped_at = NULL WHERE consumer = %s",
            (toy.consumer.name,),
        )


def look_after(runner: Runner) -> None:
    """What happens every two seconds."""
    source: Any = runner._source
    source._leases.keep()
    source._read_passed_over()


def test_each_message_is_applied_once_and_its_offset_saved() -> None:
    entity, other, toy, topic = books_with(6), books_with(4), Toy(), FakeTopic(2)
    topic.put_log(entity)
    topic.put_log(other, partition=1)
    runner = on(topic, toy, entity, other)
    assert runner.step() == 10
    assert (next_offset(toy), next_offset(toy, 1)) == (6, 4)
    topic.put_log(entity, 5, 6)  # a publisher that was killed sends again
    more(entity, 1)
    topic.put_log(entity, 7)
    assert runner.step() == 1
    assert toy.taken(entity) == [1, 2, 3, 4, 5, 6, 7]
    assert next_offset(toy) == 9
    runner.measure()
    assert (runner.measures.lag, runner.measures.position) == (0, 11)


def test_another_process_begins_where_the_database_says() -> None:
    entity, toy, topic = books_with(6), Toy(), FakeTopic()
    topic.put_log(entity)
    first = on(topic, toy, entity, most=4)
    assert first.step() == 4
    first.close()
    second = on(topic, toy, entity)
    assert second.step() == 2
    assert toy.taken(entity) == [1, 2, 3, 4, 5, 6]


def test_the_group_hears_of_the_offsets_and_is_not_asked() -> None:
    entity, toy, topic = books_with(4), Toy(), FakeTopic()
    topic.put_log(entity)
    client = topic.client()
    client.committed = {0: 99}
    runner = toy.runner(entity, source="kafka", client=lambda: client)
    assert runner.step() == 4
    runner.close()
    assert client.committed == {0: 4}


def test_what_one_source_applied_the_other_leaves_out() -> None:
    entity, toy, topic = books_with(5), Toy(), FakeTopic()
    topic.put_log(entity)
    by_table = toy.runner(entity)
    by_table.drain()
    by_table.close()
    by_kafka = on(topic, toy, entity)
    assert by_kafka.step() == 0
    by_kafka.close()
    more(entity, 1)
    assert toy.runner(entity).step() == 1
    assert toy.taken(entity) == [1, 2, 3, 4, 5, 6]


MALFORMED: list[tuple[list[tuple[str, bytes]] | None, bytes | None]] = [
    (None, None),
    ([], b""),
    ([("ce_id", b"x")], b"{}"),
    ([("ce_sequence", b"\xff")], b"\xff\x00"),
]


def test_a_message_that_is_no_event_becomes_a_dead_letter_and_stops_nothing() -> None:
    entity, toy, topic = books_with(4), Toy(), FakeTopic()
    good = log_of(entity)[0]
    topic.put_raw(*MALFORMED[0])
    topic.put_log(entity, 1, 2)
    for headers, value in MALFORMED[1:]:
        topic.put_raw(headers, value)
    topic.put_raw(headers_of(good._replace(sequence=10**30), "books"), b"{}")
    topic.put_raw(headers_of(good._replace(type="x" * 65), "books"), b"{}")
    topic.put_log(entity, 3, 4)
    runner = on(topic, toy, entity, most=3)
    assert [runner.step() for _ in range(4)] == [2, 0, 1, 1]
    assert toy.taken(entity) == [1, 2, 3, 4]
    letters = toy.letters()
    assert [letter.kafka_offset for letter in letters] == [0, 3, 4, 5, 6, 7]
    assert {(one.cause, one.entity_id, one.sequence, one.status) for one in letters} == {
        (Cause.MALFORMED, None, None, "open")
    }
    runner.close()
    Offset.objects.filter(consumer=toy.consumer.name).delete()
    on(topic, toy, entity).drain()  # reads them again
    assert len(toy.letters()) == 6


def test_a_stopped_entity_is_read_again_from_where_it_stopped() -> None:
    entity, other, toy, topic = books_with(5), books_with(5), Toy(), FakeTopic()
    toy.poison = {(entity.id, 3)}
    for sequence in range(1, 6):
        topic.put_log(entity, sequence)
        topic.put_log(other, sequence)
    runner = on(topic, toy, entity, other, most=3)
    while runner.step() or runner.step():
        pass
    assert (toy.taken(entity), toy.taken(other)) == ([1, 2], [1, 2, 3, 4, 5])
    assert (toy.position(entity).kafka_offset, next_offset(toy)) == (4, 10)
    look_after(runner)
    assert runner.drain() == 0
    resume(toy)
    look_after(runner)
    while len(toy.taken(entity)) < 5:
        runner.step()
    assert (toy.taken(entity), toy.taken(other)) == ([1, 2, 3, 4, 5], [1, 2, 3, 4, 5])
    assert toy.position(entity).kafka_offset is None


def test_it_is_read_again_by_the_next_process_too() -> None:
    entity, toy, topic = books_with(5), Toy(), FakeTopic()
    toy.poison = {(entity.id, 3)}
    topic.put_log(entity)
    first = on(topic, toy, entity)
    first.drain()
    first.close()
    resume(toy)
    assert on(topic, toy, entity).step() == 3
    assert toy.taken(entity) == [1, 2, 3, 4, 5]


def test_an_entity_that_stopped_on_the_table_is_read_again_on_kafka() -> None:
    entity, toy, topic = books_with(5), Toy(), FakeTopic()
    toy.poison = {(entity.id, 3)}
    by_table = toy.runner(entity)
    by_table.drain()
    by_table.close()
    topic.put_log(entity)
    runner = on(topic, toy, entity)
    runner.drain()
    assert (toy.position(entity).kafka_offset, next_offset(toy)) == (0, 5)
    resume(toy)
    look_after(runner)
    assert runner.step() == 3


def test_a_gap_heals_when_the_missing_event_comes() -> None:
    """A publisher that could not send one of several sends it again, and those after it."""
    entity, toy, topic = books_with(6), Toy(), FakeTopic()
    topic.put_log(entity, 1, 2, 4, 5)
    runner = on(topic, toy, entity)
    assert runner.step() == 2
    assert (toy.position(entity).state, toy.letters()[0].cause) == (State.STOPPED, Cause.GAP)
    topic.put_log(entity, 3, 6)
    assert runner.step() == 1
    (_, second) = toy.letters()
    assert (second.sequence, second.cause, second.status) == (6, Cause.GAP, "open")
    topic.put_log(entity, 4)
    assert runner.step() == 1
    look_after(runner)
    runner.drain()
    assert toy.taken(entity) == [1, 2, 3, 4, 5, 6]
    letters = toy.letters()
    assert {letter.status for letter in letters} == {"replayed"}
    assert letters[0].decided_by == f"system:consumer {toy.consumer.name}"


def test_a_forged_message_stops_its_entity() -> None:
    entity, toy, topic = books_with(5), Toy(), FakeTopic()
    log = log_of(entity)
    topic.put_log(entity, 1, 2)
    topic.put(log[2]._replace(data='{"forged":true}'))
    topic.put_log(entity, 3, 4, 5)
    runner = on(topic, toy, entity)
    runner.drain()
    assert toy.taken(entity) == [1, 2]
    assert [(one.sequence, one.cause) for one in toy.letters()] == [(3, Cause.BROKEN)]


def test_an_entity_that_another_holds_is_waited_for_and_nothing_is_lost() -> None:
    entity, other, toy, topic = books_with(4), books_with(4), Toy(), FakeTopic()
    sleeper = toy.runner(entity)
    sleeper.step()
    more(entity, 1)
    topic.put_log(entity)
    topic.put_log(other)
    runner = on(topic, toy, entity, other)
    assert runner.step() == 4
    assert toy.taken(other) == [1, 2, 3, 4]
    assert not Offset.objects.filter(consumer=toy.consumer.name).exists()
    assert runner.step() == 0
    sleeper.close()
    assert runner.step() == 1
    assert (toy.taken(entity), next_offset(toy)) == ([1, 2, 3, 4, 5], 9)


def test_partitions_that_go_to_another_member_take_the_leases_along() -> None:
    entity, toy, topic = books_with(4), Toy(), FakeTopic()
    topic.put_log(entity, 1, 2)
    client = topic.client()
    first = toy.runner(entity, source="kafka", client=lambda: client)
    first.step()
    client.revoke()
    topic.put_log(entity, 3, 4)
    assert on(topic, toy, entity).step() == 2
    assert toy.position(entity).lease_epoch == 2


@settings(max_examples=15)
@given(
    st.lists(st.tuples(st.integers(0, 7), st.integers(1, 8)), min_size=1, max_size=6),
    st.integers(1, 9),
    st.sets(st.integers(0, 5)),
)
def test_any_batches_repeats_and_restarts_come_to_the_same(
    pieces: list[tuple[int, int]], most: int, restarts: set[int]
) -> None:
    toy, topic = Toy(), FakeTopic()
    for first, last in pieces:
        topic.put_log(shop(), *range(first + 1, last + 1)) if first < last else None
    topic.put_log(shop())
    runner = on(topic, toy, shop(), most=most)
    for step in range(100):
        if step in restarts:
            runner.close()
            runner = on(topic, toy, shop(), most=most)
        runner.step()
        if next_offset(toy) == len(topic.partitions[0]):
            break
    look_after(runner)
    for _ in range(len(topic.partitions[0])):
        runner.step()
    assert toy.taken(shop()) == [1, 2, 3, 4, 5, 6, 7, 8]
    runner.close()


_shops: list[Entity] = []


def shop() -> Entity:
    """The same books for all examples."""
    if not _shops:
        _shops.append(books_with(8))
    return _shops[0]


def applied_by_two(entity_count: int) -> None:
    """Two members of a group share the partitions of the topic, and each entity is taken once and in its order."""
    toy, shops = Toy(), [books_with(5) for _ in range(entity_count)]
    runners = [toy.runner(*shops, source="kafka") for _ in range(2)]
    producer = Producer({"bootstrap.servers": django_settings.LEDGERFLOW_KAFKA_BOOTSTRAP_SERVERS, "log_level": 0})
    for entity in shops:
        for event in log_of(entity):
            headers: Any = headers_of(event, entity.code)
            producer.produce(django_settings.LEDGERFLOW_KAFKA_EVENTS_TOPIC, event.data, entity.code, headers=headers)
    assert producer.flush(10) == 0
    for _ in range(200):
        for runner in runners:
            runner.step()
        if all(len(toy.taken(entity)) == 5 for entity in shops):
            break
    assert [toy.taken(entity) for entity in shops] == [[1, 2, 3, 4, 5]] * entity_count
    for runner in runners:
        runner.measure()
        assert runner.measures.lag == 0
        runner.close()
    assert (
        sum(Offset.objects.filter(consumer=toy.consumer.name).values_list("next_offset", flat=True)) == 5 * entity_count
    )


def test_a_real_client_and_the_broker_within_the_library() -> None:
    broker = Producer({"bootstrap.servers": "mock", "test.mock.num.brokers": 1, "log_level": 0})
    (found,) = broker.list_topics(timeout=10).brokers.values()
    with override_settings(
        LEDGERFLOW_KAFKA_BOOTSTRAP_SERVERS=f"{found.host}:{found.port}", LEDGERFLOW_KAFKA_EVENTS_TOPIC="events"
    ):
        applied_by_two(4)


def test_a_real_client_and_a_real_broker(topics: str) -> None:
    list(create_topics(3))
    applied_by_two(4)
