"""Proof of bank accounts, statements and lines: rows and events tell the same, none missing, none extra.

Lines as the bank wrote them are in no event: that of their statement has a SHA-256 over all of them. Statements and
their lines are read in the order of the ids of statements, and no more than one of them is kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from hashlib import sha256
from heapq import merge
from itertools import groupby
from operator import itemgetter
from typing import Any
from uuid import UUID

import msgspec
import psycopg

from ledgerflow.books.faults import ABSENT, PRESENT, Fault, compare_ordered, compare_rows
from ledgerflow.books.proof.event_facts import EventWithFact, events_by_subject, events_with_facts, rows_of
from recon.statements.events import (
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
OF_STATEMENTS = (StatementImportedFact, BalancesStatedFact, StatementUndoneFact)
BANKS = "SELECT * FROM statements_bankaccount WHERE entity_id = %s ORDER BY id"
STATEMENTS = "SELECT * FROM statements_statement WHERE entity_id = %s ORDER BY id"
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


class _Split:
    """What events say of lines that were split, and of their parts: all of them are kept, since people make them."""

    def __init__(self) -> None:
        self.lines: dict[UUID, Row] = {}  # is_split, changed_sequence
        self.parts: dict[UUID, Row] = {}

    def follow(self, event: EventWithFact) -> None:
        fact, sequence = event.fact, event.sequence
        self.lines[fact.id] = {"is_split": isinstance(fact, LineSplitFact), "changed_sequence": sequence}
        for part in fact.parts:
            if isinstance(fact, LineJoinedFact):
                self.parts.setdefault(part, {}).update(is_undone=True, changed_sequence=sequence)
            else:
                self.parts[part.id] = {
                    "statement_id": fact.statement, "number": fact.number, "part": part.part, "parent_id": fact.id,
                    "is_split": False, "is_undone": False, "amount": Decimal(part.amount), "raw": "",
                    "fingerprint": None, "customer_reference": part.customer_reference, "text": part.text,
                    "changed_sequence": sequence,
                }  # fmt: skip


def check_statements(connection: psycopg.Connection[Any], entity_id: UUID) -> Iterator[Fault]:
    """Bank accounts, statements and lines of an entity against their events."""
    faults: list[Fault] = []
    accounts = dict(connection.execute(ACCOUNTS, (entity_id,)).fetchall())
    banks = _banks(connection, entity_id, accounts, faults)
    yield from compare_ordered(BANK, banks, _stored(connection, BANKS, entity_id))
    statements = _statements(connection, entity_id, faults)
    yield from compare_ordered(STATEMENT, statements, _stored(connection, STATEMENTS, entity_id))
    split = _Split()
    for event in events_with_facts(connection, entity_id, (LineSplitFact, LineJoinedFact), faults):
        split.follow(event)
    yield from faults
    yield from _lines(connection, entity_id, split)


def _stored(connection: psycopg.Connection[Any], query: str, entity_id: UUID) -> Iterator[tuple[str, Row]]:
    for row in rows_of(connection, query, (entity_id,)):
        yield str(row["id"]), row


def _banks(
    connection: psycopg.Connection[Any], entity_id: UUID, accounts: dict[str, UUID], faults: list[Fault]
) -> Iterator[tuple[str, Row]]:
    """Each bank account as its last event says."""
    for subject, events in events_by_subject(connection, entity_id, (BankAccountSetFact,), faults):
        *_, event = events
        row = msgspec.structs.asdict(event.fact)
        account, mirror = row.pop("account"), row.pop("mirror")
        yield (
            subject,
            row
            | {
                "account_id": accounts.get(account, account),
                "mirror_id": None if mirror is None else accounts.get(mirror, mirror),
                "event_sequence": event.sequence,
                "updated_at": event.recorded_at, "actor": event.actor,
            },
        )  # fmt: skip


def _statements(connection: psycopg.Connection[Any], entity_id: UUID, faults: list[Fault]) -> Iterator[tuple[str, Row]]:
    """Each statement as its events leave it, in the order of their ids."""
    for subject, events in events_by_subject(connection, entity_id, OF_STATEMENTS, faults):
        row: Row = {}
        for event in events:
            fact = event.fact
            if isinstance(fact, StatementImportedFact):
                row = _statement(event, fact)
            elif isinstance(fact, StatementUndoneFact):
                row |= {"status": Status.UNDONE.value, "changed_sequence": event.sequence}
            else:
                row |= {
                    "is_proven": True,
                    "opening_day": fact.opening_day, "opening_balance": Decimal(fact.opening_balance),
                    "closing_day": fact.closing_day, "closing_balance": Decimal(fact.closing_balance),
                    "changed_sequence": event.sequence,
                }  # fmt: skip
        yield subject, row


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


def _lines(connection: psycopg.Connection[Any], entity_id: UUID, split: _Split) -> Iterator[Fault]:
    """The lines of each statement behind what its events say of it."""
    told = ((id_, 0, row) for id_, row in _statements(connection, entity_id, []))
    stored = ((str(row["statement_id"]), 1, row) for row in rows_of(connection, LINES, (entity_id,)))
    for id_, found in groupby(merge(told, stored, key=itemgetter(0, 1)), key=itemgetter(0)):
        _, is_line, statement = next(found)
        if is_line:
            yield Fault(LINE, id_, "statement", PRESENT, ABSENT)
        else:
            yield from _lines_of(statement, (row for _, _, row in found), split)
    for line in (*split.parts, *split.lines):
        yield Fault(LINE, str(line), "row", PRESENT, ABSENT)


def _lines_of(statement: Row, rows: Iterator[Row], split: _Split) -> Iterator[Fault]:
    """A line stands before its parts, which have its number."""
    digest = sha256()
    whole: Row | None = None
    is_undone = statement.get("status") == Status.UNDONE
    for row in rows:
        shared = {"bank_account_id": statement.get("bank_account_id"), "entity_id": row["entity_id"]}
        shared["currency"] = statement.get("currency")
        if row["part"]:
            parent = whole if whole is not None and whole["id"] == row["parent_id"] else None
            wanted = _part(row, parent, split, is_undone=is_undone)
        else:
            whole = row
            digest.update(_content(row))
            change = split.lines.pop(row["id"], {"is_split": False, "changed_sequence": None})
            wanted = {"is_undone": is_undone, "parent_id": None} | change
        yield from compare_rows(LINE, {row["id"]: wanted | shared} if wanted else {}, {row["id"]: row})
    if digest.digest() != statement.get("lines_sha256", digest.digest()):
        key = f"of statement {statement['number']}"
        yield Fault(LINE, key, "SHA-256 of its lines", statement["lines_sha256"].hex(), digest.hexdigest())


def _part(row: Row, parent: Row | None, split: _Split, *, is_undone: bool) -> Row | None:
    wanted = split.parts.pop(row["id"], None)
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
