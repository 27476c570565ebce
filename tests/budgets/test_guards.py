"""Lines of budgets are history with an event, of accounts of their own books."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from psycopg.rows import dict_row

from ledgerflow.books.models import Entity
from tests.attacks import Attack, connect, refused_by
from tests.budgets.planning import plan, planned_books

pytestmark = pytest.mark.every_server

STRANGER = "0190a000-0000-7000-8000-000000000000"


@pytest.fixture(scope="module")
def house() -> Entity:
    entity = planned_books()
    plan(entity, ("SALES", "2026-02", "5"))
    return entity


@pytest.fixture
def forge(house: Entity) -> Iterator[Attack]:
    with connect() as connection:
        yield Attack(connection, house)  # type: ignore[arg-type]  # only its id is asked for
        connection.rollback()


def copy(forge: Attack, **changes: Any) -> None:
    cursor = forge.connection.cursor(row_factory=dict_row)
    row = cursor.execute("SELECT * FROM budgets_budgetline WHERE entity_id = %s", (forge.books.id,)).fetchone()
    assert row is not None
    forge.insert("budgets_budgetline", **row | {"line": 2} | changes)


@pytest.mark.parametrize(
    "name, changes",
    [
        ("budgets_budgetline_pkey", {"line": 1}),
        ("budgets_budgetline_line_check", {"line": -1}),
        ("budget_line_dates_in_order", {"ends_on": "2026-01-01"}),
        ("budget_line_value_whole", {"dimension": "cost_centre"}),
        ("budget_line_value_whole", {"value": "NORTH"}),
        ("budget_line_of_account", {"account_id": STRANGER}),
        ("budget_line_of_account", {"currency": "USD"}),
    ],
)
def test_what_a_line_can_be(forge: Attack, name: str, changes: dict[str, Any]) -> None:
    with refused_by(name):
        copy(forge, **changes)


def test_a_line_has_its_event(forge: Attack) -> None:
    copy(forge)
    with refused_by("budget_line_has_event"):
        forge.run("SET CONSTRAINTS budget_line_has_event IMMEDIATE")
