"""Proof of open items: rows and events tell the same, and no more is allocated of an item than its amount."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

import msgspec
import psycopg
from psycopg.rows import dict_row

from ledgerflow.books.faults import Fault, compare_rows, keyed
from ledgerflow.books.proof.event_facts import EventWithFact, events_with_facts
from recon.open_items.events import (
    FACTS,
    AllocatedFact,
    AllocationUndoneFact,
    DueDateSetFact,
    ItemAccountSetFact,
)

ACCOUNT, DUE, ALLOCATION, UNDO = (
    "open_items_itemaccount", "open_items_duedate", "open_items_allocation", "open_items_allocationundo",
)  # fmt: skip
ROWS = {
    ACCOUNT: "SELECT * FROM open_items_itemaccount WHERE entity_id = %s",
    DUE: "SELECT * FROM open_items_duedate WHERE entity_id = %s",
    ALLOCATION: "SELECT * FROM open_items_allocation WHERE entity_id = %s",
    UNDO: "SELECT * FROM open_items_allocationundo WHERE entity_id = %s",
}
KEYS = {ACCOUNT: ("account_id", "number"), DUE: ("journal_id", "number"), ALLOCATION: ("id",), UNDO: ("allocation_id",)}
ACCOUNTS = "SELECT code, id FROM accounts_account WHERE entity_id = %s"
# Postings are compared with their journals elsewhere; here, that both sides have the right sign and are there in time.
NO_ITEMS = """
    SELECT a.id FROM open_items_allocation a
    WHERE a.entity_id = %(entity)s AND NOT (
        EXISTS (SELECT FROM journals_posting p
                WHERE p.account_id = a.account_id AND p.account_version = a.debit_version AND p.amount > 0
                  AND p.entity_id = a.entity_id AND p.effective_date <= a.allocated_on)
        AND EXISTS (SELECT FROM journals_posting p
                    WHERE p.account_id = a.account_id AND p.account_version = a.credit_version AND p.amount < 0
                      AND p.entity_id = a.entity_id AND p.effective_date <= a.allocated_on))
"""
TOO_MUCH = """
    WITH moves AS (
        SELECT a.account_id, v.version, m.day, m.amount
        FROM open_items_allocation a LEFT JOIN open_items_allocationundo u ON u.allocation_id = a.id
        CROSS JOIN LATERAL (VALUES (a.debit_version), (a.credit_version)) v (version)
        CROSS JOIN LATERAL (VALUES (a.allocated_on, a.amount), (u.undone_on, -a.amount)) m (day, amount)
        WHERE a.entity_id = %(entity)s AND m.day IS NOT NULL
    ), running AS (
        SELECT account_id, version, sum(sum(amount)) OVER (PARTITION BY account_id, version ORDER BY day) AS amount
        FROM moves GROUP BY account_id, version, day
    )
    SELECT r.account_id, r.version, abs(p.amount), max(r.amount)
    FROM running r JOIN journals_posting p ON p.account_id = r.account_id AND p.account_version = r.version
    GROUP BY r.account_id, r.version, p.amount HAVING max(r.amount) > abs(p.amount)
    ORDER BY r.account_id, r.version
"""

Row = dict[str, Any]


def check_open_items(connection: psycopg.Connection[Any], entity_id: UUID) -> Iterator[Fault]:
    """Settings of accounts, due dates and allocations of an entity against their events and their postings."""
    accounts = dict(connection.execute(ACCOUNTS, (entity_id,)).fetchall())
    faults: list[Fault] = []
    expected: dict[str, dict[Any, Row]] = {table: {} for table in ROWS}
    for event in events_with_facts(connection, entity_id, FACTS, faults):
        for table, row in _told(event, accounts):
            expected[table][_key(table, row)] = row | _event(event)
    yield from faults
    cursor = connection.cursor(row_factory=dict_row)
    for table, sql in ROWS.items():
        found = keyed(cursor.execute(sql.encode(), (entity_id,)), partial(_key, table))
        yield from compare_rows(table, expected[table], found)
    for (id_,) in connection.execute(NO_ITEMS, {"entity": entity_id}):
        yield Fault(ALLOCATION, str(id_), "items", "a debit and a credit that are there", "not both")
    for account, version, amount, most in connection.execute(TOO_MUCH, {"entity": entity_id}):
        yield Fault(ALLOCATION, f"{account} {version}", "amount", f"at most {amount:f}", f"{most:f}")


def _key(table: str, row: Row) -> str:
    return " ".join(str(row[name]) for name in KEYS[table])


def _told(event: EventWithFact, accounts: dict[str, UUID]) -> Iterator[tuple[str, Row]]:
    row: Row
    match event.fact:
        case ItemAccountSetFact() as fact:
            row = msgspec.structs.asdict(fact)
            account = row.pop("account")
            yield ACCOUNT, row | {"account_id": accounts.get(account, account)}
        case DueDateSetFact() as fact:
            yield DUE, {"journal_id": fact.journal, "number": fact.number, "due_on": fact.due_on}
        case AllocatedFact() as fact:
            own = {"account_id": accounts.get(fact.account, fact.account), "source": fact.source}
            for place, one in enumerate(fact.allocations, start=1):
                row = msgspec.structs.asdict(one) | {"amount": Decimal(one.amount), "place": place}
                yield ALLOCATION, own | row
        case AllocationUndoneFact() as fact:
            yield UNDO, {"allocation_id": fact.allocation, "undone_on": fact.undone_on}


def _event(event: EventWithFact) -> Row:
    return {"event_sequence": event.sequence, "recorded_at": event.recorded_at, "actor": event.actor}
