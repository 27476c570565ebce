"""Read models in a database of their own, which has nothing else: each test begins with an empty one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connections
from psycopg import sql

from ledgerflow.books.borrowing import close_borrowed
from tests.attacks import connect


@pytest.fixture(scope="session")
def second_database(_database: None, role: str) -> Iterator[str]:
    """Its name; on the server of the books, and gone before the role that has rights in it."""
    name = f"{connections['default'].settings_dict['NAME']}_apart"
    identifier = sql.Identifier(name)
    with connect(autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(identifier))
        connection.execute(sql.SQL("CREATE DATABASE {}").format(identifier))
    yield name
    with connect(autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(identifier))


@pytest.fixture
def apart(second_database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What reads and builds read models does so in the second database."""
    with connect(dbname=second_database, autocommit=True) as connection:
        for schema in ("read_models", "read_models_next", "read_models_old"):
            connection.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(schema)))
    connections["read_models"].close()
    close_borrowed()
    monkeypatch.setitem(connections["read_models"].settings_dict, "NAME", second_database)
    yield
    connections["read_models"].close()
    close_borrowed()
