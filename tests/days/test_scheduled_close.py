"""Days that close by themselves: at their cut-off, in their order, each entity for itself."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
import pytest
from django.conf import settings

from journals.days.closing import running, totals
from journals.days.closing.frozen import look_at_next_day
from journals.days.closing.scheduled import ACTOR
from journals.days.models import DayClose, DayCloseStep
from journals.days.policies import set_day_policy
from journals.events import read_fact
from journals.reversal import reverse_journal
from ledgerflow.books.models import Entity
from ledgerflow.core import clocks
from ledgerflow.ops.jobs import Came
from tests.approving import reopened
from tests.builders import TODAY, a_transfer, an_account, an_entity, posted
from tests.holding import LONG
from tests.jobs import tick, tick_for

MIDNIGHT = 1440


class Wall:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 3, 2, 12, tzinfo=UTC)

    def set(self, day: int, hour: int, minute: int = 0) -> None:
        self.moment = datetime(2026, 3, day, hour, minute, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> Wall:
    """The clock of everything that asks `clocks.now()`."""
    clock = Wall()
    monkeypatch.setattr(clocks, "now", clock.now)
    monkeypatch.setattr(settings, "LEDGERFLOW_CLOCK_LEAD_SECONDS", LONG)
    return clock


def scheduled(minutes: int = MIDNIGHT, time_zone: str = "UTC", **policy: Any) -> Entity:
    entity = an_entity(time_zone=time_zone)
    an_account(entity, "cash")
    an_account(entity, "equity", "equity")
    set_day_policy(entity.id, {"cut_off_minutes": minutes} | policy, actor="t")
    return entity


def closed(entity: Entity) -> list[int]:
    """The days of March 2026 that are closed, in the order they were closed in."""
    runs = DayCloseStep.objects.filter(close__entity=entity, step="close").order_by("id")
    return [run.day.day for run in DayClose.objects.filter(steps__in=runs).order_by("number")]


def due(entity: Entity) -> list[int]:
    """The same, after what is due was closed in these books."""
    while tick_for("close_due_days", entity.id) is Came.LEFT_SOMETHING:
        pass
    return closed(entity)


def test_a_day_closes_at_its_cut_off_and_not_before(wall: Wall) -> None:
    entity = scheduled()
    wall.set(2, 23, 59)
    assert due(entity) == []
    wall.set(3, 0)
    assert due(entity) == [2]
    assert due(entity) == [2]
    assert DayClose.objects.get(entity=entity).actor == ACTOR


@pytest.mark.parametrize(
    "zone, minutes, hour", [("Europe/Berlin", 1080, 17), ("Asia/Kathmandu", 1425, 18), ("America/New_York", 840, 19)]
)
def test_the_clock_is_the_one_on_the_entitys_wall(wall: Wall, zone: str, minutes: int, hour: int) -> None:
    entity = scheduled(minutes, zone)
    wall.set(2, hour)
    wall.moment -= timedelta(seconds=1)
    tick("close_due_days")
    assert closed(entity) == []
    wall.moment += timedelta(seconds=1)
    tick("close_due_days")
    assert closed(entity) == [2]


def test_missed_days_close_one_after_the_other_without_weekends(wall: Wall) -> None:
    entity = scheduled(weekend=[6, 7])
    wall.set(10, 9)
    assert due(entity) == [2, 3, 4, 5, 6, 9]
    entity.refresh_from_db()
    assert entity.business_date == date(2026, 3, 10)


def test_a_task_closes_one_day_and_says_that_there_may_be_more(wall: Wall) -> None:
    """The rest of its days waits behind the tasks of other books."""
    entity = scheduled()
    wall.set(4, 0)
    came = [tick_for("close_due_days", entity.id) for _ in range(3)]
    assert came == [Came.LEFT_SOMETHING, Came.LEFT_SOMETHING, Came.DONE]
    assert closed(entity) == [2, 3]


def test_days_of_books_without_a_schedule_wait_for_a_person(wall: Wall) -> None:
    entity = an_entity()
    wall.set(9, 9)
    assert due(entity) == []


def test_a_blocked_day_waits_for_a_person_while_other_books_go_on(wall: Wall) -> None:
    stuck, other = scheduled(checks={"suspense": "block"}), scheduled()
    an_account(stuck, "lost", role="suspense")
    posted(stuck, a_transfer("lost", "equity", "3.00"))
    wall.set(4, 1)
    tick("close_due_days")
    assert (closed(stuck), closed(other)) == ([], [2, 3])
    tried = DayCloseStep.objects.filter(close__entity=stuck).count()
    tick("close_due_days")
    assert DayCloseStep.objects.filter(close__entity=stuck).count() == tried, "it is not tried every minute"
    running.close_day(stuck.id, TODAY, actor="user:ann", accept="known")
    assert due(stuck) == [2], "the next one finds the same, and waits again"
    assert DayClose.objects.filter(entity=stuck).latest("number").day.day == 3


def test_a_day_that_two_people_reopened_is_left_to_them_until_the_next_cut_off(wall: Wall) -> None:
    entity = scheduled()
    wall.set(4, 1)
    assert due(entity) == [2, 3]
    wall.set(4, 9)
    reopened(entity, TODAY)
    assert due(entity) == [2, 3]
    posted(entity, a_transfer("cash", "equity", "5.00", effective_date=TODAY))
    assert look_at_next_day(entity).cut_off_at == datetime(2026, 3, 5, tzinfo=UTC)
    wall.set(4, 23, 59)
    assert due(entity) == [2, 3]
    wall.set(5, 0)
    assert due(entity) == [2, 3, 2, 3, 4]


def test_a_close_that_was_given_up_is_tried_again_at_the_next_cut_off(wall: Wall) -> None:
    entity = scheduled(checks={"suspense": "block"})
    an_account(entity, "lost", role="suspense")
    found = posted(entity, a_transfer("lost", "equity", "3.00"))
    wall.set(3, 1)
    assert due(entity) == []
    running.cancel_close(entity.id, TODAY, reason="it is put right on its day", actor="user:ann")
    assert due(entity) == []
    reverse_journal(entity.id, read_fact(found.journal).id, key="back", effective_date=TODAY, actor="user:ann")
    wall.set(4, 0)
    assert due(entity) == [2, 3]


def test_books_that_cannot_close_do_not_stop_the_others(wall: Wall, monkeypatch: pytest.MonkeyPatch) -> None:
    broken, other = sorted([scheduled(), scheduled()], key=lambda entity: entity.code)
    original = totals.prove

    def prove(connection: Any, params: dict[str, Any], frozen: Any) -> Any:
        if params["entity"] == broken.id:
            message = "the connection is lost"
            raise psycopg.OperationalError(message)
        return original(connection, params, frozen)

    monkeypatch.setattr(running, "prove", prove)
    wall.set(3, 1)
    tick("close_due_days")
    assert (closed(broken), closed(other)) == ([], [2])
    monkeypatch.setattr(running, "prove", original)
    assert due(broken) == [2], "what was cut short goes on"


def test_a_close_somebody_is_at_is_left_to_them(wall: Wall) -> None:
    entity = scheduled()
    wall.set(3, 1)
    with running._alone(entity.id):
        assert due(entity) == []
    assert due(entity) == [2]
