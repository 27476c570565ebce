"""The rows of a set of books in the order of its events, a few hundred at a time.

Server-side cursors read ahead: while one batch is looked at, the server works on the next.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

import psycopg

EVENTS = """
    SELECT sequence, id, type, subject, data, actor,
           coalesce(to_char(recorded_at, 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), recorded_at::text), hash
    FROM books_event WHERE entity_id = %s ORDER BY sequence
"""
JOURNALS = """
    SELECT event_sequence, number, id::text, kind, layer, effective_date::text, original_date::text,
           to_char(recorded_at, 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), description, external_reference, actor,
           reverses_id::text, template, metadata::text
    FROM journals_journal WHERE entity_id = %s ORDER BY number
"""
# LATERAL, because a plain join may be planned as a sort of all postings.
POSTINGS = """
    SELECT j.number, p.line, p.entity_id::text, p.account_id::text, p.currency, p.amount::text, p.effective_date::text,
           p.account_version, p.balance_after::text, p.event_sequence, p.description, p.dimensions::text
    FROM journals_journal j
    CROSS JOIN LATERAL (SELECT * FROM journals_posting p WHERE p.journal_id = j.id ORDER BY p.line) p
    WHERE j.entity_id = %s ORDER BY j.number
"""
KEYS = """
    SELECT event_sequence, key, encode(fingerprint, 'hex'), issuer FROM books_idempotencykey
    WHERE entity_id = %s ORDER BY event_sequence, key, issuer
"""
PLANS = b"SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; SET LOCAL enable_seqscan = off"
USUAL_PLANS = b"SET LOCAL enable_hashjoin = on; SET LOCAL enable_mergejoin = on; SET LOCAL enable_seqscan = on"
END = 2**63  # after every number
BATCH = 200  # what fits into a socket's buffer: more would make the server wait for us

Row = tuple[Any, ...]


class Stream:
    """Rows of one query; `head` is the first column of the next row, `END` after the last."""

    def __init__(self, connection: psycopg.Connection[Any], name: str, sql: str, entity_id: UUID) -> None:
        self._connection = connection
        self._name = name
        self._fetch = f"FETCH FORWARD {BATCH} FROM {name}".encode()
        connection.execute(f"DECLARE {name} NO SCROLL CURSOR FOR {sql}".encode(), (entity_id,))
        self._asked = self._ask()
        self._rows: list[Row] = []  # turned round: the next one is the last
        self._refill()

    def take(self) -> Row:
        """The next row. Only while `head` is not `END`."""
        row = self._rows.pop()
        if self._rows:
            self.head: int = self._rows[-1][0]
        else:
            self._refill()
        return row

    def take_all(self, head: int) -> list[Row]:
        """The rows at the front whose first column is `head`."""
        rows = []
        while self.head == head:
            rows.append(self.take())
        return rows

    def close(self) -> None:
        self._connection.execute(f"CLOSE {self._name}".encode())

    def _ask(self) -> psycopg.Cursor[Any]:
        return self._connection.cursor(binary=True).execute(self._fetch, prepare=True)

    def _refill(self) -> None:
        self._rows = self._asked.fetchall()[::-1]
        if self._rows:
            self._asked = self._ask()
            self.head = self._rows[-1][0]
        else:
            self.head = END
