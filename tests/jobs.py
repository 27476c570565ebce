"""Ticks of the scheduler in tests: the tasks run at once and one after the other, where beat would send them."""

from __future__ import annotations

from collections import deque
from uuid import UUID

import pytest

from ledgerflow.core.plugins import Job, registry
from ledgerflow.ops import jobs, tasks


def tick(name: str) -> None:
    """What the job does at a tick, for all entities."""
    queue: deque[tuple[str, str]] = deque()

    def send(job: Job, entity_id: UUID) -> None:
        queue.append((job.name, str(entity_id)))

    with pytest.MonkeyPatch.context() as patch:
        # Celery's own way to run tasks at once puts each inside the one that sent it, deeper than Python goes.
        patch.setattr(tasks, "_send", send)
        tasks.fan_out(name)
        while queue:
            tasks.run_job(*queue.popleft())


def tick_for(name: str, entity_id: UUID) -> jobs.Came:
    """The same for one entity, once."""
    return jobs.run(registry.jobs[name], entity_id)
