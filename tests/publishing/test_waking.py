"""Wake-ups: after COMMIT, a few a second, and never in the way of the answer."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.conf import settings
from django.test import override_settings

from ledgerflow.books import writing
from ledgerflow.books.writing import write
from ledgerflow.celery import app
from ledgerflow.core.plugins import registry
from ledgerflow.events.publishing import tasks, waking
from ledgerflow.events.publishing.waking import Waker, wake_after_commit
from ledgerflow.ops import jobs
from tests.builders import a_transfer, balance_of, posted
from tests.publishing.messages import events_of, log_of, some_books

Woken = list[tuple[str, ...]]


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


@pytest.fixture
def kafka_is_named() -> Any:
    with override_settings(LEDGERFLOW_KAFKA_BOOTSTRAP_SERVERS="127.0.0.1:1"):
        yield


def test_who_records_something_wakes_the_publisher(kafka_is_named: None, woken: Woken) -> None:
    entity = some_books(0)
    woken.clear()
    draft = a_transfer("cash", "sales", "1.00")
    posted(entity, draft)
    assert woken == [("waker", str(entity.id))]
    posted(entity, draft)  # repeated: nothing new is recorded
    write(entity.id, lambda _tx, _: None)
    assert woken == [("waker", str(entity.id))]


def test_without_kafka_nobody_is_woken(woken: Woken) -> None:
    some_books(1)
    assert woken == []


def test_a_listener_that_fails_fails_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[UUID] = []

    def broken(_: UUID) -> None:
        raise RuntimeError

    monkeypatch.setattr(writing, "commit_listeners", [broken, heard.append])
    entity = some_books(1)
    assert str(balance_of(entity, "cash")) == "1.00"
    assert set(heard) == {entity.id}


def test_many_commits_are_few_wake_ups() -> None:
    sent: list[UUID] = []
    waker = Waker(sent.append, pause_seconds=0.05)
    one, other = uuid4(), uuid4()
    for _ in range(2_000):
        waker.wake(one)
        waker.wake(other)
    wait_for(lambda: not waker._waiting and {one, other} <= set(sent))
    assert max(Counter(sent).values()) < 100


def test_what_comes_after_a_wake_up_is_another_one() -> None:
    sent: list[UUID] = []
    waker = Waker(sent.append, pause_seconds=0)
    entity = uuid4()
    for count in (1, 2, 3):
        waker.wake(entity)
        wait_for(lambda count=count: len(sent) == count)  # type: ignore[misc]


def test_a_broken_broker_of_tasks_is_met_by_the_thread_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[UUID] = []

    def broken(entity_id: UUID) -> None:
        tried.append(entity_id)
        if len(tried) == 1:
            raise ConnectionError

    monkeypatch.setattr(waking, "LONG_PAUSE_SECONDS", 0)
    waker = Waker(broken, pause_seconds=0)
    one, other = uuid4(), uuid4()
    waker.wake(one)
    wait_for(lambda: len(tried) == 1)
    waker.wake(other)
    wait_for(lambda: tried == [one, other])


def test_retries_fail_in_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise ConnectionError

    monkeypatch.setattr(waking, "_send_task", broken)
    waking.wake_later(uuid4(), 1)
    waking.wake_all()


def test_names_of_tasks_are_those_of_the_workers() -> None:
    assert tasks.publish_entity.name == waking.TASK
    assert waking.FAN_OUT == jobs.FAN_OUT
    assert waking.JOB in registry.jobs
    assert waking.TASK in app.tasks


def test_the_task_publishes_and_comes_again_for_what_is_left(
    topic: str, woken: Woken, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ledgerflow.events.publishing import publisher

    monkeypatch.setattr(publisher, "BATCH_EVENTS", 3)
    monkeypatch.setattr(publisher, "BATCHES_IN_A_ROW", 1)
    entity = some_books(1)
    woken.clear()
    tasks.publish_entity(str(entity.id))
    assert woken == [("publish_entity", str(entity.id))]
    tasks.publish_entity(str(entity.id))
    woken.clear()
    tasks.publish_entity(str(entity.id))
    assert woken == []
    assert events_of(entity) == log_of(entity)


def test_the_job_of_each_minute_finds_what_lags(topic: str) -> None:
    from tests.jobs import tick_for

    entity = some_books(1)
    job = registry.jobs[waking.JOB]
    assert entity.id in jobs.entities_of(job)
    assert tick_for(waking.JOB, entity.id) is jobs.Came.DONE
    assert entity.id not in jobs.entities_of(job)


def test_waking_asks_only_whether_kafka_is_named(woken: Woken) -> None:
    assert not settings.LEDGERFLOW_KAFKA_BOOTSTRAP_SERVERS
    wake_after_commit(uuid4())
    assert woken == []
