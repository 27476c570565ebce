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
NAMED = {"Enter": ("\r", 13), "Escape": ("", 27), "ArrowDown": ("", 40), "ArrowUp": ("", 38)}
CTRL = 2
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


def press(browser: Browser, *keys: str, ctrl: bool = False) -> None:
    for key in keys:
        text, code = NAMED.get(key, (key, 0))
        given = {"key": key, "text": "" if ctrl else text, "modifiers": CTRL if ctrl else 0}
        browser._ask("Input.dispatchKeyEvent", type="keyDown", windowsVirtualKeyCode=code, **given)
        browser._ask("Input.dispatchKeyEvent", type="keyUp", key=key)


def until(browser: Browser, condition: str) -> None:
    """Wait until this is true on the page."""
    browser.run(f"new Promise(d => {{ const look = () => ({condition}) ? d(true) : setTimeout(look, 10); look(); }})")


def focused(browser: Browser) -> str:
    return str(browser.run("document.activeElement.innerText || document.activeElement.id"))


def test_a_payment_is_found_by_its_amount_with_few_keys(server: str, browser: Browser, shop: Entity) -> None:
    browser.go(f"{server}/admin/e/{shop.code}/")
    press(browser, "/")
    assert focused(browser) == "lf-palette-text"
    press(browser, *"1234,5")
    until(browser, f"{OPTIONS}.some(text => text.includes('1,234.50 EUR'))")
    assert browser.run("document.getElementById('lf-palette-text').getAttribute('aria-activedescendant')") is not None
    press(browser, "ArrowDown", "ArrowUp", "Enter")
    browser._wait_for_load()
    assert browser.text("h1") == "Journal 3 of Corner shop"


def test_the_palette_gives_commands_and_goes_away(server: str, browser: Browser, shop: Entity) -> None:
    browser.go(f"{server}/admin/e/{shop.code}/accounts/account/")
    press(browser, "k", ctrl=True)
    press(browser, *"close day")
    until(browser, f"{OPTIONS}[0]?.startsWith('Close day')")
    press(browser, "Escape")
    assert not browser.run("document.getElementById('lf-palette').open")
    press(browser, "k", ctrl=True)
    press(browser, *"foo:bar")
    until(browser, "document.getElementById('lf-palette-status').innerText.includes('There are amount:')")
    browser._element("#lf-palette-text", "element.value = 'tuesday'")
    press(browser, "Enter")  # no hits of this text yet: the form leads to the page
    browser._wait_for_load()
    assert browser.texts("h1, .lf-find-group h2") == ["Find", "Journals with these words"]


def test_a_list_is_gone_through_and_left_by_keys(server: str, browser: Browser, shop: Entity) -> None:
    browser.go(f"{server}/admin/e/{shop.code}/find/?q=sales")
    press(browser, "j", "j")
    assert focused(browser) == "Journal 3"  # after the account of this name
    press(browser, "j", "k", "j")
    assert focused(browser) == "Journal 2"
    press(browser, "f", "j")
    assert browser.run("document.activeElement.value") == "j"  # a field takes it, and it is no key there
    press(browser, "Escape", "k")
    assert focused(browser) == "Journal 1"
    press(browser, "Enter")
    browser._wait_for_load()
    assert browser.text("h1") == "Journal 1 of Corner shop"
    press(browser, "g", "a")
    browser._wait_for_load()
    assert browser.text("h1") == "Accounts of Corner shop"
    press(browser, "g", "x", "u")
    browser._wait_for_load()
    assert browser.run("location.pathname") == f"/admin/e/{shop.code}/"


def test_rows_are_selected_one_by_one_and_as_a_range(server: str, browser: Browser, shop: Entity) -> None:
    browser.go(f"{server}/admin/e/{shop.code}/accounts/account/")
    chosen = "document.querySelectorAll('#result_list tbody input[type=checkbox]:checked').length"
    press(browser, "j", "x")
    assert browser.run(chosen) == 1
    press(browser, "j", "X")
    assert browser.run(chosen) == 2
    press(browser, "x")
    assert browser.run(chosen) == 1


def test_keys_are_listed_and_single_ones_can_be_off(server: str, browser: Browser, shop: Entity) -> None:
    page = f"{server}/admin/e/{shop.code}/accounts/account/"
    browser.go(page)
    browser.run("document.querySelector('#content').insertAdjacentHTML('beforeend', '<a data-key=\"r\">Reverse</a>')")
    press(browser, "?")
    keys = browser.texts("#lf-keys dt")
    assert {"g j", "g a", "j k", "f", "r", "p"} <= set(keys)
    assert browser.texts("#lf-keys-page dd") == ["Reverse"]
    press(browser, "Escape", "y")
    until(browser, "document.getElementById('lf-keys-said').innerText !== ''")
    browser.go(page)
    browser.run("document.body.dataset.singleKeys = 'off'")
    press(browser, "j", "/", "?")
    assert focused(browser) != "1001-CASH"
    assert browser.run("document.querySelectorAll('dialog[open]').length") == 0
    press(browser, "k", ctrl=True)
    assert focused(browser) == "lf-palette-text"


def test_without_script_the_box_leads_to_the_page(server: str, browser: Browser, shop: Entity) -> None:
    browser._ask("Emulation.setScriptExecutionDisabled", value=True)
    try:
        browser.go(f"{server}/admin/e/{shop.code}/")
        browser.type("#lf-search", "tuesday")
        press(browser, "Enter")
        browser._wait_for_load()
        assert browser.texts(".lf-find-group th a") == ["Journal 2"]
    finally:
        browser._ask("Emulation.setScriptExecutionDisabled", value=False)
