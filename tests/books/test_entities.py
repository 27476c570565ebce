"""Opening a set of books, its business date, and its currencies."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest

from accounts.currencies import add_currency
from accounts.errors import CurrencyExists
from accounts.founding import found_books
from accounts.iso4217 import ISO_4217
from accounts.models import Currency
from journals.proof.ledger import verify_books
from ledgerflow.books.business_dates import FURTHEST
from ledgerflow.books.entities import advance_business_date, create_entity
from ledgerflow.books.errors import EntityExists
from ledgerflow.books.events import EntityCreatedFact
from ledgerflow.books.models import Entity, Event
from ledgerflow.core.errors import LedgerError, Malformed
from tests.builders import TODAY, an_account, an_entity


def create(**given: Any) -> Entity:
    values: dict[str, Any] = {
        "code": f"e-{uuid4().hex[:12]}", "name": "Books", "base_currency": "EUR", "business_date": TODAY,
    } | given  # fmt: skip
    return create_entity(**values)


def last_event(entity: Entity) -> tuple[int, str, str, str]:
    event = Event.objects.filter(entity=entity).latest("sequence")
    return event.sequence, event.type, event.data, event.actor


# Entities


def test_the_first_event_tells_of_the_entity() -> None:
    entity = create(time_zone="Europe/Berlin", dimensions=["cost_centre", "project"], actor="operator")
    stored = Entity.objects.get(id=entity.id)
    assert (stored.business_date, stored.first_business_date, stored.time_zone) == (TODAY, TODAY, "Europe/Berlin")
    assert stored.dimensions == ["cost_centre", "project"]
    data = (
        f'{{"base_currency":"EUR","business_date":"{TODAY}","code":"{entity.code}","currencies":{{}},"dimensions":["cost_centre","project"],'
        f'"id":"{entity.id}","name":"Books","time_zone":"Europe/Berlin"}}'
    )
    assert last_event(entity) == (
        1,
        "entity.created",
        data,
        "operator",
    )
    assert verify_books(entity.id) == []


@pytest.mark.parametrize(
    "wrong, pointer",
    [
        ({"code": ""}, "/code"), ({"code": "-a"}, "/code"), ({"code": "a b"}, "/code"), ({"code": "a" * 65}, "/code"),
        ({"code": "ü"}, "/code"), ({"code": "a\n"}, "/code"),
        ({"name": " "}, "/name"), ({"name": "n" * 201}, "/name"), ({"name": " " * 200 + "n"}, "/name"),
        ({"name": "n\x00"}, "/name"), ({"name": "\ud800"}, "/name"),
        ({"base_currency": ""}, "/base_currency"), ({"base_currency": "eur"}, "/base_currency"),
        ({"base_currency": "E" * 13}, "/base_currency"),
        ({"time_zone": "Mars/Olympus"}, "/time_zone"), ({"time_zone": ""}, "/time_zone"),
        ({"time_zone": "../../etc/passwd"}, "/time_zone"), ({"time_zone": "Europe"}, "/time_zone"),
        ({"time_zone": "\x00"}, "/time_zone"), ({"time_zone": "x" * 5000}, "/time_zone"),
        ({"dimensions": [f"d{n}" for n in range(9)]}, "/dimensions"), ({"dimensions": ["a", "a"]}, "/dimensions"),
        ({"dimensions": ["Cost"]}, "/dimensions"), ({"dimensions": ["1a"]}, "/dimensions"),
        ({"dimensions": ["a" * 41]}, "/dimensions"), ({"dimensions": [""]}, "/dimensions"),
    ],
)  # fmt: skip
def test_what_no_entity_can_be(wrong: dict[str, Any], pointer: str) -> None:
    with pytest.raises(Malformed) as refused:
        create(**wrong)
    assert refused.value.pointer == pointer


def test_a_code_is_taken_once() -> None:
    first = create()
    with pytest.raises(EntityExists) as refused:
        create(code=first.code)
    assert refused.value.pointer == "/code"
    assert Entity.objects.filter(code=first.code).count() == 1


# The business date


def test_the_business_date_goes_forward_only() -> None:
    entity = create()
    tomorrow = TODAY + timedelta(days=1)
    advance_business_date(entity, tomorrow, actor="operator")
    assert entity.business_date == Entity.objects.get(id=entity.id).business_date == tomorrow
    assert last_event(entity) == (
        2, "business_date.advanced", f'{{"from":"{TODAY}","to":"{tomorrow}"}}', "operator",
    )  # fmt: skip
    advance_business_date(entity, tomorrow, actor="operator")
    assert last_event(entity)[0] == 2
    with pytest.raises(Malformed) as refused:
        advance_business_date(entity, TODAY, actor="operator")
    assert refused.value.pointer == "/business_date"
    assert verify_books(entity.id) == []


def test_a_slip_of_the_finger_does_not_take_the_books_into_the_next_decade() -> None:
    entity = create(business_date=TODAY + 3650 * timedelta(days=1))
    advance_business_date(entity, entity.business_date + FURTHEST, actor="operator")
    with pytest.raises(Malformed):
        advance_business_date(entity, entity.business_date + FURTHEST + timedelta(days=1), actor="operator")


# Currencies


def test_iso_currencies_are_there_from_the_start_and_once() -> None:
    entity = an_entity()
    rows = Currency.objects.filter(entity=entity, is_custom=False)
    assert set(rows.values_list("code", "name", "minor_units")) == set(ISO_4217)
    assert rows.count() == len(ISO_4217)
    told = EntityCreatedFact.read(Event.objects.get(entity=entity, sequence=1).data).currencies
    assert told == {code: minor_units for code, _, minor_units in ISO_4217}


def test_books_are_kept_in_a_currency_that_was_withdrawn_later() -> None:
    values = {"name": "Tvrtka", "base_currency": "HRK", "actor": "operator"}
    with pytest.raises(LedgerError) as caught:
        found_books(code="hrk", business_date=date(2023, 2, 1), **values)
    assert (caught.value.code, caught.value.pointer) == ("currency_withdrawn", "/base_currency")
    entity = found_books(code=f"hrk-{uuid4().hex}", business_date=date(2022, 12, 1), **values)
    assert Currency.objects.filter(entity=entity, code="HRK").values_list("minor_units", "is_custom").get() == (
        2,
        False,
    )
    assert verify_books(entity.id) == []


@pytest.mark.parametrize("code, minor_units", [("USDC", 6), ("CREDIT", 0), ("WEI", 18), ("A.B_C-1", 2)])
def test_a_custom_currency_can_be_used_at_once(code: str, minor_units: int) -> None:
    entity = an_entity()
    currency = add_currency(entity, code=code, name="Custom", minor_units=minor_units, actor="operator")
    stored = Currency.objects.get(id=currency.id)
    assert (stored.code, stored.name, stored.minor_units, stored.is_custom) == (code, "Custom", minor_units, True)
    assert last_event(entity)[1:] == (
        "currency.added",
        f'{{"code":"{code}","id":"{currency.id}","is_money":true,"minor_units":{minor_units},"name":"Custom"}}',
        "operator",
    )
    assert an_account(entity, "a", currency=code).currency == code
    assert verify_books(entity.id) == []


@pytest.mark.parametrize(
    "wrong, pointer",
    [
        ({"code": "usdc"}, "/code"), ({"code": ""}, "/code"), ({"code": "A" * 13}, "/code"), ({"code": "1A"}, "/code"),
        ({"name": ""}, "/name"), ({"name": "n" * 101}, "/name"), ({"name": "\x00"}, "/name"),
        ({"minor_units": -1}, "/minor_units"), ({"minor_units": 19}, "/minor_units"),
    ],
)  # fmt: skip
def test_what_no_currency_can_be(wrong: dict[str, Any], pointer: str) -> None:
    values: dict[str, Any] = {"code": "USDC", "name": "Coin", "minor_units": 6} | wrong
    entity = create()
    with pytest.raises(Malformed) as refused:
        add_currency(entity, actor="operator", **values)
    assert refused.value.pointer == pointer


@pytest.mark.parametrize("code", ["EUR", "USDC"])
def test_a_currency_is_added_once(code: str) -> None:
    entity = an_entity()
    add_currency(entity, code="USDC", name="Coin", minor_units=6, actor="operator")
    events = Event.objects.filter(entity=entity).count()
    with pytest.raises(CurrencyExists) as refused:
        add_currency(entity, code=code, name="Again", minor_units=2, actor="operator")
    assert refused.value.pointer == "/code"
    assert Event.objects.filter(entity=entity).count() == events
