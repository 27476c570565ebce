"""What a run is about: the lines and postings of a bank account that are in no match, as items of the engine."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

import psycopg

from ledgerflow.books.snapshots import snapshot
from recon.matching import listeners
from recon.matching.passes.engine import Together
from recon.matching.passes.shapes import MatchRule, ReconItem
from recon.matching.rows import Bank
from recon.statements.mirrors.quoting import quoted

# Of a line that was split its parts count; an undone one counts no more.
LINES = """
    SELECT l.id::text, l.booking_date, l.value_date, l.amount, l.currency, l.bank_reference, l.end_to_end,
           l.customer_reference, l.counterparty, l.text
    FROM statements_statementline l
    WHERE l.bank_account_id = %s AND NOT l.is_split AND NOT l.is_undone
"""
IN_NO_MATCH = " AND NOT EXISTS (SELECT FROM matching_matchitem i WHERE i.line_id = l.id AND i.is_active)"
IN_A_MATCH = """
    AND l.booking_date >= %s AND EXISTS (SELECT FROM matching_matchitem i WHERE i.line_id = l.id AND i.is_active)
"""
POSTINGS = """
    SELECT p.account_version, p.effective_date, p.amount, p.currency, p.description, j.number, j.external_reference,
           j.metadata, j.description
    FROM journals_posting p JOIN journals_journal j ON j.id = p.journal_id
    WHERE p.account_id = %s AND p.effective_date <= %s
      AND NOT EXISTS (SELECT FROM matching_matchitem i
                      WHERE i.account_id = p.account_id AND i.account_version = p.account_version AND i.is_active)
"""
# The other account of a mirror says something of every day so far, if only that nothing was posted on it.
LAST_DAY = """
    SELECT CASE WHEN b.mirror_id IS NOT NULL THEN e.business_date ELSE greatest(
        (SELECT max(s.closing_day) FROM statements_statement s
         WHERE s.bank_account_id = b.id AND s.status = 'imported'),
        (SELECT max(l.booking_date) FROM statements_statementline l
         WHERE l.bank_account_id = b.id AND NOT l.is_split AND NOT l.is_undone)
    ) END
    FROM statements_bankaccount b JOIN books_entity e ON e.id = b.entity_id WHERE b.id = %s
"""
REJECTED = """
    SELECT lines, postings, event_sequence FROM matching_matchrejection
    WHERE bank_account_id = %s AND event_sequence > %s ORDER BY event_sequence
"""
ROWS_AT_ONCE = 5000
DAYS_OF_TAKEN = 60  # a line that repeats an older one is not looked for


class Material(NamedTuple):
    """What the engine is given, and the last rejection that it knows of."""

    bank: list[ReconItem]
    books: list[ReconItem]
    taken: set[str]
    rejected: set[Together]
    rejected_through: int


NOTHING = Material([], [], set(), set(), 0)


def load_material(bank: Bank, rules: tuple[MatchRule, ...]) -> Material:
    """Read both sides at one moment, in a few statements, a few thousand rows at a time."""
    with snapshot() as connection:
        row = connection.execute(LAST_DAY, (bank.id,)).fetchone()
        last_day: date | None = row[0] if row else None
        if last_day is None:
            return NOTHING
        lines = list(_lines(connection, LINES + IN_NO_MATCH, (bank.id,)))
        widest = max((max(rule.window_days_before, rule.window_days_after) for rule in rules), default=0)
        until = min(last_day, date.max - timedelta(widest)) + timedelta(widest)
        explained = _explained(connection, bank)
        postings = _streamed(connection, POSTINGS, (bank.account_id, until))
        books = [_posting(row) for row in postings if row[0] not in explained]
        rejections = connection.execute(REJECTED, (bank.id, 0)).fetchall()
        taken = list(_alike(connection, bank, lines, last_day)) if lines else []
    through = rejections[-1][2] if rejections else 0
    ids = {item.id for item in taken}
    return Material([*lines, *taken], books, ids, together_from(rejections), through)


def _explained(connection: psycopg.Connection[Any], bank: Bank) -> set[int]:
    """Postings that need no line, by who knows of them."""

    def fetch(sql: str, params: Any) -> list[Any]:
        return connection.execute(sql.encode(), params).fetchall()

    return {version for ask in listeners.explained for version in ask(fetch, bank.id, bank.account_id)}


def together_from(rows: list[Any]) -> set[Together]:
    return {(tuple(lines), tuple(postings)) for lines, postings, *_ in rows}


def _alike(
    connection: psycopg.Connection[Any], bank: Bank, lines: list[ReconItem], last_day: date
) -> Iterator[ReconItem]:
    """Lines that have their match, as far as one that is left over might repeat them: with an amount of these."""
    amounts = {(line.currency, line.amount) for line in lines}
    for one in _lines(connection, LINES + IN_A_MATCH, (bank.id, last_day - timedelta(DAYS_OF_TAKEN))):
        if (one.currency, one.amount) in amounts:
            yield one


def _lines(connection: psycopg.Connection[Any], sql: str, params: tuple[Any, ...]) -> Iterator[ReconItem]:
    for id_, day, value_date, amount, currency, *references, counterparty, text in _streamed(connection, sql, params):
        others = (value_date,) if value_date is not None and value_date != day else ()
        yield ReconItem(id_, "bank", day, amount, currency, _said(references), counterparty, text, others)


def _posting(row: tuple[Any, ...]) -> ReconItem:
    """A posting with what a bank may quote of its journal: the reference from outside, or else its number, and tags."""
    version, day, amount, currency, description, number, reference, metadata, about = row
    tags, counterparty = quoted(metadata)
    return ReconItem(
        str(version), "books", day, Decimal(amount), currency, _said([reference or str(number), *tags]), counterparty,
        f"{description} {about}".strip(),
    )  # fmt: skip


def _said(references: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, references)))


def _streamed(connection: psycopg.Connection[Any], sql: str, params: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    """Rows as the server makes them, so that only what is kept of them takes memory."""
    with connection.cursor(name="matching") as cursor:
        cursor.itersize = ROWS_AT_ONCE
        cursor.execute(sql.encode(), params)
        yield from cursor
