"""Reading a whole set of books as it stood at one moment, while others go on writing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import connections


@contextmanager
def own_connection() -> Iterator[psycopg.Connection[Any]]:
    """A connection of its own in autocommit, for work that takes long.

    It has none of the writer's timeouts, and neither a request's transaction nor a pool's leftovers reach into it.
    """
    params = connections["default"].get_connection_params()
    # Django's adapters would turn dates and numbers into strings for its own fields.
    for django_only in ("context", "cursor_factory", "prepare_threshold"):
        params.pop(django_only, None)
    with psycopg.connect(**params, autocommit=True) as connection:
        connection.execute("SET TIME ZONE 'UTC'")
        yield connection


@contextmanager
def snapshot() -> Iterator[psycopg.Connection[Any]]:
    """A connection of its own in one REPEATABLE READ READ ONLY transaction, for reports that take long."""
    with own_connection() as connection:
        connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield connection
