"""Rows of the example application stand beside the journal that paid for them, whoever writes them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest

from apps.content.models import Access, Piece
from ledgerflow.books.models import Entity
from tests.attacks import Attack, connect, refused_by
from tests.builders import an_entity
from tests.content.writing import some_content

pytestmark = pytest.mark.every_server
Changes = dict[str, Callable[[], object]]


@pytest.fixture(scope="module")
def books(_database: None) -> Entity:
    entity = an_entity()
    some_content(entity)
    return entity


@pytest.fixture
def forge(books: Entity) -> Iterator[Attack]:
    with connect() as connection:
        yield Attack(connection, books)  # type: ignore[arg-type]  # only its id is asked for
        connection.rollback()


@pytest.mark.parametrize(
    "changes, guard",
    [
        ({}, "content_piece_pkey"),
        ({"id": uuid4}, "content_piece_of_one_journal"),
        ({"id": uuid4, "journal_id": uuid4}, "content_piece_of_journal"),
        ({"id": uuid4, "entity_id": uuid4}, "content_piece_entity_id_b9549ddc_fk_books_entity_id"),
    ],
    ids=["id", "once", "journal", "entity"],
)
def test_pieces_are_guarded(forge: Attack, changes: Changes, guard: str) -> None:
    row = Piece.objects.filter(entity=forge.books.id).values().get()
    with refused_by(guard):
        forge.insert("content_piece", **row | {column: value() for column, value in changes.items()})
        forge.run(f"SET CONSTRAINTS {guard} IMMEDIATE")


@pytest.mark.parametrize(
    "changes, guard",
    [
        ({}, "content_access_pkey"),
        ({"id": uuid4}, "content_access_paid_once"),
        ({"id": uuid4, "journal_id": uuid4, "reader_id": lambda: "bob"}, "content_access_of_journal"),
        ({"id": uuid4, "piece_id": uuid4}, "content_access_piece_id_023d3c69_fk_content_piece_id"),
        (
            {"id": uuid4, "entity_id": uuid4, "reader_id": lambda: "bob"},
            "content_access_entity_id_54c1fc54_fk_books_entity_id",
        ),
    ],
    ids=["id", "once", "journal", "piece", "entity"],
)
def test_accesses_are_guarded(forge: Attack, changes: Changes, guard: str) -> None:
    row = Access.objects.filter(entity=forge.books.id).values().get()
    with refused_by(guard):
        forge.insert("content_access", **row | {column: value() for column, value in changes.items()})
        forge.run(f"SET CONSTRAINTS {guard} IMMEDIATE")
