"""Proof of the exceptions: each is what its last event says, and its events follow one another without a gap."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from uuid import UUID

import psycopg

from ledgerflow.books.faults import Fault, compare_ordered
from ledgerflow.books.proof.event_facts import TABLE as EVENT
from ledgerflow.books.proof.event_facts import EventWithFact, events_by_subject, rows_of
from recon.cases.events import FACTS, ExceptionFact, ExceptionOpenedFact

TABLE = "cases_reconexception"
ROWS = """
    SELECT c.*, coalesce(a.code, c.account_id::text) AS account
    FROM cases_reconexception c LEFT JOIN accounts_account a ON a.id = c.account_id AND a.entity_id = c.entity_id
    WHERE c.entity_id = %s ORDER BY c.id
"""
SAME = (
    "number", "kind", "status", "account_version", "day", "related", "explanation", "owner", "reason", "resolution",
    "note", "account",
)  # fmt: skip

Row = dict[str, Any]


def check_exceptions(connection: psycopg.Connection[Any], entity_id: UUID) -> Iterator[Fault]:
    """What is wrong with the exceptions of an entity, as its events tell of them."""
    faults: list[Fault] = []
    stored = ((str(row["id"]), row) for row in rows_of(connection, ROWS, (entity_id,)))
    yield from compare_ordered(TABLE, _told(connection, entity_id, faults), stored)
    yield from faults


def _told(connection: psycopg.Connection[Any], entity_id: UUID, faults: list[Fault]) -> Iterator[tuple[str, Row]]:
    """Each exception as its last event leaves it, in the order of their ids."""
    for subject, events in events_by_subject(connection, entity_id, FACTS, faults):
        row: Row | None = None
        for event in events:
            try:
                row = _row(event, row, faults)
            except ArithmeticError as error:
                faults.append(Fault(EVENT, str(event.sequence), "data", "an amount", repr(error)))
        if row is not None:
            yield subject, row


def _row(event: EventWithFact, before: Row | None, faults: list[Fault]) -> Row:
    """The row that an event leaves."""
    fact: ExceptionFact = event.fact
    made = before or {"event_sequence": event.sequence, "opened_at": event.recorded_at, "entries": 0}
    follows = (made["entries"] + 1, before["changed_sequence"] if before else 0, before is None)
    is_first = isinstance(fact, ExceptionOpenedFact)
    if (fact.entry, fact.previous, is_first) != follows or str(fact.id) != event.subject:
        faults.append(
            Fault(EVENT, str(event.sequence), "entry", f"{follows[0]} after event {follows[1]}", str(fact.entry))
        )
    return {name: getattr(fact, name) for name in SAME} | {
        "bank_account_id": fact.bank_account,
        "line_id": fact.line,
        "statement_id": fact.statement,
        "amount": Decimal(fact.amount),
        "entries": fact.entry,
        "event_sequence": made["event_sequence"],
        "changed_sequence": event.sequence,
        "opened_at": made["opened_at"],
    }
