"""Scheduled jobs with a real worker and Redis: stale tasks are dropped, and entities take turns."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from journals.days.models import DayClose
from journals.days.policies import set_day_policy
from ledgerflow.books.models import Entity
from ledgerflow.celery import app
from ledgerflow.core import clocks
from ledgerflow.ops.tasks import fan_out, run_job
from tests.builders import an_account, an_entity
from tests.services.launching import wait_for

PROJECT = Path(__file__).parents[2]
JOB = "close_due_days"


@contextmanager
def a_worker(database_url: str) -> Iterator[None]:
    command = [sys.executable, "-m", "celery", "--app", "ledgerflow", "worker", "--pool", "solo", "--without-mingle"]
    environment = os.environ | {"DATABASE_URL": database_url}
    process = subprocess.Popen(
        command, cwd=PROJECT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT
    )
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=120)


def behind(days: int) -> Entity:
    entity = an_entity(business_date=clocks.now().date() - timedelta(days=days))
    an_account(entity, "cash")
    set_day_policy(entity.id, {"cut_off_minutes": 1440}, actor="t")
    return entity


def closed(entity: Entity) -> list[date]:
    return list(
        DayClose.objects.filter(entity=entity, steps__step="new_day").order_by("id").values_list("day", flat=True)
    )


def test_a_stale_task_is_dropped_and_entities_take_turns(database_url: str) -> None:
    app.control.purge()
    one, other = behind(3), behind(3)
    run_job.apply_async((JOB, str(one.id)), expires=datetime.now(UTC) - timedelta(minutes=1))
    run_job.apply_async((JOB, str(other.id)), expires=600)
    with a_worker(database_url):
        wait_for(lambda: len(closed(other)) == 3)
        assert closed(one) == []
        third = behind(3)
        fan_out.apply_async((JOB,))
        wait_for(lambda: len(closed(one)) == len(closed(third)) == 3)
    order = DayClose.objects.filter(entity__in=[one, third]).order_by("id").values_list("entity_id", flat=True)
    assert list(order[:2]) == list(order[2:4])
    assert len(set(order[:2])) == 2
