"""Proof of the finished reconciliations: each is what its event says, and what was kept has the hash that it says."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from uuid import UUID

import psycopg

from ledgerflow.books.faults import Fault, compare_ordered
from ledgerflow.books.proof.event_facts import TABLE as EVENT
from ledgerflow.books.proof.event_facts import events_by_subject, rows_of
from recon.reports.events import ReconciliationFinishedFact

TABLE = "recon_reports_reconrun"
RUNS_AT_ONCE = 10
FACTS = (ReconciliationFinishedFact,)
ROWS = "SELECT * FROM recon_reports_reconrun WHERE entity_id = %s ORDER BY id"


Keyed = Iterator[tuple[str, dict[str, Any]]]


def check_runs(connection: psycopg.Connection[Any], entity_id: UUID) -> Iterator[Fault]:
    """What is wrong with the finished reconciliations of an entity, as its events tell of them."""
    faults: list[Fault] = []
    told = _told(connection, entity_id, faults)
    yield from compare_ordered(TABLE, told, _stored(connection, entity_id))
    yield from faults


def _stored(connection: psycopg.Connection[Any], entity_id: UUID) -> Keyed:
    """Of what was kept, its hash: a statement has megabytes, and there is one more each month."""
    for row in rows_of(connection, ROWS, (entity_id,), at_once=RUNS_AT_ONCE):
        yield str(row["id"]), row | {"content": hashlib.sha256(row["content"].encode()).hexdigest()}


def _told(connection: psycopg.Connection[Any], entity_id: UUID, faults: list[Fault]) -> Keyed:
    for subject, events in events_by_subject(connection, entity_id, FACTS, faults):
        for event in events:
            fact: ReconciliationFinishedFact = event.fact
            try:
                balances = {"book_balance": Decimal(fact.book_balance), "bank_balance": Decimal(fact.bank_balance)}
            except ArithmeticError as error:
                faults.append(Fault(EVENT, str(event.sequence), "data", "amounts", repr(error)))
                continue
            yield (
                subject,
                balances
                | {
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
                },
            )
