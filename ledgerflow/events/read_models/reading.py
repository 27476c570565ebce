"""Reading read models: a cursor of their database, and waiting until they know of an event.

Nothing here asks the books, so that a process with the read models alone can answer.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any
from uuid import UUID

import psycopg
from django.conf import settings
from django.db import ProgrammingError, connections

from ledgerflow.books.borrowing import borrowed_connection
from ledgerflow.events.read_models.errors import ReadModelAbsent, ReadModelBehind
from ledgerflow.events.read_models.schemas import CONSUMER

ALIAS = "read_models"
POSITION = "SELECT sequence FROM consuming_position WHERE consumer = %s AND entity_id = %s"
FIRST_PAUSE_SECONDS = 0.005
LONGEST_PAUSE_SECONDS = 0.1

_lock = Lock()
_waiting: Counter[UUID] = Counter()  # requests of this process by entity


@contextmanager
def reading() -> Iterator[Any]:
    """A cursor in the schema of the read models. Raises `ReadModelAbsent` where their builder has made none yet."""
    with borrowed_connection(ALIAS):
        connections[ALIAS].close_if_unusable_or_obsolete()  # no signal of a request tends this one
        try:
            with connections[ALIAS].cursor() as cursor:
                yield cursor
        except ProgrammingError as error:
            if isinstance(error.__cause__, psycopg.errors.UndefinedTable):
                raise ReadModelAbsent from error
            raise


def position_of(entity_id: UUID) -> int:
    """The last event of these books that the read models know of, 0 for none."""
    with reading() as cursor:
        cursor.execute(POSITION, (CONSUMER, entity_id))
        row = cursor.fetchone()
    return row[0] if row else 0


def wait_for(entity_id: UUID, sequence: int, seconds: float | None = None) -> int:
    """Wait until the read models know of event `sequence`; gives the last one they know of.

    No connection is held between two looks. Raises `ReadModelBehind` after `READ_MODEL_WAIT_SECONDS` or `seconds`, and
    at once where all places for waiting are taken: a process has few, and one entity at most half of them.
    """
    position = position_of(entity_id)
    if position >= sequence:
        return position
    ends_at = time.monotonic() + (settings.LEDGERFLOW_READ_MODEL_WAIT_SECONDS if seconds is None else seconds)
    pause = FIRST_PAUSE_SECONDS
    with _place(entity_id) as has_place:
        while position < sequence:
            left = ends_at - time.monotonic()
            if left <= 0 or not has_place:
                raise ReadModelBehind(position=position, min_sequence=sequence)
            time.sleep(min(pause, left))
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
            position = position_of(entity_id)
    return position


@contextmanager
def _place(entity_id: UUID) -> Iterator[bool]:
    most: int = settings.LEDGERFLOW_READ_MODEL_WAITERS
    with _lock:
        found = _waiting.total() < most and _waiting[entity_id] < (most + 1) // 2
        _waiting[entity_id] += found
    try:
        yield found
    finally:
        with _lock:
            _waiting[entity_id] -= found
            if not _waiting[entity_id]:
                del _waiting[entity_id]
