"""From the log to a real Kafka: in order, whole, at least once, whatever happens to those who send."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from threading import Event as Signal
from threading import Thread
from typing import Any

import pytest
from confluent_kafka.admin import NewTopic
from django.conf import settings
from django.db import connection

from ledgerflow.books.models import Entity
from ledgerflow.core.events import RecordedEvent
from ledgerflow.events.publishing import publisher
from ledgerflow.events.publishing.kafka import new_admin_client
from ledgerflow.events.publishing.models import KAFKA, SinkBreaker, SinkPosition
from ledgerflow.events.publishing.publisher import publish
from ledgerflow.events.publishing.reading import breaker_of, lagging, lags
from ledgerflow.events.publishing.sending import Sent, sender
from tests.builders import unguarded
from tests.publishing.messages import (
    another_kafka,
    events_of,
    has_no_gap,
    log_of,
    more_events,
    some_books,
    without_repeats,
)


def position_of(entity: Entity) -> SinkPosition:
    return SinkPosition.objects.get(sink=KAFKA, entity=entity)


def lag_of(entity: Entity) -> int:
    (found,) = lags(entity_id=entity.id)
    return found.lag


def test_the_log_arrives_whole_and_in_order(topic: str) -> None:
    one, other = some_books(), some_books(5)
    assert {one.id, other.id} <= set(lagging())
    assert [publish(one.id), publish(other.id), publish(one.id)] == [False, False, False]
    more_events(one, 2)
    assert lag_of(one) == 2
    publish(one.id)

    assert events_of(one) == log_of(one)
    assert events_of(other) == log_of(other)
    last = log_of(one)[-1]
    found = position_of(one)
    assert (found.sequence, bytes(found.hash), found.problem) == (last.sequence, last.hash, "")
    assert not {one.id, other.id} & set(lagging())


def test_it_arrives_at_the_broker_of_the_library_too(mock_broker: str) -> None:
    entity = some_books()
    publish(entity.id)
    assert events_of(entity) == log_of(entity)


def test_entities_take_turns(topic: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publisher, "BATCH_EVENTS", 2)
    monkeypatch.setattr(publisher, "BATCHES_IN_A_ROW", 2)
    entity = some_books(3)
    assert publish(entity.id)
    assert position_of(entity).sequence == 4
    assert not publish(entity.id)
    assert events_of(entity) == log_of(entity)


def test_a_batch_is_bounded_by_its_size_too(topic: str, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []

    def measured(_topic: str, _code: str, events: list[RecordedEvent]) -> Sent:
        sizes.append(len(events))
        return Sent(len(events))

    monkeypatch.setattr(publisher, "BATCH_BYTES", 1)
    monkeypatch.setattr(sender, "send", measured)
    entity = some_books(2)
    publish(entity.id)
    assert sizes == [1] * len(log_of(entity))


def test_without_kafka_nothing_is_published() -> None:
    entity = some_books(1)
    assert not publish(entity.id)
    assert lagging() == []
    assert not SinkPosition.objects.filter(entity=entity).exists()


# --- several at once, and killed ones ---


def test_of_two_publishers_one_leaves_and_what_comes_meanwhile_is_sent(
    topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The event whose wake-up found the other one at work is sent by the other one."""
    entity, at_work, may_go_on = some_books(1), Signal(), Signal()
    send = sender.send

    def slowly(*given: Any) -> Sent:
        at_work.set()
        assert may_go_on.wait(60)
        return send(*given)

    monkeypatch.setattr(sender, "send", slowly)
    thread = Thread(target=publish, args=[entity.id])
    thread.start()
    assert at_work.wait(60)
    more_events(entity)
    assert not publish(entity.id)
    assert lag_of(entity) == len(log_of(entity))
    may_go_on.set()
    thread.join()
    assert events_of(entity) == log_of(entity)


def test_killed_publishers_leave_no_gap_and_forked_ones_end_well(topic: str, environ: dict[str, str]) -> None:
    """One is killed while a batch is on its way, one when it has arrived and nobody has written that down."""
    entity = some_books(30)
    words = [sys.executable, "-m", "tests.publishing.process", str(entity.id), "handed over", "acknowledged", "done"]
    with subprocess.Popen(words, env=environ, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for _ in range(2):
            said, pid = process.stdout.readline().split()
            assert said == "stopped"
            assert not publish(entity.id)  # it holds the entity
            os.kill(int(pid), signal.SIGKILL)
            assert process.stdout.readline().split() == ["ended", str(-signal.SIGKILL)]
            assert position_of(entity).sequence == 7  # what only the killed ones knew is sent again
        assert process.stdout.readline().split() == ["ended", "0"]
    assert process.returncode == 0
    publish_all(entity)
    arrived = events_of(entity)
    assert len(arrived) > len(log_of(entity))
    assert has_no_gap(arrived)
    assert without_repeats(arrived) == log_of(entity)


def publish_all(entity: Entity) -> None:
    """The server may need a moment to see that a connection is gone."""
    deadline = time.monotonic() + 60
    while lag_of(entity):
        assert time.monotonic() < deadline, "the entity is still held"
        publish(entity.id)


# --- what is wrong with one entity ---


def test_a_broken_chain_stops_its_entity_alone(topic: str, monkeypatch: pytest.MonkeyPatch) -> None:
    entity, other = some_books(3), some_books(1)
    whole = log_of(entity)
    set_data(entity, 5, whole[4].data.replace("1.00", "2.00"))
    said = logged(monkeypatch)
    publish(entity.id)
    publish(entity.id)
    publish(other.id)
    assert position_of(entity).sequence == 4
    assert "event 5 does not follow event 4" in position_of(entity).problem
    assert [event for level, event in said if level == "error"] == ["publishing_stopped"]
    assert lag_of(other) == 0

    set_data(entity, 5, whole[4].data)
    publish(entity.id)
    assert position_of(entity).problem == ""
    assert events_of(entity) == whole


def test_a_removed_event_stops_its_entity(topic: str) -> None:
    entity = some_books(3)
    with unguarded(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM books_event WHERE entity_id = %s AND sequence = 4", [entity.id])
    publish(entity.id)
    assert position_of(entity).sequence == 3
    assert "event 5 does not follow event 3" in position_of(entity).problem


def test_a_log_that_was_changed_behind_the_position_stops_too(topic: str) -> None:
    """What was sent is not what the next event follows any more."""
    entity = some_books(1)
    publish(entity.id)
    SinkPosition.objects.filter(entity=entity).update(hash=bytes(32))
    more_events(entity)
    publish(entity.id)
    assert "does not follow" in position_of(entity).problem


def test_an_event_that_is_too_large_stops_its_entity_alone(topic: str) -> None:
    entity = some_books(0)
    an_event_of(entity, "x" * 3_000)
    with another_kafka(LEDGERFLOW_KAFKA_OPTIONS={"message.max.bytes": 2_000}):
        publish(entity.id)
    assert position_of(entity).sequence == 3
    assert "Kafka does not take event 4: " in position_of(entity).problem
    assert breaker_of(KAFKA).failures == 0
    publish(entity.id)
    assert events_of(entity) == log_of(entity)


def test_an_event_that_is_too_large_for_the_topic_stops_its_entity_alone(topics: str) -> None:
    client = new_admin_client()
    new = NewTopic(settings.LEDGERFLOW_KAFKA_EVENTS_TOPIC, 1, 1, config={"max.message.bytes": "1500"})
    client.create_topics([new])[settings.LEDGERFLOW_KAFKA_EVENTS_TOPIC].result()
    entity = some_books(0)
    with another_kafka(LEDGERFLOW_KAFKA_OPTIONS={"compression.type": "none"}):
        an_event_of(entity, "x" * 3_000)
        publish(entity.id)
    assert "Kafka does not take event 1: " in position_of(entity).problem
    assert breaker_of(KAFKA).failures == 0
    assert not SinkBreaker.objects.exists()


def an_event_of(entity: Entity, description: str) -> None:
    from tests.builders import a_transfer, posted

    posted(entity, a_transfer("cash", "sales", "1.00", metadata={"note": description}))


def set_data(entity: Entity, sequence: int, data: str) -> None:
    with unguarded(), connection.cursor() as cursor:
        words = "UPDATE books_event SET data = %s WHERE entity_id = %s AND sequence = %s"
        cursor.execute(words, [data, entity.id, sequence])


def logged(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []

    class Log:
        def __getattr__(self, level: str) -> Any:
            return lambda event, **_: found.append((level, event))

    monkeypatch.setattr(publisher, "log", Log())
    return found
