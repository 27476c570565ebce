"""One consumer, one process: each event once, in its order, and what happens when one cannot be taken."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal
from uuid import UUID

import psycopg
import pytest
from psycopg import errors as pg

from ledgerflow.books.models import Event
from ledgerflow.core.events import RecordedEvent
from ledgerflow.core.plugins import Consumer
from ledgerflow.events.consuming.models import Cause, State
from ledgerflow.events.consuming.rows import event_in
from tests.attacks import connect
from tests.builders import unguarded
from tests.consuming.fake_kafka import log_of
from tests.consuming.toys import Toy, books_with, more

pytestmark = pytest.mark.every_server


def test_each_event_is_applied_once_in_its_order() -> None:
    entity, toy = books_with(8), Toy()
    runner = toy.runner(entity)
    assert runner.step() == 8
    assert runner.step() == 0
    more(entity, 2)
    assert runner.step() == 2
    assert toy.taken(entity) == list(range(1, 11))
    position = toy.position(entity)
    assert (position.sequence, bytes(position.hash)) == (10, bytes(entity.events.get(sequence=10).hash))


def test_another_process_goes_on_where_the_first_one_ended() -> None:
    entity, toy = books_with(5), Toy()
    first, second = toy.runner(entity), toy.runner(entity)
    first.step()
    first.close()
    more(entity, 1)
    assert second.step() == 1
    assert toy.taken(entity) == list(range(1, 7))


@pytest.mark.parametrize("on_failure, state", [("stop", State.STOPPED), ("park", State.PARKED)])
def test_a_poisoned_event_stops_its_entity_and_no_other(on_failure: Literal["stop", "park"], state: str) -> None:
    entity, healthy, toy = books_with(9), books_with(6), Toy(on_failure)
    toy.poison = {(entity.id, 7)}
    runner = toy.runner(entity, healthy)
    runner.drain()
    assert toy.taken(entity) == toy.taken(healthy) == [1, 2, 3, 4, 5, 6]
    (letter,) = toy.letters()
    assert (letter.entity_id, letter.sequence, letter.cause) == (entity.id, 7, Cause.FAILED)
    assert (letter.attempts, letter.status, letter.error) == (3, "open", "PoisonError: event 7 is poison")
    assert event_in(letter.payload) == log_of(entity)[6]
    assert toy.pauses == [0.1, 0.2]
    assert (toy.position(entity).state, toy.position(entity).sequence) == (state, 6)
    more(healthy, 1)
    assert runner.drain() == 1


def test_what_passes_by_itself_is_tried_again_as_it_is() -> None:
    entity, toy = books_with(6), Toy()
    toy.ill = [pg.DeadlockDetected("deadlock"), pg.SerializationFailure("conflict")]
    assert toy.runner(entity).drain() == 6
    assert (toy.calls, toy.letters()) == (3, [])


def test_what_fails_as_a_batch_and_not_by_itself_is_no_dead_letter() -> None:
    entity, toy = books_with(8), Toy()
    toy.ill = [ValueError("too many"), ValueError("still too many")]
    assert toy.runner(entity).drain() == 8
    assert toy.letters() == []
    assert toy.taken(entity) == list(range(1, 9))


def test_a_server_that_is_short_of_something_makes_no_dead_letter() -> None:
    entity, toy = books_with(5), Toy()
    runner = toy.runner(entity)
    toy.ill = [pg.DiskFull("no space left")]
    with pytest.raises(pg.DiskFull):
        runner.step()
    assert (toy.taken(entity), toy.letters()) == ([], [])
    assert runner.step() == 5


def test_a_connection_that_is_cut_in_the_middle_loses_and_doubles_nothing() -> None:
    entity, toy = books_with(6), Toy()
    cut: list[int] = []

    def apply(connection: psycopg.Connection[Any], entity_id: UUID, events: Sequence[RecordedEvent]) -> None:
        toy.apply(connection, entity_id, events)
        if not cut:
            cut.append(connection.info.backend_pid)
            with connect(autocommit=True) as other:
                other.execute("SELECT pg_terminate_backend(%s, 5000)", (cut[0],))
            connection.execute("SELECT 1")

    cutting = Toy(name=toy.consumer.name)
    cutting.consumer = Consumer(toy.consumer.name, apply)
    runner = cutting.runner(entity)
    with pytest.raises(psycopg.OperationalError):
        runner.step()
    assert runner.measures.away
    assert runner.step() == 6
    assert (toy.taken(entity), toy.letters()) == ([1, 2, 3, 4, 5, 6], [])


def test_a_consumer_that_ends_the_transaction_is_told() -> None:
    entity, toy = books_with(4), Toy()
    toy.consumer = Consumer(toy.consumer.name, lambda connection, *_: connection.execute("COMMIT"))
    toy.runner(entity).drain()
    assert "has ended the transaction" in toy.letters()[0].error


# Histories that are no longer what they were


@pytest.mark.parametrize(
    "change, cause, sequence",
    [
        (lambda events: events.filter(sequence=5).delete(), Cause.GAP, 6),
        (lambda events: events.filter(sequence=5).update(hash=bytes(32)), Cause.BROKEN, 5),
        (lambda events: events.filter(sequence=5).update(data='{"a":1}'), Cause.BROKEN, 5),
        (lambda events: events.filter(sequence=5).update(actor="nobody"), Cause.BROKEN, 5),
    ],
    ids=["a row is gone", "a hash was changed", "data were changed", "an actor was changed"],
)
def test_a_broken_history_stops_its_entity_at_once(change: Any, cause: str, sequence: int) -> None:
    entity, toy = books_with(7), Toy()
    with unguarded():
        change(Event.objects.filter(entity=entity))
    runner = toy.runner(entity)
    runner.drain()
    assert toy.taken(entity) == [1, 2, 3, 4]
    (letter,) = toy.letters()
    assert (letter.cause, letter.sequence, letter.attempts) == (cause, sequence, 1)
    assert toy.pauses == []
    assert runner.step() == 0
    assert toy.position(entity).state == State.STOPPED
