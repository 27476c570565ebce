"""The run: services and books made ready, parts measured in turn, books verified, figures shown."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

from django.core.management import call_command

from bench import report
from bench.books import BenchBooks, new_books, settle_statistics
from bench.load import LoadError
from bench.options import Options
from bench.parts import asof, baseline, closing, floor, functional, growth, olddate, snapshot
from bench.results import Results, Sample, ratios
from bench.server import web_server
from bench.traffic import SPREADS, UNIFORM
from bench.verify import verify
from bench.windows import Http
from ledgerflow.embedded.failures import LaunchError

OVER_HTTP = {"singles", "bulk", "snapshot"}
APART = {"closing", "asof", "olddate", "functional", "growth"}  # parts with books of their own
WARM_UP_SECONDS = 2.0
Step = Callable[[], Sample]


class Run:
    """One run of the parts that share the services; each part is measured in every round."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.results = Results()
        self.began = time.perf_counter()
        self.books: dict[str, BenchBooks] = {}
        self.many: list[BenchBooks] = []

    def say(self, text: str) -> None:
        print(f"{time.perf_counter() - self.began:6.0f} s  {text}", flush=True)

    def add(self, sample: Sample) -> Sample:
        latencies = f", p50 {sample.p50_ms:.1f} ms" if sample.p50_ms else ""
        latencies += f", p99 {sample.p99_ms:.1f} ms" if sample.p99_ms else ""
        self.say(f"{sample.name:28}{sample.rate:>10,.0f}/s{latencies}; processor s: {_spent(sample)}")
        return self.results.add(sample)

    def prepare(self) -> None:
        """Migrated tables, and books for each part."""
        self.say("Making the books ready")
        call_command("migrate", verbosity=0)
        parts, accounts = set(self.options.parts), self.options.accounts
        if parts & OVER_HTTP:
            for name in (*SPREADS, "warm-up"):
                self.books[name] = new_books(name, accounts, with_key=True)
            if parts & {"singles", "bulk"}:
                numbers = range(1, self.options.entities + 1)
                self.many = [new_books(f"several-{number}", accounts, with_key=True) for number in numbers]
        if "floor" in parts:
            self.books["floor"] = new_books("floor", accounts, with_key=False)
        if "plpgsql" in parts:
            baseline.create(self.options)
        settle_statistics()

    def steps(self, http: Http | None) -> list[Step]:
        """One round: what is compared stands side by side."""
        parts, books, options = self.options.parts, self.books, self.options
        steps: list[Step] = []
        for spread in SPREADS:
            if "plpgsql" in parts:
                steps.append(partial(baseline.measure, options, spread))
            if http and "singles" in parts:
                steps.append(partial(http.singles, f"singles {spread}", [books[spread]], spread))
        if http and "singles" in parts:
            steps.append(partial(http.singles, "singles four", self.many, UNIFORM))
        if "floor" in parts:
            steps.append(partial(floor.measure, options, books["floor"], books.get(UNIFORM)))
        if http and "bulk" in parts:
            steps += [partial(http.bulk, f"bulk {spread}", [books[spread]], spread) for spread in SPREADS]
            steps.append(partial(http.bulk, "bulk four", self.many, UNIFORM))
        return steps

    def measure(self, http: Http | None) -> None:
        """All rounds, every other one backwards, so that a drift of the machine favours nobody."""
        if http:
            self._warm_up(http)
        steps = self.steps(http)
        for number in range(self.options.rounds):
            self.say(f"Round {number + 1} of {self.options.rounds}")
            for step in reversed(steps) if number % 2 else steps:
                self.add(step())
        if http and "snapshot" in self.options.parts:
            self.say(f"A snapshot held open for {self.options.snapshot_seconds:.0f} s")
            snapshot.measure(http, self.books[self.options.snapshot_spread], self.add)

    def _warm_up(self, http: Http) -> None:
        self.say("Warming up")
        books, parts = [self.books["warm-up"]], set(self.options.parts)
        if parts & {"singles", "snapshot"}:
            http.singles("warm-up", books, UNIFORM, WARM_UP_SECONDS)
        if parts & {"bulk", "snapshot"}:
            http.bulk("warm-up", books, UNIFORM, WARM_UP_SECONDS)

    def verify(self) -> dict[str, float]:
        """Every set of books but the floor's, whose events are filler."""
        self.say("Verifying the books")
        if "plpgsql" in self.options.parts:
            baseline.check()
        took = verify([one for name, one in self.books.items() if name != "floor"] + self.many)
        self.say(f"{len(took)} books are right, in {sum(took.values()):.0f} s")
        return took


def run(options: Options) -> int:
    """Measure, verify, show; the exit code comes out."""
    began, this = datetime.now(UTC), Run(options)
    try:
        verified = _measured(this)
    except (LoadError, LaunchError, AssertionError) as error:
        print(f"\nThe benchmark failed: {error}")
        return 1
    finally:
        if this.results.samples:
            print(f"\n{report.table(this.results)}\n\n{report.ratio_table(ratios(this.results))}\n")
            print(report.warning(this.results), end="")
    print(f"Written to {report.write(options, this.results, verified, began)}")
    return 0


def _measured(this: Run) -> dict[str, float]:
    parts = set(this.options.parts)
    verified: dict[str, float] = {}
    if parts - APART:
        this.prepare()
        if parts & OVER_HTTP:
            with web_server(os.environ["DATABASE_URL"]) as server:
                this.measure(Http(this.options, server))
        else:
            this.measure(None)
        verified |= this.verify()
    if "closing" in parts:
        call_command("migrate", verbosity=0)
        with web_server(os.environ["DATABASE_URL"]) as server:
            verified |= closing.measure(Http(this.options, server), this.add, this.say)
    if "asof" in parts:
        call_command("migrate", verbosity=0)
        verified |= asof.measure(this.options, this.add, this.say)
    if "olddate" in parts:
        call_command("migrate", verbosity=0)
        verified |= olddate.measure(this.options, this.add, this.say)
    if "functional" in parts:
        call_command("migrate", verbosity=0)
        verified |= functional.measure(this.options, this.add, this.say)
    if "growth" in parts:
        verified |= growth.measure(this.options, this.add, this.say)
    return verified


def _spent(sample: Sample) -> str:
    return ", ".join(f"{who} {seconds:.1f}" for who, seconds in sample.cpu_seconds.items())
