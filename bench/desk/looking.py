"""Pages as a person sees them: what is wrong with each, how soon it is painted, and jobs by keyboard."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from django.contrib.auth.models import User

from bench.desk.asked import asked_pages
from bench.desk.jobs import JOBS, do
from bench.desk.pictures import take_pictures
from ledgerflow.books.models import Entity
from tests.browser.looking import faults
from tests.browser.pages import Page, every_page
from tests.browser.serving import log_in
from tests.devtools import Browser, PageError

COLOURS = ("light", "dark")
SIZES = ((1280, 800), (1920, 1080), (390, 800))
SCREENS = Path(__file__).parents[2] / "docs" / "screens"
PAINTED = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null"
PAINTINGS = 7
# What people work in.
MAIN = (
    "index", "journals_journal_changelist", "journals_journal_change", "journals_journal_add",
    "accounts_account_changelist", "holds_hold_changelist", "desk_find", "register, busiest account", "find, words",
)  # fmt: skip


class PageFault(NamedTuple):
    page: str
    text: str


def look(address: str, person: User, options: Any, say: Callable[[str], None]) -> dict[str, Any]:
    """What is wrong with each page of the sample company, and how its jobs go."""
    found: list[PageFault] = []
    books = Entity.objects.get(code="hansen")
    chosen = [] if options.jobs else [one for one in every_page(books, person, whole=False)
              if not options.words or any(word in one.name for word in options.words)]  # fmt: skip
    with Browser() as browser:
        log_in(browser, address, person.username)
        for colour, size in combinations(options):
            browser.prefer(colour)
            browser.resize(*size)
            for page in chosen:
                found += _faults_at(browser, address, page, f"{colour} {size[0]}")
            say(f"looked at all in {colour} at {size[0]}")
        if not options.jobs:
            take_pictures(browser, address, books, SCREENS)
        browser.prefer("light")
        browser.resize(*SIZES[0])
        jobs = []
        for job in JOBS:
            jobs.append(do(job, browser, f"{address}/admin/e/{books.code}/"))
            say(f"{job.name}: {jobs[-1].fault or 'done'}")
    return {"faults": found, "jobs": [one._asdict() | {"is_met": one.is_met} for one in jobs]}


def first_paints(address: str, person: User, books: Entity) -> dict[str, dict[str, int]]:
    """From the key to the first text, of the pages that people work in: the median, and the best, in milliseconds.

    The best is what the page takes where nothing else keeps the machine busy.
    """
    found = {}
    pages = {page.name: page for page in (*every_page(books, person, whole=False), *asked_pages(books))}
    with Browser() as browser:
        log_in(browser, address, person.username)
        browser.resize(*SIZES[0])
        for name in MAIN:
            taken = []
            for _ in range(PAINTINGS):
                browser.go(f"{address}{pages[name].address}")
                taken.append(_painted(browser))
            found[name] = {"p50_ms": round(statistics.median(taken)), "best_ms": round(min(taken))}
    return found


def _painted(browser: Browser) -> float:
    """When the first text was painted. A page that is loaded may be painted a moment later."""
    for _ in range(100):
        moment = browser.run(PAINTED)
        if moment is not None:
            return float(moment)
        browser.run("new Promise(done => requestAnimationFrame(done))")
    message = "nothing was painted"
    raise PageError(message)


def _faults_at(browser: Browser, address: str, page: Page, where: str) -> list[PageFault]:
    try:
        return [PageFault(page.name, f"{where}: {one}") for one in faults(browser, address, page)]
    except PageError as error:
        return [PageFault(page.name, f"{where}: {error}")]


def combinations(options: Any) -> Iterator[tuple[str, tuple[int, int]]]:
    for colour in COLOURS[:1] if options.quick else COLOURS:
        for size in SIZES[:1] if options.quick else SIZES:
            yield colour, size
