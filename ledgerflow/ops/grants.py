"""What the application's role may do in the database: the second lock on history, after the triggers."""

from __future__ import annotations

from typing import Any

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections
from psycopg import sql

from ledgerflow.core.errors import NotFound
from ledgerflow.core.plugins import registry

# History is what a trigger of this function guards: the guards decide, and this follows.
TABLES = """
    SELECT c.relname,
           EXISTS (SELECT FROM pg_trigger t JOIN pg_proc f ON f.oid = t.tgfoid
                   WHERE t.tgrelid = c.oid AND f.proname = 'books_refuse_change') AS is_history
    FROM pg_class c
    WHERE c.relkind IN ('r', 'p') AND c.relnamespace = current_schema()::regnamespace
    ORDER BY c.relname
"""
# One sentence for each way around the guards. A superuser has every privilege, so nothing else is said of one.
# Membership counts whether inherited or not: SET ROLE takes what is not.
EXCESSES = """
    WITH r AS (SELECT * FROM pg_roles WHERE rolname = %(role)s)
    SELECT 'It is a superuser: grants do not bind it.' FROM r WHERE rolsuper
    UNION ALL
    SELECT found FROM r CROSS JOIN LATERAL (
        SELECT format('It may make roles and give itself theirs (%%s).', 'CREATEROLE') WHERE rolcreaterole
        UNION ALL SELECT format('It is free of row security (%%s).', 'BYPASSRLS') WHERE rolbypassrls
        UNION ALL SELECT 'It may copy the whole server (REPLICATION).' WHERE rolreplication
        UNION ALL SELECT format('It is a member of %%s, which owns tables: grants do not bind it.', owner) FROM (
            SELECT DISTINCT pg_get_userbyid(c.relowner) AS owner FROM pg_class c
            WHERE c.relnamespace = current_schema()::regnamespace AND pg_has_role(r.oid, c.relowner, 'MEMBER')) o
        UNION ALL SELECT format('It is a member of %%s.', p.rolname) FROM pg_roles p
        WHERE p.rolname = ANY (%(dangerous)s::text[]) AND pg_has_role(r.oid, p.oid, 'MEMBER')
        UNION ALL SELECT format('It is a member of %%s, a superuser.', p.rolname) FROM pg_roles p
        WHERE p.rolsuper AND pg_has_role(r.oid, p.oid, 'MEMBER')
        UNION ALL SELECT 'It may set session_replication_role, which switches the guards off.'
        WHERE has_parameter_privilege(r.oid, 'session_replication_role', 'SET')
        UNION ALL SELECT 'It may make temporary tables: REVOKE TEMPORARY as the owner of the database.'
        WHERE has_database_privilege(r.oid, current_database(), 'TEMPORARY')
        UNION ALL SELECT 'It may make tables and functions in the schema of the books.'
        WHERE has_schema_privilege(r.oid, current_schema(), 'CREATE')
        UNION ALL SELECT format('It may %%s %%s.', w.right, c.relname)
        FROM pg_class c CROSS JOIN unnest(ARRAY['UPDATE', 'DELETE', 'TRUNCATE', 'TRIGGER']) AS w ("right")
        WHERE c.relkind IN ('r', 'p') AND c.relnamespace = current_schema()::regnamespace
          AND CASE WHEN w.right = 'UPDATE' THEN c.relname = ANY (%(fixed)s::text[])
                                                AND has_any_column_privilege(r.oid, c.oid, 'UPDATE')
                   WHEN w.right = 'DELETE' THEN c.relname = ANY (%(fixed)s::text[] || %(kept)s::text[])
                                                AND has_table_privilege(r.oid, c.oid, 'DELETE')
                   ELSE has_table_privilege(r.oid, c.oid, w.right) END
        UNION ALL SELECT format('It may INSERT into %%s.', c.relname) FROM pg_class c
        WHERE c.relnamespace = current_schema()::regnamespace AND c.relname = ANY (%(read_only)s::text[])
          AND has_any_column_privilege(r.oid, c.oid, 'INSERT')
        UNION ALL SELECT format('It may UPDATE %%s of %%s.', string_agg(a.attname, ', ' ORDER BY a.attnum), c.relname)
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        WHERE c.relnamespace = current_schema()::regnamespace AND c.relname = ANY (%(kept)s::text[])
          AND NOT format('%%s.%%s', c.relname, a.attname) = ANY (%(changing)s::text[])
          AND has_column_privilege(r.oid, c.oid, a.attnum, 'UPDATE') GROUP BY c.relname
    ) AS ways (found) WHERE NOT rolsuper
"""
# Roles that come with PostgreSQL and write or read past every grant, or run programs on the server.
DANGEROUS = [
    "pg_write_all_data", "pg_write_server_files", "pg_read_server_files", "pg_execute_server_program",
    "pg_database_owner", "pg_maintain", "pg_create_subscription",
]  # fmt: skip
# Whose schema of read models it is, and whether the one who grants may give it away.
READ_MODELS = """
    SELECT nspowner = r.oid, pg_has_role(current_user, r.oid, 'MEMBER')
    FROM pg_namespace, pg_roles r WHERE nspname = 'read_models' AND rolname = %s
"""
READ_ONLY = frozenset({"django_migrations", "journals_journalkind"})

Connection = psycopg.Connection[Any]


def owner_alias() -> str:
    """The alias that signs in as the owner of the tables: the one of DATABASE_OWNER_URL, where it is set."""
    return "owner" if "owner" in connections.databases else DEFAULT_DB_ALIAS


def grants_for(connection: Connection, role: str) -> list[str]:
    """The statements that leave `role` exactly what the application needs in the current schema, in their order.

    No UPDATE, DELETE or TRUNCATE on history; no DELETE on what history refers to, and UPDATE of those columns alone
    that the rooms say they change; no TRUNCATE anywhere, nothing that changes the schema, no temporary tables. Read
    models beside the books are its own, in a schema of their own. Run them again after each migration. Raises
    `NotFound` when there is no such role.
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
        # What everybody may do, this role may: columns go with their tables.
        "REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM PUBLIC, {role}",
        "GRANT USAGE ON ALL SEQUENCES IN SCHEMA {schema} TO {role}",
        "GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA {schema} TO {role}",
    ]
    made = [sql.SQL(statement).format(**names) for statement in statements]
    made += [_grant(table, names, is_history=is_history) for table, is_history in connection.execute(TABLES)]
    made += [sql.SQL(statement).format(**names) for statement in _on_schemas(connection, role)]
    return [f"{statement.as_string(connection)};" for statement in made]


def _on_schemas(connection: Connection, role: str) -> list[str]:
    """What read models beside the books and `manage.py replay` take: schemas of its own, made and given other names.

    What lies in another schema hides no table of the books, because each session names the schema it looks in.
    """
    statements = ["GRANT CREATE ON DATABASE {database} TO {role}"]
    found = connection.execute(READ_MODELS, (role,)).fetchone()
    if found is None or found[0]:
        return statements
    statements += [
        "GRANT USAGE, CREATE ON SCHEMA read_models TO {role}",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA read_models TO {role}",
    ]
    return [*statements, "ALTER SCHEMA read_models OWNER TO {role}"] if found[1] else statements


def excesses(connection: Connection, role: str) -> list[str]:
    """What `role` may do beyond its grants, a sentence for each way around the guards; nothing when it may no more."""
    tables = connection.execute(TABLES).fetchall()
    fixed = sorted(READ_ONLY | {table for table, is_history in tables if is_history})
    kept = registry.never_deleted_tables
    changing = [f"{table}.{column}" for table, columns in kept.items() for column in columns]
    given = {"role": role, "dangerous": DANGEROUS, "fixed": fixed, "read_only": sorted(READ_ONLY), "kept": sorted(kept),
             "changing": changing}  # fmt: skip
    return [sentence for (sentence,) in connection.execute(EXCESSES, given)]


def _grant(table: str, names: dict[str, sql.Identifier], *, is_history: bool) -> sql.Composed:
    columns = registry.never_deleted_tables.get(table)
    if table in READ_ONLY:
        rights: sql.Composable = sql.SQL("SELECT")
    elif is_history or columns == ():
        rights = sql.SQL("SELECT, INSERT")
    elif columns is not None:
        names_of_columns = sql.SQL(", ").join(map(sql.Identifier, columns))
        rights = sql.SQL("SELECT, INSERT, UPDATE ({})").format(names_of_columns)
    else:
        rights = sql.SQL("SELECT, INSERT, UPDATE, DELETE")
    statement = sql.SQL("GRANT {rights} ON {schema}.{table} TO {role}")
    return statement.format(rights=rights, table=sql.Identifier(table), **names)
