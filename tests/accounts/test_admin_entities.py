"""Entities and currencies: added by forms, shown, never changed."""

from uuid import uuid4

import pytest
from django.test import Client

from accounts.models import Currency
from ledgerflow.books.models import Entity, Event
from tests.pages import CURRENCIES, ENTITIES, page_of, read, send
from tests.people import person_behind


def filled(**given: str) -> dict[str, str]:
    return {
        "code": f"e-{uuid4().hex[:10]}",
        "name": "Bakery",
        "base_currency": "CHF",
        "business_date": "2026-03-02",
        "time_zone": "Europe/Zurich",
        "dimensions": "cost_centre, project",
    } | given


def test_an_entity_comes_with_its_currencies(operator: Client) -> None:
    fields = filled()
    page = send(operator, f"{ENTITIES}add/", **fields)
    assert "Bakery is ready, with the currencies of ISO 4217." in page
    assert "Business date 2026-03-02 Base currency CHF Accounts 0 Events 1" in page
    assert "entity.created" in page
    entity = Entity.objects.get(code=fields["code"])
    assert entity.dimensions == ["cost_centre", "project"]
    assert Currency.objects.get(entity=entity, code="JPY").minor_units == 0
    assert Event.objects.get(entity=entity).actor == person_behind(operator)
    assert "Currencies of Bakery" in read(operator, CURRENCIES)


@pytest.mark.parametrize(
    "given, said",
    [
        ({"code": "no spaces"}, "A code is 1 to 64 letters"),
        ({"name": ""}, "This field is required."),
        ({"base_currency": "XXX"}, "Select a valid choice."),
        ({"business_date": "tomorrow"}, "is not a date: write "),
        ({"time_zone": "Mars/Olympus"}, "is not a time zone"),
        ({"time_zone": "../etc/passwd"}, "is not a time zone"),
        ({"dimensions": "a,b,c,d,e,f,g,h,i"}, "At most 8 dimensions"),
        ({"dimensions": "Not-A-Name"}, "is not a dimension name"),
    ],
)
def test_an_entity_that_cannot_be_is_refused(operator: Client, given: dict[str, str], said: str) -> None:
    fields = filled(**given)
    page = send(operator, f"{ENTITIES}add/", **fields)
    assert "Nothing was written." in page
    assert said in page
    assert not Entity.objects.filter(code=fields["code"]).exists()


def test_a_code_is_taken_once(operator: Client, quiet_shop: Entity) -> None:
    page = send(operator, f"{ENTITIES}add/", **filled(code=quiet_shop.code))
    assert f"There is an entity '{quiet_shop.code}' already." in page


def test_the_form_begins_with_today(operator: Client) -> None:
    form = operator.get(f"{ENTITIES}add/").content.decode()
    assert 'name="business_date" value="20' in form
    assert '<option value="Europe/Berlin">' in form


def test_the_page_of_an_entity_shows_its_last_events(operator: Client, quiet_shop: Entity) -> None:
    page = read(operator, page_of(quiet_shop))
    head = Event.objects.get(entity=quiet_shop, sequence=6)
    assert f"Hash of the last event {bytes(head.hash).hex()}" in page
    assert page.index("6 20") < page.index("5 20")


def test_a_currency_is_added(operator: Client, shop: Entity) -> None:
    page = send(operator, f"{CURRENCIES}add/?entity={shop.code}", code="USDC", name="USD Coin", minor_units="6")
    assert "USDC is a currency of Corner shop." in page
    assert "Minor units 6 From added by hand" in page
    euro = Currency.objects.get(entity=shop, code="EUR")
    assert "From ISO 4217" in read(operator, page_of(euro))


@pytest.mark.parametrize(
    "given, said",
    [
        ({"code": "EUR"}, "These books have a currency EUR already."),
        ({"code": "lower"}, "A currency code is a capital letter"),
        ({"minor_units": "19"}, "less than or equal to 18"),
        ({"minor_units": "1.5"}, "Enter a whole number."),
    ],
)
def test_a_currency_that_cannot_be_is_refused(
    operator: Client, quiet_shop: Entity, given: dict[str, str], said: str
) -> None:
    fields = {"code": "USDC", "name": "USD Coin", "minor_units": "6"} | given
    assert said in send(operator, f"{CURRENCIES}add/?entity={quiet_shop.code}", **fields)
    assert Currency.objects.filter(entity=quiet_shop, is_custom=True).count() == 0


def test_a_currency_needs_books(operator: Client) -> None:
    assert "A currency needs an entity" in send(operator, f"{CURRENCIES}add/?entity=no-such-books", code="X")
