"""Series and their numbers are history without gaps, whoever writes them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from journals.series.numbering import catch_up
from ledgerflow.books.models import Entity
from tests.attacks import Attack, connect, refused_by
from tests.calendars import YEAR_END, books_on
from tests.series.test_numbering import a_series, invoice

pytestmark = pytest.mark.every_server
STRANGER = "0190a000-0000-7000-8000-000000000000"


@pytest.fixture(scope="module")
def books(_database: None) -> Entity:
    entity = books_on(YEAR_END)
    a_series(entity)
    invoice(entity)
    invoice(entity)
    catch_up(entity.id)
    return entity


@pytest.fixture
def forge(books: Entity) -> Iterator[Attack]:
    with connect() as connection:
        yield Attack(connection, books)  # type: ignore[arg-type]  # only its id is asked for
        connection.rollback()


def copy_of(forge: Attack, table: str, **changes: Any) -> None:
    """The last row of a table again, with these changes."""
    cursor = forge.connection.cursor(row_factory=dict_row)
    sql = f"SELECT * FROM {table} WHERE entity_id = %s ORDER BY event_sequence DESC, 4 DESC LIMIT 1"
    found = cursor.execute(sql.encode(), (forge.books.id,)).fetchone()
    assert found is not None
    if "id" in found and "id" not in changes:
        changes["id"] = uuid4()
    row = found | {name: value for name, value in changes.items() if name != "id" or value}
    forge.insert(table, **{name: Jsonb(value) if name == "kinds" else value for name, value in row.items()})


def third(**changes: Any) -> dict[str, Any]:
    return {"journal_id": uuid4(), "journal_number": 3, "number": 3} | changes


@pytest.mark.parametrize("changes", [{"number": 4}, {"number": 0}, {"year": 2027, "number": 2}], ids=str)
def test_numbers_have_no_gaps(forge: Attack, changes: dict[str, Any]) -> None:
    with refused_by("series_number_gapless"):
        copy_of(forge, "series_seriesnumber", **third(**changes))


@pytest.mark.parametrize(
    "table, changes, name",
    [
        ("series_numberseries", {}, "number_series_code_once"),
        ("series_numberseries", {"code": "X", "id": None}, "series_numberseries_pkey"),
        ("series_numberseries", {"code": "X", "restarts": "month"}, "series_restarts_known"),
        ("series_seriesnumber", {}, "series_seriesnumber_pkey"),
        ("series_seriesnumber", third(number=2), "series_number_unique"),
        ("series_seriesnumber", third(journal_number=2), "series_journal_unique"),
    ],
    ids=["series", "id", "restarts", "number", "twice", "journal"],
)
def test_keys_and_words(forge: Attack, table: str, changes: dict[str, Any], name: str) -> None:
    with refused_by(name):
        copy_of(forge, table, **changes)


def test_rows_have_their_events(forge: Attack) -> None:
    copy_of(forge, "series_numberseries", code="X")
    with refused_by("number_series_has_event"), forge.connection.transaction():
        forge.run("SET CONSTRAINTS number_series_has_event IMMEDIATE")
    copy_of(forge, "series_seriesnumber", **third())
    with refused_by("series_number_has_event"):
        forge.run("SET CONSTRAINTS series_number_has_event IMMEDIATE")


@pytest.mark.parametrize(
    "table, changes, name",
    [
        ("series_numberseries", {"entity_id": STRANGER}, "series_numberseries_entity_id_9db095b9_fk_books_entity_id"),
        (
            "series_seriesnumber",
            third(entity_id=STRANGER, number=1),
            "series_seriesnumber_entity_id_43ae5fae_fk_books_entity_id",
        ),
    ],
    ids=["series", "number"],
)
def test_what_they_refer_to_is_there(forge: Attack, table: str, changes: dict[str, Any], name: str) -> None:
    with refused_by(name):
        copy_of(forge, table, **changes)
        forge.run(f"SET CONSTRAINTS {name} IMMEDIATE")
