"""Reading a whole set of books as it stood at one moment, while others go on writing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from ledgerflow.books.admission import limit_statement
from ledgerflow.books.connections import parameters


@contextmanager
def own_connection() -> Iterator[psycopg.Connection[Any]]:
    """A connection of its own in autocommit, for work that takes long.

    It has none of the writer's timeouts, and neither a request's transaction nor a pool's leftovers reach into it.
    """
    with psycopg.connect(**parameters("default"), autocommit=True) as connection:
        connection.execute("SET TIME ZONE 'UTC'")
        yield connection


@contextmanager
def snapshot() -> Iterator[psycopg.Connection[Any]]:
    """A connection of its own in one REPEATABLE READ READ ONLY transaction, for reports that take long.

    An admitted report has its time for it; a command has all the time it wants.
    """
    with own_connection() as connection:
        connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        limit_statement(connection)
        yield connection
