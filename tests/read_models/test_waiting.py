"""A read that must see a write waits for it: not for ever, not with a connection, and not many at once."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connections
from pytest_django import Settings

from ledgerflow.books.borrowing import close_borrowed
from ledgerflow.books.models import Entity
from ledgerflow.events.read_models import reading
from ledgerflow.events.read_models.errors import ReadModelBehind
from ledgerflow.events.read_models.reading import position_of, wait_for
from tests.builders import an_account, an_entity
from tests.read_models.projecting import project

FOR_EVER = 600


class Pauses:
    """Stands in for the clock of those who wait: a pause ends when the test says so, or at once."""

    def __init__(self) -> None:
        self.began = Event()
        self.may_end = Event()
        self.connected: list[str] = []

    def sleep(self, _seconds: float) -> None:
        self.connected += [one.alias for one in connections.all(initialized_only=True)]
        self.began.set()
        assert self.may_end.wait(60)


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> Iterator[Pauses]:
    made = Pauses()
    # Of this module alone: other threads of the process sleep too.
    monkeypatch.setattr(reading, "time", SimpleNamespace(sleep=made.sleep, monotonic=time.monotonic))
    yield made
    made.may_end.set()


@pytest.fixture
def waiters() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as threads:
        yield threads
    close_borrowed()


def behind(entity: Entity, sequence: int, seconds: float = 0) -> dict[str, Any]:
    with pytest.raises(ReadModelBehind) as refusal:
        wait_for(entity.id, sequence, seconds)
    return refusal.value.data


def test_the_answer_comes_with_the_event(pauses: Pauses, waiters: ThreadPoolExecutor) -> None:
    entity = an_entity()
    project(entity)
    an_account(entity, "cash")
    known = position_of(entity.id)
    waiting = waiters.submit(wait_for, entity.id, known + 1, FOR_EVER)
    assert pauses.began.wait(60)
    project(entity)
    pauses.may_end.set()
    assert waiting.result() == known + 1
    assert wait_for(entity.id, known, 0) == known + 1
    assert "read_models" not in pauses.connected


def test_after_the_time_it_is_refused() -> None:
    entity = an_entity()
    assert behind(entity, 1) == {"position": 0, "min_sequence": 1}
    project(entity)
    known = position_of(entity.id)
    assert behind(entity, known + 1, 0.05) == {"position": known, "min_sequence": known + 1}
    assert not reading._waiting


def test_few_wait_at_once_and_one_entity_takes_no_more_than_half(
    pauses: Pauses, waiters: ThreadPoolExecutor, settings: Settings
) -> None:
    settings.LEDGERFLOW_READ_MODEL_WAITERS = 2
    entity, other = an_entity(), an_entity()
    project(entity, other)
    known = {one.id: position_of(one.id) for one in (entity, other)}
    first = waiters.submit(wait_for, entity.id, known[entity.id] + 1, FOR_EVER)
    assert pauses.began.wait(60)
    assert behind(entity, known[entity.id] + 1, FOR_EVER)  # at once, although there is all the time
    pauses.began.clear()
    second = waiters.submit(wait_for, other.id, known[other.id] + 1, FOR_EVER)
    assert pauses.began.wait(60)
    assert behind(an_entity(), 1, FOR_EVER)
    for one in (entity, other):
        an_account(one, "cash")
    project(entity, other)
    pauses.may_end.set()
    assert (first.result(), second.result()) == (known[entity.id] + 1, known[other.id] + 1)
    assert not reading._waiting
