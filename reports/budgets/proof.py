"""Proof of budgets: each line is one that its event set."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
import psycopg

from ledgerflow.books.faults import Fault, compare_rows, keyed
from ledgerflow.books.proof.event_facts import TABLE as EVENT
from ledgerflow.books.proof.event_facts import events_with_facts, rows_of
from reports.budgets.events import FACTS

TABLE = "budgets_budgetline"
ROWS = """
    SELECT b.*, coalesce(a.code, b.account_id::text) AS account FROM budgets_budgetline b
    LEFT JOIN accounts_account a ON a.id = b.account_id AND a.entity_id = b.entity_id WHERE b.entity_id = %s
"""


def check_budgets(connection: psycopg.Connection[Any], entity_id: UUID) -> Iterator[Fault]:
    """What is wrong with the lines of budgets of an entity, as its events tell of them."""
    faults: list[Fault] = []
    expected: dict[Any, dict[str, Any]] = {}
    for event in events_with_facts(connection, entity_id, FACTS, faults):
        if event.subject != event.fact.version:
            faults.append(Fault(EVENT, str(event.sequence), "subject", event.fact.version, event.subject))
        for number, line in enumerate(event.fact.lines, 1):
            row = msgspec.structs.asdict(line)
            try:
                row["amount"] = Decimal(line.amount)
            except ArithmeticError as error:
                faults.append(Fault(EVENT, str(event.sequence), "data", "an amount", repr(error)))
            expected[event.sequence, number] = row | {"version": event.fact.version}
    yield from faults
    found = keyed(rows_of(connection, ROWS, (entity_id,)), lambda row: (row["event_sequence"], row["line"]))
    yield from compare_rows(TABLE, expected, found)
