"""Celery beat's scheduler. Settings are read before the rooms start, so the schedule is made when beat starts."""

from __future__ import annotations

from celery.beat import PersistentScheduler

from ledgerflow.ops.jobs import beat_schedule


class JobScheduler(PersistentScheduler):  # type: ignore[misc]
    """Sends what the rooms declare; when each was sent last survives a restart."""

    def setup_schedule(self) -> None:
        self.app.conf.beat_schedule = beat_schedule()
        super().setup_schedule()
