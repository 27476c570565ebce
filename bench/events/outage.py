"""Kafka away for a minute while transfers keep coming: whether posting notices, and how soon the rest is published."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bench.books import new_books
from bench.events.equality import head
from bench.events.world import ask, wait_until, world
from bench.options import Options
from bench.results import Sample
from bench.server import web_server
from bench.traffic import UNIFORM
from bench.windows import Http

Say = Callable[[str], None]
ACCOUNTS = 1_000
DRAIN_SECONDS = 300
POSITION = "SELECT sequence FROM publishing_sinkposition WHERE entity_id = %s"


@dataclass(frozen=True)
class Outage:
    """`kept` is the posting rate while Kafka was away over that before; `drained` the seconds until all was sent."""

    kept: float
    kept_per_cpu_second: float
    waiting: int
    drained: float


def measure(options: Options, seconds: float, add: Callable[[Sample], Sample], say: Say) -> Outage:
    """Post with Kafka, without it, and with it again, so long each."""
    books = new_books("outage", ACCOUNTS, with_key=True)
    with world() as made:
        os.environ.update(made.settings)
        made.start_worker("worker")
        with web_server(os.environ["DATABASE_URL"]) as server:
            http = Http(options, server)
            http.bulk("warm-up", [books], UNIFORM, 3.0)
            wait_until(lambda: lag(books.id) == 0, DRAIN_SECONDS, "events are not published")
            before = add(http.bulk("bulk with Kafka", [books], UNIFORM, seconds))
            wait_until(lambda: lag(books.id) == 0, DRAIN_SECONDS, "events are not published")
            made.kill("Kafka")
            say(f"Kafka is away for {seconds:.0f} s")
            away = add(http.bulk("bulk without Kafka", [books], UNIFORM, seconds))
        waiting = lag(books.id)
        made.again("Kafka")
        made.wait_for_broker()
        drained = wait_until(lambda: lag(books.id) == 0, DRAIN_SECONDS, "events are not published")
        say(f"{waiting:,} events waited; all were published {drained:.1f} s after Kafka was back")
    kept = (away.per_cpu_second or 0) / (before.per_cpu_second or 1)
    return Outage(away.rate / before.rate, kept, waiting, drained)


def lag(entity_id: Any) -> int:
    """How many events of an entity are not published yet."""
    found = ask(POSITION, entity_id)
    return head(entity_id) - (int(str(found[0][0])) if found else 0)
