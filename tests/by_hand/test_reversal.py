"""The page that takes a journal back: both sides, what stands in the way, and once."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.changing import freeze_account
from journals.models import Journal
from journals.reversal import reverse_journal
from ledgerflow.books.models import Entity
from tests.builders import TODAY, a_journal, a_transfer, an_account, an_entity, balance_of, posted
from tests.pages import page_of, text_of
from tests.people import person_behind
from tests.trading import a_rate, a_trading_house, an_exchange


@pytest.fixture
def till() -> Entity:
    entity = an_entity(name="Corner shop")
    an_account(entity, "1001-CASH", min_balance="0")
    an_account(entity, "4001-SALES", "income")
    an_account(entity, "6000-RENT", "expense")
    posted(entity, a_transfer("1001-CASH", "4001-SALES", "20.00", description="Monday"))
    return entity


def address_of(journal: Journal) -> str:
    return reverse("admin:journals_journal_reverse", args=[journal.pk])


def form_of(page: Any) -> dict[str, Any]:
    form = page.context["form"]
    return {name: form[name].value() for name in ("effective_date", "key")}


def test_a_journal_is_reversed_once_from_a_page_with_both_sides(clerk: Client, till: Entity) -> None:
    journal = Journal.objects.get(entity=till)
    assert 'data-key="r"' in clerk.get(page_of(journal)).content.decode()
    page = clerk.get(address_of(journal))
    shown = text_of(page)
    assert "Journal 1 of 2026-03-02 Its reversal" in shown
    assert "1001-CASH · 1001-CASH EUR 20.00 20.00 0.00 4001-SALES · 4001-SALES EUR 20.00 20.00 0.00" in shown
    form = form_of(page)
    assert form["effective_date"] == str(TODAY)
    missing = text_of(clerk.post(address_of(journal), form))
    assert "This field is required." in missing
    checked = text_of(clerk.post(address_of(journal), form | {"description": "Typed twice", "check": "1"}))
    assert "Typed twice" not in checked
    assert not journal.reversals.exists()
    for _ in range(2):
        answer = clerk.post(address_of(journal), form | {"description": "Typed twice"}, follow=True)
        assert "Journal 1 is reversed by journal 2." in text_of(answer)
    reversal = journal.reversals.get()
    assert (reversal.description, reversal.actor) == ("Typed twice", person_behind(clerk))
    assert balance_of(till, "1001-CASH") == 0
    again = text_of(clerk.get(address_of(journal)))
    assert "This journal has been reversed already, by journal 2 ." in again
    assert "Reason" not in again
    assert "A reversal cannot be reversed: post the journal anew." in text_of(clerk.get(address_of(reversal)))
    body = clerk.get(page_of(journal)).content.decode()
    assert 'data-key="r"' not in body
    assert "Proof" in body


def test_limits_and_dates_that_stand_in_the_way_are_said_before(clerk: Client, till: Entity) -> None:
    journal = Journal.objects.get(entity=till)
    posted(till, a_journal(("6000-RENT", "15"), ("1001-CASH", "-15")))
    page = clerk.get(address_of(journal))
    assert "1001-CASH has 5.00 available above its limit of 0.00." in text_of(page)
    refused = clerk.post(address_of(journal), form_of(page) | {"description": "No"})
    assert "1001-CASH has 5.00 available" in text_of(refused)
    early = form_of(page) | {"description": "No", "effective_date": "2026-03-01"}
    assert "A reversal cannot be dated before its original, 2026-03-02." in text_of(
        clerk.post(address_of(journal), early)
    )
    freeze_account(till.id, "4001-SALES", outflow=True, inflow=True, actor="test")
    assert "4001-SALES is frozen" in text_of(clerk.get(address_of(journal)))
    assert not journal.reversals.exists()


def test_a_part_of_more_leads_to_what_takes_it_back(clerk: Client) -> None:
    house = a_trading_house()
    a_rate(house, "1.10")
    settlement = an_exchange(house, "BANK-EUR", "BANK-USD", "10.00").settlement
    page = clerk.get(address_of(settlement.buy_journal))
    assert "A settlement is reversed as a pair: reverse the settlement. Open the settlement" in text_of(page)
    assert page_of(settlement) in page.content.decode()
    sent = clerk.post(address_of(settlement.buy_journal), form_of(page) | {"description": "No"})
    assert "A settlement is reversed as a pair" in text_of(sent)


def test_a_reversal_done_meanwhile_is_told_by_its_number(clerk: Client, till: Entity) -> None:
    journal = Journal.objects.get(entity=till)
    form = form_of(clerk.get(address_of(journal)))
    reverse_journal(till.id, journal.pk, key="other", actor="somebody")
    late = text_of(clerk.post(address_of(journal), form | {"description": "Too late"}))
    assert "This journal has been reversed already, by journal 2 ." in late


def test_a_journal_that_is_not_there_leads_home(clerk: Client, till: Entity) -> None:
    nowhere = reverse("admin:journals_journal_reverse", args=["00000000-0000-0000-0000-000000000001"])
    assert "There is no journal" in text_of(clerk.get(nowhere, follow=True))
