"""Days that close one after the other while transfers keep coming.

Measured are the time of a close, how much is posted meanwhile beside how much is posted without, and how long the
slowest poster waits.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

from bench.books import ACTOR, new_books, settle_statistics
from bench.elsewhere import processes
from bench.parts.growth import post_some
from bench.results import Sample
from bench.traffic import UNIFORM
from bench.verify import verify
from bench.windows import Http

ACCOUNTS = 20_000
QUIET_CLOSES = 5
HEAD_START_SECONDS = 0.5


def measure(http: Http, add: Callable[[Sample], Sample], say: Callable[[str], None]) -> dict[str, float]:
    """The parts in the order of the text above; gives the seconds the proof took."""
    options = http.options
    books = new_books("closing", ACCOUNTS, with_key=True)
    post_some(books, 2 * ACCOUNTS)
    settle_statistics()
    with processes(1, os.environ["DATABASE_URL"]) as pool:
        http = replace(http, beside=[pool.submit(os.getpid).result()])
        for _ in range(QUIET_CLOSES):
            post_some(books, ACCOUNTS // 10)
            (seconds,) = pool.submit(close_for, books.id, 0.0).result()
            add(Sample(f"close of {ACCOUNTS:,} accounts", ACCOUNTS / seconds, ACCOUNTS, seconds))
        http.bulk("warm-up", [books], UNIFORM, 2.0)
        for kind, load in (("bulk", http.bulk), ("singles", http.singles)):
            add(load(f"{kind} without closes", [books], UNIFORM, options.closing_seconds))
            closing = pool.submit(close_for, books.id, options.closing_seconds + 2 * HEAD_START_SECONDS)
            time.sleep(HEAD_START_SECONDS)
            add(load(f"{kind} during closes", [books], UNIFORM, options.closing_seconds))
            took = closing.result()
            say(f"{len(took)} closes meanwhile, the longest {max(took):.2f} s")
    return verify([books])


def close_for(entity_id: UUID, seconds: float) -> list[float]:
    """Close days one after the other until so many seconds are over, one at least; how long each took."""
    from journals.days.closing.running import close_day  # noqa: PLC0415 - in a process of its own, after django.setup()

    ends = time.perf_counter() + seconds
    took: list[float] = []
    while not took or time.perf_counter() < ends:
        began = time.perf_counter()
        close_day(entity_id, actor=ACTOR)
        took.append(time.perf_counter() - began)
    return took
