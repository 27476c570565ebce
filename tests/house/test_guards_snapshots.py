"""A guard sees the present: an older snapshot of a transaction does not open what was closed since."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from journals.days.closing import cutoff_records
from journals.days.closing.running import cancel_close, close_day
from journals.periods.use_cases import close_period, make_fiscal_year, periods_of
from ledgerflow.books.entities import advance_business_date
from ledgerflow.books.writing import write
from tests.attacks import TODAY, Attack, Books, refused_by
from tests.builders import a_transfer, posted

pytestmark = pytest.mark.every_server

SignIn = Callable[..., psycopg.Connection[Any]]
OLD = pytest.mark.parametrize("level", ["REPEATABLE READ", "SERIALIZABLE"])
MONTH_END = date(2026, 3, 31)


def begun(connection: psycopg.Connection[Any], level: str) -> None:
    """Begin at a level; where it keeps a snapshot, it is taken now."""
    connection.autocommit = True
    connection.execute(f"BEGIN ISOLATION LEVEL {level}".encode())
    connection.execute("SELECT FROM days_daycutoff LIMIT 1")


def ahead() -> Books:
    """Books whose business date has moved on, so that a close does not move it."""
    books = Books()
    advance_business_date(books.entity, TODAY + timedelta(days=3), actor="t")
    return books


@OLD
def test_a_day_that_closed_since_takes_no_journal(sign_in: SignIn, level: str) -> None:
    books, connection = ahead(), sign_in()
    begun(connection, level)
    close_day(books.id, TODAY, actor="t")
    attack = Attack(connection, books)
    with pytest.raises(psycopg.errors.SerializationFailure):
        attack.journal()


def test_at_read_committed_it_is_refused_for_its_day(sign_in: SignIn) -> None:
    books, connection = ahead(), sign_in()
    begun(connection, "READ COMMITTED")
    close_day(books.id, TODAY, actor="t")
    attack = Attack(connection, books)
    attack.catch_up()
    with refused_by("journal_day_open"):
        attack.journal()


@OLD
def test_a_day_that_was_cut_off_since_takes_no_journal(sign_in: SignIn, level: str) -> None:
    books, connection = ahead(), sign_in()
    begun(connection, level)
    write(books.id, lambda tx, _: cutoff_records.cut_off(tx, TODAY, "t"))
    with pytest.raises(psycopg.errors.SerializationFailure):
        Attack(connection, books).journal()


@OLD
def test_a_cut_off_that_was_cancelled_since_is_not_closed(sign_in: SignIn, level: str) -> None:
    """What the older snapshot still sees as closing."""
    books, connection = ahead(), sign_in()
    write(books.id, lambda tx, _: cutoff_records.cut_off(tx, TODAY, "t"))
    begun(connection, level)
    cancel_close(books.id, TODAY, reason="r", actor="t")
    with pytest.raises(psycopg.errors.SerializationFailure):
        Attack(connection, books).cut_off_record(3, "close", TODAY, TODAY)


@OLD
def test_a_business_date_that_moved_since_is_seen(sign_in: SignIn, level: str) -> None:
    books, connection = Books(), sign_in()
    begun(connection, level)
    advance_business_date(books.entity, TODAY + timedelta(days=1), actor="t")
    with pytest.raises(psycopg.errors.SerializationFailure):
        Attack(connection, books).journal()


@OLD
def test_a_period_that_closed_since_takes_no_adjustment(sign_in: SignIn, level: str) -> None:
    books, connection = Books(MONTH_END), sign_in()
    make_fiscal_year(books.id, date(2026, 3, 1), actor="t")
    close_day(books.id, MONTH_END, actor="t")
    period = periods_of(books.id).get(kind="month", ends_on=MONTH_END)
    begun(connection, level)
    close_period(books.id, period.id, actor="t")
    with pytest.raises(psycopg.errors.SerializationFailure):
        Attack(connection, books).journal(day=MONTH_END, layer="adjustment")


@OLD
def test_a_period_that_was_made_since_is_seen(sign_in: SignIn, level: str) -> None:
    books, connection = Books(), sign_in()
    begun(connection, level)
    make_fiscal_year(books.id, date(2026, 3, 1), actor="t")
    with pytest.raises(psycopg.errors.SerializationFailure):
        Attack(connection, books).journal()


@OLD
def test_a_journal_that_came_since_takes_no_line(sign_in: SignIn, level: str) -> None:
    books, connection, other = Books(), sign_in(), sign_in()
    begun(connection, level)
    posted(books.entity, a_transfer("cash", "capital", "9.00"))
    newest = Attack(other, books).value(
        "SELECT id FROM journals_journal WHERE entity_id = %s ORDER BY number DESC LIMIT 1", books.id
    )
    Attack(connection, books).line(newest, 3, books.cash, "7.00", account_version=90)
    with refused_by("posting_of_journal"):  # the foreign key looks with the same old snapshot, and finds no journal
        connection.execute("COMMIT")


@OLD
def test_a_second_log_is_not_begun(sign_in: SignIn, level: str) -> None:
    books, connection = Books(), sign_in()
    begun(connection, level)
    posted(books.entity, a_transfer("cash", "capital", "9.00"))
    with refused_by("books_event_pkey"):
        Attack(connection, books).event()


@OLD
def test_what_nobody_came_before_is_taken(sign_in: SignIn, level: str) -> None:
    """The refusals above are for what they name."""
    books, connection = ahead(), sign_in()
    begun(connection, level)
    attack = Attack(connection, books)
    attack.catch_up()
    attack.journal(day=TODAY)
    connection.execute("COMMIT")
    assert attack.value("SELECT sum(amount) FROM journals_posting WHERE entity_id = %s", books.id) == Decimal(0)
