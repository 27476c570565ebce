"""What one snapshot held open for minutes costs: nothing written meanwhile can be vacuumed or pruned."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg

from bench.books import BenchBooks
from bench.results import Sample
from bench.windows import Http

PHASES = ("before", "held", "end", "after")
END_PAIRS = 3  # their median counts: one alone may meet an autovacuum


def measure(http: Http, books: BenchBooks, add: Callable[[Sample], Sample]) -> None:
    """Singles and bulk in turn: before, all the while the snapshot is held, and after; `end` are the last of each."""
    options = http.options
    _pair(http, books, "before", add)
    with _held():
        began = time.perf_counter()
        last_pair = options.singles_seconds + options.bulk_seconds
        while time.perf_counter() - began < options.snapshot_seconds - END_PAIRS * last_pair:
            _pair(http, books, "held", add)
        for _ in range(END_PAIRS):
            _pair(http, books, "end", add)
    _pair(http, books, "after", add)


def _pair(http: Http, books: BenchBooks, phase: str, add: Callable[[Sample], Sample]) -> None:
    spread = http.options.snapshot_spread
    add(http.singles(f"snapshot singles {phase}", [books], spread))
    add(http.bulk(f"snapshot bulk {phase}", [books], spread))


@contextmanager
def _held() -> Iterator[None]:
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.execute("SELECT count(*) FROM books_entity")
        yield
        connection.execute("SELECT count(*) FROM books_entity")  # fails when the snapshot was taken away
        connection.rollback()
