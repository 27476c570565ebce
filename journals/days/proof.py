"""Business days against the events they follow from: cut-off records, closes and their steps, snapshots, the policy."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from operator import itemgetter
from typing import Any
from uuid import UUID

import msgspec
import psycopg
from psycopg.rows import dict_row

from journals.days.closing.records import PASSED
from journals.days.closing.snapshots import frozen_trial_balance, summed
from journals.days.events import (
    DayCloseCancelledFact,
    DayClosedFact,
    DayCutOffFact,
    DayPolicySetFact,
    DayReopenedFact,
    DayStepTakenFact,
    StepOfClose,
)
from journals.days.policies import DayPolicyFact
from ledgerflow.books.faults import ABSENT, PRESENT, Fault, compare_rows, keyed
from ledgerflow.books.proof.event_facts import EventWithFact, events_with_facts
from ledgerflow.core.dates import day_before
from ledgerflow.core.events import Fact

CUT_OFFS = """
    SELECT number, action, day, closed_through, ordinary_through, reason, actor, approved_by, proposal_id,
           event_sequence, recorded_at
    FROM days_daycutoff WHERE entity_id = %s ORDER BY number
"""
CLOSES = """
    SELECT id, day, version, number, previous_day, actor, event_sequence, started_at
    FROM days_dayclose WHERE entity_id = %s ORDER BY number
"""
STEPS = """
    SELECT s.id, s.close_id, s.step, s.outcome, s.detail, s.actor, s.started_at, s.ended_at
    FROM days_dayclosestep s JOIN days_dayclose c ON c.id = s.close_id WHERE c.entity_id = %s
"""
APPROVED = """
    SELECT p.id, d.decided_by FROM approvals_proposal p JOIN approvals_proposaldecision d ON d.proposal_id = p.id
    WHERE p.entity_id = %s AND p.kind = 'day.reopen' AND d.decision = 'approved'
"""
POLICY = """
    SELECT cut_off_minutes, weekend, holidays, holiday_policy, checks, revision
    FROM days_daypolicy WHERE entity_id = %s
"""
ROWS_OF_RUNS = """
    SELECT s.day, s.number, count(*) FROM days_daysnapshot s JOIN accounts_account a ON a.id = s.account_id
    WHERE a.entity_id = %s GROUP BY s.day, s.number ORDER BY s.number
"""
# What each close in force froze, from the day totals of the dates it closed; each date is looked up once, not each row.
SNAPSHOTS = """
    WITH runs AS (SELECT * FROM unnest(%(days)s::date[], %(numbers)s::bigint[]) AS r (day, number)),
    totals AS MATERIALIZED (
        SELECT a.code, d.account_id, d.effective_date, d.debits, d.credits, d.count
        FROM journals_daytotal d JOIN accounts_account a ON a.id = d.account_id
        WHERE a.entity_id = %(entity)s AND d.layer = 'ordinary'
          AND d.effective_date <= (SELECT max(day) FROM runs)
    ), dates AS MATERIALIZED (
        SELECT t.effective_date, (SELECT min(r.day) FROM runs r WHERE r.day >= t.effective_date) AS day
        FROM (SELECT DISTINCT effective_date FROM totals) t
    ), moved AS (
        SELECT t.account_id, t.code, d.day,
               coalesce(sum(t.debits) FILTER (WHERE t.effective_date > %(base)s), 0) AS debits,
               coalesce(sum(t.credits) FILTER (WHERE t.effective_date > %(base)s), 0) AS credits,
               coalesce(sum(t.count) FILTER (WHERE t.effective_date > %(base)s), 0) AS count,
               sum(t.debits) AS all_debits, sum(t.credits) AS all_credits
        FROM totals t JOIN dates d USING (effective_date) GROUP BY t.account_id, t.code, d.day
    ), summed AS (
        SELECT account_id, code, day, debits, credits, count,
               sum(all_debits) OVER earlier AS total_debits, sum(all_credits) OVER earlier AS total_credits
        FROM moved WINDOW earlier AS (PARTITION BY account_id ORDER BY day)
    ), stored AS (
        SELECT s.*, a.code FROM days_daysnapshot s JOIN runs r ON (s.day, s.number) = (r.day, r.number)
        JOIN accounts_account a ON a.id = s.account_id WHERE a.entity_id = %(entity)s
    )
    SELECT coalesce(m.code, s.code), day, m.debits, m.credits, m.count, m.total_debits, m.total_credits,
           s.debits, s.credits, s.count, s.total_debits, s.total_credits
    FROM summed m FULL JOIN stored s USING (account_id, day)
    WHERE (m.debits, m.credits, m.count, m.total_debits, m.total_credits)
          IS DISTINCT FROM (s.debits, s.credits, s.count, s.total_debits, s.total_credits)
    ORDER BY day, 1 LIMIT 1000
"""
# What the table's own constraint says too; of a close that is in force no more, it is all that its totals must do.
NOT_ADDING_UP = """
    SELECT a.code || ' ' || s.day || ' of close ' || s.number, s.total_debits - s.total_credits, s.closing
    FROM days_daysnapshot s JOIN accounts_account a ON a.id = s.account_id
    WHERE a.entity_id = %s AND (s.closing, s.closing)
          IS DISTINCT FROM (s.opening + s.debits - s.credits, s.total_debits - s.total_credits)
    ORDER BY 1 LIMIT 1000
"""
FIGURES = ("debits", "credits", "count", "total_debits", "total_credits")
CUT_OFF_COLUMNS = (
    "action",
    "day",
    "closed_through",
    "ordinary_through",
    "reason",
    "actor",
    "approved_by",
    "proposal_id",
    "event_sequence",
    "recorded_at",
)
CLOSE_COLUMNS = ("id", "day", "version", "previous_day", "actor", "event_sequence", "started_at")
RECOMPUTED = 31  # closes whose SHA-256 is made anew from their lines
CUT_OFF, CLOSE, STEP, SNAPSHOT = "days_daycutoff", "days_dayclose", "days_dayclosestep", "days_daysnapshot"
POLICY_ROW = "days_daypolicy"

Connection = psycopg.Connection[Any]
Row = dict[str, Any]


def check_days(connection: Connection, entity_id: UUID) -> Iterator[Fault]:
    """What of the business days is not as the events tell it, and which snapshots are not what they were."""
    faults: list[Fault] = []
    days = ExpectedDays()
    for event in events_with_facts(connection, entity_id, APPLY, faults):
        APPLY[type(event.fact)](days, event, event.fact)
    yield from faults
    approved = dict(connection.execute(APPROVED, (entity_id,)).fetchall())
    yield from _check_people(days, approved)
    yield from compare_rows(CUT_OFF, days.cut_offs, _numbered(connection, CUT_OFFS, entity_id, 0, CUT_OFF_COLUMNS))
    yield from compare_rows(CLOSE, days.closes, _numbered(connection, CLOSES, entity_id, 3, CLOSE_COLUMNS))
    yield from _check_policy(connection, entity_id, days)
    yield from _check_steps(connection, entity_id, days)
    yield from _check_counts(connection, entity_id, days)
    yield from _check_in_force(connection, entity_id, days)
    yield from _check_sums(connection, entity_id, days)


class ExpectedDays:
    """Where the lines stand and how days were closed, as the events so far tell it; rows by their number."""

    def __init__(self) -> None:
        self.closed_through: date | None = None
        self.ordinary_through: date | None = None
        self.cut_offs: dict[int, Row] = {}
        self.closes: dict[int, Row] = {}
        self.closed: dict[int, DayClosedFact] = {}  # the facts of those that came to their end
        self.steps: dict[UUID, Row] = {}
        self.policy: Row | None = None

    @property
    def open_run(self) -> UUID | None:
        """The run that no event has ended yet, so that only what stopped it is told."""
        is_open = self.ordinary_through != self.closed_through
        return self.closes[max(self.closes)]["id"] if is_open and self.closes else None

    def cut_off(self, event: EventWithFact, fact: DayCutOffFact) -> None:
        self.ordinary_through = fact.day
        self.closes[len(self.cut_offs) + 1] = {
            "id": fact.close,
            "day": fact.day,
            "version": sum(run["day"] == fact.day for run in self.closes.values()) + 1,
            "previous_day": self.closed_through,
            "actor": event.actor,
            "event_sequence": event.sequence,
            "started_at": event.recorded_at,
        }
        self._add("cut_off", event, fact.day)

    def take_step(self, _event: EventWithFact, fact: DayStepTakenFact) -> None:
        self._take(fact.close, [fact.step])

    def close(self, event: EventWithFact, fact: DayClosedFact) -> None:
        self.closed_through = self.ordinary_through = fact.day
        self.closed[fact.number] = fact
        self._take(fact.close, fact.steps)
        self._add("close", event, fact.day)

    def cancel(self, event: EventWithFact, fact: DayCloseCancelledFact) -> None:
        if (run := self.open_run) is not None:
            self._take(run, fact.steps)
        self.ordinary_through = self.closed_through
        self._add("cancel", event, fact.day, reason=fact.reason)

    def reopen(self, event: EventWithFact, fact: DayReopenedFact) -> None:
        self.closed_through = self.ordinary_through = fact.closed_through
        self._add(
            "reopen", event, fact.day, reason=fact.reason, approved_by=fact.approved_by, proposal_id=fact.proposal
        )

    def set_policy(self, event: EventWithFact, fact: DayPolicySetFact) -> None:
        self.policy = msgspec.structs.asdict(fact) | {"revision": event.sequence}

    def _take(self, close: UUID, steps: Iterable[StepOfClose]) -> None:
        for step in steps:
            self.steps[step.id] = msgspec.structs.asdict(step) | {"close_id": close}

    def _add(
        self,
        action: str,
        event: EventWithFact,
        day: date,
        *,
        reason: str = "",
        approved_by: str = "",
        proposal_id: UUID | None = None,
    ) -> None:
        self.cut_offs[len(self.cut_offs) + 1] = {
            "action": action,
            "day": day,
            "closed_through": self.closed_through,
            "ordinary_through": self.ordinary_through,
            "reason": reason,
            "actor": event.actor,
            "approved_by": approved_by,
            "proposal_id": proposal_id,
            "event_sequence": event.sequence,
            "recorded_at": event.recorded_at,
        }

    def in_force(self) -> dict[date, int]:
        """The days that are closed now, each with the number of the close that holds."""
        through = self.closed_through
        newest = {fact.day: number for number, fact in sorted(self.closed.items())}
        return {day: number for day, number in newest.items() if through is not None and day <= through}


APPLY: dict[type[Fact], Callable[[ExpectedDays, EventWithFact, Any], None]] = {
    DayCutOffFact: ExpectedDays.cut_off,
    DayStepTakenFact: ExpectedDays.take_step,
    DayClosedFact: ExpectedDays.close,
    DayCloseCancelledFact: ExpectedDays.cancel,
    DayReopenedFact: ExpectedDays.reopen,
    DayPolicySetFact: ExpectedDays.set_policy,
}


def _check_people(days: ExpectedDays, approved: dict[UUID, str]) -> Iterator[Fault]:
    """A reopening was approved under its proposal, and not by the one who proposed it."""
    for number, cut_off in days.cut_offs.items():
        if cut_off["action"] != "reopen":
            continue
        decided_by = approved.get(cut_off["proposal_id"], "nobody")
        if decided_by != cut_off["approved_by"]:
            yield Fault(CUT_OFF, str(number), "approved_by", decided_by, cut_off["approved_by"])
        if cut_off["approved_by"] == cut_off["actor"]:
            yield Fault(CUT_OFF, str(number), "approved_by", "another person", cut_off["approved_by"])


def _check_policy(connection: Connection, entity_id: UUID, days: ExpectedDays) -> Iterator[Fault]:
    row = connection.execute(POLICY, (entity_id,)).fetchone()
    names = (*DayPolicyFact.__struct_fields__, "revision")
    found = {} if row is None else {"": dict(zip(names, row, strict=True))}
    expected = {} if days.policy is None else {"": days.policy}
    yield from compare_rows(POLICY_ROW, expected, found)


def _check_steps(connection: Connection, entity_id: UUID, days: ExpectedDays) -> Iterator[Fault]:
    """Every step as the events tell it. What a run has passed so far is told when the run ends."""
    rows = connection.cursor(row_factory=dict_row).execute(STEPS, (entity_id,)).fetchall()
    for row in rows:
        if row["close_id"] == days.open_run and row["outcome"] in PASSED:
            days.steps.setdefault(row["id"], row)
    yield from compare_rows(STEP, days.steps, keyed(rows, itemgetter("id")))


def _check_counts(connection: Connection, entity_id: UUID, days: ExpectedDays) -> Iterator[Fault]:
    """Snapshots belong to runs, and each run has as many rows as its step wrote."""
    written = {step["close_id"]: step["detail"].get("rows", 0) for step in days.steps.values() if _is_snapshot(step)}
    wrote = {(run["day"], number): written.get(run["id"], 0) for number, run in days.closes.items()}
    found = {(day, number): count for day, number, count in connection.execute(ROWS_OF_RUNS, (entity_id,)).fetchall()}
    for key in sorted(wrote.keys() | found.keys(), key=lambda key: key[1]):
        expected, is_there = wrote.get(key, 0), found.get(key, 0)
        if expected != is_there:
            yield Fault(SNAPSHOT, f"{key[0]} of close {key[1]}", "rows", str(expected), str(is_there))
    for row, expected, is_there in connection.execute(NOT_ADDING_UP, (entity_id,)).fetchall():
        yield Fault(SNAPSHOT, row, "closing", str(expected), str(is_there))


def _is_snapshot(step: Row) -> bool:
    return step["step"] == "snapshot" and step["outcome"] in PASSED and isinstance(step["detail"], dict)


def _check_in_force(connection: Connection, entity_id: UUID, days: ExpectedDays) -> Iterator[Fault]:
    """Every row of every close in force against the day totals of the dates it closed, and of all dates before."""
    runs = days.in_force()
    if not runs:
        return
    first = connection.execute("SELECT first_business_date FROM books_entity WHERE id = %s", (entity_id,)).fetchone()
    if first is None or not isinstance(first[0], date):
        return  # named where the entity's row is compared
    base = day_before(min(first[0], *runs))
    params = {"entity": entity_id, "days": list(runs), "numbers": list(runs.values()), "base": base}
    for code, day, *figures in connection.execute(SNAPSHOTS, params).fetchall():
        expected, found = figures[:5], figures[5:]
        key = f"{code} {day}"
        if expected[0] is None or found[0] is None:
            yield Fault(SNAPSHOT, key, "row", *((ABSENT, PRESENT) if expected[0] is None else (PRESENT, ABSENT)))
            continue
        for name, wanted, is_there in zip(FIGURES, expected, found, strict=True):
            if wanted != is_there:
                yield Fault(SNAPSHOT, key, name, str(wanted), str(is_there))


def _check_sums(connection: Connection, entity_id: UUID, days: ExpectedDays) -> Iterator[Fault]:
    """The SHA-256 of the newest closes, made anew from the lines they froze; superseded ones count too."""
    code = connection.execute("SELECT code FROM books_entity WHERE id = %s", (entity_id,)).fetchone()
    if code is None:
        return  # named where the entity's row is compared
    for number, fact in sorted(days.closed.items())[-RECOMPUTED:]:
        lines = frozen_trial_balance(connection, entity_id, fact.day, number)
        computed = summed(lines, code[0], fact.day).sha256
        if computed != fact.sha256:
            yield Fault(SNAPSHOT, f"{fact.day} version {fact.version}", "sha256", fact.sha256, computed)


def _numbered(connection: Connection, sql: str, entity_id: UUID, place: int, columns: Iterable[str]) -> dict[int, Row]:
    """Rows by the number in this place, the other columns under their names."""
    rows = connection.execute(sql, (entity_id,)).fetchall()
    return {row[place]: dict(zip(columns, row[:place] + row[place + 1 :], strict=True)) for row in rows}
