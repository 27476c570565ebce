"""The change feed: one client that reads the log from its beginning, a page of 1,000 events after the other.

Beside it, in the same run and the same books, the bulk rate that it is compared with.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from http.client import HTTPConnection
from itertools import cycle, islice
from statistics import median
from typing import Any

from bench.books import BenchBooks
from bench.cpu import usage
from bench.load import drive
from bench.results import Sample
from bench.traffic import UNIFORM
from bench.windows import OK, Http

PAGE = 1_000
LEAST_PAGES = 20
MOST_PAGES_PER_SECOND = 1_000


def measure(http: Http, books: BenchBooks, add: Callable[[Sample], Sample], *, rounds: int = 3) -> float:
    """Post in bulk and read the feed, in turn; gives the ratio of the median rates, feed / bulk."""
    for _ in range(LEAST_PAGES):
        if _full_pages(http, books) >= LEAST_PAGES:
            break
        http.bulk("filling", [books], UNIFORM)
    posting, reading = [], []
    for _ in range(rounds):
        posting.append(add(http.bulk("bulk beside the feed", [books], UNIFORM)))
        reading.append(add(read(http, books, http.options.bulk_seconds)))
    return median(one.rate for one in reading) / median(one.rate for one in posting)


def read(http: Http, books: BenchBooks, seconds: float) -> Sample:
    """Read full pages for so long. Numbers have no gaps, so the positions are known before."""
    pages = _full_pages(http, books)
    _check_page(http, books, (pages - 1) * PAGE)
    requests = [_request(books, number * PAGE) for number in range(pages)]
    lane = list(islice(cycle(requests), int(seconds * MOST_PAGES_PER_SECOND)))
    processes = http.server.processes()
    before = usage(processes)
    done = drive(http.server.address, [lane], clients=1, seconds=seconds, wanted_status=OK)
    spent = usage(processes).since(before)
    assert not done.failed, done.first_failure
    return Sample.of_load("change feed", done, done.answered * PAGE, spent)


def _full_pages(http: Http, books: BenchBooks) -> int:
    return int(_asked(http, books, 0, 1)["head"]) // PAGE


def _check_page(http: Http, books: BenchBooks, after: int) -> None:
    """The answers of the load are counted and not read, so one is read here."""
    page = _asked(http, books, after, PAGE)
    assert [one["sequence"] for one in page["events"]] == list(range(after + 1, after + PAGE + 1))
    assert page["after"] == after + PAGE


def _asked(http: Http, books: BenchBooks, after: int, limit: int) -> dict[str, Any]:
    connection = HTTPConnection(*http.server.address, timeout=60)
    headers = {"Authorization": f"Bearer {books.secret}"}
    connection.request("GET", f"/api/events?after={after}&limit={limit}", headers=headers)
    answer = connection.getresponse()
    assert answer.status == OK, answer.read()
    found: dict[str, Any] = json.loads(answer.read())
    connection.close()
    return found


def _request(books: BenchBooks, after: int) -> bytes:
    return (
        f"GET /api/events?after={after}&limit={PAGE} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Authorization: Bearer {books.secret}\r\n\r\n"
    ).encode()
