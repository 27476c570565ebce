"""The books that are posted into: an entity with its accounts and an API key."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, LiteralString
from uuid import UUID, uuid4

import psycopg
from django.db import connection

from accounts.founding import found_books
from accounts.opening import open_accounts
from accounts.specs import AccountSpec
from ledgerflow.books.models import Entity

CURRENCY = "EUR"
ACTOR = "bench"
OPENED_AT_ONCE = 10_000


@dataclass(frozen=True)
class BenchBooks:
    entity: Entity
    codes: Sequence[str]
    secret: str
    database_url: str

    @property
    def id(self) -> UUID:
        return self.entity.id


def new_books(name: str, accounts: int, *, with_key: bool) -> BenchBooks:
    """An entity with `accounts` open accounts, assets and liabilities in turn, all in one currency."""
    entity = found_books(
        code=f"bench-{name}-{uuid4().hex[:8]}",
        name=f"Benchmark: {name}",
        base_currency=CURRENCY,
        business_date=datetime.now(UTC).date(),
    )
    codes = [f"A{number:06d}" for number in range(accounts)]
    for start in range(0, accounts, OPENED_AT_ONCE):
        specs = list(_specs(codes[start : start + OPENED_AT_ONCE]))
        refused = [one for one in open_accounts(entity.id, specs, actor=ACTOR) if one.status != "opened"]
        assert not refused, refused[0]
    return BenchBooks(entity, codes, key_for(entity, "read", "post") if with_key else "", os.environ["DATABASE_URL"])


def journals_in(books: BenchBooks) -> int:
    """How many journals the books hold; their numbers have no gaps."""
    found = _ask(books, "SELECT max(number) FROM journals_journal WHERE entity_id = %s")
    return int(found or 0)


def length_of_a_fact(books: BenchBooks) -> int | None:
    """The average length of the journals' events, None when there are none."""
    found = _ask(
        books,
        "SELECT avg(length(data))::int FROM (SELECT data FROM books_event"
        " WHERE entity_id = %s AND type = 'journal.posted' ORDER BY sequence DESC LIMIT 1000) AS latest",
    )
    return None if found is None else int(found)


def settle_statistics() -> None:
    """What autovacuum does in its first minutes, done now: no part shall run on plans made for empty tables."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _ask(books: BenchBooks, question: LiteralString) -> Any:
    with psycopg.connect(books.database_url) as asking:
        row = asking.execute(question, [books.id]).fetchone()
    return row[0] if row else None


def _specs(codes: Sequence[str]) -> Iterator[AccountSpec]:
    for number, code in enumerate(codes):
        # A limit far away: it is looked at with every posting, and refuses none.
        yield AccountSpec(
            code=code,
            name=f"Account {code}",
            currency=CURRENCY,
            type=("asset", "liability")[number % 2],
            min_balance=Decimal(-(10**15)),
        )


def key_for(entity: Entity, *scopes: str) -> str:
    """The secret of a key with these scopes."""
    from ledgerflow.access.keys import create_key  # noqa: PLC0415 - parts without HTTP run without it

    _, secret = create_key(entity, ACTOR, scopes)
    return secret
