"""Lists: what they show, how they are filtered, and that they stay cheap."""

import html
import re
from datetime import date

import pytest
from django.test import Client

from accounts.admin.entities import CurrencyAdmin
from accounts.changing import freeze_account
from accounts.models import Currency
from journals.models import Journal
from ledgerflow.books.models import Entity
from ledgerflow.web import admin_base
from tests.builders import a_journal, a_transfer, an_account, an_entity, posted
from tests.pages import ACCOUNTS, CURRENCIES, ENTITIES, JOURNALS, KEYS, column, in_books, page_of, read, text_of
from tests.people import a_shop, queries


def test_home_shows_how_the_chosen_books_stand(operator: Client, quiet_shop: Entity) -> None:
    page = read(operator, "/admin/", entity=quiet_shop.code)
    assert "Today · Corner shop" in page
    assert "Business date 2026-03-02" in page
    assert "Trial balance: 0 in EUR" in page
    assert "2 2026-03-02 Top-up 20.00 EUR 1 2026-03-02 Monday 1,234.50 EUR" in page


def test_home_shows_books_that_are_empty(operator: Client) -> None:
    page = read(operator, "/admin/", entity=an_entity(name="Empty books").code)
    assert "Empty books" in page
    assert "Nothing waits for anybody." in page


def test_the_front_door_leads_to_the_admin(client: Client) -> None:
    assert client.get("/").headers["Location"] == "/admin/"
    assert client.get("/admin").headers["Location"] == "/admin/"


def test_balances_are_on_the_normal_side(operator: Client, shop: Entity) -> None:
    an_account(shop, "1000-ALL", is_header=True)
    assert column(operator, ACCOUNTS, "code", entity=shop.code) == ["1000-ALL", "1001-CASH", "2001-ALICE", "4001-SALES"]
    assert column(operator, ACCOUNTS, "balance_text") == ["", "1,254.50", "20.00", "1,234.50"]
    assert column(operator, ACCOUNTS, "available") == ["", "1,254.50", "20.00", "1,234.50"]
    assert column(operator, ACCOUNTS, "held") == ["", "0.00", "0.00", "0.00"]
    assert column(operator, ACCOUNTS, "status") == ["header", "open", "open", "open"]


@pytest.fixture(scope="module")
def varied(_database: None) -> Entity:
    """A shop with accounts and journals of several sorts."""
    shop = a_shop()
    an_account(shop, "1900-DOLLAR", "expense", currency="USD")
    freeze_account(shop.id, "2001-ALICE", outflow=True, inflow=False, actor="test")
    posted(shop, a_journal(("1001-CASH", "1"), ("4001-SALES", "-1"), effective_date=date(2026, 2, 28)))
    return shop


@pytest.mark.parametrize(
    "name, value, found",
    [
        ("type", "asset", ["1001-CASH"]),
        ("currency", "USD", ["1900-DOLLAR"]),
        ("role", "wallet", ["2001-ALICE"]),
        ("status", "open", ["1001-CASH", "1900-DOLLAR", "4001-SALES"]),
        ("status", "frozen", ["2001-ALICE"]),
        ("status", "closed", []),
        ("status", "header", []),
        ("status", "overridden", []),
        ("q", "sales", ["4001-SALES"]),
        ("q", "till", ["1001-CASH"]),
        ("q", "alice", ["2001-ALICE"]),
        ("q", "ALIC", ["2001-ALICE"]),
        ("q", "nothing", []),
    ],
)
def test_accounts_are_filtered_and_searched(
    operator: Client, varied: Entity, name: str, value: str, found: list[str]
) -> None:
    assert column(operator, ACCOUNTS, "code", entity=varied.code, **{name: value}) == found


def test_journals_come_newest_first_with_their_amounts(operator: Client, shop: Entity) -> None:
    an_account(shop, "1900-DOLLAR", currency="USD")
    an_account(shop, "1901-DOLLAR", currency="USD")
    posted(
        shop,
        a_journal(("1001-CASH", "5"), ("4001-SALES", "-5"), ("1900-DOLLAR", "7"), ("1901-DOLLAR", "-7")),
    )
    assert column(operator, JOURNALS, "number", entity=shop.code) == ["3", "2", "1"]
    assert column(operator, JOURNALS, "total") == ["5.00 EUR, 7.00 USD", "20.00 EUR", "1,234.50 EUR"]
    shown = operator.get(JOURNALS, follow=True).content.decode()  # what the script sums that are selected
    for_machines = re.findall(r'<data value="([^"]*)" data-currency="([^"]*)">', shown)
    assert for_machines[:2] == [("5.00", "EUR"), ("7.00", "USD")]
    assert column(operator, JOURNALS, "effective_date") == ["2026-03-02"] * 3
    sides = ["several → several", "1001-CASH → 2001-ALICE", "1001-CASH → 4001-SALES"]
    assert column(operator, JOURNALS, "sides") == sides
    assert column(operator, JOURNALS, "who") == ["test"] * 3
    assert column(operator, JOURNALS, "reversal_of") == []


@pytest.mark.parametrize(
    "params, found",
    [
        ({"kind": "transfer"}, ["2", "1"]),
        ({"kind": "manual"}, ["3"]),
        ({"kind": "reversal"}, []),
        ({"from": "2026-03-02"}, ["2", "1"]),
        ({"to": "2026-03-01"}, ["3"]),
        ({"from": "2026-02-28", "to": "2026-03-02"}, ["2", "1", "3"]),
        ({"order": "date"}, ["2", "1", "3"]),
        ({"order": "number"}, ["3", "2", "1"]),
        ({"q": "2"}, ["2"]),
        ({"q": "T-1"}, ["1"]),
        ({"q": "alice-1"}, ["2"]),
        ({"q": "99999999999999999999999999"}, []),
        ({"q": "nothing"}, []),
    ],
)
def test_journals_are_filtered_and_searched(
    operator: Client, varied: Entity, params: dict[str, str], found: list[str]
) -> None:
    assert column(operator, JOURNALS, "number", entity=varied.code, **params) == found


def test_books_do_not_mix_and_the_chosen_ones_are_remembered(operator: Client, shop: Entity) -> None:
    other = an_entity(name="Bakery")
    an_account(other, "9000-OVEN")
    assert column(operator, ACCOUNTS, "code", entity=other.code) == ["9000-OVEN"]
    assert column(operator, ACCOUNTS, "code") == ["9000-OVEN"]
    assert read(operator, JOURNALS).count("Journals of Bakery") > 0
    assert column(operator, JOURNALS, "number") == []
    assert column(operator, JOURNALS, "number", entity=shop.code) == ["2", "1"]


def test_a_search_by_key_stays_inside_the_books(operator: Client, quiet_shop: Entity) -> None:
    assert column(operator, JOURNALS, "number", entity=an_entity().code, q="alice-1") == []


def test_entities_are_found_by_code_and_name(operator: Client, quiet_shop: Entity) -> None:
    assert column(operator, ENTITIES, "code", q=quiet_shop.code) == [quiet_shop.code]
    named = an_entity(name=f"Name of {quiet_shop.code}")
    assert column(operator, ENTITIES, "code", q=f"name of {quiet_shop.code}") == [named.code]


def test_currencies_are_those_of_the_books(operator: Client, quiet_shop: Entity) -> None:
    assert column(operator, CURRENCIES, "minor_units", entity=quiet_shop.code, q="JPY") == ["0"]
    assert column(operator, CURRENCIES, "code", q="yen") == ["JPY"]


def test_a_list_counts_to_its_limit_and_says_so(
    operator: Client, quiet_shop: Entity, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admin_base, "MOST_ROWS", 2)
    paginator = admin_base.BoundedPaginator(Currency.objects.filter(entity=quiet_shop), 1)
    assert (paginator.count, paginator.capped, paginator.num_pages) == (2, True, 2)
    assert "the first 2 currencies; filters reach the others" in read(operator, CURRENCIES, entity=quiet_shop.code)
    many = len(column(operator, ENTITIES, "code", q=quiet_shop.code))
    assert f" {many} entit" in read(operator, ENTITIES, q=quiet_shop.code)
    assert "filters reach" not in read(operator, ENTITIES, q=quiet_shop.code)


def test_a_long_list_has_pages(operator: Client, quiet_shop: Entity, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CurrencyAdmin, "list_per_page", 1)
    monkeypatch.setattr(CurrencyAdmin, "list_max_show_all", 1)
    first = column(operator, CURRENCIES, "code", entity=quiet_shop.code)
    assert len(first) == 1
    assert column(operator, CURRENCIES, "code", p="2") > first


def test_journals_turn_their_pages_by_key(
    operator: Client, quiet_shop: Entity, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admin_base.ReadOnlyAdmin, "list_per_page", 1)
    for asked in ("", "?order=date"):
        first = operator.get(in_books(quiet_shop, JOURNALS) + asked)
        (older,) = re.findall(r'href="([^"]*)"[^>]*rel="next"|rel="next"[^>]*href="([^"]*)"', first.content.decode())
        address = in_books(quiet_shop, JOURNALS) + html.unescape("".join(older))
        assert column(operator, in_books(quiet_shop, JOURNALS) + asked, "number") == ["2"]
        assert column(operator, address, "number") == ["1"]


def test_no_list_asks_per_row(operator: Client, shop: Entity) -> None:
    pages = [f"{page}?entity={shop.code}" for page in (ACCOUNTS, JOURNALS, KEYS, CURRENCIES, "/admin/")]
    operator.get("/admin/", {"entity": shop.code})  # the session remembers the books: once
    few = [queries(operator, page) for page in pages]
    for number in range(12):
        an_account(shop, f"5{number:03}")
        posted(shop, a_transfer(f"5{number:03}", "4001-SALES", "1"))
    assert [queries(operator, page) for page in pages] == few


@pytest.mark.parametrize(
    "page, most",
    [("/admin/", 15), (ENTITIES, 10), (ACCOUNTS, 14), (JOURNALS, 15), (KEYS, 12), (CURRENCIES, 12)],
)
def test_lists_take_few_queries(operator: Client, quiet_shop: Entity, page: str, most: int) -> None:
    operator.get("/admin/", {"entity": quiet_shop.code})
    assert queries(operator, page) <= most


def test_pages_of_one_row_take_few_queries(operator: Client, shop: Entity) -> None:
    for number in range(12):
        an_account(shop, f"5{number:03}")
        posted(shop, a_transfer(f"5{number:03}", "1001-CASH", "1"))
    many_lines = a_journal(*((f"5{n:03}", "1") for n in range(12)), ("1001-CASH", "-12"))
    posted(shop, many_lines)
    journal = Journal.objects.get(entity=shop, number=15)
    account = shop.accounts.get(code="1001-CASH")
    assert queries(operator, page_of(journal)) <= 15  # one of them for its attachments
    assert queries(operator, page_of(account)) <= 15  # one of them for what is held
    assert queries(operator, page_of(shop)) <= 12


def test_more_entities_than_a_menu_holds_are_listed_elsewhere(
    operator: Client, quiet_shop: Entity, monkeypatch: pytest.MonkeyPatch
) -> None:
    an_entity()
    page, listed = in_books(quiet_shop, ACCOUNTS), f'href="{in_books(quiet_shop, ENTITIES)}">All books'
    monkeypatch.setattr("ledgerflow.desk.frame.MOST_OPTIONS", 10_000)
    assert listed not in operator.get(page).content.decode()
    monkeypatch.setattr("ledgerflow.desk.frame.MOST_OPTIONS", 1)
    assert listed in operator.get(page).content.decode()


@pytest.mark.parametrize(
    "address, status, said",
    [
        (f"{ENTITIES}?entity=x", 400, "The page does not take what its address asks for: entity ."),
        (f"{JOURNALS}?<b>=bar", 400, "The page does not take what its address asks for: <b> ."),
        ("/admin/nothing/", 404, "No page has the address /admin/nothing/ ."),
        ("/admin/reports/nothing/", 404, "No page has the address /admin/reports/nothing/ ."),
    ],
)
def test_what_leads_nowhere_is_a_page_of_the_admin(operator: Client, address: str, status: int, said: str) -> None:
    answer = operator.get(address)
    page = answer.content.decode()
    assert answer.status_code == status
    assert said in text_of(answer)
    assert 'id="nav-sidebar"' in page
    here = answer.request["PATH_INFO"]
    home = "/".join(here.split("/")[:4]) + "/" if here.startswith("/admin/e/") else "/admin/"
    assert f'<li><a href="{home}">Today</a></li>' in page
    assert (f'<li><a href="{here}">The same page without that</a></li>' in page) == (status == 400)


def test_from_a_journal_the_way_back_leads_to_what_was_found(operator: Client, shop: Entity) -> None:
    asked = "?kind=transfer&q=alice-1"
    (link,) = re.findall(
        r'href="([^"]*/change/[^"]*)"', operator.get(f"{in_books(shop, JOURNALS)}{asked}").content.decode()
    )
    journal = Journal.objects.get(entity=shop, description="Top-up")
    assert html.unescape(link).startswith(page_of(journal))
    page = operator.get(html.unescape(link)).content.decode()
    (back,) = re.findall(rf'href="({in_books(shop, JOURNALS)}\?[^"]*)"', page)
    assert html.unescape(back) == f"{in_books(shop, JOURNALS)}{asked}"
    assert column(operator, html.unescape(back), "description") == ["Top-up"]
