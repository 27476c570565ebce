"""Holds whose time is over: the sweep, what is refused before it was there, and what a close says of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from journals.days.closing.running import close_through
from journals.errors import HoldExpired
from journals.holds.models import Hold
from journals.holds.use_cases import entities_with_overdue_holds, expire_holds
from journals.proof.ledger import verify_books
from ledgerflow.books.models import Entity
from ledgerflow.core import clocks
from ledgerflow.core.plugins import registry
from tests.builders import TODAY
from tests.holding import Later, a_wallet, capture, held, release, stands
from tests.jobs import tick


@pytest.fixture
def entity() -> Entity:
    return a_wallet()


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Later:
    return Later(monkeypatch)


def an_hour_from_now() -> datetime:
    return clocks.now() + timedelta(hours=1)


def test_the_sweep_ends_what_is_overdue(entity: Entity, later: Later) -> None:
    overdue, waits = held(entity, "20.00", expires_at=an_hour_from_now()), held(entity, "5.00")
    tomorrow = held(entity, "7.00", expires_at=an_hour_from_now() + timedelta(days=1))
    capture(entity, overdue, "3.00")
    later.by(hours=2)
    assert entity.id in entities_with_overdue_holds()
    tick("expire_holds")
    status = dict(Hold.objects.filter(entity=entity).values_list("id", "status"))
    assert status == {overdue: "expired", waits: "active", tomorrow: "active"}
    assert stands(entity) == ("97.00", "12.00", "85.00")
    assert entity.events.latest("sequence").type == "hold.expired"
    assert expire_holds(entity.id) == 0
    assert verify_books(entity.id) == []


def test_a_capture_after_its_time_is_refused_though_the_sweep_is_late(entity: Entity, later: Later) -> None:
    hold_id = held(entity, "20.00", expires_at=an_hour_from_now())
    later.by(hours=2)
    head = entity.events.count()
    for _ in range(2):
        with pytest.raises(HoldExpired):
            capture(entity, hold_id)
    assert entity.events.count() == head
    assert expire_holds(entity.id) == 1
    for attempt in (capture, release):
        with pytest.raises(HoldExpired):
            attempt(entity, hold_id)
    assert stands(entity) == ("100.00", "0.00", "100.00")


def test_until_its_time_it_can_be_captured_and_after_it_released(entity: Entity, later: Later) -> None:
    first, second = (held(entity, "20.00", expires_at=an_hour_from_now()) for _ in range(2))
    later.by(minutes=59)
    capture(entity, first)
    later.by(minutes=2)
    release(entity, second)
    assert expire_holds(entity.id) == 0
    assert stands(entity) == ("80.00", "0.00", "80.00")


def test_the_sweep_goes_on_in_bounded_batches(entity: Entity, later: Later) -> None:
    for _ in range(5):
        held(entity, "1.00", expires_at=an_hour_from_now())
    later.by(hours=2)
    assert [expire_holds(entity.id, limit=2) for _ in range(4)] == [2, 2, 1, 0]
    assert stands(entity)[1] == "0.00"


def test_the_sweep_does_not_stop_at_a_failure(entity: Entity, later: Later, monkeypatch: pytest.MonkeyPatch) -> None:
    held(entity, "1.00", expires_at=an_hour_from_now())
    later.by(hours=2)
    job = replace(registry.jobs["expire_holds"], entities=lambda: [uuid4(), entity.id])
    monkeypatch.setitem(registry.jobs, job.name, job)
    tick("expire_holds")
    assert stands(entity)[1] == "0.00"


def test_a_close_tells_of_overdue_holds(entity: Entity, later: Later) -> None:
    hold_id = held(entity, "20.00", expires_at=an_hour_from_now())
    held(entity, "1.00")
    check = registry.checks["expired_holds"].find
    assert check(entity.id, TODAY) == []
    later.by(hours=2)
    (found,) = check(entity.id, TODAY)
    assert str(hold_id) in found
    assert "20.00 EUR on wallet" in found
    (closed,) = close_through(entity.id, TODAY, actor="test")
    assert closed.day == TODAY
