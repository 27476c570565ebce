"""A close killed at any step and started again ends as if never interrupted."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from journals.days.closing.frozen import frozen_day
from journals.days.closing.records import CloseRecord, step_names
from journals.days.closing.running import close_day
from journals.days.closing.snapshots import heading
from journals.days.errors import CloseInProgress
from journals.days.models import DayCutOff, DaySnapshot
from journals.proof.ledger import verify_books
from ledgerflow.books.models import Entity
from tests.builders import TODAY, a_transfer, an_account, an_entity, posted
from tests.services.launching import wait_for

PROJECT = Path(__file__).parents[2]
# Where a step begins is after the one before it.
POINTS = [("cut_off", "begins"), *((step, moment) for step in step_names() for moment in ("inside", "after"))]


def a_busy_day() -> Entity:
    """Books whose first day is to be closed; all made alike, to the number of each event."""
    entity = an_entity()
    an_account(entity, "cash")
    an_account(entity, "equity", "equity")
    an_account(entity, "idle", "liability")
    an_account(entity, "lost", role="suspense")
    posted(entity, a_transfer("cash", "idle", "100.00", effective_date=TODAY - timedelta(days=1)))
    posted(entity, a_transfer("cash", "equity", "12.34"))
    posted(entity, a_transfer("lost", "cash", "0.50"))
    return entity


def told(record: CloseRecord) -> dict[str, Any]:
    """All of a record but ids, moments, and the SHA-256, which holds the entity's code."""
    steps = [
        (step.step, step.outcome, {name: value for name, value in step.detail.items() if name != "sha256"})
        for step in record.steps
    ]
    names = ("day", "version", "number", "previous_day", "status", "accounts", "totals")
    return {name: getattr(record, name) for name in names} | {"steps": steps}


def frozen_lines(record: CloseRecord, entity: Entity) -> str:
    with frozen_day(entity.id, record.day) as frozen:
        return "".join(line.text() for line in frozen.lines)


def rows_of(entity: Entity) -> list[tuple[Any, ...]]:
    rows = DaySnapshot.objects.filter(account__entity=entity).order_by("account__code", "day", "number")
    names = ("account__code", "day", "number", "opening", "debits", "credits", "closing", "count", "last_version")
    return list(rows.values_list(*names))


def gone_on(entity: Entity) -> CloseRecord:
    """Started again, as soon as the database has noticed that who was at it is gone."""
    done: list[CloseRecord] = []

    def close() -> bool:
        try:
            done.append(close_day(entity.id, TODAY, actor="t"))
        except CloseInProgress:
            return False
        return True

    wait_for(close)
    return done[0]


@pytest.fixture(scope="module")
def twin() -> tuple[CloseRecord, Entity]:
    entity = a_busy_day()
    return close_day(entity.id, actor="t"), entity


@pytest.fixture(scope="module")
def killed(database_url: str) -> dict[tuple[str, str], Entity]:
    """Books whose close was killed, by the point it was killed at."""
    books = {point: a_busy_day() for point in POINTS}
    points = [f"{entity.id}:{step}:{moment}" for (step, moment), entity in books.items()]
    finished = subprocess.run(
        [sys.executable, "-m", "tests.services.closing_process", *points],
        cwd=PROJECT, env=os.environ | {"DATABASE_URL": database_url}, capture_output=True, text=True, check=True,
        timeout=120,
    )  # fmt: skip
    ends = [line.split() for line in finished.stdout.splitlines()]
    assert ends == [[point, str(-signal.SIGKILL)] for point in points], finished.stderr
    return books


@pytest.mark.parametrize("step, moment", POINTS)
def test_killed_and_started_again_it_ends_as_if_never_interrupted(
    killed: dict[tuple[str, str], Entity], twin: tuple[CloseRecord, Entity], step: str, moment: str
) -> None:
    entity = killed[step, moment]
    undisturbed, other = twin
    record = gone_on(entity)
    assert told(record) == told(undisturbed)
    lines = frozen_lines(undisturbed, other)
    assert record.sha256 == sha256((heading(entity.code, record.day) + lines).encode()).hexdigest()
    assert rows_of(entity) == rows_of(other)
    assert DayCutOff.objects.filter(entity=entity).count() == 2
    assert verify_books(entity.id) == []
    assert gone_on(entity) == record
