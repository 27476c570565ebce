"""Versions and steps of applications are history that comes with its event, whoever writes it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest
from psycopg.rows import dict_row

from ledgerflow.books.models import Entity
from tests.attacks import Attack, connect, refused_by
from tests.builders import an_entity
from tests.credits.keeping import kept

pytestmark = pytest.mark.every_server
VERSION, STEP = "credits_applicationversion", "credits_applicationstep"
STRANGER = "0190a000-0000-7000-8000-000000000000"
Changes = dict[str, Callable[[], object]]


@pytest.fixture(scope="module")
def books(_database: None) -> Entity:
    entity = an_entity()
    kept(entity)
    return entity


@pytest.fixture
def forge(books: Entity) -> Iterator[Attack]:
    with connect() as connection:
        yield Attack(connection, books)  # type: ignore[arg-type]  # only its id is asked for
        connection.rollback()


@pytest.mark.parametrize(
    "table, changes, guard",
    [
        (VERSION, {"number": lambda: 2}, "credits_applicationversion_pkey"),
        (VERSION, {"id": uuid4}, "application_version_unique"),
        (VERSION, {"number": lambda: 0}, "application_version_positive"),
        (VERSION, {"id": uuid4, "number": lambda: 2}, "application_version_has_event"),
        (VERSION, {"id": uuid4, "entity_id": lambda: STRANGER}, "credits_applicationv_entity_id_fc71073b_fk_books_ent"),
        (STEP, {}, "credits_applicationstep_pkey"),
        (STEP, {"event_sequence": lambda: 999}, "application_step_of_proposal"),
        (STEP, {"event_sequence": lambda: 999, "status": lambda: "draft"}, "application_step_status"),
        (
            STEP,
            {"event_sequence": lambda: 999, "status": lambda: "retired", "proposal_id": lambda: None},
            "application_step_has_event",
        ),
        (
            STEP,
            {"event_sequence": lambda: 999, "proposal_id": uuid4, "number": lambda: 2},
            "application_step_of_version",
        ),
        (
            STEP,
            {"entity_id": lambda: STRANGER, "proposal_id": uuid4},
            "credits_applicationstep_entity_id_c9b29be4_fk_books_entity_id",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_applications_are_guarded(forge: Attack, table: str, changes: Changes, guard: str) -> None:
    if guard.startswith(f"{STEP}_entity"):  # the other key would be broken first
        forge.run("ALTER TABLE credits_applicationstep DROP CONSTRAINT application_step_of_version")
    cursor = forge.connection.cursor(row_factory=dict_row)
    found = cursor.execute(f"SELECT * FROM {table} WHERE entity_id = %s".encode(), (forge.books.id,)).fetchone()
    assert found is not None
    with refused_by(guard):
        forge.insert(table, **found | {column: value() for column, value in changes.items()})
        forge.run(f"SET CONSTRAINTS {guard} IMMEDIATE")
