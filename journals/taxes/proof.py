"""Tax codes against their events: rows and facts tell the same."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import dict_row

from journals.taxes.events import TaxCodeSetFact
from ledgerflow.books.faults import Fault, compare_rows, keyed
from ledgerflow.books.proof.event_facts import EventWithFact, events_with_facts

TABLE = "taxes_taxrate"
ROWS = "SELECT * FROM taxes_taxrate WHERE entity_id = %s"
ACCOUNTS = "SELECT code, id FROM accounts_account WHERE entity_id = %s"
FACTS = (TaxCodeSetFact,)


def check_taxes(connection: psycopg.Connection[Any], entity_id: UUID) -> Iterator[Fault]:
    """The versions of tax codes of an entity against their events."""
    accounts = dict(connection.execute(ACCOUNTS, (entity_id,)).fetchall())
    faults: list[Fault] = []
    expected = {}
    for event in events_with_facts(connection, entity_id, FACTS, faults):
        expected[f"{event.fact.code} {event.fact.version}"] = _row(event, accounts)
    yield from faults
    rows = connection.cursor(row_factory=dict_row).execute(ROWS, (entity_id,))
    yield from compare_rows(TABLE, expected, keyed(rows, lambda row: f"{row['code']} {row['version']}"))


def _row(event: EventWithFact, accounts: dict[str, UUID]) -> dict[str, Any]:
    fact: TaxCodeSetFact = event.fact
    return {
        "code": fact.code, "version": fact.version, "name": fact.name, "kind": fact.kind, "rate": Decimal(fact.rate),
        "account_id": accounts.get(fact.account, fact.account) or None,
        "deduct_account_id": accounts.get(fact.deduct_account, fact.deduct_account) or None,
        "starts_on": fact.starts_on, "ends_on": fact.ends_on, "event_sequence": event.sequence,
        "recorded_at": event.recorded_at, "actor": event.actor,
    }  # fmt: skip
