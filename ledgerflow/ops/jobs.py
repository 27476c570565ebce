"""The scheduled jobs that the rooms declare: a tick fans out into one task an entity, and each runs alone.

A failure of one entity never keeps the others waiting, because each has a task of its own. A late tick never overlaps
the one before it: a task that nobody began in its time is dropped, and one that finds its job at work on the same
entity gives up instead of waiting.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC
from enum import Enum
from random import sample
from typing import Any
from uuid import UUID

import structlog
from celery.schedules import crontab

from ledgerflow.books.advisory_locks import one_at_a_time
from ledgerflow.books.models import Entity
from ledgerflow.core.errors import TryAgain
from ledgerflow.core.plugins import Job, registry

log = structlog.get_logger(__name__)
FAN_OUT = "ledgerflow.ops.tasks.fan_out"


class UtcCrontab(crontab):  # type: ignore[misc]
    """In UTC, whatever the time zone of the Celery application."""

    tz = UTC


def beat_schedule() -> dict[str, dict[str, Any]]:
    """What Celery beat sends, and when: a task for each job, which sends those of the entities."""
    return {
        job.name: {
            "task": FAN_OUT,
            "schedule": UtcCrontab(minute=job.minute, hour=job.hour),
            "args": [job.name],
            "options": {"expires": job.stale_after_seconds},
        }
        for job in registry.jobs.values()
    }


def job_named(name: str) -> Job | None:
    """The job, or None for one that a message of another release asks for; the log says so."""
    job = registry.jobs.get(name)
    if job is None:
        log.warning("job_unknown", job=name)
    return job


def entities_of(job: Job) -> list[UUID]:
    """Those that have something to do, in the order of their ids."""
    return sorted(job.entities() if job.entities is not None else Entity.objects.values_list("id", flat=True))


def entity_after(job: Job, entity_id: UUID) -> UUID | None:
    """Whose turn it is next, of a job in sequence."""
    # Asked for alone: with thousands of entities, lists that each task reads would take longer than the work.
    if job.entities is None:
        return Entity.objects.filter(id__gt=entity_id).order_by("id").values_list("id", flat=True).first()
    return next((one for one in entities_of(job) if one > entity_id), None)


def shuffled(entities: list[UUID]) -> list[UUID]:
    """In another order each time: where there is more to do than time, everybody gets a turn."""
    return sample(entities, len(entities))


class Came(Enum):
    """How a job came out for an entity."""

    DONE = "done"  # or failed, with an error in the log: the next tick tries again
    LEFT_SOMETHING = "left something"
    BUSY = "busy"  # somebody else is at it


def run(job: Job, entity_id: UUID) -> Came:
    """Do the job for one entity, unless somebody is at it. Raises nothing."""
    try:
        with _alone(job, entity_id) as is_mine:
            if not is_mine:
                return Came.BUSY
            return Came.LEFT_SOMETHING if job.work(entity_id) else Came.DONE
    except Exception:
        log.exception("job_failed", job=job.name, entity=str(entity_id))
        return Came.DONE


@contextmanager
def _alone(job: Job, entity_id: UUID) -> Iterator[bool]:
    """Whether this is the only one at this job for this entity, over all processes."""
    with ExitStack() as stack:
        try:
            stack.enter_context(one_at_a_time(f"job {job.name} {entity_id}"))
        except TryAgain:
            log.info("job_still_at_work", job=job.name, entity=str(entity_id))
            yield False
            return
        yield True
