"""Proof of bank accounts, statements and lines: clean ones are proven, and of wrong ones the wrong row is named."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from journals.proof.ledger import verify_books, verify_in
from ledgerflow.books.models import Entity
from ledgerflow.books.writing import write
from recon.statements.changing import Balances, state_balances, undo_import
from recon.statements.reading import ImportAnswer
from recon.statements.splitting import Part, join_in, split_in
from tests.attacks import connect
from tests.builders import an_entity
from tests.statements.banking import (
    CSV_COLUMNS,
    a_bank_account,
    a_csv_file,
    a_statement_file,
    imported,
    lines_stored,
)

MONDAY, TUESDAY = date(2026, 3, 2), date(2026, 3, 3)
LINE = "entity_id = %(entity)s AND number = 2 AND part = 0 AND raw LIKE '%%SECOND%%'"
PART = "entity_id = %(entity)s AND part = 1"
STATEMENT = "entity_id = %(entity)s AND number = 1"
TABLE = "statements_statementline"


def busy_statements() -> Entity:
    """Statements that overlap, one undone, one stated; a line split, one split and joined, one split and undone."""
    entity = an_entity()
    bank = a_bank_account(entity, column_map=CSV_COLUMNS)
    first, second = ("97.00", "FIRST", MONDAY, "", "x"), ("3.00", "SECOND", MONDAY, "", "y")
    imported(entity, bank, a_statement_file(first, second))
    imported(entity, bank, a_statement_file(first, second, ("1.00", "THIRD", TUESDAY)))
    one, two, _ = (line.pk for line in lines_stored(bank))
    _split(entity, one, "100.00", "-3.00")
    _split(entity, two, "1.00", "2.00")
    write(entity.id, lambda tx, _: join_in(tx, two, actor="test"))
    stated = _the_one(imported(entity, bank, a_csv_file(("5.00", "D", TUESDAY))))
    balances = Balances(TUESDAY, Decimal("101.00"), TUESDAY, Decimal("106.00"))
    state_balances(entity.id, stated, balances, actor="test")
    last = _the_one(imported(entity, bank, a_csv_file(("8.00", "E", date(2026, 3, 4))), file_name="e"))
    _split(entity, lines_stored(bank)[-1].pk, "4.00", "4.00")
    undo_import(entity.id, last, reason="wrong", key=uuid4().hex, actor="test")
    return entity


def _split(entity: Entity, line: UUID, *amounts: str) -> None:
    parts = [Part(Decimal(amount)) for amount in amounts]
    write(entity.id, lambda tx, _: split_in(tx, line, parts, actor="test"))


def _the_one(answer: ImportAnswer) -> UUID:
    (statement,) = answer.statements
    assert statement.id
    return statement.id


def test_busy_statements_are_proven() -> None:
    assert verify_books(busy_statements().id) == []


@pytest.mark.parametrize(
    "statement, table, what",
    [
        (f"UPDATE {TABLE} SET amount = 4 WHERE {LINE}", TABLE, "SHA-256 of its lines"),
        (f"UPDATE {TABLE} SET raw = 'x' WHERE {LINE}", TABLE, "SHA-256 of its lines"),
        (f"UPDATE {TABLE} SET is_split = true WHERE {LINE}", TABLE, "is_split"),
        (f"UPDATE {TABLE} SET is_undone = true WHERE {LINE}", TABLE, "is_undone"),
        (f"UPDATE {TABLE} SET text = 'x' WHERE {PART}", TABLE, "text"),
        (f"UPDATE {TABLE} SET counterparty = 'x' WHERE {PART}", TABLE, "counterparty"),
        (f"DELETE FROM {TABLE} WHERE {PART}", TABLE, "row"),
        (f"UPDATE statements_statement SET closing_day = '2026-03-09' WHERE {STATEMENT}", "statements_statement", "closing_day"),
        (f"UPDATE statements_statement SET seen_count = 1 WHERE {STATEMENT}", "statements_statement", "seen_count"),
        (f"DELETE FROM statements_statement WHERE {STATEMENT}", "statements_statement", "row"),
        ("UPDATE statements_bankaccount SET name = 'x' WHERE entity_id = %(entity)s", "statements_bankaccount", "name"),
    ],
)  # fmt: skip
def test_what_is_forged_is_named(statement: str, table: str, what: str) -> None:
    entity = busy_statements()
    with connect() as connection:
        connection.execute("SET session_replication_role = replica")
        params = {"entity": entity.id}
        assert connection.execute(statement.encode(), params).rowcount
        assert (table, what) in {(fault.table, fault.what) for fault in verify_in(connection, entity.id).faults}
        connection.rollback()
