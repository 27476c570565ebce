"""Tax codes are history that comes with its event, whoever writes it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from psycopg.rows import dict_row

from ledgerflow.books.models import Entity
from tests.attacks import Attack, connect, refused_by
from tests.taxes.invoicing import tax_books

pytestmark = pytest.mark.every_server
STRANGER = "0190a000-0000-7000-8000-000000000000"


@pytest.fixture(scope="module")
def books(_database: None) -> Entity:
    return tax_books()


@pytest.fixture
def forge(books: Entity) -> Iterator[Attack]:
    with connect() as connection:
        yield Attack(connection, books)  # type: ignore[arg-type]  # only its id is asked for
        connection.rollback()


def copy_of(forge: Attack, **changes: Any) -> None:
    """The first version of U19 again, with these changes."""
    cursor = forge.connection.cursor(row_factory=dict_row)
    found = cursor.execute(
        "SELECT * FROM taxes_taxrate WHERE entity_id = %s AND code = 'U19'", (forge.books.id,)
    ).fetchone()
    assert found is not None
    forge.insert("taxes_taxrate", **found | {"id": uuid4()} | changes)


def test_a_version_has_its_own_id(forge: Attack) -> None:
    with refused_by("taxes_taxrate_pkey"):
        copy_of(forge, version=2, id=forge.value("SELECT id FROM taxes_taxrate LIMIT 1"))


def test_a_version_has_its_event(forge: Attack) -> None:
    copy_of(forge, version=2)
    with refused_by("tax_rate_has_event"):
        forge.run("SET CONSTRAINTS tax_rate_has_event IMMEDIATE")


@pytest.mark.parametrize(
    "changes, name",
    [
        ({}, "tax_rate_version_once"),
        ({"version": 2, "kind": "vat"}, "tax_accounts_of_kind"),
        ({"version": 2, "rate": "100.0001"}, "tax_rate_sane"),
        ({"version": 2, "ends_on": date(2006, 12, 31)}, "tax_dates_in_order"),
        ({"version": 2, "kind": "exempt"}, "tax_accounts_of_kind"),
        ({"version": 2, "account_id": None}, "tax_accounts_of_kind"),
    ],
    ids=str,
)
def test_a_version_makes_sense(forge: Attack, changes: dict[str, Any], name: str) -> None:
    with refused_by(name):
        copy_of(forge, **changes)


@pytest.mark.parametrize(
    "column, name",
    [
        ("entity_id", "taxes_taxrate_entity_id_8d66bec4_fk_books_entity_id"),
        ("account_id", "taxes_taxrate_account_id_46dd2862_fk_accounts_account_id"),
        ("deduct_account_id", "taxes_taxrate_deduct_account_id_da177aaa_fk_accounts_account_id"),
    ],
)
def test_what_it_refers_to_is_there(forge: Attack, column: str, name: str) -> None:
    both = {"kind": "reverse_charge", "deduct_account_id": forge.value("SELECT id FROM accounts_account LIMIT 1")}
    with refused_by(name):
        copy_of(forge, version=2, **both | {column: STRANGER})
        forge.run(f"SET CONSTRAINTS {name} IMMEDIATE")
