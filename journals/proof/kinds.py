"""The kinds of journals in the database, by which its guards decide, against those that the rooms declare."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import psycopg

from ledgerflow.books.faults import Fault, compare_rows
from ledgerflow.core.plugins import registry

KINDS = "SELECT name, passes_freeze, into_closing_day FROM journals_journalkind"


def check_kinds(connection: psycopg.Connection[Any], _entity_id: UUID) -> Iterator[Fault]:
    """What of the kinds is not as the rooms of this release declare it. They are the same for all entities."""
    names = ("passes_freeze", "into_closing_day")
    declared = {kind.name: {name: getattr(kind, name) for name in names} for kind in registry.journal_kinds.values()}
    found = {name: dict(zip(names, flags, strict=True)) for name, *flags in connection.execute(KINDS).fetchall()}
    yield from compare_rows("journals_journalkind", declared, found)
