"""What a page costs: queries, time at the server, and what travels."""

from __future__ import annotations

import gzip
import re
import statistics
import time
from functools import cache
from typing import Any, NamedTuple
from urllib.parse import urljoin
from urllib.request import Request, urlopen

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

TIMES = 9
SCRIPTS = re.compile(r'<script[^>]*\bsrc="([^"]+)"')
STYLES = re.compile(r'<link[^>]*\brel="stylesheet"[^>]*\bhref="([^"]+)"')


class Cost(NamedTuple):
    queries: int
    p50_ms: int
    p95_ms: int
    html_bytes: int
    js_bytes: int  # gzipped, and so are the styles
    css_bytes: int


def cost_of(server: str, address: str, cookie: str, client: Client) -> Cost:
    """Of a page of the server; queries are counted in this process, on the same database."""
    times, page = [], b""
    for _ in range(TIMES):
        began = time.perf_counter()
        page = _read(f"{server}{address}", cookie)
        times.append(time.perf_counter() - began)
    text = page.decode()
    with CaptureQueriesContext(connection) as captured:
        client.get(address)
    ordered = sorted(times)
    return Cost(
        queries=len(captured),
        p50_ms=round(statistics.median(ordered) * 1000),
        p95_ms=round(ordered[-1] * 1000),
        html_bytes=len(page),
        js_bytes=sum(_weight(urljoin(server, one)) for one in set(SCRIPTS.findall(text))),
        css_bytes=sum(_weight(urljoin(server, one)) for one in set(STYLES.findall(text))),
    )


@cache
def _weight(url: str) -> int:
    return len(gzip.compress(_read(url, "")))


def _read(url: str, cookie: str) -> bytes:
    """Raises `HTTPError` for a page that is not there."""
    with urlopen(Request(url, headers={"Cookie": cookie}), timeout=60) as answer:  # noqa: S310 - our own server
        found: bytes = answer.read()
    return found


def session_of(client: Client) -> str:
    """What a browser would send of a client that has logged in."""
    cookies: Any = client.cookies
    return "; ".join(f"{name}={morsel.value}" for name, morsel in cookies.items())
