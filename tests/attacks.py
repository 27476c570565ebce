"""Plain SQL against the books, as somebody with the application's database password would send it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import sql

from ledgerflow.books.connections import parameters
from tests.builders import TODAY, a_transfer, an_account, an_entity, posted

__all__ = ["TODAY", "TOMORROW", "YESTERDAY", "Attack", "Books", "connect", "refused_by"]

YESTERDAY = TODAY - timedelta(days=1)
TOMORROW = TODAY + timedelta(days=1)


def connect(**options: Any) -> psycopg.Connection[Any]:
    """A connection of our own to the test database, in a transaction from its first statement on."""
    return psycopg.connect(**parameters("default") | options)


@contextmanager
def refused_by(constraint: str) -> Iterator[None]:
    """The database refuses what is done inside, and names this constraint or trigger condition."""
    with pytest.raises(psycopg.IntegrityError) as caught:
        yield
    assert caught.value.diag.constraint_name == constraint


class Books:
    """An entity with two accounts and one journal of 100.00 in it, and what comes next."""

    def __init__(self, day: date = TODAY) -> None:
        self.entity = an_entity(business_date=day)
        self.cash = an_account(self.entity, "cash").id
        self.capital = an_account(self.entity, "capital", "equity").id
        self.dollars = an_account(self.entity, "dollars", currency="USD").id
        self.assets = an_account(self.entity, "assets", is_header=True).id
        answer = posted(self.entity, a_transfer("cash", "capital", "100.00", key="first"))
        self.last_sequence = answer.event_sequence or 0

    @property
    def id(self) -> UUID:
        return self.entity.id


class Attack:
    """Raw rows in one transaction that nobody commits unless told to."""

    def __init__(self, connection: psycopg.Connection[Any], books: Books) -> None:
        self.connection = connection
        self.books = books
        self.events = 0
        self.schema: str | None = None  # where rows go; the search path says it when None

    def run(self, statement: str, *params: Any) -> psycopg.Cursor[Any]:
        return self.connection.execute(statement.encode(), params)

    def value(self, statement: str, *params: Any) -> Any:
        """The one value that a query gives."""
        row = self.run(statement, *params).fetchone()
        assert row is not None
        return row[0]

    def insert(self, table: str, **row: Any) -> None:
        names = list(row)
        statement = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
            sql.Identifier(self.schema, table) if self.schema else sql.Identifier(table),
            sql.SQL(", ").join(map(sql.Identifier, names)),
            sql.SQL(", ").join([sql.Placeholder()] * len(names)),
        )
        self.connection.execute(statement, list(row.values()))

    def line(self, journal: UUID, number: int, account: UUID, amount: str, **changes: Any) -> None:
        """A posting that would fit into the books, but for `changes`."""
        version = self.value(
            "SELECT coalesce((SELECT version FROM accounts_balance WHERE account_id = %s), 0)", account
        )
        row = {
            "journal_id": journal, "line": number, "entity_id": self.books.id, "account_id": account, "currency": "EUR",
            "amount": Decimal(amount), "effective_date": TODAY, "account_version": version + number,
            "balance_after": Decimal(0), "event_sequence": self.books.last_sequence + 1, "description": "",
        }  # fmt: skip
        self.insert("journals_posting", **row | changes)

    def head(self, journal: UUID, *, with_event: bool = True, with_key: bool = True, **changes: Any) -> None:
        """A journal row that would fit into the books, but for `changes`, after its event unless that is there."""
        row: dict[str, Any] = {
            "id": journal, "entity_id": self.books.id, "number": 2, "event_sequence": self.books.last_sequence + 1,
            "kind": "manual", "layer": "ordinary", "effective_date": TODAY, "recorded_at": "2026-03-02T12:00:00Z",
            "description": "", "external_reference": "", "actor": "attacker",
        }  # fmt: skip
        row |= changes
        of = {"entity_id": row["entity_id"]}
        if with_event and row["event_sequence"] > self.last_event(row["entity_id"]):
            data = f'{{"idempotency_key":"{journal}"}}'
            named = {"type": "journal.posted", "subject": str(journal), "data": data}
            self.event(**of, sequence=row["event_sequence"], **named)
            if with_key:
                self.key(str(journal), **of, event_sequence=row["event_sequence"])
        told = "SELECT recorded_at FROM public.books_event WHERE entity_id = %s AND sequence = %s"
        found = self.run(told, row["entity_id"], row["event_sequence"]).fetchone()
        if found is not None and "recorded_at" not in changes:
            row["recorded_at"] = found[0]
        self.insert("journals_journal", **row)

    def key(self, key: str, **changes: Any) -> None:
        """An idempotency key that would fit into the books, but for `changes`."""
        row = {
            "entity_id": self.books.id, "issuer": "client", "key": key, "fingerprint": bytes(33),
            "event_sequence": self.books.last_sequence + 1,
        }  # fmt: skip
        self.insert("books_idempotencykey", **row | changes)

    def catch_up(self) -> None:
        """What the application has written since the books were made comes before what is written here."""
        self.books.last_sequence = self.last_event(self.books.id)

    def last_event(self, entity_id: UUID) -> int:
        return int(
            self.value("SELECT coalesce(max(sequence), 0) FROM public.books_event WHERE entity_id = %s", entity_id)
        )

    def pair(self, amount: str = "5.00", **changes: Any) -> UUID:
        """Two lines that balance, without their journal."""
        journal = uuid4()
        self.line(journal, 1, self.books.cash, amount, **changes)
        self.line(journal, 2, self.books.capital, f"-{amount}", **changes)
        return journal

    def journal(self, *, day: date = TODAY, **changes: Any) -> UUID:
        """A whole balanced journal."""
        journal = self.pair(effective_date=day)
        self.head(journal, effective_date=day, **changes)
        return journal

    def event(self, **changes: Any) -> None:
        """An event that would fit into the books, but for `changes`; each one made here is a second after the other."""
        self.events += 1
        row = {
            "entity_id": self.books.id, "sequence": self.books.last_sequence + 1, "id": uuid4(), "type": "x", "subject": "",
            "data": "{}", "actor": "attacker", "recorded_at": datetime(2100, 1, 1, second=self.events, tzinfo=UTC),
            "hash": bytes(32),
        }  # fmt: skip
        self.insert("books_event", **row | changes)

    def cut_off_record(self, number: int, action: str, day: date, closed_through: date | None, **changes: Any) -> None:
        row = {
            "id": uuid4(), "entity_id": self.books.id, "number": number, "action": action, "day": day,
            "closed_through": closed_through, "ordinary_through": day if action == "cut_off" else closed_through,
            "reason": "a reason", "actor": "attacker", "approved_by": "accomplice", "event_sequence": 0,
            "recorded_at": "2026-03-02T12:00:00Z",
        }  # fmt: skip
        self.insert("days_daycutoff", **row | changes)

    def move_on(self, day: date) -> None:
        """The business date, which has to be after a day that closes."""
        self.run(
            "UPDATE books_entity SET business_date = greatest(business_date, %s) WHERE id = %s", day, self.books.id
        )

    def close(self, day: date) -> int:
        """Cut a day off and close it; gives the number of the last cut-off record."""
        self.move_on(day + timedelta(days=1))
        last = self.value("SELECT coalesce(max(number), 0) FROM days_daycutoff WHERE entity_id = %s", self.books.id)
        closed = self.value("SELECT days_closed_through(%s)", self.books.id)
        self.cut_off_record(last + 1, "cut_off", day, closed)
        self.cut_off_record(last + 2, "close", day, day)
        return int(last) + 2

    def period(self, ends_on: date, **changes: Any) -> UUID:
        period = uuid4()
        row = {"id": period, "entity_id": self.books.id, "starts_on": ends_on, "ends_on": ends_on, "kind": "month"}
        row["name"] = f"{changes.get('kind', 'month')} to {ends_on}"
        self.insert("periods_period", **row | changes)
        return period

    def status(self, period: UUID, number: int, status: str, **changes: Any) -> None:
        row = {
            "id": uuid4(), "period_id": period, "number": number, "status": status, "reason": "", "actor": "attacker",
            "approved_by": "", "event_sequence": 0, "recorded_at": "2026-03-02T12:00:00Z",
        }  # fmt: skip
        self.insert("periods_periodstatus", **row | changes)
