"""Changing any column of any row behind the guards' back, as a superuser can: the forgeries are made from the models."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch
from uuid import UUID

import psycopg
from django.apps import apps
from django.conf import settings
from django.db import models

from journals.proof.ledger import verify_in
from ledgerflow.books.faults import Fault
from ledgerflow.books.models import Entity
from ledgerflow.books.proof.any_moment import read_any_moment
from ledgerflow.core.plugins import registry
from ledgerflow.events.checkpoints.proof import own_copies
from tests.attacks import connect

COLUMNS = """
    SELECT column_name, udt_name, is_nullable = 'YES', coalesce(character_maximum_length, 2000)
    FROM information_schema.columns
    WHERE table_schema = 'public' AND table_name = %s AND is_generated = 'NEVER' ORDER BY ordinal_position
"""
CHECKS = """
    SELECT conrelid::regclass::text, conname FROM pg_constraint
    WHERE contype = 'c' AND conrelid = ANY (%s::regclass[])
"""
# A transaction keeps a lock on each table that it has read.
READ = "SELECT relation::regclass::text FROM pg_locks WHERE pid = pg_backend_pid() AND relation IS NOT NULL"
# How a value of each type becomes another one; {c} is the column, {most} how long a text may be.
OTHER_VALUES = {
    "uuid": ("gen_random_uuid()",),
    "varchar": ("left(coalesce({c}, ''), {most} - 1) || CASE right({c}, 1) WHEN 'x' THEN 'y' ELSE 'x' END",),
    "text": ("coalesce({c}, '') || 'x'",),
    "int2": ("coalesce({c}, 0) + 1",),
    "int4": ("coalesce({c}, 0) + 1",),
    "int8": ("coalesce({c}, 0) + 1",),
    "numeric": ("coalesce({c}, 0) + 1", "'NaN'"),
    "bool": ("NOT coalesce({c}, false)",),
    "date": ("coalesce({c}, '2026-03-02') + 1", "'infinity'", "'0044-03-15 BC'"),
    "timestamptz": ("coalesce({c}, '2026-03-02') + interval '1 second'", "'-infinity'"),
    "bytea": ("sha256('forged')",),
    "jsonb": (
        "'\"forged\"'",
        "CASE jsonb_typeof({c}) WHEN 'object' THEN {c} || '{{\"forged\": 1}}' ELSE '[\"forged\"]' END",
        "jsonb_set({c}, '{{0,forged}}', '1')",
        "'{{}}'",
    ),
}
# The columns of each unique index, those of expressions left out.
UNIQUE = """
    SELECT array_agg(a.attname::text) FROM pg_index i
    JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
    WHERE i.indrelid = %s::regclass AND i.indisunique GROUP BY i.indexrelid, i.indisprimary
    ORDER BY i.indisprimary DESC, i.indexrelid
"""
ANOTHER = {
    "int8": "{c} + 1000",
    "int4": "{c} + 1000",
    "int2": "{c} + 1000",
    "date": "{c} + 1000",
    "uuid": "gen_random_uuid()",
    "varchar": "left({c} || 'QX', 12)",
    "numeric": "{c} + 1",
}
PREFERRED = list(ANOTHER)


class Column(NamedTuple):
    name: str
    type: str
    nullable: bool
    most: int


def own_models() -> dict[str, type[models.Model]]:
    """The models of our apps by their tables; those of packages lie elsewhere."""
    here = Path(settings.BASE_DIR)
    own = (app for app in apps.get_app_configs() if _is_below(Path(app.path), here))
    models_ = (model for app in own for model in app.get_models(include_auto_created=True))
    found = {model._meta.db_table: model for model in models_ if not model._meta.proxy}
    return dict(sorted(found.items()))


def _is_below(path: Path, folder: Path) -> bool:
    return path.is_relative_to(folder) and "site-packages" not in path.parts


def of_entity(model: type[models.Model], *without: type[models.Model]) -> str:
    """A condition that only rows of the entity meet, by whatever way there is from the model to the entity."""
    if model is Entity:
        return "id = %(entity)s"
    fields = model._meta.local_concrete_fields
    if any(field.column == "entity_id" for field in fields):
        return "entity_id = %(entity)s"
    for field in fields:
        parent: Any = field.related_model
        if parent is not None and parent not in {model, *without}:
            above = of_entity(parent, model, *without)
            if above != "true":
                key = parent._meta.pk.column
                return f"{field.column} IN (SELECT {key} FROM {parent._meta.db_table} WHERE {above})"
    return "true"


def tables_read(entity_id: UUID) -> dict[str, set[str]]:
    """The tables that each verifier reads, by its name."""
    found = {}
    with connect() as connection:
        read_any_moment(connection)
        for name, verifier in registry.verifiers.items():
            assert list(verifier.compare(connection, entity_id)) == []
            found[name] = {table for (table,) in connection.execute(READ).fetchall()}
            connection.rollback()
    return found


class Forger:
    """Books, and a connection on which no guard, key or check holds and nothing is ever committed."""

    def __init__(self, connection: psycopg.Connection[Any], entity_id: UUID, other_id: UUID) -> None:
        self.connection = connection
        self.entity_id = entity_id
        self.params = {"entity": entity_id, "other": other_id}
        self._read_by = tables_read(entity_id)
        self.connection.execute("SET session_replication_role = replica")
        read_any_moment(connection)
        self._copies = own_copies(Entity.objects.get(id=entity_id).code)
        tables = list(own_models())
        for table, name in connection.execute(CHECKS, (tables,)).fetchall():
            connection.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"'.encode())

    def columns(self, table: str) -> list[Column]:
        return [Column(*row) for row in self.connection.execute(COLUMNS, (table,)).fetchall()]

    def places(self, model: type[models.Model], column: Column) -> list[str]:
        """Where the rows are that are forged: the last that has something in this column, and the last that has none."""
        keys = ", ".join(f"{field.column} DESC" for field in model._meta.pk_fields)
        found = []
        for condition in ("IS NOT NULL", "IS NULL") if column.nullable else ("IS NOT NULL",):
            sql = f"""
                SELECT ctid::text FROM {model._meta.db_table} WHERE ({of_entity(model)}) AND {column.name} {condition}
                ORDER BY {keys} LIMIT 1
            """
            found += [place for (place,) in self.connection.execute(sql.encode(), self.params).fetchall()]
        return found

    def values(self, model: type[models.Model], column: Column) -> list[str]:
        """Expressions for other values of a column."""
        given = OTHER_VALUES[column.type]
        made = [one.format(c=column.name, most=column.most) for one in given]
        field = next(one for one in model._meta.local_concrete_fields if one.column == column.name)
        parent: Any = field.related_model
        if parent is not None:
            key, table, own = parent._meta.pk.column, parent._meta.db_table, of_entity(parent)
            made.append(f"(SELECT {key} FROM {table} p WHERE {own} AND {key} <> t.{column.name} LIMIT 1)")
            if table == "accounts_account":  # the one with the same code in other books
                made.append(
                    f"(SELECT o.id FROM accounts_account o JOIN accounts_account a ON a.code = o.code"
                    f" WHERE o.entity_id = %(other)s AND a.id = t.{column.name})"
                )
        return made + (["NULL"] if column.nullable else [])

    def changes(self, model: type[models.Model], column: Column) -> Iterator[str]:
        """Statements that give a column of one row another value."""
        for place in self.places(model, column):
            for value in self.values(model, column):
                yield (
                    f"UPDATE {model._meta.db_table} t SET {column.name} = {value}"
                    f" WHERE ctid = '{place}' AND ({value}) IS DISTINCT FROM {column.name}"
                )

    def deletions(self, model: type[models.Model]) -> Iterator[str]:
        """Statements that take a row away: the first and the last."""
        for order in ("ASC", "DESC"):
            yield f"DELETE FROM {model._meta.db_table} WHERE ctid = ({self._row(model, order)})"

    def copies(self, model: type[models.Model]) -> Iterator[str]:
        """Statements that put a copy of a row beside it, other only where it has to be unique."""
        table = model._meta.db_table
        columns = self.columns(table)
        other = self._unique(model, {column.name: column.type for column in columns})
        names = ", ".join(column.name for column in columns)
        values = ", ".join(other.get(column.name, column.name) for column in columns)
        yield f"INSERT INTO {table} ({names}) SELECT {values} FROM {table} WHERE ctid = ({self._row(model, 'ASC')})"

    def _row(self, model: type[models.Model], order: str) -> str:
        keys = ", ".join(f"{field.column} {order}" for field in model._meta.pk_fields)
        return f"SELECT ctid FROM {model._meta.db_table} WHERE {of_entity(model)} ORDER BY {keys} LIMIT 1"

    def _unique(self, model: type[models.Model], types: dict[str, str]) -> dict[str, str]:
        """Expressions for as many columns as it takes to break no unique index; a parent is another one of the books."""
        parents: dict[str | None, Any] = {
            field.column: field.related_model for field in model._meta.local_concrete_fields
        }
        chosen: dict[str, str] = {}
        for (names,) in self.connection.execute(UNIQUE, (model._meta.db_table,)).fetchall():
            if chosen.keys() & set(names):
                continue
            name = min(names, key=lambda one: (one == "entity_id", bool(parents[one]), PREFERRED.index(types[one])))
            parent = parents[name]
            chosen[name] = ANOTHER[types[name]].format(c=name)
            if parent is not None:
                key, table = parent._meta.pk.column, model._meta.db_table
                chosen[name] = (
                    f"(SELECT {key} FROM {parent._meta.db_table} WHERE ({of_entity(parent)})"
                    f" AND {key} NOT IN (SELECT {name} FROM {table}) LIMIT 1)"
                )
        return chosen

    def found_after(self, sql: str, table: str) -> list[Fault] | None:
        """What the proof finds after a statement, None where the statement changes nothing or cannot be carried out.

        The verifiers of the table's own room are asked first, all of them only where those do not name the table.
        """
        with suppress(psycopg.IntegrityError, psycopg.DataError), self.connection.transaction(force_rollback=True):
            if self.connection.execute(sql.encode(), self.params).rowcount:
                found = self._of_room(table)
                return found if any(fault.table == table for fault in found) else self.faults(table)
        return None

    def _of_room(self, table: str) -> list[Fault]:
        plugins = (plugin for plugin in registry.plugins if table.startswith(f"{plugin.room}_"))
        verifiers = (verifier for plugin in plugins for verifier in plugin.verifiers)
        return [Fault(*fault) for one in verifiers for fault in one.compare(self.connection, self.entity_id)]

    def faults(self, changed: str = "") -> list[Fault]:
        """What the proof finds: of a change in one table, without verifiers that do not read it and see what they saw."""
        readers = {n: one for n, one in registry.verifiers.items() if not changed or changed in self._read_by[n]}
        with patch.object(registry, "verifiers", readers):
            return verify_in(self.connection, self.entity_id, max_faults=1000, copies=self._copies).faults
