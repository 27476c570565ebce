"""Migrations run forward, back to nothing, and forward again, and leave the same schema."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.core.management.commands import migrate as django_migrate
from django.db import connections, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState
from psycopg import sql

from ledgerflow.ops.migrating import ForwardState
from tests.attacks import connect

TRIGGER = re.compile(r"(CREATE (?:CONSTRAINT )?TRIGGER (\w+) .*? ON (\w+))", re.DOTALL)
# Everything that is ours to make: tables with their columns, constraints, indexes, triggers, functions.
SCHEMA = """
    SELECT 'column', attrelid::regclass::text || '.' || attname || ' ' || format_type(atttypid, atttypmod)
                     || CASE WHEN attnotnull THEN ' not null' ELSE '' END
    FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND attnum > 0 AND NOT attisdropped
    UNION ALL SELECT 'constraint', conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace
    UNION ALL SELECT 'index', pg_get_indexdef(indexrelid) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
    WHERE c.relnamespace = 'public'::regnamespace
    UNION ALL SELECT 'trigger', pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL SELECT 'function', pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    UNION ALL SELECT 'option', relname || array_to_string(reloptions, ',') FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND reloptions IS NOT NULL
"""


@pytest.fixture
def scratch() -> Iterator[str]:
    """A Django alias to an empty database beside the test database."""
    name = f"{connections['default'].settings_dict['NAME']}_scratch"
    with connect(autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    connections.databases["scratch"] = {**connections.databases["default"], "NAME": name}
    yield "scratch"
    connections["scratch"].close()
    del connections["scratch"]
    del connections.databases["scratch"]
    with connect(autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def schema(alias: str) -> set[tuple[Any, ...]]:
    with connections[alias].cursor() as cursor:
        cursor.execute(SCHEMA)
        return set(cursor.fetchall())


def migrate(alias: str, *target: str) -> None:
    call_command("migrate", *target, database=alias, verbosity=0, interactive=False, stdout=StringIO())


class QuickState(ForwardState):
    """All the states that going back needs, which takes Django a quarter of a minute for the same statements."""

    def clone(self) -> QuickState:
        plain = super().clone()
        quick = QuickState(plain.models, plain.real_apps)
        vars(quick).update(vars(plain))
        return quick


class QuickExecutor(MigrationExecutor):
    def _create_project_state(self, *args: Any, **options: Any) -> QuickState:
        plain: ProjectState = super()._create_project_state(*args, **options)  # type: ignore[misc]
        return QuickState(plain.models, plain.real_apps)


def test_forward_back_and_forward_again(scratch: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """First in Django's own way, which makes far more classes on it than ours and leaves the same schema."""
    with monkeypatch.context() as once:
        once.setitem(vars(django_migrate), "MigrationExecutor", MigrationExecutor)
        migrate(scratch)
    first = schema(scratch)
    assert len(first) > 200
    with monkeypatch.context() as once:
        once.setitem(vars(django_migrate), "MigrationExecutor", QuickExecutor)
        migrate(scratch, "books", "zero")  # every table of ours needs those of the books, and goes before them
    left = {what for kind, what in schema(scratch) if kind in {"trigger", "function"}}
    assert left == set(), "going back leaves something behind"
    migrate(scratch)
    assert schema(scratch) == first


def test_models_and_migrations_agree() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0, stdout=StringIO())


def test_a_model_without_its_migration_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The check above can fail."""
    from journals.periods.models import Period

    monkeypatch.setattr(Period._meta.get_field("kind"), "max_length", 6)
    with pytest.raises(SystemExit):
        call_command("makemigrations", "periods", check=True, dry_run=True, verbosity=0, stdout=StringIO())


def sql_files() -> list[Path]:
    return sorted(path for app in apps.get_app_configs() for path in Path(app.path).glob("sql/*.sql"))


def test_every_sql_file_is_in_a_migration_once() -> None:
    files = sql_files()
    assert len(files) >= 20
    run = [
        statement
        for migration in MigrationLoader(None).disk_migrations.values()
        for operation in migration.operations
        for statement in getattr(operation, "sql", []) or []
    ]
    for path in files:
        forward, _, back = path.read_text(encoding="utf-8").partition("\n-- back --\n")
        assert back.strip(), path.name
        assert run.count(forward) == 1, path.name


@pytest.mark.every_server
def test_the_files_hold_the_functions_and_triggers_that_are_in_force() -> None:
    """Each file run again over the migrated test database, as a replacement that is undone, changes nothing."""
    with transaction.atomic(), connections["default"].cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '60s'")
        before = schema("default")
        for path in sql_files():
            body = path.read_text(encoding="utf-8").partition("\n-- back --\n")[0]
            if "CREATE FUNCTION" not in body and "TRIGGER" not in body:
                continue  # keys and settings of tables, which the test of the way back compares
            statements = body.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
            cursor.execute(TRIGGER.sub(r"DROP TRIGGER \2 ON \3; \1", statements))
        assert len(before) > 200
        assert schema("default") == before
        transaction.set_rollback(True)


@pytest.mark.every_server
def test_every_function_and_trigger_is_in_a_file() -> None:
    """What the database holds and no file does would be forgotten by the test above."""
    text = "".join(path.read_text(encoding="utf-8") for path in sql_files())
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace")
        functions = {name for (name,) in cursor.fetchall()}
        cursor.execute("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal")
        triggers = {name for (name,) in cursor.fetchall()}
    assert functions
    assert triggers
    assert {name for name in functions if f"CREATE FUNCTION {name}(" not in text} == set()
    assert {name for name in triggers if f"TRIGGER {name} " not in text} == set()


# While a table is empty all of its indexes look alike to the planner, and it takes the newest: a session that checked a
# foreign key then goes on reading all rows of the books that way.
MISLEADING = """
    SELECT k.conname, x.indexrelid::regclass::text
    FROM pg_constraint k JOIN pg_index x ON x.indrelid = k.confrelid AND x.indexrelid > k.conindid
    WHERE k.contype = 'f' AND cardinality(k.confkey) > 1 AND x.indpred IS NULL
      AND x.indkey[0] = ANY (k.confkey) AND NOT x.indkey[1] = ANY (k.confkey)
"""
FEW_ROWS = {"fx_rate_pair_known"}  # an entity has a few pairs of currencies


@pytest.mark.every_server
def test_the_key_of_a_foreign_key_is_newer_than_indexes_that_begin_like_it() -> None:
    with connections["default"].cursor() as cursor:
        cursor.execute(MISLEADING)
        assert [found for found in cursor.fetchall() if found[0] not in FEW_ROWS] == []
