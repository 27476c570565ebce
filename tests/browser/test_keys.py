"""The palette and the keys of the desk, in a real browser against the real server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ledgerflow.books.models import Entity
from tests.browser.serving import PASSWORD, log_in
from tests.builders import a_transfer, an_account, an_entity, posted
from tests.devtools import CHROMIUM, Browser
from tests.people import a_user
from tests.read_models.projecting import project

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="needs chromium on the PATH (Debian: apt-get install chromium)"
)
OPTIONS = "[...document.querySelectorAll('#lf-palette-hits [role=option]')].map(one => one.innerText)"


@pytest.fixture(scope="module")
def shop(_database: None) -> Entity:
    entity = an_entity(name="Corner shop")
    an_account(entity, "1001-CASH", name="Cash in the till")
    an_account(entity, "4001-SALES", "income", name="Sales")
    for day in ("Monday", "Tuesday", "Wednesday"):
        posted(entity, a_transfer("1001-CASH", "4001-SALES", "1234.50", description=f"{day}'s sales"))
    project(entity)
    return entity


@pytest.fixture(scope="module")
def browser(server: str) -> Iterator[Browser]:
    """A browser whose operator has logged in through the form."""
    user = a_user(is_superuser=True, password=PASSWORD)
    with Browser() as found:
        log_in(found, server, user.username)
        yield found


def focused(browser: Browser) -> str:
    return str(browser.run("document.activeElement.innerText || document.activeElement.id"))


def test_a_payment_is_found_by_its_amount_with_few_keys(server: str, browser: Browser, shop: Entity) -> None:
    browser.go(f"{server}/admin/e/{shop.code}/")
    browser.press("/")
    assert focused(browser) == "lf-palette-text"
    browser.press_all(*"1234,5")
    browser.wait_until(f"{OPTIONS}.some(text => text.includes('1,234.50 EUR'))")
    assert browser.run("document.getElementById('lf-palette-text').getAttribute('aria-activedescendant')") is not None
    browser.press_all("ArrowDown", "ArrowUp")
    browser.press("Enter", loads=True)
    assert browser.text("h1") == "Journal 3 of Corner shop"


def test_the_palette_gives_commands_and_goes_away(server: str, browser: Browser, shop: Entity) -> None:
    browser.go(f"{server}/admin/e/{shop.code}/accounts/account/")
    browser.press("k", control=True)
    browser.press_all(*"close day")
    browser.wait_until(f"{OPTIONS}[0]?.startsWith('Close day')")
    browser.press("Escape")
    assert not browser.run("document.getElementById('lf-palette').open")
    browser.press("k", control=True)
    browser.press_all(*"foo:bar")
    browser.wait_until("document.getElementById('lf-palette-status').innerText.includes('There are amount:')")
    browser._element("#lf-palette-text", "element.value = 'tuesday'")
    browser.press("Enter", loads=True)  # no hits of this text yet: the form leads to the page
    assert browser.texts("h1, .lf-find-group h2") == ["Find", "Journals with these words"]


def test_a_list_is_gone_through_and_left_by_keys(server: str, browser: Browser, shop: Entity) -> None:
    browser.go(f"{server}/admin/e/{shop.code}/find/?q=sales")
    browser.press_all("j", "j")
    assert focused(browser) == "Journal 3"  # after the account of this name
    browser.press_all("j", "k", "j")
    assert focused(browser) == "Journal 2"
    browser.press_all("f", "j")
    assert browser.run("document.activeElement.value") == "j"  # a field takes it, and it is no key there
    browser.press_all("Escape", "k")
    assert focused(browser) == "Journal 1"
    browser.press("Enter", loads=True)
    assert browser.text("h1") == "Journal 1 of Corner shop"
    browser.press("g")
    browser.press("a", loads=True)
    assert browser.text("h1") == "Accounts of Corner shop"
    browser.press_all("g", "x")
    browser.press("u", loads=True)
    assert browser.run("location.pathname") == f"/admin/e/{shop.code}/"


def test_rows_are_selected_one_by_one_and_as_a_range(server: str, browser: Browser, shop: Entity) -> None:
    browser.go(f"{server}/admin/e/{shop.code}/accounts/account/")
    chosen = "document.querySelectorAll('#result_list tbody input[type=checkbox]:checked').length"
    browser.press_all("j", "x")
    assert browser.run(chosen) == 1
    browser.press_all("j", "X")
    assert browser.run(chosen) == 2
    browser.press("x")
    assert browser.run(chosen) == 1


def test_keys_are_listed_and_single_ones_can_be_off(server: str, browser: Browser, shop: Entity) -> None:
    page = f"{server}/admin/e/{shop.code}/accounts/account/"
    browser.go(page)
    browser.run("document.querySelector('#content').insertAdjacentHTML('beforeend', '<a data-key=\"r\">Reverse</a>')")
    browser.press("?")
    keys = browser.texts("#lf-keys dt")
    assert {"g j", "g a", "j k", "f", "r", "p"} <= set(keys)
    assert browser.texts("#lf-keys-page dd") == ["Chart", "Reverse"]
    browser.press_all("Escape", "y")
    browser.wait_until("document.getElementById('lf-keys-said').innerText !== ''")
    browser.go(page)
    browser.run("document.body.dataset.singleKeys = 'off'")
    browser.press_all("j", "/", "?")
    assert focused(browser) != "1001-CASH"
    assert browser.run("document.querySelectorAll('dialog[open]').length") == 0
    browser.press("k", control=True)
    assert focused(browser) == "lf-palette-text"


def test_without_script_the_box_leads_to_the_page(server: str, browser: Browser, shop: Entity) -> None:
    browser._ask("Emulation.setScriptExecutionDisabled", value=True)
    try:
        browser.go(f"{server}/admin/e/{shop.code}/")
        browser.type("#lf-search", "tuesday")
        browser.press("Enter", loads=True)
        assert browser.texts(".lf-find-group th a") == ["Journal 2"]
    finally:
        browser._ask("Emulation.setScriptExecutionDisabled", value=False)
