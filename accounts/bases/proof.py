"""Proof of changes of the base currency: rows and events tell the same, and each change follows the one before."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import dict_row

from accounts.bases.events import BaseCurrencyChangedFact
from ledgerflow.books.faults import Fault, compare_rows, keyed
from ledgerflow.books.proof.event_facts import events_with_facts

CHANGE, EVENT = "bases_basechange", "books_event"
ROWS = "SELECT * FROM bases_basechange WHERE entity_id = %s"
FOUNDED = "SELECT base_currency FROM books_entity WHERE id = %s"
FACTS = (BaseCurrencyChangedFact,)


def check_bases(connection: psycopg.Connection[Any], entity_id: UUID) -> Iterator[Fault]:
    """The changes of an entity against their events."""
    faults: list[Fault] = []
    expected: dict[str, dict[str, Any]] = {}
    found = connection.execute(FOUNDED, (entity_id,)).fetchone()
    base = found[0] if found else None
    for event in events_with_facts(connection, entity_id, FACTS, faults):
        fact: BaseCurrencyChangedFact = event.fact
        if base is not None and fact.before != base:
            faults.append(Fault(EVENT, str(event.sequence), "before", base, fact.before))
        base = fact.currency
        expected[str(fact.starts_on)] = {
            "before": fact.before, "currency": fact.currency, "rate": Decimal(fact.rate),
            "event_sequence": event.sequence, "recorded_at": event.recorded_at, "actor": event.actor,
        }  # fmt: skip
    yield from faults
    rows = connection.cursor(row_factory=dict_row).execute(ROWS, (entity_id,))
    yield from compare_rows(CHANGE, expected, keyed(rows, lambda row: str(row["starts_on"])))
