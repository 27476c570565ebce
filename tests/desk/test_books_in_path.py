"""Every page of an entity has it in its address, and leads nowhere else."""

from __future__ import annotations

import html
import re

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from fx.rates.models import Rate
from journals.models import Journal
from ledgerflow.books.models import Entity
from tests.builders import a_transfer, an_entity, posted
from tests.pages import JOURNALS, in_books, page_of, text_of
from tests.people import a_shop, a_user, an_operator

RATES = "/admin/rates/rate/"


@pytest.fixture
def browser() -> Client:
    """A browser that goes nowhere by itself."""
    client = Client()
    client.force_login(a_user(is_superuser=True))
    return client


def links_of(page: str) -> set[str]:
    page = re.sub(
        r'<details class="lf-menu lf-books">.*?</details>', "", page, flags=re.DOTALL
    )  # which leads elsewhere
    found = re.findall(r'(?:href|action|formaction)="(/admin/[^"]*)"', page)
    return {html.unescape(one) for one in found}


def test_with_two_windows_in_two_books_each_stays_in_its_own(browser: Client) -> None:
    hansen, bank = an_entity(name="Hansen & Söhne"), an_entity(name="AMLSim Savings Bank")
    in_hansen, in_bank = browser.get(in_books(hansen, RATES)), browser.get(in_books(bank, RATES))
    assert in_hansen.status_code == in_bank.status_code == 200
    (add,) = {one for one in links_of(in_hansen.content.decode()) if one.endswith("/rates/rate/add/")}
    form = browser.get(add)
    assert "In the books of Hansen & Söhne" in text_of(form)
    typed = {"base": "EUR", "quote": "USD", "date": "2026-03-02", "kind": "closing", "value": "1.1602", "source": "ECB"}
    typed["confirm_jump"] = "EUR USD 2026-03-02 closing 1.1602"  # the first rate of the pair
    browser.post(add, typed | {"confirm_jump": ""})
    assert browser.post(add, typed).headers["Location"].startswith(in_books(hansen, "/admin/rates/rate/"))
    assert [rate.entity for rate in Rate.objects.filter(entity__in=[hansen, bank])] == [hansen]


@pytest.mark.parametrize(
    "path", ["", "journals/journal/", "rates/rate/add/", "reports/trial-balance/", "days/dayclose/"]
)
def test_each_link_of_a_page_stays_in_its_books(browser: Client, path: str) -> None:
    shop = a_shop()
    page = browser.get(in_books(shop, f"/admin/{path}"))
    assert page.status_code == 200
    elsewhere = {one for one in links_of(page.content.decode()) if not one.startswith(f"/admin/e/{shop.code}/")}
    assert elsewhere <= {"/admin/"}  # from Home to all books


def test_old_addresses_lead_to_the_same_page_in_the_books(browser: Client) -> None:
    shop = a_shop()
    journal = Journal.objects.get(entity=shop, number=1)
    for old, new in [
        (f"{JOURNALS}?entity={shop.code}&kind=transfer", f"{in_books(shop, JOURNALS)}?kind=transfer"),
        (f"{JOURNALS}{journal.pk}/change/", page_of(journal)),
        (f"/admin/reports/statement/?entity={shop.code}&account=1001-CASH", in_books(shop, "/admin/reports/statement/?account=1001-CASH")),
    ]:  # fmt: skip
        answer = browser.get(old)
        assert (answer.status_code, answer.headers["Location"]) == (302, new)
        assert browser.get(new).status_code == 200


def test_the_session_only_suggests_where_to_begin(browser: Client) -> None:
    first, second = a_shop(), a_shop()
    browser.get(in_books(first, JOURNALS))
    assert browser.get(JOURNALS).headers["Location"] == in_books(first, JOURNALS)
    browser.get(in_books(second, JOURNALS))
    assert browser.get(JOURNALS).headers["Location"] == in_books(second, JOURNALS)
    assert first.name in text_of(browser.get(in_books(first, JOURNALS)))


def test_a_row_of_other_books_leads_there_and_what_was_sent_does_nothing(browser: Client) -> None:
    shop, other = a_shop(), a_shop()
    journal = Journal.objects.get(entity=shop, number=1)
    wrong = in_books(other, f"{JOURNALS}{journal.pk}/change/")
    assert browser.get(wrong).headers["Location"] == page_of(journal)
    account = shop.accounts.get(code="1001-CASH")
    sent = browser.post(in_books(other, f"/admin/accounts/account/{account.pk}/edit/"), {"name": "Stolen"})
    assert sent.status_code == 302
    account.refresh_from_db()
    assert account.name == "Cash in the till"


def test_what_is_sent_to_an_old_address_is_sent_on_whole(browser: Client) -> None:
    shop = a_shop()
    answer = browser.post(f"{RATES}add/?entity={shop.code}", {"rate": "1"})
    assert (answer.status_code, answer.headers["Location"]) == (307, in_books(shop, f"{RATES}add/"))
    # Where nothing says which books are meant, nobody writes into those that another window was in last.
    assert browser.post(f"{RATES}add/", {"rate": "1"}).status_code == 302


@pytest.mark.parametrize("code", ["nobody", "x" * 64])
def test_books_that_are_not_there_are_said_to_be_missing(browser: Client, code: str) -> None:
    a_shop()
    answer = browser.get(f"/admin/e/{code}/journals/journal/")
    assert answer.status_code == 404
    assert f"There is no entity '{code}'." in text_of(answer)
    assert 'href="/admin/"' in answer.content.decode()


def test_what_is_no_page_is_no_page_in_the_books_either(browser: Client) -> None:
    shop = a_shop()
    for path in ("nothing/", "journals/nothing/", f"e/{shop.code}/journals/journal/", "%00/", "../journals/journal/"):
        assert browser.get(in_books(shop, f"/admin/{path}")).status_code == 404, path


def test_a_page_of_the_project_that_is_linked_from_within_the_books_is_where_it_is(browser: Client) -> None:
    shop = a_shop()
    answer = browser.get(in_books(shop, "/admin/api/docs?x=1"))
    assert (answer.status_code, answer.headers["Location"]) == (302, f"{reverse('ledgerflow:docs')}?x=1")


def test_strangers_learn_of_no_books(client: Client) -> None:
    shop = a_shop()
    for code in (shop.code, "nobody"):
        answer = client.get(f"/admin/e/{code}/journals/journal/")
        assert answer.status_code == 302
        assert re.fullmatch(
            rf"/admin/(e/{code}/)?login/\?next=/admin/e/{code}/journals/journal/", answer.headers["Location"]
        )


def test_after_a_page_in_books_addresses_are_made_as_before() -> None:
    shop: Entity = a_shop()
    posted(shop, a_transfer("1001-CASH", "4001-SALES", "1"))
    assert an_operator().get(in_books(shop, JOURNALS)).status_code == 200
    assert reverse("admin:journals_journal_changelist") == JOURNALS
    assert User.objects.exists()
