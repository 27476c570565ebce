"""What the application's role may do in the database: the second lock on history, after the triggers."""

from __future__ import annotations

from typing import Any

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections
from psycopg import sql

from ledgerflow.core.errors import NotFound
from ledgerflow.core.plugins import registry

# History is what a trigger of this function guards: the fences decide, and this follows.
TABLES = """
    SELECT c.relname,
           EXISTS (SELECT FROM pg_trigger t JOIN pg_proc f ON f.oid = t.tgfoid
                   WHERE t.tgrelid = c.oid AND f.proname = 'books_refuse_change') AS is_history
    FROM pg_class c
    WHERE c.relkind IN ('r', 'p') AND c.relnamespace = current_schema()::regnamespace
    ORDER BY c.relname
"""
ABOVE = """
    SELECT FROM pg_roles r WHERE r.rolname = %(role)s AND (r.rolsuper OR EXISTS (
        SELECT FROM pg_class c
        WHERE c.relnamespace = current_schema()::regnamespace AND pg_has_role(r.oid, c.relowner, 'MEMBER')))
"""
READ_ONLY = frozenset({"django_migrations", "journals_journalkind"})

Connection = psycopg.Connection[Any]


def owner_alias() -> str:
    """The alias that signs in as the owner of the tables: the one of DATABASE_OWNER_URL, where it is set."""
    return "owner" if "owner" in connections.databases else DEFAULT_DB_ALIAS


def grants_for(connection: Connection, role: str) -> list[str]:
    """The statements that leave `role` exactly what the application needs in the current schema, in their order.

    No UPDATE, DELETE or TRUNCATE on history, no DELETE on what history refers to, no TRUNCATE anywhere, nothing that
    changes the schema, no temporary tables. Run them again after each migration. Raises `NotFound` when there is
    no such role.
    """
    if connection.execute("SELECT FROM pg_roles WHERE rolname = %s", (role,)).fetchone() is None:
        message = f"There is no role {role!r}: CREATE ROLE it first, with LOGIN and its own password."
        raise NotFound(message)
    names = {"role": sql.Identifier(role)}
    row = connection.execute("SELECT current_database(), current_schema()").fetchone()
    assert row is not None  # noqa: S101 - a SELECT without FROM has one row
    names |= {"database": sql.Identifier(row[0]), "schema": sql.Identifier(row[1])}
    statements = [
        "GRANT CONNECT ON DATABASE {database} TO {role}",
        # Everybody may make temporary tables unless told otherwise, and the name of one hides a table of the books.
        "REVOKE TEMPORARY ON DATABASE {database} FROM PUBLIC, {role}",
        "REVOKE ALL ON SCHEMA {schema} FROM {role}",
        "GRANT USAGE ON SCHEMA {schema} TO {role}",
        "REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM {role}",
        "GRANT USAGE ON ALL SEQUENCES IN SCHEMA {schema} TO {role}",
        "GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA {schema} TO {role}",
    ]
    made = [sql.SQL(statement).format(**names) for statement in statements]
    made += [_grant(table, names, is_history=is_history) for table, is_history in connection.execute(TABLES)]
    return [f"{statement.as_string(connection)};" for statement in made]


def is_above_grants(connection: Connection, role: str) -> bool:
    """Whether grants bind `role` not at all: a superuser, or an owner of the tables who can take fences down."""
    return connection.execute(ABOVE, {"role": role}).fetchone() is not None


def _grant(table: str, names: dict[str, sql.Identifier], *, is_history: bool) -> sql.Composed:
    if table in READ_ONLY:
        rights = "SELECT"
    elif is_history:
        rights = "SELECT, INSERT"
    elif table in registry.never_deleted_tables:
        rights = "SELECT, INSERT, UPDATE"
    else:
        rights = "SELECT, INSERT, UPDATE, DELETE"
    statement = sql.SQL("GRANT {rights} ON {schema}.{table} TO {role}")
    return statement.format(rights=sql.SQL(rights), table=sql.Identifier(table), **names)
