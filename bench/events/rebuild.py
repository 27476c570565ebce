"""A million events: read models made anew from nothing, and balances replayed from Kafka, both equal to the books."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from concurrent.futures import as_completed
from dataclasses import dataclass
from functools import partial

from bench.books import new_books
from bench.elsewhere import processes
from bench.events.equality import differences, head, is_projected
from bench.events.outage import lag
from bench.events.world import wait_until, world
from bench.parts.growth import CHUNK, post_some
from bench.results import Sample

ENTITIES = 2
ACCOUNTS = 10_000
PATIENCE_SECONDS = 1_800


@dataclass(frozen=True)
class Rebuilt:
    events: int
    differences: list[str]
    is_replayed: bool

    @property
    def is_right(self) -> bool:
        return self.is_replayed and not self.differences


def measure(events: int, add: Callable[[Sample], Sample], say: Callable[[str], None]) -> Rebuilt:
    """Fill, publish, rebuild, compare, replay. The progress bars of the commands are in their logs."""
    books = [new_books(f"rebuild-{number}", ACCOUNTS, with_key=False) for number in range(ENTITIES)]
    entities = [one.id for one in books]
    say(f"Posting {events:,} journals")
    with processes(ENTITIES, os.environ["DATABASE_URL"]) as pool:
        waiting = [pool.submit(post_some, books[n % ENTITIES], CHUNK) for n in range(events // CHUNK)]
        for done in as_completed(waiting):
            done.result()
    total = sum(map(head, entities))
    with world() as made:
        timed("publishing", total, add, lambda: made.manage("publish_events"))
        assert not any(map(lag, entities))
        timed("rebuild from Kafka", total, add, lambda: made.manage("rebuild_read_models", "--source", "kafka"))
        wait_until(lambda: is_projected(entities), PATIENCE_SECONDS, "the read models are behind")
        found = differences(entities)
        for one in books:
            command = partial(made.manage, "replay", "--source", "kafka", "--entity", one.entity.code)
            timed("replay from Kafka", head(one.id), add, command)
    return Rebuilt(total, found, is_replayed=True)  # a replay that differs ends with an exit code, which raises


def timed(name: str, events: int, add: Callable[[Sample], Sample], work: Callable[[], object]) -> None:
    began = time.perf_counter()
    work()
    seconds = time.perf_counter() - began
    add(Sample(name, events / seconds, events, seconds))
