"""Periods, their statuses, scheduled reversals and recurring journals against the events they follow from."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import UUID

import msgspec
import psycopg

from journals.schedules.dates import Schedule
from ledgerflow.books.faults import ABSENT, PRESENT, Fault, same
from ledgerflow.core import canonical

EVENTS = """
    SELECT sequence, type, subject, data FROM books_event
    WHERE entity_id = %s AND type LIKE ANY ('{period.%%,accrual.%%,recurring.%%}') ORDER BY sequence
"""
PERIODS = """
    SELECT id::text, kind, starts_on::text, ends_on::text FROM periods_period WHERE entity_id = %s
"""
STATUSES = """
    SELECT s.period_id::text, s.number, s.status, s.reason, s.approved_by, coalesce(s.proposal_id::text, ''),
           s.event_sequence
    FROM periods_periodstatus s JOIN periods_period p ON p.id = s.period_id WHERE p.entity_id = %s
"""
REVERSALS = """
    SELECT journal_id::text, due_on::text, event_sequence FROM schedules_scheduledreversal WHERE entity_id = %s
"""
RECURRING = """
    SELECT id::text, name, description, lines, frequency, day::int, month::int, starts_on::text, ends_on::text,
           holiday_rule, next_due::text, status, revision
    FROM schedules_recurringjournal WHERE entity_id = %s
"""
RUNS = """
    SELECT r.recurring_id::text, r.due_on::text, r.outcome, coalesce(r.journal_id::text, ''), r.code, r.message,
           r.event_sequence
    FROM schedules_recurringrun r JOIN schedules_recurringjournal j ON j.id = r.recurring_id WHERE j.entity_id = %s
"""
POSTED = """
    SELECT metadata ->> 'recurring_journal', metadata ->> 'due_on', 'posted', id::text, '', '', event_sequence
    FROM journals_journal WHERE entity_id = %s AND kind = 'recurring'
"""
TEMPLATE = ("name", "description", "lines")
SCHEDULE = ("frequency", "day", "month", "starts_on", "ends_on", "holiday_rule")

Connection = psycopg.Connection[Any]
Rows = dict[str, dict[str, Any]]


def check_calendar(connection: Connection, entity_id: UUID) -> Iterator[Fault]:
    """What of the calendar and its schedules is not as the events tell it."""
    events = [
        (sequence, type_, subject, canonical.decode(data))
        for sequence, type_, subject, data in connection.execute(EVENTS, (entity_id,))
    ]
    told = _Told()
    for sequence, type_, subject, fact in events:
        told.hear(sequence, type_, subject, fact)
    for row in connection.execute(POSTED, (entity_id,)):
        told.run(*row)
    told.move_on()
    names = ("status", "reason", "approved_by", "proposal", "event_sequence")
    yield from _compare("periods_period", told.periods, {
        id_: {"kind": kind, "starts_on": first, "ends_on": last}
        for id_, kind, first, last in connection.execute(PERIODS, (entity_id,))
    })  # fmt: skip
    yield from _compare("periods_periodstatus", told.statuses, {
        f"{period} {number}": dict(zip(names, rest, strict=True))
        for period, number, *rest in connection.execute(STATUSES, (entity_id,))
    })  # fmt: skip
    yield from _compare("schedules_scheduledreversal", told.reversals, {
        journal: {"due_on": due_on, "event_sequence": sequence}
        for journal, due_on, sequence in connection.execute(REVERSALS, (entity_id,))
    })  # fmt: skip
    fields = (*TEMPLATE, "frequency", "day", "month", "starts_on", "ends_on", "holiday_rule", "next_due", "status",
              "revision")  # fmt: skip
    yield from _compare("schedules_recurringjournal", told.recurring, {
        id_: dict(zip(fields, rest, strict=True))
        for id_, *rest in connection.execute(RECURRING, (entity_id,))
    })  # fmt: skip
    yield from _compare("schedules_recurringrun", told.runs, {
        str(row[6]): dict(zip(RUN, row, strict=True)) for row in connection.execute(RUNS, (entity_id,))
    })  # fmt: skip


RUN = ("recurring", "due_on", "outcome", "journal", "code", "message", "event_sequence")


class _Told:
    """What the events tell: rows by their keys."""

    def __init__(self) -> None:
        self.periods: Rows = {}
        self.statuses: Rows = {}
        self.reversals: Rows = {}
        self.recurring: Rows = {}
        self.runs: Rows = {}

    def hear(self, sequence: int, type_: str, subject: str, fact: dict[str, Any]) -> None:
        if type_ == "period.year_made":
            for one in fact["periods"]:
                self.periods[one["id"]] = {name: one[name] for name in ("kind", "starts_on", "ends_on")}
        elif type_.startswith("period."):
            self.statuses[f"{subject} {fact['number']}"] = {
                "status": fact["status"], "reason": fact.get("reason", ""), "approved_by": fact.get("approved_by", ""),
                "proposal": fact.get("proposal", ""), "event_sequence": sequence,
            }  # fmt: skip
        elif type_ == "accrual.scheduled":
            self.reversals[subject] = {"due_on": fact["due_on"], "event_sequence": sequence}
        elif type_ == "recurring.created":
            state = {name: fact[name] for name in (*TEMPLATE, "next_due", "status")}
            schedule = {name: fact["schedule"][name] for name in SCHEDULE}
            self.recurring[subject] = state | schedule | {"revision": sequence}
        elif type_ in ("recurring.changed", "recurring.ended"):
            changed = {"status": fact["status"], "next_due": fact["next_due"], "revision": sequence}
            self.recurring.setdefault(subject, {}).update(changed)
        elif type_ == "recurring.refused":
            self.run(subject, fact["due_on"], "refused", "", fact["code"], fact["message"], sequence)

    def run(self, *row: Any) -> None:
        self.runs[str(row[6])] = dict(zip(RUN, row, strict=True))

    def move_on(self) -> None:
        """What was posted after the last change of a recurring journal has moved its next date on."""
        for run in self.runs.values():
            state = self.recurring.get(run["recurring"], {})
            if run["outcome"] == "posted" and "frequency" in state and run["event_sequence"] > state["revision"]:
                schedule = msgspec.convert({name: state[name] for name in SCHEDULE}, Schedule)
                following = schedule.after(date.fromisoformat(run["due_on"]))
                latest = str(following) if following else None
                if state["next_due"] is not None and (latest is None or latest > state["next_due"]):
                    state["next_due"] = latest


def _compare(table: str, expected: Rows, found: Rows) -> Iterator[Fault]:
    for key in sorted(expected.keys() | found.keys()):
        if key not in found:
            yield Fault(table, key, "the row", PRESENT, ABSENT)
        elif key not in expected:
            yield Fault(table, key, "the row", ABSENT, PRESENT)
        else:
            for name, value in expected[key].items():
                if not same(value, found[key][name]):
                    yield Fault(table, key, name, str(value), str(found[key][name]))
