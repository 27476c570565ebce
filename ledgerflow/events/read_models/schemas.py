"""The schema that read models lie in: their tables, the positions of their builder, and which definition made them.

A schema of its own, so that a rebuild can fill another one beside it and take its place by a new name, positions
included. It may be in another database than the books.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
import structlog
from psycopg import sql

from ledgerflow.books.connections import dedicated_connection
from ledgerflow.core.plugins import ReadModel, registry
from ledgerflow.events import consuming
from ledgerflow.events.read_models.errors import ReadModelsOutdatedError

log = structlog.get_logger(__name__)
Connection = psycopg.Connection[Any]

CONSUMER = "read_models"
LIVE, NEXT, OLD = "read_models", "read_models_next", "read_models_old"
# The tables of consumers, as if they were a read model: their definition may change, too, and none brings them on.
POSITIONS = ReadModel("consuming", Path(consuming.__path__[0]) / "tables.sql", lambda *_: None, ())
LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('ledgerflow: schemas of read models', 0))"
DEFINITIONS = """
    CREATE TABLE read_model_definition (
        name text PRIMARY KEY,
        version integer NOT NULL,
        digest text NOT NULL,
        made_at timestamptz NOT NULL DEFAULT statement_timestamp()
    )
"""
ARE_THERE = "SELECT to_regclass('read_model_definition') IS NOT NULL"
READ_DEFINITIONS = "SELECT name, digest FROM read_model_definition"
ADD_DEFINITION = "INSERT INTO read_model_definition (name, version, digest) VALUES (%s, %s, %s)"
HAS_READ = "SELECT EXISTS (SELECT FROM consuming_position WHERE consumer = %s AND sequence > 0)"
REBUILD = "run `manage.py rebuild_read_models`"
_STATEMENT = re.compile(r".+?;[ \t]*(?:\n|\Z)", re.DOTALL)
_INDEX = re.compile(r"\A\s*(?:--[^\n]*\n\s*)*CREATE INDEX\b")


class Ensured(NamedTuple):
    """The read models whose tables were made now, and those whose tables follow from another definition."""

    made: list[str]
    outdated: list[str]


def ensure(connection: Connection, schema: str = LIVE, *, indexes: bool = True) -> Ensured:
    """Make the schema and what is missing in it; afterwards the connection looks there, and only there.

    Nothing that is there is changed: a read model with another definition, and one that is new where others have read
    events already, is told as outdated and waits for a rebuild. Several may do this at once. Without `indexes`, those
    that only reading needs are left out (`make_indexes`).
    """
    with connection.transaction():
        connection.execute(LOCK)
        _make_schema(connection, schema)
        connection.execute("SELECT set_config('search_path', %s, false)", (schema,))
        _make_positions(connection)
        outdated = outdated_in(connection)
        made = _make_tables(connection, outdated, indexes=indexes)
    left = [name for name in outdated if name not in made]
    if left:
        log.error("read_models_outdated", read_models=left, remedy=REBUILD)
    return Ensured(made, left)


def ensure_beside_books() -> Ensured:
    """`ensure` in the database of the books, as the application's role."""
    with closing(dedicated_connection("default")) as connection:
        return ensure(connection)


def outdated_in(connection: Connection) -> list[str]:
    """The registered read models that the connection's schema does not have, or has by another definition.

    The tables of positions are among them.
    """
    found: dict[str, str] = dict(connection.execute(READ_DEFINITIONS).fetchall())
    wanted = {POSITIONS.name: POSITIONS, **registry.read_models}
    return [name for name, model in wanted.items() if found.get(name) != digest_of(model)]


def check_definitions(connection: Connection) -> None:
    """Raise `ReadModelsOutdatedError` unless all tables are as the code makes them: rows of two kinds would mix."""
    outdated = outdated_in(connection)
    if outdated:
        message = f"The tables of {', '.join(outdated)} are missing or made by another version: {REBUILD}."
        raise ReadModelsOutdatedError(message)


def make_indexes(connection: Connection) -> None:
    """The indexes that `ensure` left out, in the connection's schema."""
    for model in registry.read_models.values():
        for statement in _statements(model, indexes=True):
            connection.execute(statement.encode())


@cache
def digest_of(model: ReadModel) -> str:
    """What tells one definition from another: SHA-256 over the version and the SQL."""
    return sha256(b"%d\n%b" % (model.version, model.tables.read_bytes())).hexdigest()


def drop(connection: Connection, schema: str) -> None:
    """Drop a schema with all that is in it; nothing where there is none."""
    connection.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(schema)))


def exists(connection: Connection, schema: str) -> bool:
    return connection.execute("SELECT to_regnamespace(%s) IS NOT NULL", (schema,)).fetchone() == (True,)


def _make_schema(connection: Connection, schema: str) -> None:
    # Looked at before, because IF NOT EXISTS asks for the right to make one also where there is nothing to make.
    if not exists(connection, schema):
        connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(schema)))


def _make_positions(connection: Connection) -> None:
    if connection.execute(ARE_THERE).fetchone() == (True,):
        return
    connection.execute(DEFINITIONS)
    connection.execute(POSITIONS.tables.read_bytes())
    _add_definition(connection, POSITIONS)


def _add_definition(connection: Connection, model: ReadModel) -> None:
    connection.execute(ADD_DEFINITION, (model.name, model.version, digest_of(model)))


def _make_tables(connection: Connection, wanted: list[str], *, indexes: bool) -> list[str]:
    """Make the tables of those that are not there, unless the builder has read events that they would miss."""
    if connection.execute(HAS_READ, (CONSUMER,)).fetchone() == (True,):
        return []
    known = {name for (name,) in connection.execute("SELECT name FROM read_model_definition")}
    new = [registry.read_models[name] for name in wanted if name in registry.read_models and name not in known]
    for model in new:
        for statement in _statements(model, indexes=False):
            connection.execute(statement.encode())
        _add_definition(connection, model)
    if indexes:
        for model in new:
            for statement in _statements(model, indexes=True):
                connection.execute(statement.encode())
    return [model.name for model in new]


def _statements(model: ReadModel, *, indexes: bool) -> Iterator[str]:
    """The statements of a file, each ending in a semicolon at the end of a line: those of indexes, or all others."""
    for statement in _STATEMENT.findall(model.tables.read_text(encoding="utf-8")):
        if bool(_INDEX.match(statement)) == indexes:
            yield statement
