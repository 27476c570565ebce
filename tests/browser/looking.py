"""Looking at a page as a person would who has the browser's console open and needs a screen reader."""

from __future__ import annotations

from collections.abc import Sequence

from tests.browser.axe import violations
from tests.browser.pages import Page
from tests.devtools import Browser

STATUS = "performance.getEntriesByType('navigation')[0].responseStatus"
FRAME = ("#nav-sidebar", "#header")  # the same on all pages


def faults(browser: Browser, server: str, page: Page, *, axe: bool = True, without: Sequence[str] = ()) -> list[str]:
    """What is wrong with a page: its status, its console, its policy, and what axe finds, unless told not to look."""
    browser.complaints.clear()
    browser.go(f"{server}{page.address}")
    status = browser.run(STATUS)
    found = [] if status == page.status else [f"status {status} at {page.address}"]
    found += [one for one in browser.complaints if page.status == 200 or f"status of {page.status} " not in one]
    if axe:
        found += violations(browser, without=without)
    return [f"{page.name}: {one}" for one in found]
