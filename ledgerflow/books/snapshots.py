"""Reading a whole set of books as it stood at one moment, while others go on writing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import connection as own_of_django
from django.db import transaction

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


@contextmanager
def models_of_one_moment() -> Iterator[None]:
    """What Django's models read within it is of one moment, and nothing can be written.

    For lists of the admin, which are made of querysets. An admitted one has its time for each statement.
    """
    with transaction.atomic():
        with own_of_django.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        limit_statement(own_of_django.connection)
        yield
