"""The one place that opens a writing transaction (DESIGN section 4).

`write(entity_id, work)` takes the entity's lock, lets `work` read and decide, then appends what it recorded to the
event log and commits. Whatever the work wrote through `tx` is in the same transaction. The work may run again: on a
serialization failure, a deadlock, or a connection lost before COMMIT was sent.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

import psycopg
import structlog
from psycopg import errors as pg

from ledgerflow.books import counters
from ledgerflow.books.connections import isolation_level, writer_connection
from ledgerflow.books.eventlog import GENESIS, Recorded, chain_hash
from ledgerflow.core import clocks
from ledgerflow.core.errors import NotFound, OutcomeUnknown, TryAgain, WriterBusy
from ledgerflow.core.ids import uuid7_run

log = structlog.get_logger(__name__)
Result = TypeVar("Result")
Loaded = TypeVar("Loaded")

MAX_RETRIES = 20

LOCK = """
    SELECT code, base_currency, time_zone, first_business_date, business_date, dimensions
    FROM books_entity WHERE id = %s FOR NO KEY UPDATE
"""
HEAD = """
    SELECT sequence, hash, recorded_at FROM books_event WHERE entity_id = %s ORDER BY sequence DESC LIMIT 1
"""
COPY_EVENTS = """
    COPY books_event (entity_id, sequence, id, type, subject, data, actor, recorded_at, hash) FROM STDIN (FORMAT BINARY)
"""
EVENT_TYPES = ["uuid", "int8", "uuid", "varchar", "varchar", "text", "varchar", "timestamptz", "bytea"]
COPY_KEYS = """
    COPY books_idempotencykey (entity_id, key, fingerprint, event_sequence) FROM STDIN (FORMAT BINARY)
"""
KEY_TYPES = ["uuid", "varchar", "bytea", "int8"]


class LockedEntity(NamedTuple):
    """The entity's row, read under its lock."""

    code: str
    base_currency: str
    time_zone: str
    first_business_date: date
    business_date: date
    dimensions: list[str]


class Transaction:
    """What a piece of work sees of the writing transaction it runs in.

    Statements sent with `query` before the first result is fetched travel together with the lock, in one round trip.
    """

    def __init__(self, connection: psycopg.Connection[Any], entity_id: UUID) -> None:
        self.connection = connection
        self.entity_id = entity_id
        self.entity: LockedEntity
        self.recorded_at: datetime
        self.sequence = 0
        self._hash = GENESIS
        self._events: list[tuple[str, str, str, str]] = []
        self._keys: list[tuple[UUID, str, bytes, int]] = []

    def query(self, sql: str, params: tuple[Any, ...] = ()) -> psycopg.Cursor[Any]:
        """Send a statement; results come in PostgreSQL's binary form, decoded by psycopg."""
        return self.connection.cursor(binary=True).execute(sql, params, prepare=True)

    def record(self, event_type: str, subject: str, data: bytes, actor: str) -> int:
        """Append an event (written at the end of the transaction); gives its sequence."""
        self._events.append((event_type, subject, data.decode(), actor))
        self.sequence += 1
        return self.sequence

    def remember(self, key: str, fingerprint: bytes, event_sequence: int) -> None:
        """Bind an idempotency key to the event that is its answer."""
        self._keys.append((self.entity_id, key, fingerprint, event_sequence))

    def copy_rows(self, sql: str, types: list[str], rows: list[Any]) -> None:
        """Binary COPY of all rows: one statement, one round of triggers."""
        if not rows:
            return
        with self.connection.cursor() as cursor, cursor.copy(sql) as copy:
            copy.set_types(types)
            write_row = copy.write_row
            for row in rows:
                write_row(row)

    def _begin(self) -> tuple[psycopg.Cursor[Any], psycopg.Cursor[Any]]:
        self.connection.execute(isolation_level())
        return self.query(LOCK, (self.entity_id,)), self.query(HEAD, (self.entity_id,))

    def _locked(self, lock: psycopg.Cursor[Any], head: psycopg.Cursor[Any]) -> None:
        row = lock.fetchone()
        if row is None:
            message = "There is no such entity."
            raise NotFound(message)
        self.entity = LockedEntity._make(row)
        self.recorded_at = clocks.now()
        last = head.fetchone()
        if last is not None:
            self.sequence, self._hash, last_moment = last
            self.recorded_at = max(self.recorded_at, last_moment + clocks.TICK)

    def _flush(self) -> None:
        """Write the recorded events, hashed in order, and the keys."""
        first = self.sequence - len(self._events) + 1
        ids = uuid7_run(len(self._events))
        rows = []
        for number, (event_type, subject, data, actor) in enumerate(self._events):
            event = Recorded(
                self.entity_id, first + number, ids[number], event_type, subject, data, actor, self.recorded_at
            )
            self._hash = chain_hash(self._hash, event)
            rows.append(
                (self.entity_id, event.sequence, event.id, event_type, subject, data, actor, self.recorded_at, self._hash)
            )
        self.copy_rows(COPY_EVENTS, EVENT_TYPES, rows)
        self.copy_rows(COPY_KEYS, KEY_TYPES, self._keys)


def write(
    entity_id: UUID,
    work: Callable[[Transaction, Loaded], Result],
    *,
    load: Callable[[Transaction], Loaded] = lambda _: None,  # type: ignore[assignment, return-value]
    repeatable: bool = False,
) -> Result:
    """Run `work` under the lock of an entity and commit; gives what the work gave.

    `load` sends the work's first queries together with the lock and hands its cursors to `work`.
    `repeatable` says that running again after an unknown outcome is safe, because the work looks its idempotency
    keys up; otherwise a connection lost around COMMIT raises `OutcomeUnknown`.
    Raises `WriterBusy` when the lock was not had in time, `NotFound` for an unknown entity, and whatever the work
    raises, in which case nothing is written.
    """
    lost_before = in_doubt = False
    for _ in range(MAX_RETRIES):
        committing = False
        try:
            with writer_connection() as connection:
                tx = Transaction(connection, entity_id)
                try:
                    with connection.pipeline():
                        lock, head = tx._begin()  # noqa: SLF001 - the transaction's own opening, called here alone
                        loaded = load(tx)
                        tx._locked(lock, head)  # noqa: SLF001
                    result = work(tx, loaded)
                    tx._flush()  # noqa: SLF001
                    committing = True
                    connection.execute("COMMIT")
                except BaseException:
                    _roll_back(connection)
                    raise
                return result
        except (pg.SerializationFailure, pg.DeadlockDetected):
            counters.serialization_retries.add()
        except (pg.LockNotAvailable, pg.QueryCanceled) as error:
            message = "The books of this entity are busy; nothing was written."
            raise WriterBusy(message) from error
        except (pg.OperationalError, pg.InterfaceError) as error:
            log.warning("writer_connection_lost", entity=str(entity_id), committing=committing, error=str(error))
            in_doubt = in_doubt or committing
            if in_doubt and (lost_before or not repeatable):
                message = "The connection was lost while committing: the same key tells whether it is in the books."
                raise OutcomeUnknown(message) from error
            if lost_before:
                message = "The database cannot be reached; nothing was written."
                raise TryAgain(message) from error
            lost_before = True
    message = "Too many conflicts with other writers; nothing was written."
    raise TryAgain(message)


def _roll_back(connection: psycopg.Connection[Any]) -> None:
    try:
        connection.rollback()
    except psycopg.Error:
        connection.close()
