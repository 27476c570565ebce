"""Scheduled jobs: one task an entity, one at a time, and nothing that fails in one keeps another from its turn."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from celery import Celery
from celery.beat import PersistentScheduler
from celery.schedules import crontab
from structlog.testing import capture_logs

from ledgerflow.beat_schedule import BeatSchedule
from ledgerflow.books.advisory_locks import one_at_a_time
from ledgerflow.books.models import Entity
from ledgerflow.celery import app
from ledgerflow.core.plugins import registry
from ledgerflow.ops import jobs
from ledgerflow.ops.tasks import fan_out, run_job
from tests.builders import an_entity
from tests.jobs import tick, tick_for

Work = Callable[[UUID], bool | None]


@pytest.fixture(scope="module")
def entities() -> list[Entity]:
    return sorted((an_entity() for _ in range(3)), key=lambda entity: entity.id)


def working(patch: pytest.MonkeyPatch, name: str, work: Work, entities: list[Entity]) -> None:
    """Have a declared job do something else, for these entities."""
    job = replace(registry.jobs[name], work=work, entities=lambda: [entity.id for entity in entities])
    patch.setitem(registry.jobs, name, job)


@pytest.mark.parametrize("name", registry.jobs)
def test_a_job_that_fails_for_one_entity_is_done_for_the_others(
    monkeypatch: pytest.MonkeyPatch, entities: list[Entity], name: str
) -> None:
    done: list[UUID] = []

    def work(entity_id: UUID) -> None:
        if entity_id == entities[0].id:
            raise OverflowError
        done.append(entity_id)

    working(monkeypatch, name, work, entities)
    with capture_logs() as logs:
        tick(name)
    assert sorted(done) == [entity.id for entity in entities[1:]]
    assert [(entry["event"], entry["entity"]) for entry in logs] == [("job_failed", str(entities[0].id))]


@pytest.mark.parametrize("name", registry.jobs)
def test_a_job_that_is_at_work_on_an_entity_is_not_started_again(
    monkeypatch: pytest.MonkeyPatch, entities: list[Entity], name: str
) -> None:
    inside: list[jobs.Came] = []
    working(monkeypatch, name, lambda entity_id: inside.append(tick_for(name, entity_id)), entities)
    assert tick_for(name, entities[0].id) is jobs.Came.DONE
    assert inside == [jobs.Came.BUSY]
    with one_at_a_time(f"job {name} {entities[0].id}"):
        assert tick_for(name, entities[0].id) is jobs.Came.BUSY
        assert tick_for(name, entities[1].id) is jobs.Came.DONE
    assert tick_for(name, entities[0].id) is jobs.Came.DONE


@pytest.mark.parametrize("name", registry.jobs)
def test_what_a_job_leaves_over_is_done_in_a_later_task(
    monkeypatch: pytest.MonkeyPatch, entities: list[Entity], name: str
) -> None:
    done: list[UUID] = []

    def work(entity_id: UUID) -> bool:
        done.append(entity_id)
        return done.count(entity_id) < 3

    working(monkeypatch, name, work, entities)
    tick(name)
    assert sorted(done) == sorted(3 * [entity.id for entity in entities])


def test_a_chain_that_meets_another_one_ends(monkeypatch: pytest.MonkeyPatch, entities: list[Entity]) -> None:
    done: list[UUID] = []
    working(monkeypatch, "verify_all_books", done.append, entities)
    with one_at_a_time(f"job verify_all_books {entities[1].id}"):
        tick("verify_all_books")
    assert done == [entities[0].id]


def test_entities_take_their_turns_in_another_order_each_time() -> None:
    ids = [UUID(int=number) for number in range(50)]
    orders = [jobs.shuffled(ids) for _ in range(3)]
    assert [sorted(order) for order in orders] == [ids] * 3
    assert len({tuple(order) for order in orders}) > 1


def test_a_job_of_another_release_is_left_alone(entities: list[Entity]) -> None:
    with capture_logs() as logs:
        fan_out("gone")
        run_job("gone", str(entities[0].id))
    assert [entry["event"] for entry in logs] == ["job_unknown"] * 2


def test_beat_sends_every_declared_job_and_tasks_that_are_late_are_dropped(tmp_path: Path) -> None:
    scheduler = PersistentScheduler(app, lazy=True, schedule_filename=str(tmp_path / "schedule"))
    scheduler.setup_schedule()
    assert {entry.name for entry in scheduler.schedule.values() if entry.task == jobs.FAN_OUT} == registry.jobs.keys()
    scheduler.close()
    schedule = jobs.beat_schedule()
    assert schedule.keys() == registry.jobs.keys()
    for name, entry in schedule.items():
        job = registry.jobs[name]
        assert entry["task"] in app.tasks
        assert entry["options"]["expires"] == job.stale_after_seconds
        assert entry["schedule"] == crontab(minute=job.minute, hour=job.hour)
        # The schedule brings it again before, or as soon as, it is dropped.
        midnight = datetime(2026, 3, 2, tzinfo=UTC)
        _, seconds = entry["schedule"].is_due(midnight)
        assert 0 < seconds <= 24 * 3600


def test_jobs_are_due_in_utc_whatever_the_time_zone_of_the_celery_application() -> None:
    nightly = jobs.UtcCrontab(minute="30", hour="2", app=Celery(set_as_current=False, timezone="Asia/Tokyo"))
    copied: jobs.UtcCrontab = pickle.loads(pickle.dumps(jobs.UtcCrontab(minute="30", hour="2")))  # noqa: S301 - as beat does
    copied.app = nightly.app
    for schedule in (nightly, copied):
        schedule.nowfun = lambda: datetime(2026, 3, 2, 2, 31, tzinfo=UTC)
        assert schedule.is_due(datetime(2026, 3, 2, 2, 29, tzinfo=UTC))[0]
        assert not schedule.is_due(datetime(2026, 3, 2, 2, 30, 1, tzinfo=UTC))[0]


def test_a_project_adds_to_what_beat_sends_or_says_something_else() -> None:
    schedule = BeatSchedule({"mine": {"task": "mine"}, "close_due_days": {"task": "later"}})
    schedule["more"] = {"task": "more"}
    assert set(schedule) == {"mine", "more", *registry.jobs}
    assert schedule["close_due_days"] == {"task": "later"}
    assert len(schedule) == len(BeatSchedule(schedule)) == len(registry.jobs) + 2
    del schedule["mine"]
    assert "mine" not in schedule
