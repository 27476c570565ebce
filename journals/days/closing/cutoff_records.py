"""What a close writes: the records that cut days off, under the entity's lock, and the record of each step."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb

from journals.calendars import load_calendar
from journals.days import events
from journals.days.errors import DayNotClosed, DayNotClosing, JournalSlippedIn
from journals.days.events import StepOfClose
from journals.days.models import DayClose
from ledgerflow.books.business_dates import move_business_date
from ledgerflow.books.refusals import named_refusal
from ledgerflow.books.writing import Transaction
from ledgerflow.core import clocks
from ledgerflow.core.dates import day_after
from ledgerflow.core.ids import uuid7

LAST_CUT_OFF = """
    SELECT number, closed_through, ordinary_through FROM days_daycutoff
    WHERE entity_id = %s ORDER BY number DESC LIMIT 1
"""
INSERT_CUT_OFF = """
    INSERT INTO days_daycutoff (id, entity_id, number, action, day, closed_through, ordinary_through, reason, actor,
                                   approved_by, proposal_id, event_sequence, recorded_at)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
INSERT_CLOSE = """
    INSERT INTO days_dayclose (id, entity_id, day, version, number, previous_day, actor, event_sequence, started_at)
    VALUES (%s, %s, %s, (SELECT count(*) + 1 FROM days_dayclose WHERE entity_id = %s AND day = %s), %s, %s, %s, %s,
            %s)
"""
SLIPPED_IN = """
    SELECT number FROM journals_journal
    WHERE entity_id = %s AND number > %s AND effective_date <= %s AND layer = 'ordinary' ORDER BY number LIMIT 1
"""
RUN_OF = "SELECT id FROM days_dayclose WHERE entity_id = %s AND number = %s"
PREVIOUS_OF = """
    SELECT day, previous_day FROM days_dayclose
    WHERE entity_id = %s AND day >= %s AND day <= %s ORDER BY day, number DESC LIMIT 1
"""
INSERT_STEP = """
    INSERT INTO days_dayclosestep (id, close_id, step, outcome, detail, actor, started_at, ended_at)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
"""
STEPS_SO_FAR = """
    SELECT id, step, outcome, detail, actor, started_at, ended_at FROM days_dayclosestep
    WHERE close_id = %s ORDER BY started_at, id
"""


class Taken(NamedTuple):
    """A step that has ended, and how it came out."""

    step: str
    outcome: str
    detail: dict[str, Any]
    actor: str
    started_at: datetime

    def as_fact(self) -> StepOfClose:
        """Its record, as its event carries it; it ends now."""
        return StepOfClose(uuid7(), *self, clocks.now())


class Lines(NamedTuple):
    """What the last cut-off record says. A day is closing while it is cut off and not closed."""

    number: int
    closed_through: date | None
    ordinary_through: date | None

    @property
    def closing(self) -> date | None:
        return self.ordinary_through if self.ordinary_through != self.closed_through else None


def lines_of(tx: Transaction) -> Lines:
    row = tx.query(LAST_CUT_OFF, (tx.entity_id,)).fetchone()
    return Lines(*row) if row else Lines(0, None, None)


def cut_off(tx: Transaction, day: date, actor: str) -> UUID:
    """Cut ordinary work off from `day`, move the business date on when it is that day, begin the run of its close."""
    lines = lines_of(tx)
    started_at = tx.recorded_at
    if tx.entity.business_date <= day:
        move_business_date(tx, load_calendar(tx.connection, tx.entity_id).after(day), actor)
    number, close_id = lines.number + 1, uuid7()
    sequence = tx.record(events.DayCutOffFact(close_id, day, number), str(day), actor)
    _add_record(tx, lines, "cut_off", day, (lines.closed_through, day), actor=actor, sequence=sequence)
    tx.query(
        INSERT_CLOSE,
        (close_id, tx.entity_id, day, tx.entity_id, day, number, lines.closed_through, actor, sequence, started_at),
    )
    detail = {"business_date": str(tx.entity.business_date)}
    _insert_step(tx.connection, close_id, Taken("cut_off", "done", detail, actor, started_at).as_fact())
    return close_id


def close(tx: Transaction, run: DayClose, last_number: int, proof: dict[str, Any], actor: str) -> None:
    """The close itself: from here on the database lets nothing into the day. `proof` is what its proof found.

    Raises `CloseFailed` when something was dated into the day after its snapshot was taken.
    """
    lines = lines_of(tx)
    slipped = tx.query(SLIPPED_IN, (tx.entity_id, last_number, run.day)).fetchone()
    if slipped is not None:
        raise JournalSlippedIn(journal=slipped[0])
    detail = {"event_sequence": tx.sequence + 1, "cut_off_number": lines.number + 1}
    step = Taken("close", "done", detail, actor, tx.recorded_at).as_fact()
    steps = [*_steps_so_far(tx.connection, run.id), step]
    fact = events.DayClosedFact(
        run.id, run.day, run.version, run.number, proof["sha256"], proof["accounts"], proof["totals"], steps
    )
    sequence = tx.record(fact, str(run.day), actor)
    _add_record(tx, lines, "close", run.day, (run.day, run.day), actor=actor, sequence=sequence)
    _insert_step(tx.connection, run.id, step)


def add_step(connection: psycopg.Connection[Any], run: DayClose, taken: Taken) -> None:
    """Write the record of a step in the transaction that does its work; the event that ends the run tells of it."""
    _insert_step(connection, run.id, taken.as_fact())


def tell_step(tx: Transaction, run: DayClose, taken: Taken) -> None:
    """A step that no later event of its run may tell of, with an event of its own."""
    step = taken.as_fact()
    tx.record(events.DayStepTakenFact(run.id, run.day, step), str(run.day), step.actor)
    _insert_step(tx.connection, run.id, step)


def _insert_step(connection: psycopg.Connection[Any], close_id: UUID, step: StepOfClose) -> None:
    row = (step.id, close_id, step.step, step.outcome, Jsonb(step.detail), step.actor, step.started_at, step.ended_at)
    connection.execute(INSERT_STEP, row)


def _steps_so_far(connection: psycopg.Connection[Any], close_id: UUID) -> list[StepOfClose]:
    """What a run has taken so far, in its order, for the event that ends it."""
    return [StepOfClose(*row) for row in connection.execute(STEPS_SO_FAR, (close_id,)).fetchall()]


def cancel(tx: Transaction, day: date, reason: str, actor: str) -> None:
    """Open a day again that is cut off and not closed. Raises `DayNotClosed` when `day` is not closing."""
    lines = lines_of(tx)
    if lines.closing != day:
        raise DayNotClosing(day=str(day))
    ((close_id,),) = tx.query(RUN_OF, (tx.entity_id, lines.number)).fetchall()
    fact = events.DayCloseCancelledFact(day, reason, _steps_so_far(tx.connection, close_id))
    sequence = tx.record(fact, str(day), actor)
    through = (lines.closed_through, lines.closed_through)
    _add_record(tx, lines, "cancel", day, through, actor=actor, sequence=sequence, reason=reason)


def reopen(tx: Transaction, day: date, *, proposal_id: UUID, reason: str, actor: str, approved_by: str) -> date:
    """Open `day` and every later one again; gives the first date that is open now. `actor` is who proposed it.

    Raises `DayNotClosed`, `CloseInProgress` while a later day is cut off, `PeriodClosed`.
    """
    lines = lines_of(tx)
    if lines.closed_through is None or day > lines.closed_through:
        raise DayNotClosed(closed_through=str(lines.closed_through), day=str(day))
    row = tx.query(PREVIOUS_OF, (tx.entity_id, day, lines.closed_through)).fetchone()
    closed_on, through = row or (day, None)
    fact = events.DayReopenedFact(closed_on, through, lines.closed_through, reason, proposal_id, actor, approved_by)
    sequence = tx.record(fact, str(closed_on), actor)
    _add_record(
        tx, lines, "reopen", closed_on, (through, through), actor=actor, sequence=sequence, reason=reason,
        approved_by=approved_by, proposal_id=proposal_id,
    )  # fmt: skip
    return closed_on if through is None else day_after(through)


def _add_record(
    tx: Transaction, lines: Lines, action: str, day: date, through: tuple[date | None, date | None], *,
    actor: str, sequence: int, reason: str = "", approved_by: str = "", proposal_id: UUID | None = None,
) -> None:  # fmt: skip
    row = (uuid7(), tx.entity_id, lines.number + 1, action, day, *through, reason, actor, approved_by, proposal_id)
    try:
        tx.query(INSERT_CUT_OFF, (*row, sequence, tx.recorded_at))
    except psycopg.IntegrityError as error:
        refusal = named_refusal(error)
        if refusal is None:
            raise
        raise refusal(f"{error.diag.message_primary}.".capitalize(), day=str(day)) from error
