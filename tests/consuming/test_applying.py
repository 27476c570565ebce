"""One consumer, one process: each event once, in its order, and what happens when one cannot be taken."""

from __future__ import annotations

import pytest
from psycopg import errors as pg

from ledgerflow.events.consuming.models import Cause, State
from tests.consumers import Toy, books_with, more


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
def test_a_poisoned_event_stops_its_entity_and_no_other(on_failure: str, state: str) -> None:
    entity, healthy, toy = books_with(9), books_with(6), Toy(on_failure)  # type: ignore[arg-type]
    toy.poison = {(entity.id, 7)}
    runner = toy.runner(entity, healthy)
    runner.drain()
    assert toy.taken(entity) == [1, 2, 3, 4, 5, 6]
    assert toy.taken(healthy) == [1, 2, 3, 4, 5, 6]
    (letter,) = toy.letters()
    assert (letter.entity_id, letter.sequence, letter.cause) == (entity.id, 7, Cause.FAILED)
    assert (letter.attempts, letter.status) == (3, "open")
    assert letter.error == "PoisonError: event 7 is poison"
    assert toy.pauses == [0.1, 0.2]
    assert (toy.position(entity).state, toy.position(entity).sequence) == (state, 6)
    more(healthy, 1)
    assert runner.drain() == 1


def test_what_passes_by_itself_is_tried_again_as_it_is() -> None:
    entity, toy = books_with(6), Toy()
    toy.ill = [pg.DeadlockDetected("deadlock"), pg.SerializationFailure("conflict")]
    assert toy.runner(entity).drain() == 6
    assert (toy.calls, toy.letters()) == (3, [])
