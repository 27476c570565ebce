"""What a page costs: queries, time at the server, and what travels.

The machine may do other work meanwhile, so a request is measured twice: by the clock, and in seconds of processor that
the web server and the database spent on it. A bar counts the smaller of the two.
"""

from __future__ import annotations

import gzip
import math
import re
import time
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from urllib.error import HTTPError
from urllib.parse import urljoin
from urllib.request import Request, urlopen

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bench.cpu import siblings_of

ROUNDS = 21  # the nearest rank of p95 is then the twentieth: one request may be unlucky
FEWEST, MOST_SECONDS = 3, 15  # of a page that takes long
LONGEST_SECONDS = 60
SCRIPTS = re.compile(r'<script[^>]*\bsrc="([^"]+)"')
STYLES = re.compile(r'<link[^>]*\brel="stylesheet"[^>]*\bhref="([^"]+)"')


class Cost(NamedTuple):
    queries: int
    rounds: int
    p50_ms: int
    p95_ms: int
    p50_cpu_ms: int  # of processors, web server and database together
    p95_cpu_ms: int
    html_bytes: int
    js_bytes: int  # gzipped, and so are the styles
    css_bytes: int


class Measurer:
    """Asks a server for pages, as often as the time allows.

    Its processes are those that `processes` gives; those of the database are found.
    """

    def __init__(self, server: str, client: Client, processes: Callable[[], Sequence[int]]) -> None:
        self._server = server
        self._client = client
        self._cookie = session_of(client)
        self._processes = processes

    def cost_of(self, address: str, status: int = 200) -> Cost:
        """Of a page that is warm; queries are counted in this process, on the same database."""
        text = self._page(address, status).decode()
        queries = min(self._queries_of(address) for _ in range(2))  # now and then one sees to a cache
        times: list[float] = []
        used: list[float] = []
        size = 0
        began = time.perf_counter()
        while len(times) < ROUNDS and (len(times) < FEWEST or time.perf_counter() - began < MOST_SECONDS):
            before, start = self._used(), time.perf_counter()
            size = len(self._page(address, status))
            times.append(time.perf_counter() - start)
            used.append(self._used() - before)
        return Cost(
            queries=queries,
            rounds=len(times),
            p50_ms=_ranked(times, 0.5),
            p95_ms=_ranked(times, 0.95),
            p50_cpu_ms=_ranked(used, 0.5),
            p95_cpu_ms=_ranked(used, 0.95),
            html_bytes=size,
            js_bytes=sum(_weight(urljoin(self._server, one)) for one in set(SCRIPTS.findall(text))),
            css_bytes=sum(_weight(urljoin(self._server, one)) for one in set(STYLES.findall(text))),
        )

    def _queries_of(self, address: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            self._client.get(address)
        return len(captured)

    def _page(self, address: str, status: int) -> bytes:
        try:
            return _read(f"{self._server}{address}", self._cookie)
        except HTTPError as error:
            if error.code != status:
                raise
            return error.read()

    def _used(self) -> float:
        """Seconds of processor so far, those of workers of the database that have ended too."""
        living, ended = _of_the_database()
        return ended + sum(map(_seconds_of, (*self._processes(), *living)))


def _ranked(values: Sequence[float], share: float) -> int:
    """The value of the nearest rank, in milliseconds."""
    return round(sorted(values)[math.ceil(share * len(values)) - 1] * 1000)


def _of_the_database() -> tuple[list[int], float]:
    """The processes of the server that this process is connected to, and the seconds of those that ended.

    None where it is on another machine.
    """
    connection.ensure_connection()
    info = connection.connection.info
    return siblings_of(info.backend_pid) if info.host.startswith(("/", "localhost", "127.")) else ([], 0.0)


def _seconds_of(process: int) -> float:
    """What its threads ran, in nanoseconds: ticks would be a hundredth of a second."""
    try:
        tasks = Path(f"/proc/{process}/task").iterdir()
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9
    except OSError:  # it ended meanwhile
        return 0.0


@cache
def _weight(url: str) -> int:
    return len(gzip.compress(_read(url, "")))


def _read(url: str, cookie: str) -> bytes:
    """Raises `HTTPError` for a page that is not there."""
    request = Request(url, headers={"Cookie": cookie})  # noqa: S310 - our own server
    with urlopen(request, timeout=LONGEST_SECONDS) as answer:  # noqa: S310
        found: bytes = answer.read()
    return found


def session_of(client: Client) -> str:
    """What a browser would send of a client that has logged in."""
    cookies: Any = client.cookies
    return "; ".join(f"{name}={morsel.value}" for name, morsel in cookies.items())
