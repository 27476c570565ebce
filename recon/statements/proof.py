"""Proof of bank accounts, statements and lines: rows and events tell the same, none missing, none extra.

Lines as the bank wrote them are in no event: that of their statement has a SHA-256 over all of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from hashlib import sha256
from itertools import groupby
from typing import Any
from uuid import UUID

import msgspec
import psycopg
from psycopg.rows import dict_row

from ledgerflow.books.faults import ABSENT, PRESENT, Fault, compare_rows, keyed
from ledgerflow.books.proof.event_facts import EventWithFact, events_with_facts
from recon.statements.events import (
    FACTS,
    BalancesStatedFact,
    BankAccountSetFact,
    LineJoinedFact,
    LineSplitFact,
    StatementImportedFact,
    StatementUndoneFact,
)
from recon.statements.models import Status
from recon.statements.rows import line_content

BANK, STATEMENT, LINE = "statements_bankaccount", "statements_statement", "statements_statementline"
BANKS = "SELECT * FROM statements_bankaccount WHERE entity_id = %s"
STATEMENTS = "SELECT * FROM statements_statement WHERE entity_id = %s"
# In the order in which they were hashed.
LINES = """
    SELECT * FROM statements_statementline WHERE entity_id = %s ORDER BY statement_id, number, part, id
"""
ACCOUNTS = "SELECT code, id FROM accounts_account WHERE entity_id = %s"
CONTENT = (
    "id", "number", "booking_date", "value_date", "amount", "currency", "bank_reference", "end_to_end",
    "customer_reference", "counterparty", "iban", "text", "raw", "fingerprint",
)  # fmt: skip
AMOUNTS = ("opening_balance", "closing_balance", "lines_total", "seen_total")
# What an event tells beyond the row; keys are compared where all keys are.
OF_EVENT = frozenset({"breaks", "idempotency_key", "fingerprint", "key_issuer"})

Row = dict[str, Any]


class _Expected:
    """What the rows must be after the events so far. Of lines, only those that were split are kept."""

    def __init__(self, accounts: dict[str, UUID]) -> None:
        self.accounts = accounts
        self.banks: dict[Any, Row] = {}
        self.statements: dict[Any, Row] = {}
        self.split: dict[UUID, Row] = {}  # of the lines that an event names: is_split, changed_sequence
        self.parts: dict[UUID, Row] = {}

    def follow(self, event: EventWithFact) -> None:
        fact = event.fact
        if isinstance(fact, BankAccountSetFact):
            self.banks[fact.id] = msgspec.structs.asdict(fact) | {
                "account_id": self.accounts.get(fact.account, fact.account),
                "mirror_id": None if fact.mirror is None else self.accounts.get(fact.mirror, fact.mirror),
                "event_sequence": event.sequence,
                "updated_at": event.recorded_at,
                "actor": event.actor,
            }
            del self.banks[fact.id]["account"], self.banks[fact.id]["mirror"]
        elif isinstance(fact, StatementImportedFact):
            self.statements[fact.id] = _statement(event, fact)
        elif isinstance(fact, StatementUndoneFact):
            self._change(fact.id, status=Status.UNDONE.value, changed_sequence=event.sequence)
        elif isinstance(fact, BalancesStatedFact):
            self._change(
                fact.id, is_proven=True, opening_day=fact.opening_day, opening_balance=Decimal(fact.opening_balance),
                closing_day=fact.closing_day, closing_balance=Decimal(fact.closing_balance),
                changed_sequence=event.sequence,
            )  # fmt: skip
        elif isinstance(fact, LineSplitFact):
            self._split(fact, event.sequence)
        elif isinstance(fact, LineJoinedFact):
            self.split[fact.id] = {"is_split": False, "changed_sequence": event.sequence}
            for part in fact.parts:
                self.parts.setdefault(part, {}).update(is_undone=True, changed_sequence=event.sequence)

    def _change(self, statement: UUID, **changes: Any) -> None:
        self.statements.setdefault(statement, {}).update(changes)

    def _split(self, fact: LineSplitFact, sequence: int) -> None:
        self.split[fact.id] = {"is_split": True, "changed_sequence": sequence}
        for part in fact.parts:
            self.parts[part.id] = {
                "statement_id": fact.statement, "number": fact.number, "part": part.part, "parent_id": fact.id,
                "is_split": False, "is_undone": False, "amount": Decimal(part.amount), "raw": "", "fingerprint": None,
                "customer_reference": part.customer_reference, "text": part.text, "changed_sequence": sequence,
            }  # fmt: skip


def check_statements(connection: psycopg.Connection[Any], entity_id: UUID) -> Iterator[Fault]:
    """Bank accounts, statements and lines of an entity against their events."""
    faults: list[Fault] = []
    expected = _Expected(dict(connection.execute(ACCOUNTS, (entity_id,)).fetchall()))
    for event in events_with_facts(connection, entity_id, FACTS, faults):
        expected.follow(event)
    yield from faults
    cursor = connection.cursor(row_factory=dict_row)
    for table, sql, wanted in ((BANK, BANKS, expected.banks), (STATEMENT, STATEMENTS, expected.statements)):
        yield from compare_rows(table, wanted, keyed(cursor.execute(sql.encode(), (entity_id,)), lambda row: row["id"]))
    yield from _lines(connection, entity_id, expected)


def _statement(event: EventWithFact, fact: StatementImportedFact) -> Row:
    row = msgspec.structs.asdict(fact)
    row = {name: value for name, value in row.items() if name not in OF_EVENT}
    row |= {name: None if row[name] is None else Decimal(row[name]) for name in AMOUNTS}
    return row | {
        "bank_account_id": row.pop("bank_account"),
        "lines_sha256": bytes.fromhex(fact.lines_sha256),
        "status": Status.IMPORTED.value,
        "event_sequence": event.sequence,
        "changed_sequence": event.sequence,
        "recorded_at": event.recorded_at,
        "actor": event.actor,
    }


def _lines(connection: psycopg.Connection[Any], entity_id: UUID, expected: _Expected) -> Iterator[Fault]:
    """Statement by statement, so that memory does not grow with all the lines there ever were."""
    waiting = dict(expected.statements)
    with connection.cursor("statement_lines", row_factory=dict_row) as cursor:
        cursor.execute(LINES.encode(), (entity_id,))
        for statement_id, rows in groupby(cursor, key=lambda row: row["statement_id"]):
            statement = waiting.pop(statement_id, None)
            if statement is None:
                yield Fault(LINE, str(statement_id), "statement", PRESENT, ABSENT)
                continue
            yield from _lines_of(statement, list(rows), expected)
    for statement in waiting.values():
        yield from _lines_of(statement, [], expected)
    for part in expected.parts:
        yield Fault(LINE, str(part), "row", PRESENT, ABSENT)
    for line in expected.split:
        yield Fault(LINE, str(line), "row", PRESENT, ABSENT)


def _lines_of(statement: Row, rows: list[Row], expected: _Expected) -> Iterator[Fault]:
    whole = {row["id"]: row for row in rows if not row["part"]}
    if "lines_sha256" in statement:
        digest = sha256()
        for row in whole.values():
            digest.update(_content(row))
        if digest.digest() != statement["lines_sha256"]:
            key = f"of statement {statement['number']}"
            yield Fault(LINE, key, "SHA-256 of its lines", statement["lines_sha256"].hex(), digest.hexdigest())
    is_undone = statement.get("status") == Status.UNDONE
    for row in rows:
        shared = {"bank_account_id": statement.get("bank_account_id"), "entity_id": row["entity_id"]}
        shared["currency"] = statement.get("currency")
        if row["part"]:
            wanted = _part(row, whole.get(row["parent_id"]), expected, is_undone=is_undone)
        else:
            change = expected.split.pop(row["id"], {"is_split": False, "changed_sequence": None})
            wanted = {"is_undone": is_undone, "parent_id": None} | change
        yield from compare_rows(LINE, {row["id"]: wanted | shared} if wanted else {}, {row["id"]: row})


def _part(row: Row, parent: Row | None, expected: _Expected, *, is_undone: bool) -> Row | None:
    wanted = expected.parts.pop(row["id"], None)
    if wanted is None:
        return None
    same = ("booking_date", "value_date", "bank_reference", "end_to_end", "counterparty", "iban")
    copied = {} if parent is None else {name: parent[name] for name in same}
    return wanted | copied | ({"is_undone": True} if is_undone else {})


def _content(row: Row) -> bytes:
    try:
        return line_content(*(row[name] for name in CONTENT))
    except (TypeError, ValueError, AttributeError):
        return repr(row).encode()  # a row that no import can have written
