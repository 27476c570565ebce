"""Proof of the finished reconciliations: each is what its event says, and what was kept has the hash that it says."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import dict_row

from ledgerflow.books.faults import Fault, compare_rows, keyed
from ledgerflow.books.proof.event_facts import TABLE as EVENT
from ledgerflow.books.proof.event_facts import events_with_facts
from recon.reports.events import ReconciliationFinishedFact

TABLE = "recon_reports_reconrun"
FACTS = (ReconciliationFinishedFact,)
ROWS = "SELECT * FROM recon_reports_reconrun WHERE entity_id = %s"


def check_runs(connection: psycopg.Connection[Any], entity_id: UUID) -> Iterator[Fault]:
    """What is wrong with the finished reconciliations of an entity, as its events tell of them."""
    faults: list[Fault] = []
    expected: dict[str, dict[str, Any]] = {}
    for event in events_with_facts(connection, entity_id, FACTS, faults):
        fact: ReconciliationFinishedFact = event.fact
        try:
            balances = {"book_balance": Decimal(fact.book_balance), "bank_balance": Decimal(fact.bank_balance)}
        except ArithmeticError as error:
            faults.append(Fault(EVENT, str(event.sequence), "data", "amounts", repr(error)))
            continue
        expected[event.subject] = balances | {
            "id": fact.id,
            "bank_account_id": fact.bank_account,
            "number": fact.number,
            "day": fact.day,
            "known": fact.known,
            "sha256": fact.sha256,
            "content": fact.sha256,
            "event_sequence": event.sequence,
            "recorded_at": event.recorded_at,
            "actor": event.actor,
        }
    yield from faults
    found = connection.cursor(row_factory=dict_row).execute(ROWS, (entity_id,)).fetchall()
    for row in found:
        row["content"] = hashlib.sha256(row["content"].encode()).hexdigest()
    yield from compare_rows(TABLE, expected, keyed(found, lambda row: str(row["id"])))
