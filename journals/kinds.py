"""The kinds of journals that the rooms declare, written into the database where its guards read them."""

from __future__ import annotations

from typing import Any

from django.db import connections

from ledgerflow.core.plugins import registry

INSERT = """
    INSERT INTO journals_journalkind (name, passes_freeze, into_closing_day) VALUES (%s, %s, %s)
    ON CONFLICT (name) DO NOTHING
"""
STORED = "SELECT name, passes_freeze, into_closing_day FROM journals_journalkind"
TABLE = "journals_journalkind"


def label_of(kind: str) -> str:
    """What people read for a kind; its name where no room declares it any more."""
    return registry.journal_kinds[kind].label if kind in registry.journal_kinds else kind


def populate_kinds(*, using: str, **_signal: Any) -> None:
    """Add the declared kinds that are not there yet; runs after each `migrate`.

    Raises `ValueError` for a kind that is stored with other flags: journals were let in by them, so a kind that may do
    something else is a new kind.
    """
    with connections[using].cursor() as cursor:
        if TABLE not in connections[using].introspection.table_names(cursor):
            return  # migrated back to nothing
        declared = {(kind.name, kind.passes_freeze, kind.into_closing_day) for kind in registry.journal_kinds.values()}
        cursor.execute(STORED)
        missing = declared - set(cursor.fetchall())
        cursor.executemany(INSERT, sorted(missing))
        cursor.execute(STORED)
        if other := sorted(name for name, *_ in declared - set(cursor.fetchall())):
            message = f"The kinds {', '.join(other)} are in the database with other flags."
            raise ValueError(message)
