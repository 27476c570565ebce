"""Making all read models anew from the first event on, beside the live ones, and taking their place.

The new ones are filled in a schema of their own. Then the builder of the live ones is kept waiting for a moment, what
came meanwhile is added, and the schemas change their names in one transaction, positions included: the builder finds
its position and its lease in the new schema and goes on. Whatever dies before leaves the live ones as they were.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from typing import Any
from uuid import UUID

import psycopg
import structlog
from psycopg import errors as pg
from psycopg import sql

from ledgerflow.books.connections import dedicated_connection
from ledgerflow.core.events import RecordedEvent
from ledgerflow.events.consuming import rows
from ledgerflow.events.consuming.following import following
from ledgerflow.events.read_models import schemas
from ledgerflow.events.read_models.applying import apply
from ledgerflow.events.read_models.comparing import differences
from ledgerflow.events.read_models.errors import RebuildRefusedError
from ledgerflow.events.read_models.histories import History, Positions
from ledgerflow.events.read_models.reading import ALIAS
from ledgerflow.events.read_models.schemas import CONSUMER, LIVE, NEXT, OLD

log = structlog.get_logger(__name__)
Connection = psycopg.Connection[Any]
Progress = Callable[[int], None]  # told how many events were applied

ALONE = "SELECT pg_try_advisory_lock(hashtextextended('ledgerflow: rebuild of read models', 0))"
NO_LONGER = "SELECT pg_advisory_unlock(hashtextextended('ledgerflow: rebuild of read models', 0))"
LIVE_POSITIONS = "SELECT entity_id, sequence FROM read_models.consuming_position WHERE consumer = %s"
# The builder waits for its next position here; reading goes on.
HOLD_BUILDER = "LOCK TABLE read_models.consuming_position IN EXCLUSIVE MODE"
# Leases with their epochs, because one that slept must not take its old lease for a new one. What the builder could not
# take before is in the new tables, so its open dead letters are over.
CARRY_LEASES = """
    UPDATE read_models_next.consuming_position n
    SET lease_owner = l.lease_owner, lease_epoch = l.lease_epoch, lease_expires_at = l.lease_expires_at,
        lease_wanted = l.lease_wanted
    FROM read_models.consuming_position l WHERE (l.consumer, l.entity_id) = (n.consumer, n.entity_id)
"""
CARRIED = {
    "consuming_position": "consumer <> 'read_models'",
    "consuming_offset": "true",
    "consuming_deadletter": "consumer <> 'read_models' OR status <> 'open'",
}
# Another release may have more columns, or less.
COMMON_COLUMNS = """
    SELECT n.attname FROM pg_attribute n JOIN pg_attribute l ON l.attname = n.attname
    WHERE n.attrelid = to_regclass('read_models_next.' || %(table)s) AND n.attnum > 0 AND NOT n.attisdropped
      AND l.attrelid = to_regclass('read_models.' || %(table)s) AND l.attnum > 0 AND NOT l.attisdropped
"""
CARRY = "INSERT INTO read_models_next.{table} ({columns}) SELECT {columns} FROM read_models.{table} WHERE {which}"
CHANGE_NAMES = f"ALTER SCHEMA {LIVE} RENAME TO {OLD}; ALTER SCHEMA {NEXT} RENAME TO {LIVE}"
# Shorter than the builder's own patience, and than what the server takes for a deadlock.
LOCK_PATIENCE = "SET LOCAL lock_timeout = '900ms'"
TRIES = 60
PAUSE_SECONDS = 0.5


def rebuild(history: History, progress: Progress = lambda _count: None) -> int:
    """Rebuild all read models and let them take the place of the live ones; gives the number of events applied.

    Raises `RebuildRefusedError` when another rebuild is at it, when the history does not fit together, and when what is
    live stays ahead of it.
    """
    with _begun() as holder, _connected() as filler:
        work = _Rebuild(history, filler, progress)
        work.fill()
        schemas.make_indexes(filler)
        filler.execute("ANALYZE")
        _take_over(holder, work)
    _drop_old()
    return work.count


def compare(history: History, progress: Progress = lambda _count: None) -> list[str]:
    """Rebuild beside the live ones up to the same positions, and say which rows differ; nothing takes any place.

    Raises as `rebuild` does.
    """
    with _begun() as holder, _connected() as filler, _connected() as reader:
        work = _Rebuild(history, filler, progress)
        work.fill(_live_positions(holder))
        with holder.transaction():
            _hold_builder(holder)
            work.fill(_live_positions(holder))
            # It sees both as they are now, and the builder need not wait for the comparison.
            reader.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            reader.execute("SELECT")
        found = list(differences(reader))
        reader.execute("COMMIT")
        schemas.drop(holder, NEXT)
    return found


class _Rebuild:
    """What is filled so far."""

    def __init__(self, history: History, filler: Connection, progress: Progress) -> None:
        self._history = history
        self._filler = filler
        self._progress = progress
        self.positions: Positions = {}
        self.count = 0

    def fill(self, until: Positions | None = None) -> None:
        """Add what is there after the positions, or exactly what leads to other ones."""
        for run in self._history.runs(self.positions, until):
            self._add(*run)

    def _add(self, entity_id: UUID, events: list[RecordedEvent]) -> None:
        with self._filler.transaction():
            position = rows.lock(self._filler, CONSUMER, entity_id, wait=True)
            found = following(position.sequence, position.hash, events)
            if found.obstacle is not None:
                message = f"{entity_id}: {found.obstacle.error}"
                raise RebuildRefusedError(message)
            if not found.events:
                return
            apply(self._filler, entity_id, found.events)
            last = found.events[-1]
            rows.query(self._filler, rows.MOVE, (last.sequence, last.hash, CONSUMER, entity_id))
        self.positions[entity_id] = last.sequence
        self.count += len(found.events)
        self._progress(self.count)


def _take_over(holder: Connection, work: _Rebuild) -> None:
    for _ in range(TRIES):
        work.fill()
        try:
            with holder.transaction():
                _hold_builder(holder)
                work.fill()
                live = _live_positions(holder)
                if all(work.positions.get(entity_id, 0) >= sequence for entity_id, sequence in live.items()):
                    _carry_over(holder)
                    holder.execute(CHANGE_NAMES)
                    return
        except pg.LockNotAvailable:
            log.info("rebuild_waits", reason="the builder is at a batch")
        time.sleep(PAUSE_SECONDS)
    message = "What is live knows of events that this source does not have yet."
    raise RebuildRefusedError(message)


def _carry_over(holder: Connection) -> None:
    """What the builder knows of itself beside its positions, and all that other consumers keep here."""
    holder.execute(CARRY_LEASES)
    for table, which in CARRIED.items():
        columns = [sql.Identifier(name) for (name,) in holder.execute(COMMON_COLUMNS, {"table": table})]
        names = {"table": sql.Identifier(table), "columns": sql.SQL(", ").join(columns), "which": sql.SQL(which)}
        holder.execute(sql.SQL(CARRY).format(**names))


def _hold_builder(holder: Connection) -> None:
    holder.execute(LOCK_PATIENCE)
    holder.execute(HOLD_BUILDER)


def _live_positions(holder: Connection) -> Positions:
    return dict(holder.execute(LIVE_POSITIONS, (CONSUMER,)).fetchall())


@contextmanager
def _begun() -> Iterator[Connection]:
    """A connection that keeps other rebuilds away, with the live schema there and the next one empty."""
    with closing(dedicated_connection(ALIAS)) as holder:
        if holder.execute(ALONE).fetchone() != (True,):
            message = "Another rebuild is at it."
            raise RebuildRefusedError(message)
        schemas.ensure(holder)
        try:
            for left in (NEXT, OLD):  # by a rebuild that was killed
                schemas.drop(holder, left)
            yield holder
        finally:
            with suppress(psycopg.Error):
                holder.execute(NO_LONGER)  # a session that is only closed frees it some time later


@contextmanager
def _connected() -> Iterator[Connection]:
    """A connection to the schema that is filled."""
    with closing(dedicated_connection(ALIAS, search_path=NEXT)) as connection:
        schemas.ensure(connection, NEXT, indexes=False)
        yield connection


def _drop_old() -> None:
    """What the live ones were, once nobody reads it any more; the next rebuild drops what is left."""
    with closing(dedicated_connection(ALIAS, lock_timeout="900ms")) as connection:
        for _ in range(TRIES):
            try:
                schemas.drop(connection, OLD)
            except pg.LockNotAvailable:
                time.sleep(PAUSE_SECONDS)
            else:
                return
    log.warning("old_read_models_left", schema=OLD)
