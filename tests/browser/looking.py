"""Looking at a page as a person would who has the browser's console open and needs a screen reader."""

from __future__ import annotations

from collections.abc import Sequence

from tests.browser.axe import violations
from tests.browser.pages import Page
from tests.devtools import Browser

STATUS = "performance.getEntriesByType('navigation')[0].responseStatus"
# What sticks out of a page whose tables may scroll in a place of their own: itself, or something to read or to press.
STICKS_OUT = """(() => {
    const width = document.documentElement.clientWidth;
    const scrolls = (one) => one && !one.matches(".main, #main, #content, body, html")
        && (["auto", "scroll"].includes(getComputedStyle(one).overflowX) || scrolls(one.parentElement));
    const isOut = (one) => {
        const place = one.getBoundingClientRect();
        return place.width > 1 && (place.right > width + 1 || place.left < -1) && one.checkVisibility();
    };
    const wide = [...document.querySelectorAll("html, .main")].filter((one) => one.scrollWidth > one.clientWidth);
    const out = [...document.querySelectorAll("h1, a, button, input, select, textarea, summary")]
        .filter((one) => !one.matches(".skip-to-content-link") && isOut(one) && !scrolls(one));
    return [...wide, ...out].slice(0, 3).map((one) => one.cloneNode(one.matches("html, .main") ? false : true).outerHTML.slice(0, 120));
})()"""
SIZE = (1280, 900)
NARROW = (640, 320)  # a notebook's page at 200 %, and at 400 % (WCAG 1.4.10)
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


def lost_when_narrow(browser: Browser, page: Page) -> list[str]:
    """What of the page that is open is beyond its edge on narrow screens, and which menus open beyond it."""
    found = []
    for width in NARROW:
        browser.resize(width, SIZE[1])
        found += [f"{page.name}: at {width} px beyond the edge: {one}" for one in browser.run(STICKS_OUT)]
    browser.resize(*SIZE)
    return found
