"""A finance operator at work, in a real browser, against the real server."""

from __future__ import annotations

import io
import json
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest
from pypdf import PdfReader

from ledgerflow.books.models import Entity
from tests.browser.serving import PASSWORD, log_in
from tests.builders import a_transfer, an_account, an_entity, posted
from tests.devtools import CHROMIUM, Browser
from tests.people import a_user

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="needs chromium on the PATH (Debian: apt-get install chromium)"),
]


@pytest.fixture
def shop() -> Entity:
    entity = an_entity(name="Corner shop")
    an_account(entity, "1001-CASH", name="Cash in the till")
    an_account(entity, "4001-SALES", "income", name="Sales")
    posted(entity, a_transfer("1001-CASH", "4001-SALES", "1234.50", description="Monday's sales"))
    return entity


@pytest.fixture(scope="module")
def desk(server: str) -> Iterator[Browser]:
    """A browser whose operator has logged in through the form."""
    user = a_user(is_superuser=True, password=PASSWORD)
    with Browser() as browser:
        log_in(browser, server, user.username)
        assert browser.text("h1") == "Today"
        yield browser


@pytest.fixture
def browser(desk: Browser) -> Browser:
    desk.prefer("light")
    desk.resize(1280, 900)
    return desk


def test_an_operator_finds_an_account_and_freezes_it(server: str, browser: Browser, shop: Entity) -> None:
    browser.go(f"{server}/admin/accounts/account/?entity={shop.code}")
    assert browser.text("h1") == "Accounts of Corner shop"
    browser.type("#searchbar", "till")
    browser.click(".lf-filters input[type=submit]")
    assert browser.texts("#result_list .field-code") == ["1001-CASH"]
    browser.click("#result_list .field-code a")
    assert "1,234.50 EUR" in browser.text(".lf-figures")
    assert browser.texts("#register tbody td")[2:] == ["Monday's sales", "1,234.50", "", "1,234.50"]
    browser.click("a[href*='/freeze/']")
    browser.type("#id_reason", "Till is being counted")
    browser.click("input[type=submit].default")
    assert browser.texts(".messagelist li") == ["1001-CASH is frozen."]
    assert "Till is being counted" in browser.text("#history")
    assert shop.accounts.get(code="1001-CASH").inflow_frozen


def test_an_operator_makes_a_key_that_works(server: str, browser: Browser, shop: Entity) -> None:
    browser.go(f"{server}/admin/access/apikey/add/?entity={shop.code}")
    browser.type("#id_name", "Cash register")
    browser.click("input[name=scopes][value=read]", loads=False)
    browser.click("input[type=submit].default")
    secret = browser.text("#secret")
    assert balance_over_http(server, secret, "1001-CASH") == "1234.50"
    browser.click("#content a")
    assert secret not in browser.run("document.documentElement.outerHTML")
    browser.click("a[href$='/revoke/']")
    browser.click("input[type=submit].default")
    assert browser.text(".lf-status") == "revoked"


def balance_over_http(server: str, secret: str, code: str) -> str:
    request = urllib.request.Request(  # noqa: S310 - our own server
        f"{server}/api/accounts/{code}/balance", headers={"Authorization": f"Bearer {secret}"}
    )
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
        balance: str = json.load(answer)["balance"]
    return balance


def test_a_printed_report_begins_with_the_report(server: str, browser: Browser, shop: Entity) -> None:
    """In dark ink, also where somebody chose the dark theme."""
    browser.go(f"{server}/admin/reports/trial-balance/?entity={shop.code}")
    browser.run("document.documentElement.dataset.theme = 'dark'")
    first = PdfReader(io.BytesIO(browser.printed())).pages[0].extract_text()
    number, title = first.split("\n")[:2]  # that of the page stands at its foot
    assert number == "1 / 1"
    assert title.startswith("Trial balance")
    assert "1001-CASH" in first
    assert all(word not in first for word in ("Log out", "LedgerFlow", "Home", "Show"))
    browser._ask("Emulation.setEmulatedMedia", media="print")
    assert browser.style("#report td", "color") == "rgb(0, 0, 0)"
    assert browser.style("body", "background-color") == "rgb(255, 255, 255)"
    browser._ask("Emulation.setEmulatedMedia", media="")


@pytest.mark.parametrize(
    "page", ["", "accounts/account/", "journals/journal/", "reports/balance-sheet/", "access/apikey/add/"]
)
def test_pages_follow_the_colours_of_the_desk(server: str, browser: Browser, shop: Entity, page: str) -> None:
    """Dark asks for dark, and every text stays readable on what is behind it (WCAG 2.1: at least 4.5 to 1)."""
    backgrounds = []
    for scheme in ("light", "dark"):
        browser.prefer(scheme)
        browser.go(f"{server}/admin/{page}?entity={shop.code}")
        backgrounds.append(browser.style("body", "background-color"))
        assert browser.run(f"({PALE_TEXTS})(4.5)") == []
    assert backgrounds[0] != backgrounds[1]


def test_a_pale_text_is_found(browser: Browser, server: str, shop: Entity) -> None:
    browser.go(f"{server}/admin/?entity={shop.code}")
    browser.run("document.querySelector('.lf-home p.lf-quiet').style.color = '#aaa'")
    (found,) = browser.run(f"({PALE_TEXTS})(4.5)")
    assert found[0].startswith("P lf-quiet Business date")


@pytest.mark.parametrize(
    "page", ["", "accounts/account/", "journals/journal/", "reports/general-ledger/", "accounts/account/add/"]
)
def test_pages_fit_a_telephone(server: str, browser: Browser, shop: Entity, page: str) -> None:
    browser.resize(390, 800)
    browser.go(f"{server}/admin/{page}?entity={shop.code}")
    assert browser.run(f"({CUT_OFF})(390)") == []


# Parts of ours that reach beyond the edge; tables scroll by themselves.
CUT_OFF = """width => [...document.querySelectorAll('.lf-filters *, .lf-queue *, .lf-charts *, .lf-form *, .lf-report-head *')]
    .filter(e => !e.closest('.lf-scroll table') && e.tagName !== 'OPTION' && e.offsetParent !== null)
    .filter(e => e.getBoundingClientRect().right > width)
    .map(e => e.outerHTML.slice(0, 100))"""

# Texts of our own parts whose contrast with the nearest background is too low.
PALE_TEXTS = """least => {
    const parts = text => (text.match(/[\\d.]+/g) || []).map(Number);
    const light = ([r, g, b]) => [r, g, b].map(c => c / 255)
        .map(c => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
        .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
    const behind = element => {
        for (let one = element; one; one = one.parentElement) {
            const colour = parts(getComputedStyle(one).backgroundColor);
            if (colour.length === 3 || colour[3] > 0.99) return colour;
        }
        return [255, 255, 255];
    };
    return [...document.querySelectorAll('#content *')]
        .filter(e => [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()))
        .filter(e => e.offsetParent !== null && e.tagName !== 'OPTION')
        .map(e => {
            const [a, b] = [light(parts(getComputedStyle(e).color)), light(behind(e))];
            return [e.tagName + ' ' + e.className + ' ' + e.textContent.trim().slice(0, 30),
                    (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)];
        })
        .filter(([_, contrast]) => contrast < least);
}"""
