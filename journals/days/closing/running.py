"""Running a close: one step after the other, each with its record, from wherever it stopped before.

Cut-off and close are short transactions under the entity's lock; everything between works on a day that nobody else
can date anything into, while posting goes on. Killed at any step and started again, it ends as if never interrupted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import date, datetime
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
import structlog
from django.db import InterfaceError, OperationalError, connection

from journals.calendars import load_calendar
from journals.days.closing import cutoff_records
from journals.days.closing.checks import run_checks
from journals.days.closing.cutoff_records import Taken, add_step
from journals.days.closing.new_day import begin_day
from journals.days.closing.records import PASSED, CloseRecord, last_cut_off, records_of, step_names
from journals.days.closing.snapshots import HEAD, TAKE, frozen_trial_balance, summed
from journals.days.closing.totals import prove
from journals.days.errors import (
    CancelReasonNeeded,
    CloseBlocked,
    CloseFailed,
    CloseInProgress,
    CloseOvertaken,
    DayNotNext,
    StepCutShort,
    StepFailed,
)
from journals.days.models import DayClose, DayCloseStep, DayCutOff
from journals.days.policies import day_policy
from journals.errors import FutureDate
from ledgerflow.books.advisory_locks import one_at_a_time
from ledgerflow.books.errors import EntityNotFound
from ledgerflow.books.models import Entity
from ledgerflow.books.refusals import named_refusal
from ledgerflow.books.snapshots import own_connection
from ledgerflow.books.writing import write
from ledgerflow.core import clocks
from ledgerflow.core.dates import day_after, day_before
from ledgerflow.core.errors import LedgerError, TryAgain
from ledgerflow.core.failures import described
from ledgerflow.core.money import plain
from ledgerflow.core.plugins import CloseStep, registry
from ledgerflow.core.texts import check_text

log = structlog.get_logger(__name__)
MAX_REASON = 500
# One look-up after the other for each account, whatever the planner thinks of young tables.
# What ends with its cause: a connection that broke, a lock or an answer that was waited for too long.
PASSING = (psycopg.OperationalError, psycopg.InterfaceError, OperationalError, InterfaceError)
PLANS = "SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; SET jit = off"


class CloseRun(NamedTuple):
    """A close under way. `accept` is the reason for which checks that block are passed."""

    close: DayClose
    entity: Entity
    actor: str
    accept: str
    connection: psycopg.Connection[Any]  # in autocommit, outside the writer's lock and timeouts

    @property
    def params(self) -> dict[str, Any]:
        """What the snapshot was, or is to be, taken with; `base` is the last date before those it closes."""
        base = self.close.previous_day or day_before(self.entity.first_business_date)
        return {
            "entity": self.entity.id, "day": self.close.day, "number": self.close.number,
            "previous": self.close.previous_day, "base": min(base, day_before(self.close.day)),
        }  # fmt: skip


class StepOutcome(NamedTuple):
    outcome: str
    detail: dict[str, Any]


def close_day(entity_id: UUID, day: date | None = None, *, actor: str, accept: str = "") -> CloseRecord:
    """Close `day`, the next one in turn when None, and give its record; of a closed day, the record there is.

    A run that was cut short goes on at the step after its last. `accept` is a reason for which blocking checks pass.
    Raises `NotFound`, `DayNotNext` (with the day whose turn it is), `CloseInProgress` while somebody else is closing,
    `CloseBlocked` and `CloseFailed` (both with their findings), `OpeningEquityOpen`.
    """
    if accept:
        check_text(accept, MAX_REASON, "/accept")
    with _alone(entity_id):
        entity = _entity(entity_id)
        cut_off = last_cut_off(entity_id)
        _finish(entity, cut_off, actor)
        if day is not None and (closed := closed_record(entity_id, day)) is not None:
            return closed
        due, is_cut_off = _next_day(entity, cut_off)
        if day is not None and day != due:
            raise DayNotNext(next=str(due), day=str(day))
        with own_connection() as own:
            own.execute(PLANS)
            if not is_cut_off:
                _cut_off(entity, due, actor)
            close = DayClose.objects.filter(entity_id=entity_id, day=due).latest("number")
            run = CloseRun(close, entity, actor, accept, own)
            for step in _left(run.close):
                _run(run, step)
        (record,) = records_of([run.close])
    return record


def close_through(entity_id: UUID, day: date, *, actor: str, accept: str = "") -> Iterator[CloseRecord]:
    """Close one day after the other through `day`; each record as its day is closed. Raises as `close_day`."""
    finish_close(entity_id, actor=actor)
    while (due := next_day(_entity(entity_id))) <= day:
        yield close_day(entity_id, due, actor=actor, accept=accept)


def finish_close(entity_id: UUID, *, actor: str) -> None:
    """Do what is left of the last close, should it have been cut short after its day was closed.

    Raises `NotFound`, `CloseInProgress`.
    """
    entity = _entity(entity_id)
    if _unfinished(entity, last_cut_off(entity_id)) is not None:
        with _alone(entity_id):
            _finish(entity, last_cut_off(entity_id), actor)


def cancel_close(entity_id: UUID, day: date, *, reason: str, actor: str) -> CloseRecord:
    """Give up the close of a day that is cut off, so that it can be posted into again; the business date stays.

    Raises `NotFound`, `Malformed` (no reason), `DayNotClosed` (it is not closing), `CloseInProgress`.
    """
    if not reason.strip():
        raise CancelReasonNeeded(pointer="/reason")
    check_text(reason, MAX_REASON, "/reason")
    with _alone(entity_id):
        write(entity_id, lambda tx, _: cutoff_records.cancel(tx, day, reason, actor))
    (record,) = records_of([DayClose.objects.filter(entity_id=entity_id, day=day).latest("number")])
    return record


def next_day(entity: Entity) -> date:
    """The day whose turn it is: the one that is closing, or the first business day after the last closed one."""
    return _next_day(entity, last_cut_off(entity.id))[0]


def _next_day(entity: Entity, cut_off: DayCutOff | None) -> tuple[date, bool]:
    """The day whose turn it is, and whether it is cut off already."""
    if (
        cut_off is not None
        and cut_off.ordinary_through is not None
        and cut_off.ordinary_through != cut_off.closed_through
    ):
        return cut_off.ordinary_through, True
    first_open = entity.first_business_date
    if cut_off is not None and cut_off.closed_through is not None:
        first_open = day_after(cut_off.closed_through)
    # Days with snapshots close again as they closed before, and no other day comes between them, whatever a calendar
    # that came later says: a snapshot that is in force no more would otherwise answer for what came late.
    frozen = DayClose.objects.filter(entity_id=entity.id, day__gte=first_open, steps__step="snapshot").order_by("day")
    for run in frozen[:1]:
        return run.day, False
    with connection.cursor() as cursor:
        calendar = load_calendar(cursor, entity.id)
    # The business date is a day of work as well.
    return min(calendar.following(first_open), max(entity.business_date, first_open)), False


def closed_record(entity_id: UUID, day: date) -> CloseRecord | None:
    """The record of a closed day, None of one that is not closed."""
    run = close_in_force(entity_id, day)
    return records_of([run])[0] if run is not None else None


def close_in_force(entity_id: UUID, day: date) -> DayClose | None:
    """The run that closed a date, of one that was no business day that of the day after; None while it is open."""
    cut_off = last_cut_off(entity_id)
    if cut_off is None or cut_off.closed_through is None or day > cut_off.closed_through:
        return None
    # A run may have been given up on a date that became a day off, and was closed over.
    runs = DayClose.objects.filter(entity_id=entity_id, day__gte=day, steps__step="close", steps__outcome="done")
    return runs.order_by("day", "-number").first()


def _unfinished(entity: Entity, cut_off: DayCutOff | None) -> DayClose | None:
    """The last close in force, when nothing has begun the new day since."""
    if cut_off is None or cut_off.closed_through is None:
        return None
    run = DayClose.objects.filter(entity_id=entity.id, day=cut_off.closed_through).order_by("-number").first()
    is_done = DayCloseStep.objects.filter(close=run, step="new_day", outcome__in=PASSED).exists()
    return None if is_done else run


def _finish(entity: Entity, cut_off: DayCutOff | None, actor: str) -> None:
    run = _unfinished(entity, cut_off)
    if run is not None:
        with own_connection() as own:
            _run(CloseRun(run, entity, actor, "", own), "new_day")


@contextmanager
def _alone(entity_id: UUID) -> Iterator[None]:
    with ExitStack() as stack:
        try:
            stack.enter_context(one_at_a_time(f"close {entity_id}"))
        except TryAgain as error:
            raise CloseInProgress from error
        yield


def _entity(entity_id: UUID) -> Entity:
    entity = Entity.objects.filter(pk=entity_id).first()
    if entity is None:
        raise EntityNotFound
    return entity


def _cut_off(entity: Entity, day: date, actor: str) -> None:
    """Begin the run of this day with its cut-off. Raises `FutureDate`."""
    if day > entity.business_date:
        raise FutureDate(business_date=str(entity.business_date), day=str(day))
    write(entity.id, lambda tx, _: cutoff_records.cut_off(tx, day, actor))
    entity.refresh_from_db(fields=["business_date"])


def _left(close: DayClose) -> list[str]:
    """The steps that have not passed yet, in their order."""
    passed = DayCloseStep.objects.filter(close=close, outcome__in=PASSED).values_list("step", flat=True)
    return [step for step in step_names() if step not in set(passed)]


def _run(run: CloseRun, step: str) -> None:
    """Take a step and record how it came out. Whatever goes wrong is in its record, which says why the day is open."""
    started_at = clocks.now()
    try:
        came_out = _work_of(step)(run, started_at)
        if came_out is not None:  # else it wrote its record itself, in the transaction of its work
            _record(run, step, came_out, started_at)
    except Exception as error:
        failure = _refusal_of(error, run, step)
        if isinstance(failure, CloseInProgress):
            raise failure from error
        _record_failure(run, step, failure, started_at)
        if step == "new_day":
            return  # the day is closed, and whoever comes next begins the new one
        raise failure from error
    if came_out is not None:
        _check_passed(run, came_out)


def _refusal_of(error: Exception, run: CloseRun, step: str) -> LedgerError:
    """A refusal itself; what the database refuses by name; for anything else `TryAgain` or `CloseFailed`."""
    if isinstance(error, LedgerError):
        return error
    if named_refusal(error) is CloseInProgress:
        # The advisory lock ends with its connection; should that break, another may be at it, and the tables tell.
        return CloseOvertaken()
    log.error("close_step_failed", entity=run.entity.code, day=str(run.close.day), step=step, exc_info=error)
    said = described(error)["message"]
    if isinstance(error, PASSING):
        return StepCutShort(step=step, reason=said)
    return StepFailed(day=str(run.close.day), step=step, reason=said)


def _record_failure(run: CloseRun, step: str, failure: LedgerError, started_at: datetime) -> None:
    try:
        _record(run, step, StepOutcome("failed", described(failure)), started_at)
    except (psycopg.Error, LedgerError):  # the connection is gone as well, and the log has to do
        log.exception("close_step_not_recorded", entity=run.entity.code, day=str(run.close.day), step=step)


def _check_passed(run: CloseRun, came_out: StepOutcome) -> None:
    if came_out.outcome == "blocked":
        raise CloseBlocked(**came_out.detail, day=str(run.close.day), checks=", ".join(came_out.detail["blocking"]))
    if came_out.outcome == "failed":
        raise CloseFailed(**came_out.detail, day=str(run.close.day), fault=came_out.detail["faults"][0])


def _record(run: CloseRun, step: str, came_out: StepOutcome, started_at: datetime) -> None:
    """A step that passed is told by the event that ends the run; one that did not, and the new day, by their own."""
    taken = Taken(step, came_out.outcome, came_out.detail, run.actor, started_at)
    if came_out.outcome in PASSED and step != "new_day":
        add_step(run.connection, run.close, taken)
    else:
        write(run.entity.id, lambda tx, _: cutoff_records.tell_step(tx, run.close, taken))


def _checks(run: CloseRun, _: datetime) -> StepOutcome:
    policy = day_policy(run.entity.id)[0]
    checked = run_checks(run.entity.id, run.close.day, policy.checks)
    detail: dict[str, Any] = {"findings": checked.findings, "blocking": checked.blocking}
    if checked.blocking and run.accept:
        return StepOutcome("warned", detail | {"accepted": run.accept})
    return StepOutcome(checked.outcome, detail)


def _declared(step: CloseStep, run: CloseRun, _: datetime) -> StepOutcome:
    """What a room declared. Work that had to leave something out says so under "refused", and that is a warning."""
    detail = step.work(run.entity.id, run.close.day, run.actor)
    return StepOutcome("warned" if "refused" in detail else "done", detail)


def _snapshot(run: CloseRun, started_at: datetime) -> None:
    """The rows and the record of the step are one transaction."""
    own = run.connection
    with own.transaction():
        own.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        params = run.params
        sequence, last_number = own.execute(HEAD, params).fetchall()[0]
        rows = own.execute(TAKE, params).rowcount
        detail = {"rows": rows, "event_sequence": sequence, "last_number": last_number}
        add_step(own, run.close, Taken("snapshot", "done", detail, run.actor, started_at))


def _proof(run: CloseRun, _: datetime) -> StepOutcome:
    own = run.connection
    with own.transaction():
        own.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        lines = frozen_trial_balance(own, run.entity.id, run.close.day, run.close.number)
        frozen = summed(lines, run.entity.code, run.close.day)
        proven = prove(own, run.params, frozen)
    totals = {
        currency: {name: plain(total[name]) for name in ("debits", "credits")}
        for currency, total in sorted(frozen.totals.items())
    }
    detail = {
        "sha256": frozen.sha256, "accounts": frozen.accounts, "moved": frozen.moved, "sampled": proven.sampled,
        "totals": totals,
    }  # fmt: skip
    if proven.faults:
        return StepOutcome("failed", {"faults": proven.faults})
    return StepOutcome("done", detail)


def _close(run: CloseRun, _: datetime) -> None:
    done = {step.step: step.detail for step in DayCloseStep.objects.filter(close=run.close, outcome__in=PASSED)}
    last_number = done["snapshot"]["last_number"]
    write(run.entity.id, lambda tx, _: cutoff_records.close(tx, run.close, last_number, done["proof"], run.actor))


def _new_day(run: CloseRun, _: datetime) -> StepOutcome:
    """What is due on the new business day. It is no reason to leave the old one open, so a refusal is a warning."""
    made = begin_day(run.entity.id, run.entity.business_date, run.actor)
    return StepOutcome("warned" if "refused" in made else "done", made)


def _work_of(step: str) -> StepWork:
    declared = registry.close_steps.get(step)
    return partial(_declared, declared) if declared is not None else WORK[step]


StepWork = Callable[[CloseRun, datetime], StepOutcome | None]
WORK: dict[str, StepWork] = {
    "checks": _checks,
    "snapshot": _snapshot,
    "proof": _proof,
    "close": _close,
    "new_day": _new_day,
}
