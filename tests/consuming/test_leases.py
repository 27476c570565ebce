"""A consumer runs once for each entity: leases, and what becomes of a process that slept through the end of its own."""

from __future__ import annotations

from typing import Any

import pytest

from ledgerflow.books.models import Entity
from ledgerflow.events.consuming.applying import Applier, EventRun, RunEnd
from ledgerflow.events.consuming.models import Position
from ledgerflow.events.consuming.runner import Runner
from tests.attacks import connect
from tests.consuming.fake_kafka import log_of
from tests.consuming.toys import Toy, books_with, lapse, more

pytestmark = pytest.mark.every_server


def leases_of(runner: Runner) -> Any:
    source: Any = runner._source
    return source._leases


def applier_of(runner: Runner) -> Applier:
    source: Any = runner._source
    applier: Applier = source._applier
    return applier


def held_by(toy: Toy, runner: Runner) -> int:
    return Position.objects.filter(consumer=toy.consumer.name, lease_owner=runner.owner).count()


def test_a_lease_keeps_others_away() -> None:
    entity, toy = books_with(5), Toy()
    first, second = toy.runner(entity), toy.runner(entity)
    first.step()
    more(entity, 1)
    assert second.step() == 0
    assert first.step() == 1
    assert toy.position(entity).lease_epoch == 1


def test_a_lease_that_has_run_out_is_taken_over() -> None:
    entity, toy = books_with(5), Toy()
    first, second = toy.runner(entity), toy.runner(entity)
    first.step()
    more(entity, 1)
    lapse(toy)
    assert second.step() == 1
    assert (toy.position(entity).lease_owner, toy.position(entity).lease_epoch) == (second.owner, 2)
    more(entity, 1)
    assert first.step() == 0


def slept(toy: Toy, entity: Entity) -> RunEnd:
    """A process has read what to apply, and sleeps; another takes over and goes on. Then it wakes up."""
    first, second = toy.runner(entity), toy.runner(entity)
    first.step()
    more(entity, 2)
    lapse(toy)
    run = EventRun(entity.id, log_of(entity))
    second.step()
    more(entity, 1)
    run = run._replace(events=log_of(entity))
    return applier_of(first).take(run).came


def test_a_process_that_slept_writes_nothing() -> None:
    entity, toy = books_with(5), Toy()
    assert slept(toy, entity) is RunEnd.BUSY
    assert toy.taken(entity) == [1, 2, 3, 4, 5, 6, 7]


def test_without_the_epoch_it_would(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test above can fail."""
    from ledgerflow.events.consuming import rows

    def begin(applier: Applier, entity_id: Any) -> Any:
        applier.connection.execute("BEGIN")
        position = rows.lock(applier.connection, applier.consumer.name, entity_id)
        return position, position.epoch

    entity, toy = books_with(5), Toy()
    monkeypatch.setattr(Applier, "_begin", begin)
    assert slept(toy, entity) is RunEnd.APPLIED
    assert toy.taken(entity) == [1, 2, 3, 4, 5, 6, 7, 8]


def test_a_position_that_somebody_is_writing_is_left_alone() -> None:
    entity, toy = books_with(5), Toy()
    runner = toy.runner(entity)
    runner.step()
    more(entity, 1)
    with connect() as connection:
        connection.execute("SELECT FROM consuming_position WHERE consumer = %s FOR UPDATE", (toy.consumer.name,))
        assert runner.step() == 0
        leases_of(runner).keep()
        connection.rollback()
    assert runner.step() == 1


def test_a_process_that_stops_in_a_transaction_loses_its_session() -> None:
    runner = Toy().runner(books_with(4))
    runner.step()
    shown = applier_of(runner).connection.execute("SHOW idle_in_transaction_session_timeout")
    assert shown.fetchone() == ("6s",)


def test_what_there_is_no_work_for_is_given_back() -> None:
    entity, toy = books_with(5), Toy()
    first, second = toy.runner(entity), toy.runner(entity)
    first.step()
    leases_of(first).keep()
    assert held_by(toy, first) == 1
    leases_of(first).keep()
    assert held_by(toy, first) == 0
    more(entity, 1)
    assert second.step() == 1


def test_whoever_ends_gives_all_back() -> None:
    entity, toy = books_with(5), Toy()
    runner = toy.runner(entity)
    runner.step()
    assert held_by(toy, runner) == 1
    runner.close()
    assert held_by(toy, runner) == 0


def test_a_renewed_lease_runs_on() -> None:
    entity, toy = books_with(5), Toy()
    runner = toy.runner(entity)
    runner.step()
    lapse(toy)
    leases_of(runner).keep()
    more(entity, 1)
    assert toy.runner(entity).step() == 0


def test_a_lease_that_is_lost_is_forgotten() -> None:
    entity, toy = books_with(5), Toy()
    first, second = toy.runner(entity), toy.runner(entity)
    first.step()
    more(entity, 1)
    lapse(toy)
    second.step()
    leases_of(first).keep()
    assert applier_of(first).held == {}
    assert held_by(toy, second) == 1


def test_two_processes_share_the_entities() -> None:
    shops = [books_with(3) for _ in range(4)]
    toy = Toy()
    first, second = toy.runner(*shops), toy.runner(*shops)
    assert first.step() == 6  # half of those that are free
    assert second.step() == 3  # and half of the rest
    first.drain()
    assert held_by(toy, first) + held_by(toy, second) == 4


def test_a_process_without_work_gets_some_of_anothers() -> None:
    shops = [books_with(3) for _ in range(4)]
    toy = Toy()
    first, second = toy.runner(*shops), toy.runner(*shops)
    first.drain()
    assert (held_by(toy, first), second.step()) == (4, 0)
    leases_of(second).keep()
    leases_of(first).keep()
    assert held_by(toy, first) == 2
    for shop in shops:
        more(shop, 1)
    assert (second.step(), second.step(), first.step()) == (1, 1, 2)
    leases_of(second).keep()
    assert not Position.objects.filter(consumer=toy.consumer.name, lease_wanted=True).exists()
