"""The page that changes the base currency: shown first, then made."""

from __future__ import annotations

from datetime import date

from django.test import Client

from accounts.bases.models import BaseChange
from ledgerflow.books.models import Entity
from tests.builders import a_transfer, an_account, an_entity, posted
from tests.pages import ENTITIES, page_of, read, send
from tests.people import a_member_of_staff, person_behind

START = date(2022, 12, 30)
WANTED = {"currency": "EUR", "date": "2023-01-01", "rate": "7.53450", "key": "once"}


def in_kuna() -> Entity:
    entity = an_entity(business_date=START, base_currency="HRK")
    an_account(entity, "BANK", currency="HRK")
    an_account(entity, "SALES", "income", currency="HRK")
    an_account(entity, "BANK-EUR")
    an_account(entity, "BANK-USD", currency="USD")
    posted(entity, a_transfer("BANK", "SALES", "1.00"))
    return entity


def test_a_change_is_shown_before_it_is_made_by_one_person(operator: Client) -> None:
    entity = in_kuna()
    page = f"{ENTITIES}{entity.pk}/base-currency/"
    assert "Change the base currency" in read(operator, page_of(entity))
    assert "kept in HRK" in read(operator, page)
    shown = send(operator, page, **WANTED)
    assert "Until 2022-12-31 the books are kept in HRK, from 2023-01-01 on in EUR: 1 EUR = 7.53450 HRK." in shown
    for line in (
        "EUR 1 in base currency",
        "HRK 2 worth the fixed rate, not revalued",
        "USD 1 worth the rates against EUR; valuation accounts in EUR are opened on the day",
    ):
        assert line in shown
    before = entity.events.count()
    assert not BaseChange.objects.filter(entity=entity).exists()
    for wrong, said in (
        ({"rate": "7.5"}, "A fixed rate has six significant figures"),
        ({"date": "2022-12-30"}, "These books began on 2022-12-30"),
        ({"currency": "HRK"}, "HRK is the base currency already"),
        ({"date": "soon"}, "is not a date: write "),
    ):
        for button in ({}, {"change": "x"}):
            assert said in send(operator, page, **WANTED | wrong | button)
    assert entity.events.count() == before
    made = send(operator, page, **WANTED, change="x")
    assert f"{entity.name} is kept in EUR from 2023-01-01 on." in made
    assert "HRK, EUR from 2023-01-01 on" in made
    assert "EUR 2023-01-01 1 EUR = 7.53450 HRK" in made
    change = BaseChange.objects.get(entity=entity)
    assert change.actor == person_behind(operator)
    send(operator, page, **WANTED, change="x")  # sent twice
    assert BaseChange.objects.filter(entity=entity).count() == 1


def test_who_may_only_look_sees_no_button() -> None:
    entity = in_kuna()
    clerk = a_member_of_staff("books.view_entity")
    assert "Change the base currency" not in read(clerk, page_of(entity))
    assert clerk.get(f"{ENTITIES}{entity.pk}/base-currency/").status_code == 403
