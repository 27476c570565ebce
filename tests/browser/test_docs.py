"""The pages of Swagger and ReDoc, in a real browser, from the real server with all its headers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.devtools import CHROMIUM, Browser
from tests.services.launching import wait_for, web_server

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="needs chromium on the PATH (Debian: apt-get install chromium)"),
]
LOADED = "performance.getEntriesByType('resource').map(one => one.name).filter(one => !one.startsWith('data:'))"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory, database_url: str) -> Iterator[str]:
    with web_server(tmp_path_factory.mktemp("docs") / "home", database_url, workers=1, threads=8) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def browser() -> Iterator[Browser]:
    with Browser() as browser:
        yield browser


def test_swagger_shows_the_operations(url: str, browser: Browser) -> None:
    """It draws those that are in view, and an address leads to any."""
    browser.go(f"{url}/docs#/ledger/ledger_post")
    wait_for(lambda: browser.texts("#operations-ledger-ledger_post .opblock-body") != [])
    shown = browser.texts(".opblock-summary-path")
    assert {"/ledger", "/ledger/entry", "/balance/{owner_id}"} <= set(shown)
    wait_for(lambda: "nonce" in browser.text("#operations-ledger-ledger_post .opblock-body"))
    assert {one.startswith(url) for one in browser.run(LOADED)} == {True}
    assert [one for one in browser.complaints if one.startswith("policy")] == []


def test_redoc_shows_every_operation_and_finds_them(url: str, browser: Browser) -> None:
    browser.go(f"{url}/redoc")
    wait_for(lambda: "/balance/{owner_id}" in browser.text())
    assert all(one in browser.text() for one in ("/ledger", "/ledger/entry", "/health", "/api/transfers"))
    browser.type("[role=search] input", "nonce")
    wait_for(lambda: browser.texts("[data-role='search:results'] li") != [])
    assert {one.startswith(url) for one in browser.run(LOADED) if "redoc.ly" not in one} == {True}
    policy = [one for one in browser.complaints if one.startswith("policy")]
    assert [one for one in policy if "redoc.ly" not in one] == []
