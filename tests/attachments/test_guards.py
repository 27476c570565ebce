"""Attachments are history, whoever writes them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from psycopg.rows import dict_row

from ledgerflow.books.models import Entity
from tests.attachments.filing import a_book, attached
from tests.attacks import Attack, connect, refused_by

pytestmark = pytest.mark.every_server
STRANGER = "0190a000-0000-7000-8000-000000000000"
TABLE = "attachments_attachment"


@pytest.fixture(scope="module")
def books(_database: None) -> Entity:
    entity, journal = a_book()
    attached(entity, journal)
    return entity


@pytest.fixture
def forge(books: Entity) -> Iterator[Attack]:
    with connect() as connection:
        yield Attack(connection, books)  # type: ignore[arg-type]  # only its id is asked for
        connection.rollback()


def copy_of(forge: Attack, **changes: Any) -> None:
    """The attachment again, with these changes."""
    cursor = forge.connection.cursor(row_factory=dict_row)
    found = cursor.execute(f"SELECT * FROM {TABLE} WHERE entity_id = %s".encode(), (forge.books.id,)).fetchone()
    assert found is not None
    forge.insert(TABLE, **(found | {"id": uuid4(), "number": 2, "sha256": "e" * 64} | changes))


@pytest.mark.parametrize(
    "changes, name",
    [
        ({"number": 1}, "attachment_number_once"),
        ({"number": 21}, "attachment_number_within"),
        ({"number": 0}, "attachment_number_within"),
        ({"sha256": "E" * 64}, "attachment_sha256_is_one"),
        ({"size": 0}, "attachment_is_not_empty"),
    ],
    ids=str,
)
def test_keys_and_bounds(forge: Attack, changes: dict[str, Any], name: str) -> None:
    with refused_by(name):
        copy_of(forge, **changes)


def test_a_file_is_attached_to_a_journal_once(forge: Attack) -> None:
    sha256, id_ = (
        forge.value(f"SELECT {one} FROM {TABLE} WHERE entity_id = %s", forge.books.id) for one in ("sha256", "id")
    )
    with refused_by("attachment_once"), forge.connection.transaction():
        copy_of(forge, sha256=sha256)
    with refused_by("attachments_attachment_pkey"):
        copy_of(forge, id=id_)


def test_a_row_has_its_event(forge: Attack) -> None:
    copy_of(forge)
    with refused_by("attachment_has_event"):
        forge.run("SET CONSTRAINTS attachment_has_event IMMEDIATE")


@pytest.mark.parametrize(
    "column, name",
    [
        ("entity_id", "attachments_attachment_entity_id_e05429b0_fk_books_entity_id"),
        ("journal_id", "attachments_attachme_journal_id_3aa45306_fk_journals_"),
    ],
)
def test_what_it_refers_to_is_there(forge: Attack, column: str, name: str) -> None:
    copy_of(forge, **{column: STRANGER})
    with refused_by(name):
        forge.run(f"SET CONSTRAINTS {name} IMMEDIATE")
