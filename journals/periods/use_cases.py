"""The fiscal calendar: its years, and how each of their periods stands: open, locked or closed.

A lock is the application's rule: whoever may override it posts with a reason. Closed is the database's: nobody dates an
adjustment or a closing entry to the end of a closed period until two people have reopened it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import F, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from journals.dating import ONE_DAY
from journals.periods import events
from journals.periods.errors import (
    EarlierYearsOpen,
    EarlierYearsUnbookable,
    LaterPeriodClosed,
    NameIsBlank,
    PeriodDaysOpen,
    PeriodNameTaken,
    PeriodNotClosed,
    PeriodNotFound,
    PeriodsGap,
    PeriodsOpen,
    PeriodsOverlap,
    PeriodStaysClosed,
    YearEndNeeded,
)
from journals.periods.fiscal_years import (
    EARLIER,
    EARLIER_YEARS,
    MAX_NAME,
    MONTH,
    SPECIAL,
    YEAR,
    Span,
    YearPlan,
    spans_of,
)
from journals.periods.models import Period, PeriodStatus
from ledgerflow.books.writing import Transaction, write
from ledgerflow.core.dates import EARLIEST, check_day
from ledgerflow.core.errors import NotFound
from ledgerflow.core.ids import uuid7_run
from ledgerflow.core.phrases import phrase
from ledgerflow.core.texts import check_text

MAX_REASON = 500
CLOSED_THROUGH = phrase("they are closed through {day}")
NONE_CLOSED = phrase("none of them is")
YEARS_BEFORE = phrase("period of earlier years to {day}")
YEAR_CALLED = phrase("year {name}")
PERIOD_CALLED = phrase("period {name}")
WHOLE = (YEAR, EARLIER)  # what a year end closes
OPEN, LOCKED, CLOSED = "open", "locked", "closed"
STATUSES = (OPEN, LOCKED, CLOSED)
PERIODS = """
    SELECT p.id, p.kind, p.name, p.starts_on, p.ends_on, periods_period_status(p.id),
           (SELECT coalesce(max(number), 0) FROM periods_periodstatus WHERE period_id = p.id)
    FROM periods_period p WHERE p.entity_id = %s
"""
EXTENT = "SELECT min(starts_on), max(ends_on) FROM periods_period WHERE entity_id = %s"
NAMED = "SELECT name FROM periods_period WHERE entity_id = %s AND name = ANY (%s::text[]) ORDER BY ends_on DESC LIMIT 1"
FIRST_RESULT = "SELECT periods_first_result(%s)"
INSERT_PERIODS = """
    INSERT INTO periods_period (id, entity_id, kind, name, starts_on, ends_on)
    SELECT id, %s, kind, name, starts_on, ends_on
    FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::date[], %s::date[]) AS n (id, kind, name, starts_on, ends_on)
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
    name: str
    starts_on: date
    ends_on: date
    status: str
    number: int

    def __str__(self) -> str:
        if self.kind == EARLIER:
            return YEARS_BEFORE.format(day=self.ends_on)
        return (YEAR_CALLED if self.kind == YEAR else PERIOD_CALLED).format(name=self.name)


class StatusChange(NamedTuple):
    """Why a status changes, and what goes with it; `facts` are more members of its event."""

    actor: str
    reason: str = ""
    proposed_by: str = ""
    approved_by: str = ""
    proposal_id: UUID | None = None
    facts: dict[str, Any] | None = None


def make_fiscal_year(entity_id: UUID, wanted: date | YearPlan, *, actor: str) -> list[PeriodState]:
    """A year, its months and its special period as `spans_of` plans them; event `period.year_made`.

    A first day alone means twelve months from then on. Gives the months in order, the special period where there is
    one, then the year. Years follow each other: raises `PeriodsOverlap`, `PeriodsGap`; `EarlierYearsOpen` for a first
    year while there is income or expense before it; `PeriodNameTaken`, and `Malformed` for what is no year.
    """
    plan = YearPlan(wanted) if isinstance(wanted, date) else wanted
    check_text(plan.name, MAX_NAME, "/name")
    if plan.name and not plan.name.strip():
        raise NameIsBlank(pointer="/name", most=MAX_NAME)
    return make_year_of(entity_id, spans_of(plan), actor=actor)


def make_year_of(entity_id: UUID, spans: Sequence[Span], *, actor: str) -> list[PeriodState]:
    """The same of a year whose periods are known; they have been checked by `spans_of` or by `check_year`."""

    def work(tx: Transaction, _: None) -> list[PeriodState]:
        whole = spans[-1]
        _check_fits(tx, whole.starts_on, whole.ends_on)
        names = [one.name for one in spans]
        taken = tx.query(NAMED, (entity_id, names)).fetchone()
        if taken is not None:
            raise PeriodNameTaken(pointer="/name", name=taken[0])
        if _extent(tx) == (None, None):  # of a later one, the year end looks again
            check_nothing_before(tx, whole.starts_on)
        made = _insert(tx, spans)
        facts = [events.PeriodOfYearFact(one.id, one.kind, one.starts_on, one.ends_on, one.name) for one in made]
        tx.record(events.YearMadeFact(facts), str(made[-1].id), actor)
        return made

    return write(entity_id, work)


def declare_earlier_years_closed(entity_id: UUID, ends_on: date, *, actor: str, reason: str = "") -> PeriodState:
    """Say that all years through `ends_on` were closed elsewhere; event `period.earlier_years_closed`.

    The calendar begins the day after. What the earlier years earned goes to retained earnings, on their last day, by
    the first year end. The same declaration again gives the same period. Raises `PeriodsOverlap`, `PeriodsGap`,
    `LaterPeriodClosed` where a year is closed already, `Malformed`.
    """
    check_text(reason, MAX_REASON, "/reason")
    check_day(ends_on, "/ends_on")
    if ends_on == EARLIEST:
        raise EarlierYearsUnbookable(pointer="/ends_on", earliest=str(EARLIEST))

    def work(tx: Transaction, _: None) -> PeriodState:
        known = all_locked(tx)
        declared = next((one for one in known if one.kind == EARLIER), None)
        if declared is not None and declared.ends_on == ends_on:
            return declared
        _check_fits(tx, EARLIEST, ends_on, "/ends_on")
        closed = next((one for one in known if one.kind == YEAR and one.status == CLOSED), None)
        if closed is not None:  # its entries have taken the earlier years with them
            raise LaterPeriodClosed(period=str(closed.id), which=str(closed))
        (made,) = _insert(tx, [Span(EARLIER, EARLIER_YEARS, EARLIEST, ends_on)])
        fact = events.EarlierYearsClosedFact(made.id, made.kind, made.name, made.starts_on, made.ends_on, reason)
        tx.record(fact, str(made.id), actor)
        return made

    return write(entity_id, work)


def check_nothing_before(tx: Transaction, first_day: date | None = None) -> None:
    """Raise `EarlierYearsOpen` while an account of income or expense has moved before the calendar, or that day.

    Without this, a year end would take older earnings for its own.
    """
    begins = first_day or _extent(tx)[0]
    ((first,),) = tx.query(FIRST_RESULT, (tx.entity_id,)).fetchall()
    if begins is not None and first is not None and first < begins:
        raise EarlierYearsOpen(pointer="/starts_on", first_journal=str(first), first_day=str(begins))


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
    return PeriodState(row.id, row.kind, row.name, row.starts_on, row.ends_on, getattr(row, "status", OPEN), last or 0)


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
    """Close a month or special period for adjustments; event `period.closed`. A closed one stays as it is.

    Raises `NotFound`, `PeriodDaysOpen`, and `YearEndNeeded` for a year, which `year_end.close_year` closes.
    """
    check_text(reason, MAX_REASON, "/reason")

    def work(tx: Transaction, _: None) -> PeriodState:
        period = locked(tx, period_id)
        if period.status == CLOSED:
            return period
        if period.kind in WHOLE:
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
        until = NONE_CLOSED if closed_through is None else CLOSED_THROUGH.format(day=closed_through)
        raise PeriodDaysOpen(closed_through=None if closed_through is None else str(closed_through), until=until)


def check_year_may_close(year: PeriodState, others: Sequence[PeriodState]) -> None:
    """Raise `PeriodsOpen` while a period of the year, or a year before it, is not closed; earlier years go along."""
    for one in others:
        of_year = one.kind in {MONTH, SPECIAL} and year.starts_on <= one.ends_on <= year.ends_on
        if (of_year or (one.kind == YEAR and one.ends_on < year.ends_on)) and one.status != CLOSED:
            raise PeriodsOpen(period=str(one.id), which=str(one), status=one.status)


def check_may_reopen(period: PeriodState, others: Sequence[PeriodState]) -> None:
    """Raise `PeriodNotClosed`, or `LaterPeriodClosed` while its year, or a year after it, is closed."""
    if period.status != CLOSED:
        raise PeriodNotClosed(status=period.status, period=str(period))
    for one in others:
        over_it = one.kind == YEAR and one.id != period.id and one.ends_on >= period.ends_on
        if over_it and one.status == CLOSED and (period.kind in WHOLE or one.starts_on <= period.starts_on):
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


def _insert(tx: Transaction, spans: Sequence[Span]) -> list[PeriodState]:
    made = [PeriodState(id_, *span, OPEN, 0) for id_, span in zip(uuid7_run(len(spans)), spans, strict=True)]
    columns = [list(column) for column in zip(*(one[:5] for one in made), strict=True)]
    tx.query(INSERT_PERIODS, (tx.entity_id, *columns))
    return made


def _extent(tx: Transaction) -> tuple[date | None, date | None]:
    """The first and the last day of the calendar, earlier years among it."""
    ((first, last),) = tx.query(EXTENT, (tx.entity_id,)).fetchall()
    return first, last


def _check_fits(tx: Transaction, starts_on: date, ends_on: date, pointer: str = "/starts_on") -> None:
    first, last = _extent(tx)
    if first is None or last is None or starts_on == last + ONE_DAY or ends_on == first - ONE_DAY:
        return
    refusal = PeriodsOverlap if starts_on <= last and ends_on >= first else PeriodsGap
    days = {"first_day": str(first), "last_day": str(last)}
    raise refusal(pointer=pointer, starts_on=days["first_day"], ends_on=days["last_day"], **days)
