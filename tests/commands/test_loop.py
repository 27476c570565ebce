"""The loop around the processor: when it ends, waits, and what it tells."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from journals.proof.ledger import verify_books
from ledgerflow.books.models import Entity
from ledgerflow.events.commands import running
from ledgerflow.events.commands.processing import Processor
from tests.client import ApiClient
from tests.commands.commanding import a_shop_with_cash, process, sale, statuses


@pytest.fixture
def entity() -> Iterator[Entity]:
    """Books that are proven again at the end of each test."""
    entity = a_shop_with_cash()
    yield entity
    assert verify_books(entity.id) == []


@pytest.fixture
def client(entity: Entity) -> ApiClient:
    return ApiClient(entity)


def test_the_loop_ends_when_nothing_is_left(entity: Entity, client: ApiClient) -> None:
    from threading import Event as Flag

    sale(client)
    running.run_processor(Flag(), once=True)
    assert statuses(entity) == ["completed"]


def test_the_loop_waits_for_a_database_that_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    from threading import Event as Flag

    from django.db import OperationalError

    stop, faults = Flag(), []

    def step(self: Processor, _wait_seconds: float) -> int:
        faults.append(running.faults_of(self))
        if len(faults) > 2:
            stop.set()
        raise OperationalError

    monkeypatch.setattr(Processor, "step", step)
    monkeypatch.setattr(running, "TROUBLED_SECONDS", 0)
    running.run_processor(stop)
    assert faults == [[], ["The database cannot be reached."], ["The database cannot be reached."]]


def test_an_error_of_the_loop_itself_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    from threading import Event as Flag

    def step(_self: Processor, _wait_seconds: float) -> int:
        raise ZeroDivisionError

    monkeypatch.setattr(Processor, "step", step)
    with pytest.raises(ZeroDivisionError):
        running.run_processor(Flag())


def test_a_processor_that_does_not_come_round_is_not_ready() -> None:
    processor = Processor()
    assert running.faults_of(processor) == []
    processor.measures.stepped_at -= 60
    assert running.faults_of(processor) == ["No command was looked for in 60 seconds."]


def test_it_tells_what_waits_and_how_long(entity: Entity, client: ApiClient) -> None:
    sale(client)
    found = {family.name: family.samples[0].value for family in running.CommandCollector(Processor()).collect()}
    assert found["ledgerflow_commands_waiting"] >= 1
    assert found["ledgerflow_commands_oldest_seconds"] > 0
    process(entity)
