"""Periods and their statuses against the events they follow from."""

from __future__ import annotations

from collections.abc import Iterator
from operator import itemgetter
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import dict_row

from journals.periods.events import (
    EarlierYearsClosedFact,
    PeriodClosedFact,
    PeriodFact,
    PeriodLockedFact,
    PeriodOfYearFact,
    PeriodReopenedFact,
    PeriodUnlockedFact,
    YearMadeFact,
)
from ledgerflow.books.faults import Fault, compare_rows, keyed
from ledgerflow.books.proof.event_facts import EventWithFact, events_with_facts

PERIOD, STATUS = "periods_period", "periods_periodstatus"
PERIODS = """
    SELECT id::text AS id, kind, name, starts_on, ends_on FROM periods_period WHERE entity_id = %s
"""
STATUSES = """
    SELECT s.period_id::text AS period, s.number, s.status, s.reason, s.actor, s.approved_by,
           s.proposal_id, s.event_sequence, s.recorded_at
    FROM periods_periodstatus s JOIN periods_period p ON p.id = s.period_id WHERE p.entity_id = %s
"""
MEMBERS = ("kind", "name", "starts_on", "ends_on")
FACTS = (
    YearMadeFact, EarlierYearsClosedFact, PeriodLockedFact, PeriodUnlockedFact, PeriodClosedFact, PeriodReopenedFact,
)  # fmt: skip

Connection = psycopg.Connection[Any]
Rows = dict[str, dict[str, Any]]


def check_periods(connection: Connection, entity_id: UUID) -> Iterator[Fault]:
    """What of the fiscal calendar is not as the events tell it."""
    faults: list[Fault] = []
    periods: Rows = {}
    statuses: Rows = {}
    for event in events_with_facts(connection, entity_id, FACTS, faults):
        if isinstance(event.fact, YearMadeFact):
            periods |= {str(one.id): _period(one) for one in event.fact.periods}
        elif isinstance(event.fact, EarlierYearsClosedFact):
            periods[str(event.fact.id)] = _period(event.fact)
        else:
            statuses[f"{event.subject} {event.fact.number}"] = _status(event)
    yield from faults
    cursor = connection.cursor(row_factory=dict_row)
    yield from compare_rows(PERIOD, periods, keyed(cursor.execute(PERIODS, (entity_id,)), itemgetter("id")))
    found = keyed(cursor.execute(STATUSES, (entity_id,)), lambda row: f"{row['period']} {row['number']}")
    yield from compare_rows(STATUS, statuses, found)


def _period(fact: PeriodOfYearFact | EarlierYearsClosedFact) -> dict[str, Any]:
    return {name: getattr(fact, name) for name in MEMBERS}


def _status(event: EventWithFact) -> dict[str, Any]:
    fact: PeriodFact = event.fact
    return {
        "status": fact.status,
        "reason": fact.reason,
        "actor": fact.proposed_by or event.actor,
        "approved_by": fact.approved_by,
        "proposal_id": fact.proposal,
        "event_sequence": event.sequence,
        "recorded_at": event.recorded_at,
    }
