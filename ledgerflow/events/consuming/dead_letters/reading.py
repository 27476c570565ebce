"""Reading dead letters: those of the consumers of the books, and those of the read models."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from django.db import connections
from django.db.models import QuerySet

from ledgerflow.events.consuming.errors import DeadLetterNotFound
from ledgerflow.events.consuming.models import DeadLetter
from ledgerflow.events.consuming.stores import ALIASES

PRESENT = "SELECT to_regclass('consuming_deadletter') IS NOT NULL"


def letters(entity_id: UUID | None = None) -> Iterator[QuerySet[DeadLetter]]:
    """The dead letters of these books, or of all and of none, from each database that holds some."""
    for alias in ALIASES.values():
        with connections[alias].cursor() as cursor:
            cursor.execute(PRESENT)
            is_present = cursor.fetchone() == (True,)
        if is_present:  # a database of read models has no tables before its first use
            rows = DeadLetter.objects.using(alias)
            yield rows if entity_id is None else rows.filter(entity_id=entity_id)


def letter_in(entity_id: UUID | None, letter_id: UUID) -> DeadLetter:
    """A dead letter of these books, None for any. Raises `DeadLetterNotFound`."""
    for rows in letters(entity_id):
        found = rows.filter(pk=letter_id).first()
        if found is not None:
            return found
    raise DeadLetterNotFound
