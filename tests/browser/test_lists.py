"""Lists in a browser: what is selected is summed, saved views are reached by a key, and everybody can use it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User

from ledgerflow.books.models import Entity
from ledgerflow.core import clocks
from ledgerflow.desk.models import ListFile, Preference, SavedView
from tests.browser import axe
from tests.browser.serving import PASSWORD, log_in
from tests.builders import a_transfer, an_account, an_entity, posted
from tests.devtools import CHROMIUM, Browser
from tests.people import a_user

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="needs chromium on the PATH (Debian: apt-get install chromium)"
)
SUMS = "document.getElementById('lf-sums')"


@pytest.fixture(scope="module")
def reader(_database: None) -> User:
    """Somebody who may change nothing, so that no list offers boxes of its own, and who writes as in German."""
    user = a_user("accounts.view_account", "journals.view_journal", "books.view_entity", password=PASSWORD)
    Preference.objects.create(user=user, numbers="de")
    return user


@pytest.fixture(scope="module")
def browser(server: str, reader: User) -> Iterator[Browser]:
    with Browser() as found:
        log_in(found, server, reader.username)
        yield found


def test_what_is_selected_is_summed_and_views_are_a_key_away(server: str, browser: Browser, reader: User) -> None:
    shop = books_in_two_currencies()
    page = f"{server}/admin/e/{shop.code}/accounts/account/"
    browser.go(page)
    assert browser.run(f"{SUMS}.hidden")
    for key in ("j", "x", "j", "x"):  # 1001-CASH and 1002-DOLLAR
        browser.press(key)
    assert browser.text("#lf-sums") == (
        "2 selected · Balance 9.007.199.254.740.993,25 EUR, \u22125,50 USD"
        " · Available 9.007.199.254.740.993,25 EUR, \u22125,50 USD · Held 0,00 EUR, 0,00 USD"
    )
    browser.click(".lf-select-all", loads=False)
    assert browser.text("#lf-sums").startswith("4 selected · Balance 18.014.398.509.481.986,50 EUR, \u221211,00 USD")
    assert axe.violations(browser, without=[".lf-environment"]) == []
    browser.click(".lf-select-all", loads=False)
    assert browser.run(f"{SUMS}.hidden")

    browser.go(f"{server}/admin/e/{shop.code}/journals/journal/")
    browser.click(".lf-columns summary", loads=False)
    assert axe.violations(browser, without=[".lf-environment"]) == []
    browser.click(".lf-columns summary", loads=False)
    browser.click(".lf-select-all", loads=False)
    assert browser.text("#lf-sums") == "2 selected · Amount 5,50 USD, 9.007.199.254.740.993,25 EUR"

    now = clocks.now()
    for state in (
        {},
        {"all_rows": 100_000, "rows": 40_000},
        {"made_at": now, "octets": 12_345_678},
        {"failure": "No."},
    ):
        ListFile.objects.create(
            user=reader, entity=shop, list_name="journals_journal", title="Journals", wanted_at=now, kept_until=now,
            **state,
        )  # fmt: skip
    browser.go(f"{server}/admin/e/{shop.code}/files/?list=journals_journal&query=kind%3Dtransfer")
    assert axe.violations(browser, without=[".lf-environment"]) == []

    SavedView.objects.create(user=reader, list_name="accounts_account", name="Assets", query="type=asset")
    browser.go(f"{page}?q=nothing")
    assert axe.violations(browser, without=[".lf-environment"]) == []
    browser.press("v")
    browser.press("Enter", loads=True)
    assert browser.run("location.search") == "?type=asset"
    assert browser.texts(".lf-chips a strong") == ["Asset"]


def books_in_two_currencies() -> Entity:
    shop = an_entity(name="Corner shop")
    an_account(shop, "1001-CASH")
    an_account(shop, "1002-DOLLAR", currency="USD")
    an_account(shop, "4001-SALES", "income")
    an_account(shop, "4002-SALES", "income", currency="USD")
    # More than a floating-point number holds.
    posted(shop, a_transfer("1001-CASH", "4001-SALES", "9007199254740993.25"))
    posted(shop, a_transfer("4002-SALES", "1002-DOLLAR", "5.50"))
    return shop
