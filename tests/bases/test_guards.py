"""A change of the base currency is history that comes with its event, in time, whoever writes it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from accounts.bases.use_cases import change_base_currency
from journals.days.closing.running import close_day
from ledgerflow.books.models import Entity
from tests.attacks import Attack, connect, refused_by
from tests.builders import a_transfer, an_account, an_entity, posted

pytestmark = pytest.mark.every_server

START, NEXT, SWITCH, LATER = date(2022, 12, 30), date(2022, 12, 31), date(2023, 1, 1), date(2024, 1, 1)


@pytest.fixture(scope="module")
def kuna() -> Entity:
    """A closed day, a journal of the next one, and a change on the one after that."""
    entity = an_entity(business_date=START, base_currency="HRK")
    an_account(entity, "BANK", currency="HRK")
    an_account(entity, "SALES", "income", currency="HRK")
    close_day(entity.id, START, actor="test")
    posted(entity, a_transfer("BANK", "SALES", "1.00"))
    change_base_currency(entity.id, "EUR", SWITCH, "7.53450", key="k", actor="test")
    return entity


@pytest.fixture
def forge(kuna: Entity) -> Iterator[Attack]:
    with connect() as connection:
        yield Attack(connection, kuna)  # type: ignore[arg-type]  # only its id is asked for
        connection.rollback()


def forged(forge: Attack, **changes: Any) -> None:
    forge.insert(
        "bases_basechange",
        **{
            "entity_id": forge.books.id, "starts_on": LATER, "before": "EUR", "currency": "USD",
            "rate": Decimal("1.10000"), "event_sequence": 1, "recorded_at": "2023-01-01T00:00:00Z", "actor": "x",
        }
        | changes,
    )  # fmt: skip


def without(forge: Attack, trigger: str) -> None:
    forge.run(f"ALTER TABLE bases_basechange DISABLE TRIGGER {trigger}")


@pytest.mark.parametrize(
    "changes",
    [
        {"before": "HRK"},  # it is EUR by then
        {"starts_on": SWITCH, "before": "EUR"},
        {"starts_on": date(2022, 12, 1), "before": "HRK"},
        {"currency": "XYZ"},
    ],
    ids=["another before", "the same day", "before the books", "no currency of theirs"],
)
def test_one_change_follows_the_other(forge: Attack, changes: dict[str, Any]) -> None:
    with refused_by("base_change_in_order"):
        forged(forge, **changes)


@pytest.mark.parametrize(
    "day, constraint",
    [(START, "base_change_day_open"), (NEXT, "base_change_day_unused")],
    ids=["closed", "with journals"],
)
def test_a_day_that_has_begun_keeps_its_currency(forge: Attack, day: date, constraint: str) -> None:
    without(forge, "base_change_immutable")
    forge.run("ALTER TABLE books_entity DISABLE TRIGGER entity_guard")
    forge.run("DELETE FROM bases_basechange WHERE entity_id = %s", forge.books.id)
    forge.run("UPDATE books_entity SET first_business_date = %s WHERE id = %s", date(2022, 12, 1), forge.books.id)
    with refused_by(constraint):
        forged(forge, starts_on=day, before="HRK")


def test_a_base_currency_is_money(forge: Attack) -> None:
    unit = {"id": uuid4(), "entity_id": forge.books.id, "code": "CREDIT", "name": "x", "minor_units": 0}
    forge.insert("accounts_currency", **unit, is_custom=True, is_money=False)
    with refused_by("base_change_of_money"):
        forged(forge, currency="CREDIT")


def test_a_change_has_its_event(forge: Attack) -> None:
    forged(forge)
    with refused_by("base_change_has_event"):
        forge.run("SET CONSTRAINTS base_change_has_event IMMEDIATE")


def test_a_change_is_of_books(forge: Attack) -> None:
    without(forge, "base_change_guard")
    forged(forge, entity_id="0190a000-0000-7000-8000-000000000000")
    name = "bases_basechange_entity_id_02157664_fk_books_entity_id"
    with refused_by(name):
        forge.run(f"SET CONSTRAINTS {name} IMMEDIATE")


def test_a_change_stays_as_it_is(forge: Attack) -> None:
    with refused_by("history_is_immutable"), forge.connection.transaction():
        forge.run("UPDATE bases_basechange SET rate = 1 WHERE entity_id = %s", forge.books.id)
    with refused_by("history_is_immutable"):
        forge.run("DELETE FROM bases_basechange WHERE entity_id = %s", forge.books.id)


@pytest.mark.parametrize(
    "changes, constraint",
    [
        ({"rate": Decimal(0)}, "base_change_rate_positive"),
        ({"currency": "EUR"}, "base_change_of_two"),
        ({"starts_on": SWITCH}, "bases_basechange_pkey"),
        ({"event_sequence": -1}, "bases_basechange_bounds"),
    ],
)
def test_rows_make_sense(forge: Attack, changes: dict[str, Any], constraint: str) -> None:
    without(forge, "base_change_guard")
    with refused_by(constraint):
        forged(forge, **changes)
