"""Rows that refer to a row which is not there: they belong to no books, so the proof of none of them finds them.

Made from the models, for every reference there is. Most are foreign keys in the database too; whoever is above its
guards is above those as well, and the largest tables have none, because each row would cost a look-up.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import psycopg
import structlog
from django.apps import apps
from django.db.models import Model

from ledgerflow.books.faults import Fault
from ledgerflow.books.models import Entity
from ledgerflow.books.snapshots import snapshot

log = structlog.get_logger(__name__)
MOST = 100  # of each reference
WITHOUT_PARENT = """
    SELECT concat_ws('/', {key}), c.{column}::text FROM {table} c
    WHERE c.{column} IS NOT NULL AND NOT EXISTS (SELECT FROM {parent} p WHERE p.{parent_key} = c.{column}) LIMIT {most}
"""


def find_orphans(connection: psycopg.Connection[Any]) -> Iterator[Fault]:
    """Every reference of every table that leads nowhere, at most a hundred of each kind."""
    for model in apps.get_models(include_auto_created=True):
        for column, parent in references_of(model):
            yield from orphans_of(connection, model, column, parent)


def references_of(model: type[Model]) -> Iterator[tuple[str, type[Model]]]:
    """The columns of a table that refer to another one, and to which."""
    for field in model._meta.local_concrete_fields:  # noqa: SLF001 - documented by Django
        parent: Any = field.related_model
        if parent is not None:
            yield str(field.column), parent
        elif field.column == "entity_id":
            yield "entity_id", Entity


def orphans_of(
    connection: psycopg.Connection[Any], model: type[Model], column: str, parent: type[Model]
) -> Iterator[Fault]:
    """Rows of a table in which this column refers to no row of the other table."""
    own, above = model._meta, parent._meta  # noqa: SLF001 - documented by Django
    sql = WITHOUT_PARENT.format(
        key=", ".join(f"c.{field.column}" for field in own.pk_fields),
        column=column,
        table=own.db_table,
        parent=above.db_table,
        parent_key=above.pk.column,
        most=MOST,
    )
    for key, value in connection.execute(sql.encode()).fetchall():
        yield Fault(own.db_table, key, column, f"a row of {above.db_table}", value)


def log_orphans(_entity_id: UUID) -> None:
    """Look for them into the log, once a night: they are of no entity, whichever the scheduler starts this for."""
    with snapshot() as connection:
        for fault in find_orphans(connection):
            log.error("row_of_no_books", fault=str(fault))
