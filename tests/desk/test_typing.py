"""What a page shows, the fields of that person take, and as the same; what could be another number is refused."""

from __future__ import annotations

import re
from datetime import UTC, date
from decimal import Decimal
from typing import Any

import pytest
from django import forms
from django.test import Client

from accounts.models import Account
from fx.rates.models import Rate
from ledgerflow.core.locales.current import Conventions, written_as
from ledgerflow.core.locales.days import DAY_FORMATS
from ledgerflow.core.locales.numbers import FORMATS
from ledgerflow.desk.models import Preference
from ledgerflow.web.form_fields import AmountField, DateField, RateField
from tests.builders import a_transfer, an_account, an_entity, posted
from tests.pages import confirm, page_of, text_of
from tests.people import a_user, logged_in

LOCALES = [("en", "iso"), ("de", "dmy"), ("ch", "mdy-slash"), ("fr", "dmy-slash")]
AMOUNTS = {"EUR": "25000.00", "JPY": "1160", "KWD": "1160.125"}
SHOWN = re.compile(r'<td class="lf-amount">([^<]*[0-9][^<]*)</td>')


def a_person(numbers: str, days: str) -> Client:
    user = a_user(is_superuser=True)
    Preference.objects.create(user=user, numbers=numbers, days=days)
    return logged_in(user)


def fields_of(page: str) -> dict[str, str]:
    """What the fields of a form hold."""
    found = {}
    for tag in re.findall(r"<(?:input|textarea)[^>]*>", page):
        attributes = dict(re.findall(r'([a-z-]+)="([^"]*)"', tag))
        if attributes.get("type") not in {"submit", "checkbox", None} or "name" in attributes:
            found[attributes.get("name", "")] = attributes.get("value", "")
    return found


@pytest.mark.parametrize("numbers, days", LOCALES)
def test_what_a_page_shows_its_fields_take_and_as_the_same(numbers: str, days: str) -> None:
    client, entity = a_person(numbers, days), an_entity()
    for currency, amount in AMOUNTS.items():
        cash = an_account(entity, f"1-{currency}", currency=currency, min_balance=f"-{amount}", max_balance=amount)
        an_account(entity, f"4-{currency}", "income", currency=currency)
        posted(entity, a_transfer(cash.code, f"4-{currency}", amount))
        decimals = len(amount.partition(".")[2])
        with written_as(Conventions(FORMATS[numbers], DAY_FORMATS[days], UTC, lambda: entity.business_date)):
            journal = client.get(page_of(entity.journals.latest("number"))).content.decode()
            texts = set(SHOWN.findall(journal)) - {"1", "2"}  # which are the numbers of the lines
            field = AmountField(decimals=decimals)
            assert {field.clean(one) for one in texts} == {Decimal(amount)}
            unknown = AmountField()  # as on the page that captures a hold
            assert unknown.clean(unknown.prepare_value(Decimal(amount))) == Decimal(amount)
            (day,) = re.findall(r"<dt>Effective date</dt><dd>([^<]*)</dd>", journal)
            assert DateField().clean(day) == entity.business_date

        page = f"/admin/accounts/account/{cash.pk}/edit/"
        filled = fields_of(client.get(page).content.decode())
        assert filled["min_balance"].startswith("\u2212")
        sent = client.post(page, filled | {"name": "Named anew", "reason": "asked for"}, follow=True)
        assert "is changed." in text_of(sent)
        kept = Account.objects.select_related("balance").get(pk=cash.pk)
        assert (kept.balance.min_balance, kept.balance.max_balance) == (-Decimal(amount), Decimal(amount))


def test_a_rate_that_could_be_thousands_is_refused_in_words_and_a_day_is_typed_short() -> None:
    english, german, entity = a_person("en", "iso"), a_person("de", "dmy"), an_entity()
    page = f"/admin/e/{entity.code}/rates/rate/add/"
    typed = {"base": "EUR", "quote": "USD", "kind": "spot", "source": "manual", "date": "-1"}
    refused = text_of(english.post(page, typed | {"value": "1,160"}))
    assert "1,160 can be read as 1160.00 or as 1.16: write 1160.00 or 1.16." in refused
    refused = text_of(german.post(page, typed | {"value": "1.160"}))
    assert "1.160 can be read as 1160,00 or as 1,16: write 1160,00 or 1,16." in refused
    assert "1,1602 would be 1.1602 with a decimal comma" in text_of(english.post(page, typed | {"value": "1,1602"}))
    assert "There is no day 31.2." in text_of(german.post(page, typed | {"value": "1,1602", "date": "31.2."}))
    assert not Rate.objects.filter(entity=entity).exists()
    said = confirm(german, page, "confirm_jump", **typed, value="1,1602")
    assert "EUR/USD 01.03.2026, version 1, is recorded" in said
    rate = Rate.objects.get(entity=entity)
    assert (rate.value, rate.rate_date) == (Decimal("1.1602"), date(2026, 3, 1))


@pytest.mark.parametrize(
    "field, given, taken",
    [
        (AmountField(), "10,000", None),  # nobody knows the currency
        (AmountField(decimals=2), "10,000", Decimal(10000)),
        (AmountField(is_positive=True), "-5", None),
        (AmountField(currency="EUR"), "5 EUR", Decimal(5)),
        (AmountField(required=False), "  ", ""),
        (RateField(), "1.160", Decimal("1.16")),
        (DateField(), "2026-Q3", None),
        (DateField(), "2026-03-31", date(2026, 3, 31)),
    ],
)
def test_a_field_by_itself(field: forms.Field, given: str, taken: Any) -> None:
    if taken is None:
        with pytest.raises(forms.ValidationError):
            field.clean(given)
    else:
        assert field.clean(given) == (taken or None)
