"""Versions and steps of templates are history that comes with its event, whoever writes it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from typing import Any
from uuid import uuid4

import pytest
from psycopg.rows import dict_row

from apps.operations.definitions import convert
from apps.operations.versions import draft_version
from ledgerflow.books.models import Entity
from tests.attacks import Attack, Books, connect, refused_by
from tests.templates.templating import activated, books_with_roles, moving, top_up

pytestmark = pytest.mark.every_server
VERSION, STEP = "operations_templateversion", "operations_templatestep"


@pytest.fixture(scope="module")
def books(_database: None) -> Entity:
    entity = books_with_roles(["bank"])
    activated(entity, "top-up", top_up())
    return entity


@pytest.fixture
def forge(books: Entity) -> Iterator[Attack]:
    with connect() as connection:
        yield Attack(connection, books)  # type: ignore[arg-type]  # only its id is asked for
        connection.rollback()


def copy_of(forge: Attack, table: str, **changes: Any) -> None:
    """The only row of the table again, with these changes."""
    cursor = forge.connection.cursor(row_factory=dict_row)
    found = cursor.execute(f"SELECT * FROM {table} WHERE entity_id = %s".encode(), (forge.books.id,)).fetchone()
    assert found is not None
    forge.insert(table, **found | changes)


@pytest.mark.parametrize(
    "table, changes, name",
    [
        (VERSION, {"id": uuid4}, "operations_templatev_entity_id_8425b986_fk_books_ent"),
        (STEP, {"proposal_id": uuid4}, "operations_templatestep_entity_id_5d77cc45_fk_books_entity_id"),
    ],
    ids=["version", "step"],
)
def test_it_is_of_books_that_are_there(forge: Attack, table: str, changes: dict[str, Any], name: str) -> None:
    if table == STEP:
        forge.run("ALTER TABLE operations_templatestep DROP CONSTRAINT template_step_of_version")
    stranger = {"entity_id": "0190a000-0000-7000-8000-000000000000"}
    copy_of(forge, table, **stranger | {column: value() for column, value in changes.items()})
    with refused_by(name):
        forge.run(f"SET CONSTRAINTS {name} IMMEDIATE")


def test_a_version_has_its_event(forge: Attack) -> None:
    copy_of(forge, VERSION, id=uuid4(), number=2)
    with refused_by("template_version_has_event"):
        forge.run("SET CONSTRAINTS template_version_has_event IMMEDIATE")


def test_a_step_has_its_event(forge: Attack) -> None:
    copy_of(forge, STEP, status="retired", proposal_id=None, event_sequence=999)
    with refused_by("template_step_has_event"):
        forge.run("SET CONSTRAINTS template_step_has_event IMMEDIATE")


@pytest.mark.parametrize(
    "table, changes, name",
    [
        (VERSION, {"number": 2}, "operations_templateversion_pkey"),
        (VERSION, {"id": "0190a000-0000-7000-8000-000000000000"}, "template_version_unique"),
        (VERSION, {"number": 0}, "template_version_positive"),
        (STEP, {}, "operations_templatestep_pkey"),
        (STEP, {"event_sequence": 999}, "template_step_of_proposal"),
        (STEP, {"event_sequence": 999, "status": "draft"}, "template_step_status"),
        (STEP, {"event_sequence": 999, "proposal_id": None}, "template_step_status"),
        (STEP, {"event_sequence": 999, "status": "retired"}, "template_step_status"),
        (
            STEP,
            {"event_sequence": 999, "status": "retired", "proposal_id": None, "number": 2},
            "template_step_of_version",
        ),
    ],
    ids=str,
)
def test_a_row_makes_sense(forge: Attack, table: str, changes: dict[str, Any], name: str) -> None:
    with refused_by(name):
        copy_of(forge, table, **changes)


@pytest.fixture(scope="module")
def sold(_database: None) -> Books:
    """Books whose template has a version that is retired, one that is active, and a draft."""
    books = Books()
    for name in ("First", "Second"):
        activated(books.entity, "sale", moving("cash", "capital", name=name))
    draft_version(books.id, "sale", convert(moving("cash", "capital", name="Third")), actor="test")
    return books


@pytest.mark.parametrize("version, taken", [(1, False), (2, True), (3, False), (22, False), (None, False)])
def test_a_journal_is_of_the_version_that_is_active(sold: Books, version: int | None, *, taken: bool) -> None:
    told = f',"template":"sale","template_version":{version}' if version else ""
    with connect() as connection:
        forge = Attack(connection, sold)
        forge.catch_up()
        journal = forge.pair()
        data = f'{{"idempotency_key":"{journal}"{told}}}'
        forge.event(type="journal.posted", subject=str(journal), data=data)
        forge.key(str(journal))
        with nullcontext() if taken else refused_by("journal_of_active_version"):
            forge.head(journal, template="sale")
        connection.rollback()
