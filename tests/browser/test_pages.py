"""Every page of the admin in a browser: its status, its console, its policy, and whether everybody can use it.

All widths and both colours are looked at by `make desk`; here it is the width of a notebook, in light.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from unicodedata import normalize

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils.safestring import SafeString
from pypdf import PdfReader

from ledgerflow.books.models import Entity
from ledgerflow.desk.site import Dashboard
from ledgerflow.web.policy.content import NAME, policy
from tests.browser import axe
from tests.browser.looking import FRAME, faults, lost_when_narrow
from tests.browser.pages import Page, books_of_every_page, every_page
from tests.browser.serving import PASSWORD, log_in
from tests.devtools import CHROMIUM, Browser
from tests.house.test_templates import FORBIDDEN
from tests.people import a_user

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="needs chromium on the PATH (Debian: apt-get install chromium)"),
    pytest.mark.begins_first,
]
LEAST_TEMPLATES = 50
# What is printed besides reports, and the cells of the first row there.
PRINTED = (
    "accounts_account_register",
    "journals_journal_change",
    "journals_journal_changelist",
    "days_dayclose_trial-balance",
)
FIRST_ROW = """[...document.querySelectorAll(":is(#report, #register, #result_list, .lf-table) > tbody > tr")]
    .slice(0, 1).flatMap((row) => [...row.cells]).map((cell) => cell.innerText.trim()).filter(Boolean).slice(0, 2)"""


@pytest.fixture(scope="module")
def operator(_database: None) -> User:
    return a_user(is_superuser=True, password=PASSWORD)


@pytest.fixture(scope="module")
def books(_database: None) -> Entity:
    """Books with a row for each page."""
    return books_of_every_page()


@pytest.fixture(scope="module")
def browser(server: str, operator: User) -> Iterator[Browser]:
    with Browser() as browser:
        log_in(browser, server, operator.username)
        yield browser


def test_every_page_is_whole_and_for_everybody(server: str, browser: Browser, books: Entity, operator: User) -> None:
    """The browser looks at the first page of each template: others have the same parts around other rows."""
    client = Client()
    client.force_login(operator)
    seen: set[str] = set()
    found, looked = [], []
    with ThreadPoolExecutor(1) as eyes:  # the browser works in processes of its own: pages are asked for meanwhile
        for page in every_page(books, operator):
            answer = client.get(page.address)
            found += [f"{page.name}: {one}" for one in wrong_in(answer, page)]
            template = str(answer.templates[0].name) if answer.templates else page.name
            if template not in seen:
                seen.add(template)
                looked.append(eyes.submit(look, browser, server, page))
    found += [fault for one in looked for fault in one.result()]
    assert not found, "\n".join(found)
    assert len(seen) > LEAST_TEMPLATES


def look(browser: Browser, server: str, page: Page) -> list[str]:
    """Everything that needs the page in a browser."""
    return faults(browser, server, page, without=FRAME) + lost_when_narrow(browser, page)


def wrong_in(answer: Any, page: Page) -> list[str]:
    """What a browser need not be asked for."""
    status = [] if answer.status_code == page.status else [f"status {answer.status_code} at {page.address}"]
    policed = [] if answer.headers.get(NAME, policy()) == policy() else ["without the policy"]
    return status + policed + [what for what, form in FORBIDDEN.items() if form.search(answer.content.decode())]


def test_the_frame_and_what_is_outside_of_it_are_for_everybody(server: str, books: Entity, browser: Browser) -> None:
    pages = [Page("index", f"/admin/e/{books.code}/"), Page("nothing", "/admin/nothing/", 404)]
    assert [fault for page in pages for fault in faults(browser, server, page)] == []
    with Browser() as stranger:
        assert faults(stranger, server, Page("login", "/admin/login/")) == []


def test_what_is_printed_begins_with_the_report_and_says_on_each_page_whose_it_is(
    server: str, browser: Browser, books: Entity, operator: User
) -> None:
    """On short paper, so that most of them have several pages. All reports, and one page of each other kind."""
    pages = {page.name: page.address for page in every_page(books, operator)}
    account = books.accounts.filter(is_header=False, postings__isnull=False).first()
    assert account is not None
    asked = {"report_statement": f"?account={account.code}", "report_general-ledger": f"?accounts={account.code}"}
    names = [name for name in pages if name.startswith("report_") and name != "report_party-statement"]
    found = []
    for name in (*names, *PRINTED):
        browser.go(f"{server}{pages[name]}{asked.get(name, '')}")
        found += [f"{name}: {one}" for one in wrong_on_paper(browser, books)]
    assert found == []


def wrong_on_paper(browser: Browser, books: Entity) -> list[str]:
    row = browser.run(FIRST_ROW)
    texts = [
        normalize("NFKC", page.extract_text()) for page in PdfReader(io.BytesIO(browser.printed(paperHeight=5.5))).pages
    ]
    title, bare = browser.text("h1"), ["".join(text.split()) for text in texts]
    found = [] if "".join(title.split()) in bare[0] else ["its title is not on page 1"]
    found += [f"{cell} is not on page 1" for cell in row if "".join(cell.split()) not in bare[0]]
    found += [f"{word} is printed" for word in ("Log out", "LedgerFlow", "Set-up") if word in texts[0]]
    found += [f"page {n} says not whose it is" for n, text in enumerate(texts, 1) if books.name not in text]
    return found


def test_a_planted_script_is_stopped_and_found(
    server: str, browser: Browser, books: Entity, monkeypatch: pytest.MonkeyPatch
) -> None:
    evil = "<script>window.planted = 1</script><p style='color: red' onclick='1'>x</p>"
    shared = Dashboard.each_context
    monkeypatch.setattr(Dashboard, "each_context", lambda *given: shared(*given) | {"site_header": SafeString(evil)})
    found = faults(browser, server, Page("index", f"/admin/e/{books.code}/"), axe=False)
    assert browser.run("window.planted") is None
    for directive in ("script-src-elem", "style-src-attr", "script-src-attr"):
        assert any(f"policy: {directive} stopped inline" in one for one in found), found


def test_marks_are_typed_as_they_are(server: str, browser: Browser, books: Entity) -> None:
    """Those whose character codes are other keys' among them, such as Delete's for the dot."""
    browser.go(f"{server}/admin/e/{books.code}/")
    marks = "12.50 -7/3 (a) '#' &%!$\" B"
    for key in ("/", *marks):
        browser.press(key)
    assert browser.run("document.getElementById('lf-palette-text').value") == marks


def test_axe_finds_what_is_not_for_everybody(server: str, browser: Browser, books: Entity) -> None:
    browser.go(f"{server}/admin/e/{books.code}/")
    browser.run("document.querySelector('#content').insertAdjacentHTML('beforeend', '<input id=planted><img src=x>')")
    found = axe.violations(browser, without=FRAME)
    assert {one.partition(":")[0] for one in found} == {"image-alt", "label"}
