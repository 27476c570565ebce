"""Kafka away and back: posting does not notice, the breaker keeps everybody from trying, and all drains in order."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db.models import F

from ledgerflow.books.connections import writer_connection
from ledgerflow.core import clocks
from ledgerflow.events.publishing import breaker, sending
from ledgerflow.events.publishing.home_checks import lag_of_sinks
from ledgerflow.events.publishing.models import KAFKA, BreakerState, SinkBreaker, SinkPosition
from ledgerflow.events.publishing.publisher import publish
from ledgerflow.events.publishing.reading import breaker_of, lags
from ledgerflow.events.publishing.sending import sender
from tests.publishing.messages import another_kafka, events_of, log_of, more_events, some_books
from tests.services.launching import free_port

Woken = list[tuple[str, ...]]


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "NOBODY_SECONDS", 0.05)


@pytest.fixture
def nobody() -> Iterator[None]:
    """A broker that is away."""
    with another_kafka(LEDGERFLOW_KAFKA_BOOTSTRAP_SERVERS=f"127.0.0.1:{free_port()}"):
        yield


def is_back() -> None:
    """The pause of the breaker is over."""
    SinkBreaker.objects.update(until=F("changed_at") - timedelta(seconds=1))


def test_after_three_failures_nobody_tries(nobody: None, woken: Woken, monkeypatch: pytest.MonkeyPatch) -> None:
    entity = some_books(1)
    woken.clear()
    for failures, state in ((1, BreakerState.CLOSED), (2, BreakerState.CLOSED), (3, BreakerState.OPEN)):
        assert not publish(entity.id)
        found = breaker_of(KAFKA)
        assert (found.failures, found.state) == (failures, state)
    assert "Connection refused" in breaker_of(KAFKA).last_error
    assert woken == [("publish_entity", str(entity.id))] * 3  # each failure comes back after its pause

    monkeypatch.setattr(sender, "send", lambda *_: pytest.fail("somebody tried"))
    assert not publish(entity.id)
    more_events(entity)  # and posting goes on
    assert lags(entity_id=entity.id)[0].lag == len(log_of(entity))

    (unreachable,) = lag_of_sinks(entity.id).entries  # what was recorded just now is on its way
    assert unreachable.sentence == "Kafka cannot be reached: {problem}"
    later = clocks.now() + timedelta(minutes=2)
    monkeypatch.setattr(clocks, "now", lambda: later)
    assert lag_of_sinks(entity.id).entries[0].figures["lag"] == len(log_of(entity))
    SinkPosition.objects.filter(entity=entity).update(problem="event 5 does not follow event 3")
    assert lag_of_sinks(entity.id).entries[0].sentence.startswith("Publishing stands still")
    SinkPosition.objects.filter(entity=entity).update(sequence=len(log_of(entity)), problem="")
    SinkBreaker.objects.update(state=BreakerState.CLOSED)
    found_calm = lag_of_sinks(entity.id)
    assert (found_calm.entries, found_calm.calm and found_calm.calm.figures) == ([], {"lag": 0})


def test_all_drains_in_order_when_it_is_back(topic: str, woken: Woken) -> None:
    entity, other = some_books(2), some_books(1)
    publish(entity.id)
    with another_kafka(LEDGERFLOW_KAFKA_BOOTSTRAP_SERVERS=f"127.0.0.1:{free_port()}"):
        for _ in range(3):
            more_events(entity)
            publish(entity.id)
    assert breaker_of(KAFKA).state == BreakerState.OPEN
    is_back()
    woken.clear()
    publish(entity.id)
    assert woken == [("fan_out", "publish_events")]  # everybody else is woken by who found out
    found = breaker_of(KAFKA)
    assert (found.state, found.failures) == (BreakerState.CLOSED, 0)
    publish(other.id)
    assert events_of(entity) == log_of(entity)
    assert events_of(other) == log_of(other)


def test_a_broker_that_is_silent_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "ACKNOWLEDGE_SECONDS", 0.5)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        with another_kafka(LEDGERFLOW_KAFKA_BOOTSTRAP_SERVERS=f"127.0.0.1:{silent.getsockname()[1]}"):
            publish(some_books(1).id)
    assert "no acknowledgement in" in breaker_of(KAFKA).last_error


def test_a_missing_topic_is_named(topics: str) -> None:
    with another_kafka(LEDGERFLOW_KAFKA_OPTIONS={"topic.metadata.propagation.max.ms": 200}):
        publish(some_books(1).id)
    assert "UNKNOWN_TOPIC" in breaker_of(KAFKA).last_error


def test_a_failed_batch_moves_nothing(nobody: None) -> None:
    entity = some_books(1)
    publish(entity.id)
    assert not SinkPosition.objects.filter(entity=entity, sequence__gt=0).exists()


# --- the breaker by itself ---


def test_pauses_double_up_to_thirty_seconds() -> None:
    with writer_connection() as connection:
        pauses = [breaker.failed(connection, KAFKA, "x").pause_seconds for _ in range(12)]
    least = [0.5, 0.5, 0.5, 1, 2, 4, 8, 15, 15, 15, 15, 15]
    assert all(low - 0.2 <= pause <= 2 * low for low, pause in zip(least, pauses, strict=True)), pauses


def test_one_of_many_tries_after_the_pause() -> None:
    with writer_connection() as connection:
        for _ in range(breaker.FAILURES_TO_OPEN):
            breaker.failed(connection, KAFKA, "x")
        assert not breaker.admit(connection, KAFKA).may_send
        is_back()
        assert [breaker.admit(connection, KAFKA).may_send for _ in range(3)] == [True, False, False]
        breaker.give_back(connection, KAFKA)
        assert breaker.admit(connection, KAFKA).is_trial
        is_back()  # it was killed
        assert breaker.admit(connection, KAFKA).is_trial
        assert breaker.failed(connection, KAFKA, "y").is_open
        assert not breaker.admit(connection, KAFKA).may_send
        is_back()
        assert breaker.admit(connection, KAFKA).is_trial
        breaker.succeeded(connection, KAFKA)
        assert breaker.admit(connection, KAFKA) == breaker.Admission(may_send=True)


def test_whoever_finds_nothing_to_try_with_lets_the_next_one(topic: str) -> None:
    busy = some_books(1)
    with writer_connection() as connection:
        for _ in range(breaker.FAILURES_TO_OPEN):
            breaker.failed(connection, KAFKA, "x")
    is_back()
    with writer_connection() as connection, connection.transaction():
        connection.execute("SELECT")
        SinkPosition.objects.create(sink=KAFKA, entity=busy, sequence=0, hash=bytes(32))
        connection.execute("SELECT 1 FROM publishing_sinkposition WHERE entity_id = %s FOR UPDATE", [busy.id])
        assert not publish(busy.id)
    found = breaker_of(KAFKA)
    assert found.state == BreakerState.OPEN
    publish(busy.id)
    assert breaker_of(KAFKA).state == BreakerState.CLOSED
