"""Business days against the events they follow from: cut-off records, closes and their steps, snapshots, the policy."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec
import psycopg

from journals.days.closing.snapshots import frozen_trial_balance, summed
from journals.days.policies import DayPolicyFact
from ledgerflow.books.faults import ABSENT, PRESENT, Fault, compare_rows, same
from ledgerflow.core import canonical
from ledgerflow.core.dates import day_before

EVENTS = """
    SELECT sequence, type, data, actor, recorded_at FROM books_event
    WHERE entity_id = %s AND type = ANY (
        '{day.cut_off,day.closed,day.close_cancelled,day.reopened,day_policy.set}') ORDER BY sequence
"""
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
    SELECT s.close_id, s.step, s.detail FROM days_dayclosestep s JOIN days_dayclose c ON c.id = s.close_id
    WHERE c.entity_id = %s AND s.outcome IN ('done', 'warned')
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
FIGURES = ("debits", "credits", "count", "total_debits", "total_credits")
CUT_OFF_COLUMNS = (
    "action", "day", "closed_through", "ordinary_through", "reason", "actor", "approved_by", "proposal_id",
    "event_sequence", "recorded_at",
)  # fmt: skip
CLOSE_COLUMNS = ("id", "day", "version", "previous_day", "actor", "event_sequence", "started_at")
NEEDED = ("cut_off", "checks", "revaluation", "snapshot", "proof", "close")
PROVEN = ("sha256", "accounts", "totals")
RECOMPUTED = 31  # closes whose SHA-256 is made anew from their lines
CUT_OFF, CLOSE, STEP, SNAPSHOT = "days_daycutoff", "days_dayclose", "days_dayclosestep", "days_daysnapshot"
POLICY_ROW, EVENT = "days_daypolicy", "books_event"

Connection = psycopg.Connection[Any]
Row = dict[str, Any]


def check_days(connection: Connection, entity_id: UUID) -> Iterator[Fault]:
    """What of the business days is not as the events tell it, and which snapshots are not what they were."""
    days = ExpectedDays()
    for sequence, type_, data, actor, recorded_at in connection.execute(EVENTS, (entity_id,)).fetchall():
        try:
            days.apply(type_, canonical.decode(data), sequence, actor, recorded_at)
        except (msgspec.MsgspecError, KeyError, ValueError, TypeError) as error:
            yield Fault(EVENT, str(sequence), "data", f"a fact of {type_}", repr(error))
    approved = dict(connection.execute(APPROVED, (entity_id,)).fetchall())
    yield from _check_people(days, approved)
    yield from compare_rows(CUT_OFF, days.cut_offs, _numbered(connection, CUT_OFFS, entity_id, 0, CUT_OFF_COLUMNS))
    yield from compare_rows(CLOSE, days.closes, _numbered(connection, CLOSES, entity_id, 3, CLOSE_COLUMNS))
    yield from _check_policy(connection, entity_id, days)
    steps = _steps(connection, entity_id)
    yield from _check_steps(days, steps)
    yield from _check_counts(connection, entity_id, days, steps)
    yield from _check_in_force(connection, entity_id, days)
    yield from _check_sums(connection, entity_id, days)


class ExpectedDays:
    """Where the lines stand and how days were closed, as the events so far tell it; rows by their number."""

    def __init__(self) -> None:
        self.closed_through: date | None = None
        self.ordinary_through: date | None = None
        self.cut_offs: dict[int, Row] = {}
        self.closes: dict[int, Row] = {}
        self.closed: dict[int, Row] = {}  # the facts of those that came to their end
        self.policy: Row | None = None

    def apply(self, type_: str, fact: Row, sequence: int, actor: str, moment: datetime) -> None:
        if type_ == "day_policy.set":
            msgspec.convert(fact, DayPolicyFact)
            self.policy = fact | {"revision": sequence}
            return
        day, number = date.fromisoformat(fact["day"]), len(self.cut_offs) + 1
        given: Row = {"reason": fact.get("reason", ""), "approved_by": "", "proposal_id": None}
        if type_ == "day.cut_off":
            action, self.ordinary_through = "cut_off", day
            self.closes[number] = self._run(fact, day, sequence, actor, moment)
        elif type_ == "day.closed":
            action, self.closed_through, self.ordinary_through = "close", day, day
            self.closed[fact["number"]] = fact | {"day": day}
        elif type_ == "day.close_cancelled":
            action, self.ordinary_through = "cancel", self.closed_through
        else:
            action = "reopen"
            through = fact["closed_through"] and date.fromisoformat(fact["closed_through"])
            self.closed_through = self.ordinary_through = through
            given |= {"approved_by": fact["approved_by"], "proposal_id": UUID(fact["proposal"])}
        self.cut_offs[number] = given | {
            "action": action, "day": day, "closed_through": self.closed_through,
            "ordinary_through": self.ordinary_through, "actor": actor, "event_sequence": sequence,
            "recorded_at": moment,
        }  # fmt: skip

    def _run(self, fact: Row, day: date, sequence: int, actor: str, moment: datetime) -> Row:
        return {
            "id": UUID(fact["close"]), "day": day,
            "version": sum(run["day"] == day for run in self.closes.values()) + 1,
            "previous_day": self.closed_through, "actor": actor, "event_sequence": sequence, "started_at": moment,
        }  # fmt: skip

    def in_force(self) -> dict[date, int]:
        """The days that are closed now, each with the number of the close that holds."""
        through = self.closed_through
        newest = {fact["day"]: number for number, fact in sorted(self.closed.items())}
        return {day: number for day, number in newest.items() if through is not None and day <= through}


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


def _steps(connection: Connection, entity_id: UUID) -> dict[UUID, dict[str, Row]]:
    found: dict[UUID, dict[str, Row]] = {}
    for close, step, detail in connection.execute(STEPS, (entity_id,)).fetchall():
        found.setdefault(close, {})[step] = detail
    return found


def _check_steps(days: ExpectedDays, steps: dict[UUID, dict[str, Row]]) -> Iterator[Fault]:
    """A close went through every step, and its proof found what its event says; no other run was closed."""
    for number, run in days.closes.items():
        passed, fact = steps.get(run["id"], {}), days.closed.get(number)
        if fact is None:
            if "close" in passed:
                yield Fault(STEP, f"{run['id']}/close", "row", ABSENT, PRESENT)
            continue
        yield from (Fault(STEP, f"{run['id']}/{name}", "row", PRESENT, ABSENT) for name in NEEDED if name not in passed)
        for name in PROVEN:
            proven = passed.get("proof", {}).get(name)
            if not same(fact[name], proven):
                yield Fault(STEP, f"{run['id']}/proof", name, str(fact[name]), str(proven))


def _check_counts(
    connection: Connection, entity_id: UUID, days: ExpectedDays, steps: dict[UUID, dict[str, Row]]
) -> Iterator[Fault]:
    """Snapshots belong to runs, and each run has as many rows as its step wrote."""
    wrote = {
        (run["day"], number): steps.get(run["id"], {}).get("snapshot", {}).get("rows", 0)
        for number, run in days.closes.items()
    }
    found = {(day, number): count for day, number, count in connection.execute(ROWS_OF_RUNS, (entity_id,)).fetchall()}
    for key in sorted(wrote.keys() | found.keys(), key=lambda key: key[1]):
        expected, is_there = wrote.get(key, 0), found.get(key, 0)
        if expected != is_there:
            yield Fault(SNAPSHOT, f"{key[0]} of close {key[1]}", "rows", str(expected), str(is_there))


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
        lines = frozen_trial_balance(connection, entity_id, fact["day"], number)
        computed = summed(lines, code[0], fact["day"]).sha256
        if computed != fact["sha256"]:
            yield Fault(SNAPSHOT, f"{fact['day']} version {fact['version']}", "sha256", fact["sha256"], computed)


def _numbered(connection: Connection, sql: str, entity_id: UUID, place: int, columns: Iterable[str]) -> dict[int, Row]:
    """Rows by the number in this place, the other columns under their names."""
    rows = connection.execute(sql, (entity_id,)).fetchall()
    return {row[place]: dict(zip(columns, row[:place] + row[place + 1 :], strict=True)) for row in rows}
