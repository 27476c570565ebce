"""Scheduled reversals and recurring journals, with what became of each due date, against the events."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date, datetime
from operator import itemgetter
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
import psycopg
from psycopg.rows import dict_row

from journals.schedules.dates import DueDates
from journals.schedules.events import (
    AccrualScheduledFact,
    RecurringChangedFact,
    RecurringCreatedFact,
    RecurringEndedFact,
    RecurringRefusedFact,
)
from ledgerflow.books.events import BusinessDateAdvancedFact, EntityCreatedFact
from ledgerflow.books.faults import Fault, compare_rows, keyed
from ledgerflow.books.proof.event_facts import EventWithFact, events_with_facts
from ledgerflow.core.events import Fact

REVERSAL, RECURRING, RUN = "schedules_scheduledreversal", "schedules_recurringjournal", "schedules_recurringrun"
REVERSALS = """
    SELECT journal_id::text AS journal, due_on::text AS due_on, event_sequence FROM schedules_scheduledreversal
    WHERE entity_id = %s
"""
JOURNALS = """
    SELECT id::text AS id, name, description, lines, frequency, day::int AS day, month::int AS month,
           starts_on::text AS starts_on, ends_on::text AS ends_on, holiday_rule, every::int AS every,
           times::int AS times, next_due::text AS next_due, status, revision
    FROM schedules_recurringjournal WHERE entity_id = %s
"""
RUNS = """
    SELECT r.recurring_id::text AS recurring, r.due_on::text AS due_on, r.attempt::bigint AS attempt,
           r.business_date::text AS business_date, r.outcome, coalesce(r.journal_id::text, '') AS journal, r.code,
           r.message, r.event_sequence, r.recorded_at
    FROM schedules_recurringrun r JOIN schedules_recurringjournal j ON j.id = r.recurring_id WHERE j.entity_id = %s
"""
# The journals that a recurring one has posted, each with the event that says so.
POSTED = """
    SELECT e.sequence, e.data, e.recorded_at
    FROM journals_journal j JOIN books_event e ON e.entity_id = j.entity_id AND e.sequence = j.event_sequence
    WHERE j.entity_id = %s AND j.kind = 'recurring'
"""
TEMPLATE = ("name", "description", "lines")
WHEN = ("frequency", "day", "month", "starts_on", "ends_on", "holiday_rule", "every", "times")

Connection = psycopg.Connection[Any]
Row = dict[str, Any]


def check_schedules(connection: Connection, entity_id: UUID) -> Iterator[Fault]:
    """What of the schedules is not as the events tell it."""
    faults: list[Fault] = []
    state = _State()
    posted = {sequence: _Posted(*row) for sequence, *row in connection.execute(POSTED, (entity_id,)).fetchall()}
    for event in events_with_facts(connection, entity_id, APPLY, faults):
        state.post_before(event.sequence, posted)
        APPLY[type(event.fact)](state, event, event.fact)
    state.post_before(None, posted)
    yield from faults
    cursor = connection.cursor(row_factory=dict_row)
    for table, sql, key, expected in (
        (REVERSAL, REVERSALS, "journal", state.reversals),
        (RECURRING, JOURNALS, "id", state.recurring),
        (RUN, RUNS, "event_sequence", state.runs),
    ):
        yield from compare_rows(table, expected, keyed(cursor.execute(sql, (entity_id,)), itemgetter(key)))


class _Posted(NamedTuple):
    """The event of a journal that a recurring one has posted."""

    data: str
    recorded_at: datetime


class _Journal(msgspec.Struct):
    """What of its fact says whose it is."""

    id: str
    metadata: dict[str, Any]


class _State:
    """Rows by their keys, as the events so far tell them."""

    def __init__(self) -> None:
        self.business_date = ""
        self.reversals: dict[str, Row] = {}
        self.recurring: dict[str, Row] = {}
        self.runs: dict[int, Row] = {}
        self._attempts: Counter[tuple[str, str]] = Counter()

    def found_books(self, _event: EventWithFact, fact: EntityCreatedFact) -> None:
        self.business_date = str(fact.business_date)

    def move_business_date(self, _event: EventWithFact, fact: BusinessDateAdvancedFact) -> None:
        self.business_date = str(fact.after)

    def schedule(self, event: EventWithFact, fact: AccrualScheduledFact) -> None:
        self.reversals[event.subject] = {"due_on": str(fact.due_on), "event_sequence": event.sequence}

    def create(self, event: EventWithFact, fact: RecurringCreatedFact) -> None:
        members = msgspec.to_builtins(fact)
        when = {name: members["schedule"][name] for name in WHEN}
        state = {name: members[name] for name in (*TEMPLATE, "next_due", "status")}
        self.recurring[event.subject] = state | when | {"revision": event.sequence}

    def change(self, event: EventWithFact, fact: RecurringChangedFact | RecurringEndedFact) -> None:
        next_due = str(fact.next_due) if fact.next_due else None
        state = self.recurring.setdefault(event.subject, {})
        state.update(status=fact.status, next_due=next_due, revision=event.sequence)

    def refuse(self, event: EventWithFact, fact: RecurringRefusedFact) -> None:
        said = {"code": fact.code, "message": fact.message}
        self._run(event.sequence, event.subject, str(fact.due_on), event.recorded_at, **said)

    def post_before(self, sequence: int | None, posted: dict[int, _Posted]) -> None:
        """What was posted before this event, or after the last."""
        for number in sorted(one for one in posted if sequence is None or one < sequence):
            data, recorded_at = posted.pop(number)
            with suppress(msgspec.MsgspecError, KeyError):  # the event is named where all of them are replayed
                fact = msgspec.json.decode(data, type=_Journal)
                recurring, due_on = fact.metadata["recurring_journal"], fact.metadata["due_on"]
                self._run(number, recurring, due_on, recorded_at, journal=fact.id)
                self._move_on(recurring, due_on)

    def _run(
        self,
        sequence: int,
        recurring: str,
        due_on: str,
        recorded_at: datetime,
        *,
        journal: str = "",
        code: str = "",
        message: str = "",
    ) -> None:
        self._attempts[recurring, due_on] += 1
        self.runs[sequence] = {
            "recurring": recurring,
            "due_on": due_on,
            "attempt": self._attempts[recurring, due_on],
            "business_date": self.business_date,
            "outcome": "posted" if journal else "refused",
            "journal": journal,
            "code": code,
            "message": message,
            "recorded_at": recorded_at,
        }

    def _move_on(self, recurring: str, due_on: str) -> None:
        """A date that was posted moves the next one on."""
        state = self.recurring.get(recurring)
        if state is None or "frequency" not in state:
            return
        schedule = msgspec.convert({name: state[name] for name in WHEN}, DueDates)
        following = schedule.after(date.fromisoformat(due_on))
        state["next_due"] = str(following) if following else None


APPLY: dict[type[Fact], Callable[[_State, EventWithFact, Any], None]] = {
    EntityCreatedFact: _State.found_books,
    BusinessDateAdvancedFact: _State.move_business_date,
    AccrualScheduledFact: _State.schedule,
    RecurringCreatedFact: _State.create,
    RecurringChangedFact: _State.change,
    RecurringEndedFact: _State.change,
    RecurringRefusedFact: _State.refuse,
}
