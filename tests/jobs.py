"""Ticks of the scheduler in tests: the tasks run at once, one inside the other, where beat would send them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from ledgerflow.celery import app
from ledgerflow.core.plugins import registry
from ledgerflow.ops import jobs
from ledgerflow.ops.tasks import fan_out


@contextmanager
def at_once() -> Iterator[None]:
    """Tasks run where they are sent."""
    before = app.conf.task_always_eager
    app.conf.task_always_eager = True
    try:
        yield
    finally:
        app.conf.task_always_eager = before


def tick(name: str) -> None:
    """What the job does at a tick, for all entities."""
    with at_once():
        fan_out.delay(name)


def tick_for(name: str, entity_id: UUID) -> jobs.Came:
    """The same for one entity, once."""
    return jobs.run(registry.jobs[name], entity_id)
