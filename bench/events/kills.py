"""100,000 events through real Kafka into read models, while publisher, consumers and broker are killed at random."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from uuid import UUID

from bench.books import BenchBooks, new_books
from bench.elsewhere import processes
from bench.events.equality import differences, head, is_projected, read_topic
from bench.events.naive import NaiveReader
from bench.events.world import World, ask, wait_until, world
from bench.parts.growth import post_some

Say = Callable[[str], None]
ENTITIES = 2
ACCOUNTS = 1_000
CHUNK = 50  # transfers of one transaction: many commits, so that those of two entities overlap
SECONDS_OF_A_KILL = 7.0  # so long posting goes on for each kill, so that there is work when the last one comes
WORKER, BROKER = "worker", "Kafka"
CONSUMERS = ("consumer one", "consumer two")
VICTIMS = (WORKER, BROKER, *CONSUMERS)
LONGEST_DOWN_SECONDS = 3.0
DRAIN_SECONDS = 300


@dataclass(frozen=True)
class Killed:
    """What is left to look at when the last process was killed and everything had time to catch up."""

    events: int
    kills: int
    differences: list[str]
    repeated: int
    out_of_order: list[str]
    lost: int
    lost_by_naive_reader: int

    @property
    def is_right(self) -> bool:
        return not (self.differences or self.out_of_order or self.lost) and self.lost_by_naive_reader > 0


def measure(events: int, kills: int, seed: int, say: Say) -> Killed:
    """Post, kill, wait, compare."""
    chance = random.Random(seed)
    say(f"Seed {seed}: {events:,} events of {ENTITIES} entities, {kills} kills")
    books = [new_books(f"kills-{number}", ACCOUNTS, with_key=False) for number in range(ENTITIES)]
    entities = [one.id for one in books]
    with world() as made, _posting(made) as pool:
        made.start_worker(WORKER)
        made.start_scheduler()
        for name in CONSUMERS:
            made.start_consumer(name)
        naive = NaiveReader(entities)
        naive.start()
        posted = [pool.submit(post_slowly, one, events // ENTITIES, kills * SECONDS_OF_A_KILL) for one in books]
        _kill_all(made, chance, kills, posted, say)
        for one in posted:
            one.result()
        naive.stop()
        say(f"All is posted; waiting for {sum(map(head, entities)):,} events to arrive")
        took = wait_until(lambda: is_projected(entities), DRAIN_SECONDS, "the read models do not catch up")
        say(f"The read models are there {took:.1f} s after the last posting")
        wanted = {entity: head(entity) for entity in entities}
        topic = read_topic(made.bootstrap, made.settings["LEDGERFLOW_KAFKA_EVENTS_TOPIC"], wanted)
        there = _ids(entities)
        # Two entities were founded before the reader began: what it lost counts from the first event on all the same.
        return Killed(
            sum(wanted.values()), kills, differences(entities), topic.repeated, topic.out_of_order,
            len(there - topic.ids), len(there - naive.seen),
        )  # fmt: skip


def post_slowly(books: BenchBooks, count: int, seconds: float) -> int:
    """Post so many transfers in many small transactions, evenly in so many seconds."""
    began = time.monotonic()
    for start in range(0, count, CHUNK):
        time.sleep(max(0.0, began + seconds * start / count - time.monotonic()))
        post_some(books, min(CHUNK, count - start))
    return count


def _posting(made: World) -> ProcessPoolExecutor:
    """Processes that post, and wake the publisher as the web server does."""
    os.environ.update(made.settings)  # the processes of the pool inherit them
    return processes(ENTITIES, os.environ["DATABASE_URL"])


def _kill_all(made: World, chance: random.Random, kills: int, posted: list[Future[int]], say: Say) -> None:
    """Kill one process after the other, each victim in turn or by chance, and start it again after a while."""
    for number in range(kills):
        time.sleep(chance.uniform(0.2, LONGEST_DOWN_SECONDS))
        victim = VICTIMS[number % len(VICTIMS)] if number < len(VICTIMS) else chance.choice(VICTIMS)
        made.kill(victim)
        time.sleep(chance.uniform(0.1, LONGEST_DOWN_SECONDS))
        made.again(victim)
        if victim == BROKER:
            made.wait_for_broker()
        still = sum(not one.done() for one in posted)
        say(f"Kill {number + 1} of {kills}: {victim}{'' if still else ' (all is posted already)'}")


def _ids(entities: list[UUID]) -> set[UUID]:
    rows = ask("SELECT id FROM books_event WHERE entity_id = ANY (%s)", entities)
    return {UUID(str(row[0])) for row in rows}
