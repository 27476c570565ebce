"""How fast events leave the books, become read models, and come in as commands; as ratios to posting over HTTP."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from statistics import median

from bench import traffic
from bench.books import BenchBooks, new_books, settle_statistics
from bench.cpu import usage
from bench.events.equality import head, is_projected
from bench.events.outage import lag
from bench.events.world import World, ask, wait_until, world
from bench.load import drive
from bench.options import Options
from bench.parts import feed
from bench.results import Sample
from bench.server import web_server
from bench.traffic import UNIFORM
from bench.windows import Http

Add = Callable[[Sample], Sample]
ACCOUNTS = 10_000
ROUNDS = 3
ACCEPTED = 202
PATIENCE_SECONDS = 600
BESIDE = "bench-beside"  # what the sessions of publisher and builder call themselves
OPEN_COMMANDS = "SELECT count(*) FROM commands_command WHERE entity_id = %s AND status = 'accepted'"
COMPLETED = "SELECT count(*) FROM commands_command WHERE entity_id = %s AND status = 'completed'"


def measure(options: Options, add: Add, say: Callable[[str], None]) -> dict[str, float]:
    """Each rate beside the posting rates of the same run; the ratios by name come out."""
    books = {name: new_books(name, ACCOUNTS, with_key=True) for name in ("posting", "events", "commands", "feed")}
    settle_statistics()
    with world() as made:
        with web_server(os.environ["DATABASE_URL"]) as server:  # without Kafka: nobody wakes a publisher
            http = Http(options, server)
            http.bulk("warm-up", [books["posting"]], UNIFORM, 3.0)
            singles, bulk = [], []
            for _ in range(ROUNDS):
                singles.append(add(http.singles("singles", [books["posting"]], UNIFORM)).rate)
                bulk.append(add(http.bulk("bulk", [books["posting"]], UNIFORM)).rate)
            found = {"change feed / bulk": feed.measure(http, books["feed"], add)}
            commands = _commands(http, made, books["commands"], add)
            http.bulk("filling", [books["events"]], UNIFORM, 2 * options.bulk_seconds)
        single, many = median(singles), median(bulk)
        publisher = add(_publishing(made, books["events"])).rate
        builder = add(_building(made, books["events"])).rate
        found |= {
            "publisher / singles": publisher / single,
            "publisher / bulk": publisher / many,
            "read-model builder / bulk": builder / many,
            "commands / bulk": commands / many,
        }
        say("Posting in bulk without and with publisher and builder beside it")
        found["bulk with publisher and builder / without"] = _beside(options, made, books["posting"], add)
    return found


def _publishing(made: World, books: BenchBooks) -> Sample:
    """Everything of one entity, by one process."""
    events = lag(books.id)
    words = [sys.executable, "-m", "ledgerflow", "publish_events", "--entity", books.entity.code]
    before, began = usage([]), time.perf_counter()
    made.start("publish", words)
    wait_until(lambda: lag(books.id) == 0, PATIENCE_SECONDS, "events are not published")
    seconds = time.perf_counter() - began
    return Sample("publisher", events / seconds, events, seconds, cpu_seconds=usage([]).since(before))


def _building(made: World, books: BenchBooks) -> Sample:
    """All read models from Kafka, by one process, beginning with nothing."""
    events = head(books.id)
    before, began = usage([]), time.perf_counter()
    made.start_consumer("builder", PGAPPNAME=BESIDE)
    wait_until(lambda: is_projected([books.id]), PATIENCE_SECONDS, "the read models do not catch up")
    seconds = time.perf_counter() - began
    return Sample("read-model builder", events / seconds, events, seconds, cpu_seconds=usage([]).since(before))


def _commands(http: Http, made: World, books: BenchBooks, add: Add) -> float:
    """Transfers sent as commands in batches, from the first sent to the last carried out."""
    made.start("processor", [sys.executable, "-m", "ledgerflow", "process_commands"], KAFKA_BOOTSTRAP_SERVERS="")
    options, rates = http.options, []
    for _ in range(ROUNDS):
        done_before = int(str(ask(COMPLETED, books.id)[0][0]))
        requests = traffic.commands(books, UNIFORM, 40, options.bulk_items)
        before, began = usage([]), time.perf_counter()
        load = drive(http.server.address, [requests], clients=options.bulk_clients, seconds=options.bulk_seconds,
                     wanted_status=ACCEPTED)  # fmt: skip
        assert not load.failed, load.first_failure
        wait_until(lambda: ask(OPEN_COMMANDS, books.id) == [(0,)], PATIENCE_SECONDS, "commands are not carried out")
        seconds = time.perf_counter() - began
        done = int(str(ask(COMPLETED, books.id)[0][0])) - done_before
        assert done == load.answered * options.bulk_items, f"{done} of {load.answered * options.bulk_items} completed"
        spent = usage([]).since(before)
        rates.append(add(Sample("commands", done / seconds, done, seconds, cpu_seconds=spent)).rate)
    made.kill("processor")
    return median(rates)


def _beside(options: Options, made: World, books: BenchBooks, add: Add) -> float:
    """Transfers by processor second of posting itself: with two cores, whatever else runs takes its share of time."""
    os.environ.update(made.settings)
    without, with_both = [], []
    made.start_worker("worker", 1, PGAPPNAME=BESIDE)
    with web_server(os.environ["DATABASE_URL"]) as server:
        http = Http(replace(options, bulk_seconds=2 * options.bulk_seconds), server)
        http.bulk("warm-up", [books], UNIFORM, 3.0)
        for _ in range(ROUNDS):
            wait_until(lambda: is_projected([books.id]), PATIENCE_SECONDS, "the read models do not catch up")
            with_both.append(add(_of_posting(http, books, "bulk with both")))
            wait_until(lambda: is_projected([books.id]), PATIENCE_SECONDS, "the read models do not catch up")
            for name in ("worker", "builder"):
                made.kill(name)
            without.append(add(_of_posting(http, books, "bulk without both")))
            for name in ("worker", "builder"):
                made.again(name)
    return _per_cpu_second(with_both) / _per_cpu_second(without)


def _per_cpu_second(samples: list[Sample]) -> float:
    return median(sample.per_cpu_second or 0.0 for sample in samples)


def _of_posting(http: Http, books: BenchBooks, name: str) -> Sample:
    """A measurement of bulk, less the processor seconds that the database spent on publisher and builder."""
    before = backend_seconds(BESIDE)
    sample = http.bulk(name, [books], UNIFORM)
    spent = dict(sample.cpu_seconds)
    aside = min(backend_seconds(BESIDE) - before, spent["database"])
    spent |= {"database": spent["database"] - aside, "others": spent["others"] + aside}
    return replace(sample, cpu_seconds=spent)


def backend_seconds(application: str) -> float:
    """Processor seconds of the database's sessions with this application name, on this machine."""
    from bench.cpu import _of_process  # noqa: PLC0415 - the one way to read /proc here

    rows = ask("SELECT pid FROM pg_stat_activity WHERE application_name = %s", application)
    return sum(_of_process(int(str(row[0]))) for row in rows)
