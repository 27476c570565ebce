"""`migrate` as servers run it: several at once, as the owner, with the grants of the application's role."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from psycopg import sql

PROJECT = Path(__file__).parents[2]
PASSWORD = "a-password-of-a-test"


@dataclass(frozen=True)
class Empty:
    """A database without tables, and a role for the application."""

    owner: str
    application: str
    role: str


@pytest.fixture
def empty(database_url: str) -> Iterator[Empty]:
    parts = urlsplit(database_url)
    name = f"{parts.path[1:]}_empty"
    role = f"{name}_app"
    database, user = sql.Identifier(name), sql.Identifier(role)
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(database))
        connection.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(user))
        connection.execute(sql.SQL("CREATE DATABASE {}").format(database))
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(user, PASSWORD))
        place = parts.netloc.rpartition("@")[2]
        yield Empty(
            owner=urlunsplit(parts._replace(path=f"/{name}")),
            application=urlunsplit(parts._replace(netloc=f"{role}:{PASSWORD}@{place}", path=f"/{name}")),
            role=role,
        )
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(database))
        connection.execute(sql.SQL("DROP ROLE {}").format(user))


def migrating(empty: Empty) -> subprocess.Popen[str]:
    env = os.environ | {"DATABASE_URL": empty.application, "DATABASE_OWNER_URL": empty.owner}
    words = [sys.executable, "manage.py", "migrate", "--no-input"]
    return subprocess.Popen(words, cwd=PROJECT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def test_three_at_once_on_an_empty_database_all_succeed(empty: Empty) -> None:
    started = [migrating(empty) for _ in range(3)]
    outputs = [process.communicate(timeout=300)[0] for process in started]
    assert [process.returncode for process in started] == [0, 0, 0], outputs
    assert sum("Applying books.0001_initial" in output for output in outputs) == 1
    with psycopg.connect(empty.application) as connection:
        assert connection.execute("SELECT current_user, count(*) FROM books_event").fetchone() == (empty.role, 0)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("UPDATE books_event SET data = data")
