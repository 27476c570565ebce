"""The record of a close: its run and the steps it took, as people and other systems read it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec

from journals.days.models import DayClose, DayCloseStep, DayCutOff
from ledgerflow.core.plugins import registry

PASSED = ("done", "warned")


def step_names() -> list[str]:
    """The steps of a close in their order; those between the checks and the snapshot are declared by the rooms."""
    return ["cut_off", "checks", *registry.close_steps, "snapshot", "proof", "close", "new_day"]


class StepRecord(msgspec.Struct, frozen=True):
    """One step: `outcome` is done, warned, blocked or failed; `detail` what it found or made."""

    step: str
    outcome: str
    detail: dict[str, Any]
    actor: str
    started_at: datetime
    ended_at: datetime


class CloseRecord(msgspec.Struct, frozen=True):
    """A run of closing a day.

    `status` is closing, blocked, failed, closed, cancelled or reopened. Once closed, `sha256` is that of the frozen
    trial balance and `totals` gives debits and credits of the day per currency.
    """

    id: UUID
    day: date
    version: int
    number: int
    previous_day: date | None
    status: str
    actor: str
    started_at: datetime
    ended_at: datetime | None
    sha256: str | None
    accounts: int | None
    totals: dict[str, dict[str, str]] | None
    steps: list[StepRecord]


def last_cut_off(entity_id: UUID) -> DayCutOff | None:
    """What says where the lines stand: None while no day was ever cut off."""
    return DayCutOff.objects.filter(entity_id=entity_id).order_by("-number").first()


def records_of(closes: Iterable[DayClose]) -> list[CloseRecord]:
    """The records of runs of one entity, in the order they come."""
    runs = list(closes)
    if not runs:
        return []
    cut_off = last_cut_off(runs[0].entity_id)
    steps: dict[UUID, list[DayCloseStep]] = {run.id: [] for run in runs}
    for step in DayCloseStep.objects.filter(close__in=runs).order_by("id"):
        steps[step.close_id].append(step)
    newest = {run.day: run.number for run in sorted(_runs_of_days(runs), key=lambda run: run.number)}
    return [_record(run, steps[run.id], cut_off, is_newest=newest[run.day] == run.number) for run in runs]


def _runs_of_days(runs: list[DayClose]) -> Iterable[DayClose]:
    return DayClose.objects.filter(entity_id=runs[0].entity_id, day__in={run.day for run in runs})


def _record(run: DayClose, steps: list[DayCloseStep], cut_off: DayCutOff | None, *, is_newest: bool) -> CloseRecord:
    passed = {step.step: step for step in steps if step.outcome in PASSED}
    proof, closed = passed.get("proof"), passed.get("close")
    return CloseRecord(
        id=run.id,
        day=run.day,
        version=run.version,
        number=run.number,
        previous_day=run.previous_day,
        status=_status(run, steps, cut_off, is_newest=is_newest),
        actor=run.actor,
        started_at=run.started_at,
        ended_at=closed.ended_at if closed else None,
        sha256=proof.detail["sha256"] if proof else None,
        accounts=proof.detail["accounts"] if proof else None,
        totals=proof.detail["totals"] if proof else None,
        steps=[
            StepRecord(step.step, step.outcome, step.detail, step.actor, step.started_at, step.ended_at)
            for step in steps
        ],
    )


def _status(run: DayClose, steps: list[DayCloseStep], cut_off: DayCutOff | None, *, is_newest: bool) -> str:
    was_closed = any(step.step == "close" and step.outcome == "done" for step in steps)
    if cut_off is None or not is_newest:
        return "reopened" if was_closed else "cancelled"
    if was_closed and cut_off.closed_through is not None and run.day <= cut_off.closed_through:
        return "closed"
    if cut_off.ordinary_through == run.day:
        last = steps[-1].outcome if steps else ""
        return last if last in ("blocked", "failed") else "closing"
    return "reopened" if was_closed else "cancelled"
