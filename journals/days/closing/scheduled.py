"""The scheduled close: each entity at its own cut-off, missed days one after the other."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import structlog

from journals.days.closing.records import last_cut_off
from journals.days.closing.running import close_day, finish_close, next_day
from journals.days.cutoffs import cut_off_moment, next_cut_off
from journals.days.errors import CloseInProgress
from journals.days.models import DayClose, DayCloseStep, DayPolicy
from ledgerflow.books.models import Entity
from ledgerflow.core import clocks
from ledgerflow.core.errors import LedgerError

log = structlog.get_logger(__name__)
ACTOR = "system:beat"
OPENED = ("reopen", "cancel")


def entities_that_close() -> list[UUID]:
    """The books with a scheduled cut-off."""
    return list(DayPolicy.objects.exclude(cut_off_minutes=None).values_list("entity_id", flat=True))


def close_due_day(entity_id: UUID) -> bool:
    """Close the day whose turn it is, if its cut-off is past; whether it was closed, so that the next may be due too.

    A close that was cut short goes on. One that is blocked or failed waits for a person: trying again every minute
    would change nothing. What is refused is a warning in the log, any other failure an error.
    """
    policy = DayPolicy.objects.filter(entity_id=entity_id).select_related("entity").first()
    if policy is None or policy.cut_off_minutes is None:
        return False
    return _close_one(policy.entity, policy.cut_off_minutes)


def due_at(entity: Entity, minutes: int) -> tuple[date, datetime]:
    """The day whose turn it is, and the moment at which it is to be closed.

    A day that people have opened again, by a reopening or by giving up its close, is left to them until the clock next
    strikes the cut-off; closing it within the minute would undo what they decided.
    """
    day = next_day(entity)
    moment = cut_off_moment(day, minutes, entity.time_zone)
    cut_off = last_cut_off(entity.id)
    if cut_off is not None and cut_off.action in OPENED:
        moment = max(moment, next_cut_off(cut_off.recorded_at, minutes, entity.time_zone))
    return day, moment


def _close_one(entity: Entity, minutes: int) -> bool:
    """Close the day in turn if it is due; whether it was closed. What goes wrong is an error in the log."""
    try:
        finish_close(entity.id, actor=ACTOR)
        entity.refresh_from_db()
        day, moment = due_at(entity, minutes)
        if moment > clocks.now() or _waits_for_a_person(entity, day):
            return False
        close_day(entity.id, day, actor=ACTOR)
    except CloseInProgress:
        return False
    except LedgerError as refusal:
        log.warning("scheduled_close_refused", entity=entity.code, code=refusal.code, message=refusal.message)
        return False
    except Exception:
        log.exception("scheduled_close_failed", entity=entity.code)
        return False
    return True


def _waits_for_a_person(entity: Entity, day: date) -> bool:
    """Whether the day is cut off and what its close found is for somebody to look at: no later try puts it right."""
    cut_off = last_cut_off(entity.id)
    if cut_off is None or cut_off.action != "cut_off":
        return False
    run = DayClose.objects.filter(entity=entity, day=day).order_by("-number").first()
    last = DayCloseStep.objects.filter(close=run).order_by("-id").first() if run is not None else None
    return last is not None and last.outcome in ("blocked", "failed") and not last.detail.get("retryable", False)
