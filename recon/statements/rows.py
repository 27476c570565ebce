"""Rows of statements: loading and writing them inside a transaction, and what of a line is hashed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from decimal import Decimal
from hashlib import sha256
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from ledgerflow.books.copying import copy_optional, copy_text
from ledgerflow.books.writing import Transaction
from ledgerflow.core import canonical
from ledgerflow.core.money import normalised, plain
from recon.statements.continuity import Span, begins_at, in_order
from recon.statements.errors import BankAccountNotFound
from recon.statements.events import StatementImportedFact
from recon.statements.parsers.shapes import ParsedLine

# Rows of a query, on whatever connection: a preview reads on that of the request, an import under the lock.
Fetch = Callable[[str, tuple[Any, ...]], list[tuple[Any, ...]]]

BANK_ACCOUNTS = """
    SELECT b.id, a.code, b.currency, b.identifier, b.column_map, c.minor_units, b.mirror_id, m.code
    FROM statements_bankaccount b
    JOIN accounts_account a ON a.id = b.account_id
    LEFT JOIN accounts_account m ON m.id = b.mirror_id
    JOIN accounts_currency c ON c.entity_id = b.entity_id AND c.code = b.currency
    WHERE b.entity_id = %s
"""
BANK_ACCOUNT = f"{BANK_ACCOUNTS} AND b.id = %s"
IDENTIFIED = f"{BANK_ACCOUNTS} AND b.identifier <> '' AND b.mirror_id IS NULL ORDER BY a.code"
# Statements of a mirror follow each other by the versions of the other account, not by days.
SPANS = """
    SELECT coalesce(closing_day, last_day, first_day), number, coalesce(first_day, opening_day), opening_balance,
           seen_total, closing_balance
    FROM statements_statement
    WHERE bank_account_id = %s AND status = 'imported' AND format <> 'mirror'
      AND coalesce(closing_day, last_day) IS NOT NULL
"""
KNOWN_FILE = """
    SELECT number FROM statements_statement
    WHERE bank_account_id = %s AND file_sha256 = %s AND status = 'imported' ORDER BY number LIMIT 1
"""
SEEN = """
    SELECT fingerprint FROM statements_statementline
    WHERE bank_account_id = %s AND fingerprint = ANY (%s::text[]) AND NOT is_undone
"""
LAST_NUMBER = "SELECT coalesce(max(number), 0) FROM statements_statement WHERE bank_account_id = %s"
INSERT_STATEMENT = """
    INSERT INTO statements_statement (id, entity_id, bank_account_id, number, status, format, file_name, file_sha256,
        place, label, currency, first_day, last_day, opening_day, opening_balance, closing_day, closing_balance,
        is_proven, line_count, lines_total, seen_count, seen_total, lines_sha256, event_sequence, changed_sequence,
        recorded_at, actor)
    VALUES (%s, %s, %s, %s, 'imported', %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s,
        %s, %s, %s)
"""
COPY_LINES = """
    COPY statements_statementline (id, entity_id, bank_account_id, statement_id, number, part, parent_id, is_split,
        is_undone, booking_date, value_date, amount, currency, bank_reference, end_to_end, customer_reference,
        counterparty, iban, text, raw, fingerprint, changed_sequence)
    FROM STDIN
"""


class BankAccountRow(NamedTuple):
    """What an import needs of its bank account."""

    id: UUID
    code: str
    currency: str
    identifier: str
    column_map: dict[str, Any] | None
    minor_units: int
    mirror_id: UUID | None
    mirror: str | None


def fetch_default(sql: str, params: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    """Rows on the request's own connection."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())


def fetch_within(tx: Transaction) -> Fetch:
    """Rows inside a writing transaction."""
    return lambda sql, params: tx.query(sql, params).fetchall()


def bank_account_of(entity_id: UUID, bank_account_id: UUID, fetch: Fetch = fetch_default) -> BankAccountRow:
    """Raises `BankAccountNotFound`."""
    rows = fetch(BANK_ACCOUNT, (entity_id, bank_account_id))
    if not rows:
        raise BankAccountNotFound
    return _bank_account(rows[0])


def identified_bank_accounts(entity_id: UUID, fetch: Fetch = fetch_default) -> list[BankAccountRow]:
    """The bank accounts that files call something, by the code of their account."""
    return [_bank_account(row) for row in fetch(IDENTIFIED, (entity_id,))]


def _bank_account(row: tuple[Any, ...]) -> BankAccountRow:
    id_, code, currency, identifier, columns, minor_units, mirror_id, mirror = row
    columns = canonical.decode(columns) if isinstance(columns, str) else columns  # Django gives JSON as text
    return BankAccountRow(id_, code, currency, identifier, columns, minor_units, mirror_id, mirror)


def spans_of(fetch: Fetch, bank_account_id: UUID) -> list[Span]:
    """The statements of a bank account that stand, in their order on the line of time."""
    rows = fetch(SPANS, (bank_account_id,))
    return in_order(
        Span(day, number, first or day, begins_at(opening, seen), closing)
        for day, number, first, opening, seen, closing in rows
    )


def line_content(  # noqa: PLR0917 - the columns of a line
    id_: UUID, number: int, booking_date: date, value_date: date | None, amount: Decimal, currency: str,
    bank_reference: str, end_to_end: str, customer_reference: str, counterparty: str, iban: str, text: str, raw: str,
    fingerprint: str,
) -> bytes:  # fmt: skip
    """All of a line that never changes, as it is hashed: NUL ends each column, which none can hold."""
    value = value_date.isoformat() if value_date else ""
    columns = (
        id_.hex, str(number), booking_date.isoformat(), value, normalised(amount), currency, bank_reference,
        end_to_end, customer_reference, counterparty, iban, text, raw, fingerprint,
    )  # fmt: skip
    return ("\0".join(columns) + "\0").encode()


class NewLine(NamedTuple):
    """A line that is to be stored: its id, what the parser found, its fingerprint, and its row as COPY takes it.

    The row is made before the lock is taken: for a large file that takes as long as the database takes to store it.
    """

    id: UUID
    line: ParsedLine
    fingerprint: str
    row: str

    def content(self) -> bytes:
        line = self.line
        return line_content(
            self.id, line.number, line.booking_date, line.value_date, line.amount, line.currency, line.bank_reference,
            line.end_to_end, line.customer_reference, line.counterparty, line.iban, line.text, line.raw,
            self.fingerprint,
        )  # fmt: skip


def lines_sha256(lines: Iterable[NewLine]) -> bytes:
    """The SHA-256 over the content of lines, in their order."""
    digest = sha256()
    for line in lines:
        digest.update(line.content())
    return digest.digest()


def insert_statement(tx: Transaction, fact: StatementImportedFact, sequence: int, actor: str) -> None:
    """Write the row of a statement as its event tells it."""
    tx.query(
        INSERT_STATEMENT,
        (
            fact.id, tx.entity_id, fact.bank_account, fact.number, fact.format, fact.file_name, fact.file_sha256,
            fact.place, fact.label, fact.currency, fact.first_day, fact.last_day, fact.opening_day,
            _decimal(fact.opening_balance), fact.closing_day, _decimal(fact.closing_balance), fact.is_proven,
            fact.line_count, Decimal(fact.lines_total), fact.seen_count, Decimal(fact.seen_total),
            bytes.fromhex(fact.lines_sha256), sequence, sequence, tx.recorded_at, actor,
        ),
    )  # fmt: skip


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def copy_lines(tx: Transaction, lines: Sequence[NewLine]) -> None:
    """Write the new lines of a statement in one statement of SQL."""
    if not lines:
        return
    with tx.copying(COPY_LINES) as write_lines:
        for start in range(0, len(lines), 1000):
            write_lines("".join(line.row for line in lines[start : start + 1000]))


def new_line(head: str, id_: UUID, line: ParsedLine, fingerprint: str) -> NewLine:
    """A line with its row; `head` is the entity, the bank account and the statement, as COPY takes them."""
    texts = "\t".join(
        map(
            copy_text,
            (
                line.bank_reference, line.end_to_end, line.customer_reference, line.counterparty, line.iban,
                line.text, line.raw,
            ),
        )
    )  # fmt: skip
    row = (
        f"{id_.hex}\t{head}\t{line.number}\t0\t\\N\tf\tf\t{line.booking_date}\t{copy_optional(line.value_date)}\t"
        f"{plain(line.amount)}\t{line.currency}\t{texts}\t{fingerprint}\t\\N\n"
    )
    return NewLine(id_, line, fingerprint, row)
