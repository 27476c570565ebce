"""Periods and their statuses against the events they follow from."""

from __future__ import annotations

from collections.abc import Iterator
from operator import itemgetter
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import dict_row

from journals.periods.events import PeriodClosed, PeriodFact, PeriodLocked, PeriodReopened, PeriodUnlocked, YearMade
from ledgerflow.books.faults import Fault, compare_rows, keyed
from ledgerflow.books.told import Told, events_told

PERIOD, STATUS = "periods_period", "periods_periodstatus"
PERIODS = """
    SELECT id::text AS id, kind, starts_on, ends_on FROM periods_period WHERE entity_id = %s
"""
STATUSES = """
    SELECT s.period_id::text AS period, s.number, s.status, s.reason, s.actor, s.approved_by,
           s.proposal_id, s.event_sequence, s.recorded_at
    FROM periods_periodstatus s JOIN periods_period p ON p.id = s.period_id WHERE p.entity_id = %s
"""
DATES = ("kind", "starts_on", "ends_on")
FACTS = (YearMade, PeriodLocked, PeriodUnlocked, PeriodClosed, PeriodReopened)

Connection = psycopg.Connection[Any]
Rows = dict[str, dict[str, Any]]


def check_periods(connection: Connection, entity_id: UUID) -> Iterator[Fault]:
    """What of the fiscal calendar is not as the events tell it."""
    faults: list[Fault] = []
    periods: Rows = {}
    statuses: Rows = {}
    for told in events_told(connection, entity_id, FACTS, faults):
        if isinstance(told.fact, YearMade):
            periods |= {str(one.id): {name: getattr(one, name) for name in DATES} for one in told.fact.periods}
        else:
            statuses[f"{told.subject} {told.fact.number}"] = _status(told)
    yield from faults
    cursor = connection.cursor(row_factory=dict_row)
    yield from compare_rows(PERIOD, periods, keyed(cursor.execute(PERIODS, (entity_id,)), itemgetter("id")))
    found = keyed(cursor.execute(STATUSES, (entity_id,)), lambda row: f"{row['period']} {row['number']}")
    yield from compare_rows(STATUS, statuses, found)


def _status(told: Told) -> dict[str, Any]:
    fact: PeriodFact = told.fact
    return {
        "status": fact.status, "reason": fact.reason, "actor": fact.proposed_by or told.actor,
        "approved_by": fact.approved_by, "proposal_id": fact.proposal, "event_sequence": told.sequence,
        "recorded_at": told.recorded_at,
    }  # fmt: skip
