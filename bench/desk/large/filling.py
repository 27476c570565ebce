"""Ten million postings, a million accounts and a hundred entities, filled by SQL as the engine would leave them.

The largest entity has the sample company's books underneath, made through its use cases, so that every page has a row
to show. What is added lies in the same tables that posting writes, the read models included. Triggers are off meanwhile
and hashes of events are no chain: these books cannot be verified, and nothing may follow their log.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
from django.core.management import call_command

from accounts.founding import found_books
from ledgerflow.books.connections import dedicated_connection
from ledgerflow.books.entities import advance_business_date
from ledgerflow.books.models import Entity
from tests.read_models.projecting import project

CODE = "large"
POSTINGS, ACCOUNTS, ENTITIES = 10_000_000, 1_000_000, 100
LINES_OF_A_JOURNAL = 4  # on average
HOLDS, BANK_LINES = 20_000, 20_000
LARGEST = 0.6  # of everything; the others have less and less
PIECE = 100_000  # journals
NEXT = "-- next --"
FILLED = {
    "public": (
        "accounts_account", "journals_posting", "journals_journal", "journals_daytotal", "books_event",
        "statements_statementline",
    ),
    "read_models": ("accounts", "journals", "amounts", "holds"),
}  # fmt: skip
INDEXES = """
    SELECT format('%%I.%%I', n.nspname, i.relname), pg_get_indexdef(x.indexrelid)
    FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid
    JOIN pg_namespace n ON n.oid = t.relnamespace
    WHERE n.nspname = %s AND t.relname = ANY (%s) AND NOT x.indisunique ORDER BY 1
"""
CLOSED_DAYS = """
    CREATE TEMPORARY TABLE bulk_day AS
    SELECT e.place, f.day AS effective_date, c.day, c.number
    FROM bulk_entity e JOIN books_entity b ON b.id = e.id
    CROSS JOIN LATERAL (
        SELECT generate_series(b.first_business_date, b.business_date, interval '1 day')::date AS day
    ) f
    CROSS JOIN LATERAL (
        SELECT day, number FROM days_dayclose WHERE entity_id = e.id AND day >= f.day ORDER BY day LIMIT 1
    ) c
"""
HEADERS = """
    CREATE TEMPORARY TABLE bulk_header AS
    SELECT DISTINCT ON (e.place, a.type) e.place, a.type, a.id, a.code
    FROM bulk_entity e JOIN accounts_account a ON a.entity_id = e.id AND a.is_header
    ORDER BY e.place, a.type, a.code DESC
"""
TABLE = """
    CREATE TEMPORARY TABLE bulk_entity (
        place integer, id uuid, first_account bigint, accounts bigint, hot bigint, first_journal bigint,
        journals bigint, sequence bigint, number bigint, opened_at timestamptz
    )
"""
HEADS = """
    SELECT coalesce(max(sequence), 0),
           (SELECT coalesce(max(number), 0) FROM journals_journal WHERE entity_id = %(entity)s)
    FROM books_event WHERE entity_id = %(entity)s
"""
# What the use cases recorded just now lies before what is added.
EARLIER = """
    UPDATE {table} SET recorded_at = recorded_at - %s * interval '1 day' WHERE entity_id = ANY (%s)
"""
RECORDED = ("books_event", "journals_journal", "read_models.journals")


class Size(NamedTuple):
    postings: int
    accounts: int
    entities: int

    @property
    def journals(self) -> int:
        return self.postings // LINES_OF_A_JOURNAL


def size_of(scale: float) -> Size:
    """As much of the whole as somebody in a hurry wants; always so many entities."""
    return Size(int(POSTINGS * scale), int(ACCOUNTS * scale), ENTITIES)


def fill(size: Size, say: Callable[[str], None]) -> Entity:
    """Books of this size beside those that are there, unless these are there already; gives the largest."""
    there = Entity.objects.filter(code=CODE).first()
    if there is not None:
        return there
    call_command("seed_desk", seed=2, code=CODE)
    books = _entities(size.entities)
    project(*books)
    say(f"{len(books)} entities founded")
    with closing(dedicated_connection("default")) as connection, connection.cursor() as ordinary:
        ordinary.execute("SET session_replication_role = replica")
        ordinary.execute("SET maintenance_work_mem = '1GB'; SET work_mem = '256MB'; SET synchronous_commit = off")
        cursor = psycopg.ClientCursor(connection)
        _prepare(cursor, books, size)
        with _without_indexes(cursor, say):
            for name in ("accounts", "lines"):
                _run(cursor, name, {})
                say(f"{name} are filled")
            for first in range(1, size.journals + 1, PIECE):
                _run(cursor, "journals", {"first": first, "last": min(first + PIECE - 1, size.journals)})
            say(f"{size.journals:,} journals are filled")
            scale = size.postings / POSTINGS
            _run(cursor, "rest", {"holds": int(HOLDS * scale), "bank_lines": int(BANK_LINES * scale)})
        cursor.execute("VACUUM ANALYZE")
    say(f"{size.postings:,} postings, {size.accounts:,} accounts")
    return books[0]


def _entities(count: int) -> list[Entity]:
    """The sample company, and others that began on the same day."""
    largest = Entity.objects.get(code=CODE)
    found = [largest]
    for number in range(1, count):
        one = found_books(
            code=f"branch-{number:03d}", name=f"Branch {number}", base_currency="EUR",
            business_date=largest.first_business_date,
        )  # fmt: skip
        advance_business_date(one, largest.business_date, actor="bench")
        found.append(one)
    return found


def _prepare(cursor: Any, books: Sequence[Entity], size: Size) -> None:
    """Who gets how much, and where the numbers of each go on."""
    begins = books[0].first_business_date + timedelta(days=1)
    days = (books[0].business_date - begins).days
    for table in RECORDED:
        cursor.execute(EARLIER.format(table=table), (days + 2, [one.pk for one in books]))
    cursor.execute(TABLE)
    accounts, journals = shares(size.accounts, len(books)), shares(size.journals, len(books))
    first_account = first_journal = 1
    for place, (entity, some, many) in enumerate(zip(books, accounts, journals, strict=True)):
        cursor.execute(HEADS, {"entity": entity.pk})
        sequence, number = cursor.fetchone()
        hot = max(4, some // 2000)
        row = (place, entity.pk, first_account, some, hot, first_journal, many, sequence, number, begins)
        cursor.execute(f"INSERT INTO bulk_entity VALUES ({', '.join(['%s'] * len(row))})", row)
        first_account, first_journal = first_account + some, first_journal + many
    cursor.execute(HEADERS)
    cursor.execute(CLOSED_DAYS)
    _run(cursor, "begin", {"begins": begins, "days": days})


def shares(whole: int, count: int) -> list[int]:
    """Most to the first, and of the rest less and less, at least eight to each; they sum to the whole."""
    weights = [1 / place for place in range(1, count)]
    rest = whole - int(whole * LARGEST)
    others = [max(8, int(rest * weight / sum(weights))) for weight in weights]
    return [whole - sum(others), *others]


def _run(cursor: Any, name: str, params: dict[str, Any]) -> None:
    """A file beside this one, statement by statement."""
    text = (Path(__file__).parent / f"{name}.sql").read_text()
    for statement in text.split(NEXT):
        cursor.execute(statement, params)


@contextmanager
def _without_indexes(cursor: Any, say: Callable[[str], None]) -> Iterator[None]:
    """Indexes that keep nothing unique are made again in the end, which takes a fraction of the time."""
    found = []
    for schema, tables in FILLED.items():
        found += cursor.execute(INDEXES, (schema, list(tables))).fetchall()
    for name, _ in found:
        cursor.execute(f"DROP INDEX {name}")
    yield
    for _, definition in found:
        cursor.execute(definition)
    say(f"{len(found)} indexes are made")
