"""The fiscal calendar: years of twelve months, and how each of their periods stands: open, locked or closed.

A lock is the application's rule: whoever may override it posts with a reason. Closed is the database's: nobody dates an
adjustment or a closing entry to the end of a closed period until two people have reopened it.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import F, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from journals.dating import ONE_DAY
from journals.periods import events
from journals.periods.errors import (
    LaterPeriodClosed,
    NotAYearsFirstDay,
    PeriodDaysOpen,
    PeriodNotClosed,
    PeriodNotFound,
    PeriodsGap,
    PeriodsOpen,
    PeriodsOverlap,
    PeriodStaysClosed,
    YearEndNeeded,
)
from journals.periods.models import Period, PeriodStatus
from ledgerflow.books.writing import Transaction, write
from ledgerflow.core.dates import LATEST, is_bookable
from ledgerflow.core.errors import NotFound
from ledgerflow.core.ids import uuid7_run
from ledgerflow.core.texts import check_text

MONTHS = 12
MAX_REASON = 500
MONTH, YEAR = "month", "year"
OPEN, LOCKED, CLOSED = "open", "locked", "closed"
STATUSES = (OPEN, LOCKED, CLOSED)
PERIODS = """
    SELECT p.id, p.kind, p.starts_on, p.ends_on, periods_period_status(p.id),
           (SELECT coalesce(max(number), 0) FROM periods_periodstatus WHERE period_id = p.id)
    FROM periods_period p WHERE p.entity_id = %s
"""
EXTENT = "SELECT min(starts_on), max(ends_on) FROM periods_period WHERE entity_id = %s"
INSERT_PERIODS = """
    INSERT INTO periods_period (id, entity_id, starts_on, ends_on, kind)
    SELECT id, %s, starts_on, ends_on, kind
    FROM unnest(%s::uuid[], %s::date[], %s::date[], %s::text[]) AS n (id, starts_on, ends_on, kind)
"""
INSERT_STATUS = """
    INSERT INTO periods_periodstatus (id, period_id, number, status, reason, actor, approved_by, proposal_id,
                                       event_sequence, recorded_at)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""


TOLD_AS: dict[str, type[events.PeriodFact]] = {
    OPEN: events.PeriodUnlockedFact,
    LOCKED: events.PeriodLockedFact,
    CLOSED: events.PeriodClosedFact,
}


class PeriodState(NamedTuple):
    """A period and how it stands; `number` is that of its last status, 0 while it never had one."""

    id: UUID
    kind: str
    starts_on: date
    ends_on: date
    status: str
    number: int

    def __str__(self) -> str:
        return f"{self.kind} {self.starts_on} to {self.ends_on}"


class StatusChange(NamedTuple):
    """Why a status changes, and what goes with it; `facts` are more members of its event."""

    actor: str
    reason: str = ""
    proposed_by: str = ""
    approved_by: str = ""
    proposal_id: UUID | None = None
    facts: dict[str, Any] | None = None


def make_fiscal_year(entity_id: UUID, first_day: date, *, actor: str) -> list[PeriodState]:
    """Twelve months and the year they make, from the first of any month on; event `period.year_made`.

    Gives the months in order, then the year. Years follow each other: raises `PeriodsOverlap`, `PeriodsGap`, and
    `Malformed` for a day that is not the first of a month.
    """
    if first_day.day != 1 or not is_bookable(first_day) or first_day.year == LATEST.year:
        raise NotAYearsFirstDay(pointer="/starts_on", first_day=str(first_day))
    spans = _spans(first_day)
    ids = uuid7_run(MONTHS + 1)
    made = [
        PeriodState(id_, YEAR if place == MONTHS else MONTH, *span, OPEN, 0)
        for place, (id_, span) in enumerate(zip(ids, spans, strict=True))
    ]

    def work(tx: Transaction, _: None) -> list[PeriodState]:
        _check_fits(tx, *spans[-1])
        rows = ([one.id for one in made], [s for s, _ in spans], [e for _, e in spans], [one.kind for one in made])
        tx.query(INSERT_PERIODS, (entity_id, *rows))
        fact = events.YearMadeFact(
            [events.PeriodOfYearFact(one.id, one.kind, one.starts_on, one.ends_on) for one in made]
        )
        tx.record(fact, str(made[-1].id), actor)
        return made

    return write(entity_id, work)


def periods_of(entity_id: UUID) -> QuerySet[Period]:
    """The periods of these books, each with `status`; a month comes before the year that ends with it."""
    newest = PeriodStatus.objects.filter(period=OuterRef("pk")).order_by("-number").values("status")[:1]
    rows = Period.objects.filter(entity_id=entity_id).annotate(status=Coalesce(Subquery(newest), Value(OPEN)))
    return rows.order_by(F("ends_on"), F("kind"))


def period_in(entity_id: UUID, period_id: UUID) -> PeriodState:
    """A period of these books. Raises `NotFound`."""
    row = periods_of(entity_id).filter(pk=period_id).first()
    if row is None:
        raise no_period()
    last = row.statuses.order_by("-number").values_list("number", flat=True).first()
    return PeriodState(row.id, row.kind, row.starts_on, row.ends_on, getattr(row, "status", OPEN), last or 0)


def lock_period(entity_id: UUID, period_id: UUID, *, actor: str, reason: str = "") -> PeriodState:
    """Leave a period to those who may override its lock; event `period.locked`. A locked one stays as it is.

    Raises `NotFound`, `PeriodClosed`.
    """
    return _set(entity_id, period_id, LOCKED, StatusChange(actor, reason))


def unlock_period(entity_id: UUID, period_id: UUID, *, actor: str, reason: str = "") -> PeriodState:
    """Open a locked period to everybody; event `period.unlocked`. An open one stays as it is.

    Raises `NotFound`, `PeriodClosed`: what is closed takes two people to open.
    """
    return _set(entity_id, period_id, OPEN, StatusChange(actor, reason))


def close_period(entity_id: UUID, period_id: UUID, *, actor: str, reason: str = "") -> PeriodState:
    """Close a month for adjustments; event `period.closed`. A closed one stays as it is.

    Raises `NotFound`, `PeriodDaysOpen`, and `YearEndNeeded` for a year, which `year_end.close_year` closes.
    """
    check_text(reason, MAX_REASON, "/reason")

    def work(tx: Transaction, _: None) -> PeriodState:
        period = locked(tx, period_id)
        if period.status == CLOSED:
            return period
        if period.kind == YEAR:
            raise YearEndNeeded
        check_days_closed(tx, period)
        return save_status(tx, period, CLOSED, StatusChange(actor, reason))

    return write(entity_id, work)


def locked(tx: Transaction, period_id: UUID) -> PeriodState:
    """The period as it stands under the entity's lock. Raises `NotFound`."""
    row = tx.query(f"{PERIODS} AND p.id = %s", (tx.entity_id, period_id)).fetchone()
    if row is None:
        raise no_period()
    return PeriodState._make(row)


def all_locked(tx: Transaction) -> list[PeriodState]:
    """Every period as it stands under the entity's lock, by its last day."""
    return [PeriodState._make(row) for row in tx.query(f"{PERIODS} ORDER BY p.ends_on, p.kind", (tx.entity_id,))]


def check_days_closed(tx: Transaction, period: PeriodState) -> None:
    """Raise `PeriodDaysOpen` unless every day of the period is closed."""
    row = tx.query("SELECT days_closed_through(%s)", (tx.entity_id,)).fetchone()
    closed_through = row[0] if row else None
    if closed_through is None or closed_through < period.ends_on:
        until = "none of them is" if closed_through is None else f"they are closed through {closed_through}"
        raise PeriodDaysOpen(closed_through=None if closed_through is None else str(closed_through), until=until)


def check_year_may_close(year: PeriodState, others: Sequence[PeriodState]) -> None:
    """Raise `PeriodsOpen` while a month of the year, or a year before it, is not closed."""
    for one in others:
        of_year = one.kind == MONTH and year.starts_on <= one.ends_on <= year.ends_on
        if (of_year or (one.kind == YEAR and one.ends_on < year.ends_on)) and one.status != CLOSED:
            raise PeriodsOpen(period=str(one.id), which=str(one), status=one.status)


def check_may_reopen(period: PeriodState, others: Sequence[PeriodState]) -> None:
    """Raise `PeriodNotClosed`, or `LaterPeriodClosed` while its year, or a year after it, is closed."""
    if period.status != CLOSED:
        raise PeriodNotClosed(status=period.status, period=str(period))
    for one in others:
        over_it = one.kind == YEAR and one.id != period.id and one.ends_on >= period.ends_on
        if over_it and one.status == CLOSED and (period.kind == YEAR or one.starts_on <= period.starts_on):
            raise LaterPeriodClosed(period=str(one.id), which=str(one))


def save_status(tx: Transaction, period: PeriodState, status: str, change: StatusChange) -> PeriodState:
    """The new status with its event; the caller has checked that it may be."""
    kind = events.PeriodReopenedFact if period.status == CLOSED else TOLD_AS[status]
    number = period.number + 1
    approved_by = change.approved_by
    fact = kind(
        period.id, period.kind, period.starts_on, period.ends_on, status, number, reason=change.reason,
        proposed_by=change.proposed_by, approved_by=approved_by, proposal=change.proposal_id, **(change.facts or {}),
    )  # fmt: skip
    sequence = tx.record(fact, str(period.id), change.actor)
    (id_,) = uuid7_run(1)
    who = change.proposed_by or change.actor
    values = (id_, period.id, number, status, change.reason, who, approved_by, change.proposal_id)
    tx.query(INSERT_STATUS, (*values, sequence, tx.recorded_at))
    return period._replace(status=status, number=number)


def no_period() -> NotFound:
    return PeriodNotFound()


def _set(entity_id: UUID, period_id: UUID, status: str, change: StatusChange) -> PeriodState:
    check_text(change.reason, MAX_REASON, "/reason")

    def work(tx: Transaction, _: None) -> PeriodState:
        period = locked(tx, period_id)
        if period.status == CLOSED:
            raise PeriodStaysClosed(period=str(period))
        return period if period.status == status else save_status(tx, period, status, change)

    return write(entity_id, work)


def _spans(first_day: date) -> list[tuple[date, date]]:
    """First and last day of twelve months, then of the year."""
    spans, day = [], first_day
    for _ in range(MONTHS):
        last = day.replace(day=monthrange(day.year, day.month)[1])
        spans.append((day, last))
        day = last + ONE_DAY
    return [*spans, (first_day, spans[-1][1])]


def _check_fits(tx: Transaction, starts_on: date, ends_on: date) -> None:
    row = tx.query(EXTENT, (tx.entity_id,)).fetchone()
    if row is None or row[0] is None or starts_on == row[1] + ONE_DAY or ends_on == row[0] - ONE_DAY:
        return
    known = {"starts_on": str(row[0]), "ends_on": str(row[1])}
    if starts_on <= row[1] and ends_on >= row[0]:
        raise PeriodsOverlap(pointer="/starts_on", **known, first_day=str(row[0]), last_day=str(row[1]))
    raise PeriodsGap(pointer="/starts_on", **known, first_day=str(row[0]), last_day=str(row[1]))
