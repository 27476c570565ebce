"""The one place that opens a writing transaction.

`write(entity_id, work)` takes the entity's lock, lets `work` read and decide, then appends what it recorded to the
event log and commits. Whatever the work wrote through `tx` is in the same transaction. The work may run again: on a
serialization failure, a deadlock, or a connection lost before COMMIT was sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from decimal import localcontext
from functools import partial
from threading import Lock
from typing import Any, Generic, NamedTuple, TypeVar
from uuid import UUID

import psycopg
import structlog
from django.conf import settings
from psycopg import errors as pg

from ledgerflow.books.connections import writer_connection
from ledgerflow.books.copying import copy_name, copy_text
from ledgerflow.books.errors import (
    ClockSuspect,
    CommitInDoubt,
    DatabaseAway,
    EntityNotFound,
    TooManyConflicts,
    TooManyWriters,
    WriterBusy,
)
from ledgerflow.books.eventlog import GENESIS, EventRow, chain_hash
from ledgerflow.books.groupcommit import GroupCommit
from ledgerflow.core import canonical, clocks
from ledgerflow.core.events import Fact
from ledgerflow.core.ids import uuid7
from ledgerflow.core.money import CONTEXT

log = structlog.get_logger(__name__)
Result = TypeVar("Result")
Loaded = TypeVar("Loaded")
Request = TypeVar("Request")
Answer = TypeVar("Answer")

# Who hears that something was recorded in some books, once it is committed. A listener only notes the entity and
# returns: the answer to the caller waits for it, and what it raises goes into the log.
Listener = Callable[[UUID], None]
commit_listeners: list[Listener] = []

MAX_RETRIES = 20
# The server has ended the session, or takes no writes just now; psycopg counts the last three as internal errors.
LOST = (
    pg.OperationalError, pg.InterfaceError, pg.IdleInTransactionSessionTimeout, pg.TransactionTimeout,
    pg.ReadOnlySqlTransaction,
)  # fmt: skip

ENTITY = """
    SELECT code, base_currency, time_zone, first_business_date, business_date, dimensions
    FROM books_entity WHERE id = %s
"""
LOCK = f"{ENTITY} FOR NO KEY UPDATE"
LOOK = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
HEAD = """
    SELECT sequence, hash, recorded_at, clock_timestamp() FROM books_event WHERE entity_id = %s
    ORDER BY sequence DESC LIMIT 1
"""
COPY_EVENTS = """
    COPY books_event (entity_id, sequence, id, type, subject, data, actor, recorded_at, hash) FROM STDIN
"""
COPY_KEYS = "COPY books_idempotencykey (entity_id, issuer, key, fingerprint, event_sequence) FROM STDIN"


class Counter:
    """A number that only grows, safe between threads."""

    def __init__(self) -> None:
        self.value = 0
        self._lock = Lock()

    def add(self) -> None:
        with self._lock:
            self.value += 1


serialization_retries = Counter()  # read by tests of concurrency, to know that what they look for took place


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

    Statements that `load` sends with `query` travel together, in one round trip.
    """

    def __init__(self, connection: psycopg.Connection[Any], entity_id: UUID) -> None:
        self.connection = connection
        self.entity_id = entity_id
        self.entity_hex = entity_id.hex  # PostgreSQL reads a UUID without hyphens; Python writes it three times faster
        self.entity: LockedEntity
        self.now: datetime  # the clock, by which things expire
        self.recorded_at: datetime  # the same, but never before the last event
        self.moment = ""  # the same as text, as it is hashed
        self.sequence = 0
        self.head = 0  # the last event that was there when the lock was had
        self.has_recorded = False
        self._hash = GENESIS
        self._events: list[str] = []
        self._keys: list[str] = []
        self._last: list[tuple[str, tuple[Any, ...]]] = []
        self.committing = False

    def query(self, sql: str, params: tuple[Any, ...] = ()) -> psycopg.Cursor[Any]:
        """Send a statement; results come in PostgreSQL's binary form, decoded by psycopg."""
        return self.connection.cursor(binary=True).execute(sql, params, prepare=True)

    def record(self, fact: Fact, subject: str, actor: str) -> int:
        """Append what happened as an event (hashed now, written at the end of the transaction); gives its sequence."""
        return self.record_encoded(type(fact), subject, canonical.encode(fact), actor)

    def record_encoded(
        self, fact: type[Fact], subject: str, data: bytes, actor: str, event_id: UUID | None = None
    ) -> int:
        """The same with the fact's canonical JSON, for callers that answer with this very text."""
        self.sequence += 1
        self.has_recorded = True
        event_type, text = fact.event_type, data.decode()
        event_id = event_id or uuid7()
        event = EventRow(self.entity_id, self.sequence, event_id, event_type, subject, text, actor, self.moment)
        self._hash = chain_hash(self._hash, event)
        # JSON writes a tab or the end of a line with a backslash: nothing else is to be escaped for COPY.
        escaped = text.replace("\\", "\\\\")
        self._events.append(
            f"{self.entity_hex}\t{self.sequence}\t{event_id.hex}\t{event_type}\t{subject}\t{escaped}\t"
            f"{copy_name(actor)}\t{self.moment}\t\\\\x{self._hash.hex()}\n"
        )
        return self.sequence

    def remember(self, issuer: str, key: str, fingerprint: bytes, event_sequence: int) -> None:
        """Bind an idempotency key (the members of a `Claim`) to the event that is its answer."""
        self._keys.append(
            f"{self.entity_hex}\t{issuer}\t{copy_text(key)}\t\\\\x{fingerprint.hex()}\t{event_sequence}\n"
        )

    def later(self, sql: str, params: tuple[Any, ...]) -> None:
        """A statement whose result nobody reads: it is sent together with COMMIT, in one round trip."""
        self._last.append((sql, params))

    @contextmanager
    def copying(self, sql: str) -> Iterator[Callable[[str | bytes], None]]:
        """`COPY … FROM STDIN` in PostgreSQL's text format: one statement, one round of triggers.

        The server takes in what was written while we prepare the rest. Text and not binary: formatting a row takes
        a third of the time that adapting each value does, more than the server's parsing costs.
        """
        with self.connection.cursor() as cursor, cursor.copy(sql) as copy:
            yield copy.write

    def copy(self, sql: str, lines: list[str]) -> None:
        """`copying` of lines that are all there, if there are any."""
        if lines:
            with self.copying(sql) as write_lines:
                write_lines("".join(lines))

    def found(self, entity: LockedEntity, work: Callable[[Transaction], Result]) -> Result:
        """Make books that nobody can know yet, so that there is nothing to lock; `work` inserts the entity's row."""
        try:
            self.connection.execute(begin_statement())
            self.entity = entity
            self.now = self.recorded_at = clocks.now()
            self.moment = self.recorded_at.isoformat(timespec="microseconds")
            ((database_clock,),) = self.query("SELECT clock_timestamp()").fetchall()
            check_clock(self.now, database_clock)
            result = work(self)
            self._commit()
        except BaseException:
            _roll_back(self.connection)
            raise
        return result

    def run(
        self, load: Callable[[Transaction], Loaded], work: Callable[[Transaction, Loaded], Result],
        *, wait: bool = False, looks: bool = False,
    ) -> Result:  # fmt: skip
        """Lock, load, work, commit; anything raised rolls back. `wait`: load once the lock is held; `looks`: none."""
        try:
            with self.connection.pipeline():
                lock, head = self._begin(looks=looks)
                if wait:
                    self._locked(lock, head)
                loaded = load(self)
                if not wait:
                    self._locked(lock, head)
            with localcontext(CONTEXT):  # exact, or an error: the default one rounds to 28 digits
                result = work(self, loaded)
            self._commit()
        except BaseException:
            _roll_back(self.connection)
            raise
        return result

    def _begin(self, *, looks: bool) -> tuple[psycopg.Cursor[Any], psycopg.Cursor[Any]]:
        self.connection.execute(LOOK if looks else begin_statement())
        return self.query(ENTITY if looks else LOCK, (self.entity_id,)), self.query(HEAD, (self.entity_id,))

    def _locked(self, lock: psycopg.Cursor[Any], head: psycopg.Cursor[Any]) -> None:
        row = lock.fetchone()
        if row is None:
            raise EntityNotFound
        self.entity = LockedEntity._make(row)
        self.now = self.recorded_at = clocks.now()
        last = head.fetchone()
        if last is not None:
            self.sequence, self._hash, last_moment, database_clock = last
            self.head = self.sequence
            self.recorded_at = max(self.now, last_moment + clocks.TICK)
            check_clock(self.now, last_moment, database_clock)
        self.moment = self.recorded_at.isoformat(timespec="microseconds")

    def write_log(self) -> None:
        """Write what was recorded so far, and the keys, for rows whose guard looks for their event."""
        self.copy(COPY_EVENTS, self._events)
        self.copy(COPY_KEYS, self._keys)
        self._events, self._keys = [], []

    def _commit(self) -> None:
        """Write the recorded events and the keys, then what was left for later, and commit."""
        self.write_log()
        self.committing = True
        with self.connection.pipeline():
            for sql, params in self._last:
                self.query(sql, params)
            self.connection.execute("COMMIT")


def begin_statement() -> str:
    """The `BEGIN` of a writing transaction, per `LEDGERFLOW_WRITER_ISOLATION`."""
    return "BEGIN ISOLATION LEVEL " + settings.LEDGERFLOW_WRITER_ISOLATION.replace("_", " ").upper()


def check_clock(now: datetime, *others: datetime) -> None:
    """Raise `ClockSuspect` for a clock that is far ahead of all others.

    Moments of events only rise, so that one event in 2099 would date all later ones into 2099 too, for ever. The last
    event alone says little, as quiet books may not have been written to for years: so the database's clock is another.
    """
    ahead = now - max(others)
    if ahead > timedelta(seconds=settings.LEDGERFLOW_CLOCK_LEAD_SECONDS):
        raise ClockSuspect(clock=clocks.as_text(now), seconds=int(ahead.total_seconds()))


def write(
    entity_id: UUID,
    work: Callable[[Transaction, Loaded], Result],
    *,
    load: Callable[[Transaction], Loaded] = lambda _: None,  # type: ignore[assignment, return-value]
    repeatable: bool = False,
    load_once_locked: bool = False,
) -> Result:
    """Run `work` under the lock of an entity and commit; gives what the work gave.

    `load` sends the work's first queries, all together, and hands their cursors to `work`. They travel with the lock,
    in one round trip, or with `load_once_locked` in a second one, when it is known what to load only then.
    `repeatable` says that running again after an unknown outcome is safe, because the work looks its idempotency
    keys up; otherwise a connection lost around COMMIT raises `OutcomeUnknown`.
    Raises `WriterBusy` when the lock was not had in time, `NotFound` for an unknown entity, and whatever the work
    raises, in which case nothing is written. Raises `WriterBusy` at once when too many threads of this process wait
    for the same books already.
    """
    with _waiting.place(entity_id):
        return _write(entity_id, lambda tx: tx.run(load, work, wait=load_once_locked), repeatable=repeatable)


def look(
    entity_id: UUID, load: Callable[[Transaction], Loaded], work: Callable[[Transaction, Loaded], Result]
) -> Result:
    """The same without the lock: nobody waits for it, nothing can be written, and what was seen may have changed."""
    return _commit(entity_id, lambda tx: tx.run(load, work, looks=True), repeatable=True)


def found(entity_id: UUID, entity: LockedEntity, work: Callable[[Transaction], Result]) -> Result:
    """The same for an entity that is not there yet: `work` inserts its row, and records the first event of its log."""
    return _write(entity_id, lambda tx: tx.found(entity, work), repeatable=False)


class _Waiting:
    """How many threads of this process are writing, or wait to, by entity: one that is stuck must not hold them all."""

    def __init__(self) -> None:
        self._counts: dict[UUID, int] = {}
        self._lock = Lock()

    @contextmanager
    def place(self, entity_id: UUID) -> Iterator[None]:
        with self._lock:
            count = self._counts.get(entity_id, 0)
            if count >= settings.LEDGERFLOW_WRITER_CALLERS_LIMIT:
                raise TooManyWriters
            self._counts[entity_id] = count + 1
        try:
            yield
        finally:
            with self._lock:
                self._counts[entity_id] -= 1
                if not self._counts[entity_id]:
                    del self._counts[entity_id]


_waiting = _Waiting()


def _write(entity_id: UUID, run: Callable[[Transaction], Result], *, repeatable: bool) -> Result:
    result, has_recorded = _commit(entity_id, lambda tx: (run(tx), tx.has_recorded), repeatable=repeatable)
    if has_recorded:
        for listener in commit_listeners:
            _tell(listener, entity_id)
    return result


def _tell(listener: Listener, entity_id: UUID) -> None:
    try:
        listener(entity_id)
    except Exception:
        log.exception("listener_failed", entity=str(entity_id))


def _commit(entity_id: UUID, run: Callable[[Transaction], Result], *, repeatable: bool) -> Result:
    lost_before = in_doubt = False
    for _ in range(MAX_RETRIES):
        tx: Transaction | None = None
        try:
            with writer_connection() as connection:
                tx = Transaction(connection, entity_id)
                return run(tx)
        except (pg.SerializationFailure, pg.DeadlockDetected, pg.UniqueViolation) as error:
            # A snapshot older than the lock can meet a row it could not see before SSI finds the conflict.
            if isinstance(error, pg.UniqueViolation) and settings.LEDGERFLOW_WRITER_ISOLATION != "serializable":
                raise
            serialization_retries.add()
        except (pg.LockNotAvailable, pg.QueryCanceled) as error:
            if in_doubt:
                raise CommitInDoubt from error
            raise WriterBusy from error
        except LOST as error:
            log.warning("writer_connection_lost", entity=str(entity_id), error=str(error))
            in_doubt = in_doubt or (tx is not None and tx.committing)
            if in_doubt and (lost_before or not repeatable):
                raise CommitInDoubt from error
            if lost_before:
                raise DatabaseAway from error
            lost_before = True
    if in_doubt:
        raise CommitInDoubt
    raise TooManyConflicts


def _roll_back(connection: psycopg.Connection[Any]) -> None:
    try:
        connection.rollback()
    except psycopg.Error:
        connection.close()


class EntityQueues(dict[UUID, GroupCommit[Request, Answer]], Generic[Request, Answer]):
    """A queue for each entity, made when it is first looked up; `process` gets the entity and a batch of its requests.

    All of them have the bounds of the settings: a queue stands before a writing connection.
    """

    def __init__(self, process: Callable[[UUID, Sequence[Request]], Sequence[Answer]]) -> None:
        super().__init__()
        self._process = process
        self._lock = Lock()

    def __missing__(self, entity_id: UUID) -> GroupCommit[Request, Answer]:
        queue: GroupCommit[Request, Answer] = GroupCommit(
            partial(self._process, entity_id),
            batch_limit=settings.LEDGERFLOW_WRITER_BATCH_LIMIT,
            queue_limit=settings.LEDGERFLOW_WRITER_QUEUE_LIMIT,
            wait_seconds=settings.LEDGERFLOW_WRITER_WAIT_SECONDS,
            callers_limit=settings.LEDGERFLOW_WRITER_CALLERS_LIMIT,
        )
        with self._lock:
            return self.setdefault(entity_id, queue)
