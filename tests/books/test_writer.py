"""The one writing transaction: its retries, its ends, and its connections."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from itertools import pairwise
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.conf import settings

from ledgerflow.books import connections
from ledgerflow.books.connections import MAX_IDLE, close_idle, writer_connection
from ledgerflow.books.errors import WriterBusy
from ledgerflow.books.models import Entity, Event
from ledgerflow.books.writing import MAX_RETRIES, Transaction, begin_statement, serialization_retries, write
from ledgerflow.core import clocks
from ledgerflow.core.errors import NotFound, OutcomeUnknown, TryAgain
from ledgerflow.core.events import Fact
from tests.builders import TODAY, an_entity

pytestmark = pytest.mark.every_server

END_MY_SESSION = "SELECT pg_terminate_backend(pg_backend_pid())"


@pytest.fixture
def books() -> Entity:
    return an_entity()


@pytest.fixture(autouse=True)
def fresh_connections() -> Iterator[None]:
    """What a test does to a connection is not met by the next one."""
    close_idle()
    yield
    close_idle()


class Happened(Fact, frozen=True):
    event_type = "test.happened"


class Work:
    """Records one event; before that it meets what it is told to, each time once."""

    def __init__(self, *trouble: str) -> None:
        self.trouble = list(trouble)
        self.runs = 0

    def __call__(self, tx: Transaction, _: Any) -> int:
        self.runs += 1
        if self.trouble:
            tx.connection.execute(self.trouble.pop(0))
        return tx.record(Happened(), "test", "test")


def raising(sqlstate: str) -> str:
    return f"DO $$ BEGIN RAISE EXCEPTION 'as told' USING ERRCODE = '{sqlstate}'; END $$"


def events(entity: Entity) -> int:
    return Event.objects.filter(entity=entity, type=Happened.event_type).count()


# What is raised


def test_work_gives_its_result_and_sees_the_entity_under_its_lock(books: Entity) -> None:
    def work(tx: Transaction, loaded: psycopg.Cursor[Any]) -> tuple[Any, ...]:
        return tx.entity.code, tx.entity.business_date, loaded.fetchone()

    assert write(books.id, work, load=lambda tx: tx.query("SELECT 7")) == (books.code, books.business_date, (7,))


def test_unknown_books_are_not_found() -> None:
    with pytest.raises(NotFound):
        write(uuid4(), Work())


def test_work_that_raises_leaves_nothing(books: Entity) -> None:
    def work(tx: Transaction, _: None) -> None:
        tx.query("UPDATE books_entity SET name = 'changed' WHERE id = %s", (tx.entity_id,))
        tx.record(Happened(), "test", "test")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write(books.id, work)
    assert events(books) == 0
    assert Entity.objects.get(id=books.id).name == books.name
    assert write(books.id, Work()) == 2


def test_a_fault_in_the_sql_is_not_retried(books: Entity) -> None:
    work = Work("SELECT * FROM nowhere")
    with pytest.raises(psycopg.errors.UndefinedTable):
        write(books.id, work)
    assert (work.runs, events(books)) == (1, 0)


# Retries


@pytest.mark.parametrize("sqlstate", ["40001", "40P01"])
def test_conflicts_are_retried_and_counted(books: Entity, sqlstate: str) -> None:
    before = serialization_retries.value
    work = Work(raising(sqlstate), raising(sqlstate))
    write(books.id, work)
    assert (work.runs, events(books)) == (3, 1)
    assert serialization_retries.value == before + 2


@pytest.mark.parametrize("level, runs", [("read_committed", 1), ("serializable", 2)])
def test_a_row_that_is_there_already_is_a_conflict_only_for_an_old_snapshot(
    books: Entity, monkeypatch: pytest.MonkeyPatch, level: str, runs: int
) -> None:
    monkeypatch.setattr(settings, "LEDGERFLOW_WRITER_ISOLATION", level)
    work = Work(raising("23505"))
    if runs == 1:
        with pytest.raises(psycopg.errors.UniqueViolation):
            write(books.id, work)
    else:
        assert write(books.id, work) == 2
    assert (work.runs, events(books)) == (runs, runs - 1)


def test_there_is_an_end_to_retrying(books: Entity) -> None:
    work = Work(*[raising("40001")] * MAX_RETRIES)
    with pytest.raises(TryAgain, match="nothing was written") as refused:
        write(books.id, work)
    assert refused.value.retryable
    assert (work.runs, events(books)) == (MAX_RETRIES, 0)


def test_a_lock_that_is_not_had_in_time_is_a_busy_writer(books: Entity) -> None:
    with writer_connection() as holder:
        holder.execute("BEGIN")
        holder.execute("SELECT 1 FROM books_entity WHERE id = %s FOR UPDATE", (books.id,))
        with writer_connection() as waiter:  # given back, it is the one the next write takes
            waiter.execute("SET lock_timeout = '20ms'")
        with pytest.raises(WriterBusy, match="nothing was written"):
            write(books.id, Work())
        holder.execute("ROLLBACK")
    assert write(books.id, Work()) == 2


def test_a_statement_that_takes_too_long_is_one_too(books: Entity) -> None:
    with pytest.raises(WriterBusy):
        write(books.id, Work("SET LOCAL statement_timeout = '20ms'; SELECT pg_sleep(20)"))
    assert events(books) == 0


# Connections that are lost


@pytest.mark.parametrize(
    "how", [END_MY_SESSION, raising("25P03"), raising("25006")], ids=["ended", "idled", "read-only"]
)
def test_a_lost_connection_is_made_anew_once(books: Entity, how: str) -> None:
    work = Work(how)
    assert write(books.id, work) == 2
    assert (work.runs, events(books)) == (2, 1)


def test_lost_twice_is_told(books: Entity) -> None:
    work = Work(END_MY_SESSION, END_MY_SESSION)
    with pytest.raises(TryAgain, match="nothing was written") as refused:
        write(books.id, work)
    assert not isinstance(refused.value, OutcomeUnknown)
    assert (work.runs, events(books)) == (2, 0)


class CutAtCommit(Work):
    """Ends the session in the round trip that commits, as often as told."""

    def __init__(self, times: int, then: str = "") -> None:
        super().__init__()
        self.times = times
        self.then = then

    def __call__(self, tx: Transaction, _: Any) -> int:
        if self.runs < self.times:
            tx.later(END_MY_SESSION, ())
        elif self.then:
            self.trouble = [self.then]
        return super().__call__(tx, _)


def test_lost_while_committing_nobody_knows(books: Entity) -> None:
    with pytest.raises(OutcomeUnknown):
        write(books.id, CutAtCommit(1))


def test_work_that_looks_its_keys_up_may_run_again(books: Entity) -> None:
    assert write(books.id, CutAtCommit(1), repeatable=True) == 2
    assert events(books) == 1


@pytest.mark.parametrize("then", [END_MY_SESSION, raising("55P03"), raising("57014")])
def test_an_unknown_outcome_stays_unknown_whatever_comes_next(books: Entity, then: str) -> None:
    with pytest.raises(OutcomeUnknown):
        write(books.id, CutAtCommit(1, then), repeatable=True)


def test_also_when_conflicts_use_up_the_retries(books: Entity) -> None:
    work = CutAtCommit(1)
    work.trouble = ["SELECT 1", *[raising("40001")] * MAX_RETRIES]
    with pytest.raises(OutcomeUnknown):
        write(books.id, work, repeatable=True)


# Moments


def test_moments_rise_even_when_the_clock_goes_back(books: Entity, monkeypatch: pytest.MonkeyPatch) -> None:
    write(books.id, Work())
    long_ago = clocks.now() - timedelta(days=400)
    monkeypatch.setattr(clocks, "now", lambda: long_ago)
    write(books.id, Work())
    write(books.id, Work())
    moments = list(Event.objects.filter(entity=books).order_by("sequence").values_list("recorded_at", flat=True))
    assert [later - earlier for earlier, later in pairwise(moments[1:])] == [clocks.TICK, clocks.TICK]


def test_a_log_that_is_empty_begins_at_one() -> None:
    row = Entity.objects.create(
        code=f"bare-{uuid4().hex[:12]}",
        name="Bare",
        base_currency="EUR",
        first_business_date=TODAY,
        business_date=TODAY,
        created_at=clocks.now(),
    )
    assert write(row.id, Work()) == 1


# Isolation and the connections


@pytest.mark.parametrize(
    "level, statement, name",
    [("read_committed", "BEGIN ISOLATION LEVEL READ COMMITTED", "read committed"),
     ("serializable", "BEGIN ISOLATION LEVEL SERIALIZABLE", "serializable")],
)  # fmt: skip
def test_the_isolation_level_is_the_one_that_is_set(
    books: Entity, monkeypatch: pytest.MonkeyPatch, level: str, statement: str, name: str
) -> None:
    monkeypatch.setattr(settings, "LEDGERFLOW_WRITER_ISOLATION", level)
    assert begin_statement() == statement
    shown = write(books.id, lambda tx, _: tx.query("SHOW transaction_isolation").fetchone())
    assert shown == (name,)


def test_a_writing_connection_never_waits_without_an_end() -> None:
    with writer_connection() as connection:
        for setting in ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout"):
            row = connection.execute(f"SHOW {setting}").fetchone()
            assert row is not None
            assert row[0] != "0"
        assert connection.execute("SHOW timezone").fetchone() == ("UTC",)
        assert connection.autocommit


def test_the_last_one_used_is_taken_next() -> None:
    with writer_connection() as one, writer_connection() as two:
        pass
    with writer_connection() as again:
        assert again is one
        with writer_connection() as other:
            assert other is two


def test_a_broken_one_and_one_inside_a_transaction_are_not_kept() -> None:
    with writer_connection() as broken:
        broken.close()
    with writer_connection() as busy:
        busy.execute("BEGIN")
    assert busy.closed
    assert connections._idle == []


def test_one_that_closed_while_idle_is_passed_over() -> None:
    with writer_connection() as first, writer_connection() as second:
        pass
    first.close()
    with writer_connection() as taken:
        assert taken is second


def test_only_so_many_are_kept() -> None:
    with ExitStack() as stack:
        opened = [stack.enter_context(writer_connection()) for _ in range(MAX_IDLE + 1)]
    assert len(connections._idle) == MAX_IDLE
    assert sum(connection.closed for connection in opened) == 1
    close_idle()
    assert all(connection.closed for connection in opened)


def test_a_child_process_does_not_use_its_parents_connections() -> None:
    with writer_connection():
        pass
    assert len(connections._idle) == 1
    child = os.fork()
    if child == 0:
        os._exit(len(connections._idle))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    with writer_connection() as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
