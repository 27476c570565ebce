"""Reading how days were closed: the runs of a day, the day in turn, and the trial balance that a close froze."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from journals.days.closing.checks import Checked, run_checks
from journals.days.closing.records import CloseRecord, records_of
from journals.days.closing.running import close_in_force, next_day
from journals.days.closing.scheduled import due_at
from journals.days.closing.snapshots import Frozen, Summed, frozen_trial_balance, summed
from journals.days.errors import CloseNotFound, CloseVersionNotFound, VersionNotClosed
from journals.days.models import DayClose
from journals.days.policies import day_policy
from ledgerflow.books.admission import admitted, within_time
from ledgerflow.books.models import Entity
from ledgerflow.books.snapshots import snapshot
from ledgerflow.core import clocks

CLOSED_ONCE = frozenset({"closed", "reopened"})


class NextDay(NamedTuple):
    """The day to be closed next.

    `status` is open, or that of the run under way: closing, blocked, failed. `cut_off_at` is None for days closed by
    hand. `can_close` is False while the day lies after the business date.
    """

    day: date
    business_date: date
    status: str
    cut_off_at: datetime | None
    is_due: bool
    can_close: bool
    run: CloseRecord | None
    checked: Checked


class FrozenDay(NamedTuple):
    """A trial balance as a close froze it: its lines are read once, and `recorded` is the SHA-256 of its close."""

    record: CloseRecord
    entity_code: str
    lines: Iterator[Frozen]


def look_at_next_day(entity: Entity) -> NextDay:
    """The day whose turn it is, when its cut-off comes, and what the checks find on it at this moment."""
    day = next_day(entity)
    policy, _ = day_policy(entity.pk)
    run = DayClose.objects.filter(entity=entity, day=day).order_by("-number").first()
    record = records_of([run])[0] if run is not None else None
    under_way = record if record is not None and record.status not in {"cancelled", "reopened"} else None
    cut_off_at = None
    if policy.cut_off_minutes is not None:
        _, cut_off_at = due_at(entity, policy.cut_off_minutes)
    return NextDay(
        day, entity.business_date, under_way.status if under_way else "open", cut_off_at,
        cut_off_at is not None and cut_off_at <= clocks.now(), day <= entity.business_date, under_way,
        run_checks(entity.pk, day, policy.checks),
    )  # fmt: skip


def close_of(entity_id: UUID, day: date, version: int | None = None) -> CloseRecord:
    """The record of a run of closing `day`: the newest one, or that version.

    Of a date that was no business day it is the close of the day after, which closed it too. Raises `NotFound`.
    """
    return records_of([_run(entity_id, day, version)])[0]


@contextmanager
def frozen_day(entity_id: UUID, day: date, version: int | None = None) -> Iterator[FrozenDay]:
    """The trial balance that the close of `day` froze, in that version or the one in force; as it was, for ever.

    It is a report: it takes one of their places, and their time. Raises `NotFound`, `DayNotClosed` for a run that was
    never closed, `ReportsBusy`, `ReportTimedOut`.
    """
    record = close_of(entity_id, day, version)
    if record.status not in CLOSED_ONCE:
        raise VersionNotClosed(day=str(record.day), version=record.version)
    code = Entity.objects.values_list("code", flat=True).get(pk=entity_id)
    with admitted(entity_id), snapshot() as connection:
        lines = frozen_trial_balance(connection, entity_id, record.day, record.number)
        yield FrozenDay(record, code, within_time(lines))


def recomputed(frozen: FrozenDay) -> Summed:
    """The SHA-256 of the lines as they are stored now; that of the record when nobody changed anything."""
    return summed(frozen.lines, frozen.entity_code, frozen.record.day)


def _run(entity_id: UUID, day: date, version: int | None) -> DayClose:
    runs = DayClose.objects.filter(entity_id=entity_id).order_by("day", "-number")
    if version is None:
        # Dates before the first closed day belong to its close; between two closed days, to the later one.
        found = close_in_force(entity_id, day) or runs.filter(day=day).first()
        found = found or runs.filter(day__gt=day).exclude(previous_day__gte=day).first()
    else:
        found = runs.filter(day=day, version=version).first()
    if found is None:
        raise CloseNotFound(day=str(day)) if version is None else CloseVersionNotFound(day=str(day), version=version)
    return found
