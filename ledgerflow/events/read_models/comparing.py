"""Comparing the live read models with rebuilt ones, row by row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
from psycopg import sql

from ledgerflow.events.read_models.schemas import LIVE, NEXT

# All but what the builder keeps of itself.
TABLES = """
    SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = %s AND c.relkind = 'r'
      AND c.relname NOT LIKE 'consuming\\_%%' AND c.relname <> 'read_model_definition'
    ORDER BY 1
"""
# As text, because to be equal is to look equal: 1.0 and 1.00 are two things here.
ONLY_IN = sql.SQL("SELECT one::text FROM {}.{} one EXCEPT ALL SELECT two::text FROM {}.{} two LIMIT 10")


def differences(connection: psycopg.Connection[Any]) -> Iterator[str]:
    """A sentence for each row that only one of the two has, at most ten a table and side."""
    for table, row in rows_only_in(connection, LIVE, NEXT):
        yield f"{table}: only in what is live: {row}"
    for table, row in rows_only_in(connection, NEXT, LIVE):
        yield f"{table}: only in what was rebuilt: {row}"


def rows_only_in(connection: psycopg.Connection[Any], here: str, there: str) -> Iterator[tuple[str, str]]:
    """Rows of the tables of one schema that the same table of another does not have, at most ten of each."""
    for (table,) in connection.execute(TABLES, (here,)).fetchall():
        names = [sql.Identifier(name) for name in (here, table, there, table)]
        for (row,) in connection.execute(ONLY_IN.format(*names)):
            yield table, row
