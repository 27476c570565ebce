"""Values, lists and requirements are what their events say, whoever writes them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from accounts.dimensions.declaring import declare_value, require_dimensions
from accounts.dimensions.models import DimensionValue
from accounts.dimensions.specs import ValueSpec
from ledgerflow.books.models import Entity
from tests.attacks import Attack, connect, refused_by
from tests.dimensions.branches import branches

pytestmark = pytest.mark.every_server

VALUE, LIST, REQUIRED = "dimensions_dimensionvalue", "dimensions_dimension", "dimensions_accountdimensions"
STRANGER = "0190a000-0000-7000-8000-000000000000"


@pytest.fixture(scope="module")
def house() -> Entity:
    entity = branches()
    declare_value(entity.id, "party", ValueSpec("ACME", "Acme", country="DE"), actor="test")
    require_dimensions(entity.id, "TRAVEL", ["cost_centre"], actor="test")
    return entity


@pytest.fixture
def forge(house: Entity) -> Iterator[Attack]:
    with connect() as connection:
        yield Attack(connection, house)  # type: ignore[arg-type]  # only its id is asked for
        connection.rollback()


def copy_of(forge: Attack, table: str, **changes: Any) -> None:
    """The first row of a table again, with these changes."""
    cursor = forge.connection.cursor(row_factory=dict_row)
    sql = f"SELECT * FROM {table} WHERE entity_id = %s ORDER BY revision LIMIT 1"
    found = cursor.execute(sql.encode(), (forge.books.id,)).fetchone()
    assert found is not None
    row = found | changes
    forge.insert(table, **{name: Jsonb(value) if name == "required" else value for name, value in row.items()})


def id_of(entity: Any, code: str) -> Any:
    return DimensionValue.objects.get(entity_id=entity.id, code=code).id


def test_keys_are_used_once(forge: Attack) -> None:
    other = {"id": uuid4()}
    for table, changes, name in (
        (VALUE, {}, "dimensions_dimensionvalue_pkey"),
        (VALUE, other, "dimension_value_code_unique"),
        (LIST, {}, "dimensions_dimension_pkey"),
        (LIST, other, "dimension_name_unique"),
        (REQUIRED, {}, "dimensions_accountdimensions_pkey"),
    ):
        with refused_by(name), forge.connection.transaction():
            copy_of(forge, table, **changes)
    # Its columns hold those of the primary key: it is there for parents to refer to.
    assert forge.value("SELECT count(*) FROM pg_constraint WHERE conname = %s", "dimension_value_parent_target") == 1


@pytest.mark.parametrize(
    "table, changes, name",
    [
        (VALUE, {"id": STRANGER, "code": "NEW"}, "dimension_value_has_event"),
        (LIST, {"id": STRANGER, "name": "project"}, "dimension_has_event"),
    ],
)
def test_a_row_has_its_event(forge: Attack, table: str, changes: dict[str, Any], name: str) -> None:
    copy_of(forge, table, **changes)
    with refused_by(name):
        forge.run(f"SET CONSTRAINTS {name} IMMEDIATE")


def test_a_change_has_its_event(forge: Attack) -> None:
    for table, change, name in (
        (VALUE, "closed = NOT closed", "dimension_value_has_event"),
        (LIST, "is_list = NOT is_list", "dimension_has_event"),
        (REQUIRED, "required = '[]'", "account_dimensions_has_event"),
    ):
        with refused_by(name), forge.connection.transaction():
            forge.run(f"UPDATE {table} SET {change} WHERE entity_id = %s", forge.books.id)
            forge.run(f"SET CONSTRAINTS {name} IMMEDIATE")


@pytest.mark.parametrize("change", ["code = 'X'", "dimension = 'project'", "id = gen_random_uuid()"])
def test_which_value_it_is_never_changes(forge: Attack, change: str) -> None:
    with refused_by("dimension_value_identity_is_fixed"):
        forge.run(f"UPDATE {VALUE} SET {change} WHERE entity_id = %s AND code = 'EAST'", forge.books.id)


def test_parents_lead_upwards_and_are_of_the_same_dimension(forge: Attack) -> None:
    change = f"UPDATE {VALUE} SET parent_id = %s WHERE entity_id = %s AND code = %s"
    for name, parent, code in (
        ("dimension_value_not_its_own_parent", "NORTH", "NORTH"),
        ("dimension_value_parents_in_no_circle", "OSLO", "NORTH"),
        ("dimension_value_parent_alike", "ACME", "NORTH"),
    ):
        with refused_by(name), forge.connection.transaction():
            forge.run(change, id_of(forge.books, parent), forge.books.id, code)


@pytest.mark.parametrize(
    "name, change",
    [
        ("dimension_value_validity", "valid_from = '2026-03-02', valid_to = '2026-03-01'"),
        ("dimension_value_party_columns", "country = 'DE'"),
        ("dimension_value_party_columns", "payment_terms_days = 0"),
        ("dimension_value_party_sane", "dimension = 'party', payment_terms_days = 3651"),
        ("dimension_value_party_sane", "dimension = 'party', party_kind = 'friend'"),
    ],
)
def test_what_a_value_can_hold(forge: Attack, name: str, change: str) -> None:
    forge.run(f"ALTER TABLE {VALUE} DISABLE TRIGGER dimension_value_guard")
    with refused_by(name):
        forge.run(f"UPDATE {VALUE} SET {change} WHERE entity_id = %s AND code = 'EAST'", forge.books.id)


def test_a_requirement_is_of_an_account(forge: Attack) -> None:
    name = "dimensions_accountdi_account_id_a62b9cbe_fk_accounts_"
    copy_of(forge, REQUIRED, account_id=STRANGER)
    with refused_by(name):
        forge.run(f"SET CONSTRAINTS {name} IMMEDIATE")
