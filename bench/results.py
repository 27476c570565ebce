"""What was measured, and the ratios that are promised."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from statistics import median
from typing import Literal

from bench.load import Load

MILLISECONDS = 1000


@dataclass(frozen=True)
class Sample:
    """One measurement: transfers per second; latencies of requests in milliseconds; processor seconds by user."""

    name: str
    rate: float
    transfers: int
    seconds: float
    p50_ms: float | None = None
    p99_ms: float | None = None
    max_ms: float | None = None
    cpu_seconds: dict[str, float] = field(default_factory=dict)

    @property
    def per_cpu_second(self) -> float | None:
        """Transfers by processor second of web server, database and load generator: steadier than the rate."""
        spent = sum(seconds for name, seconds in self.cpu_seconds.items() if name != "others")
        return self.transfers / spent if spent else None

    @property
    def disturbed(self) -> float | None:
        """The share of the processors that went to others."""
        return self.cpu_seconds["others"] / (self.seconds * (os.cpu_count() or 1)) if self.cpu_seconds else None

    @classmethod
    def of_load(cls, name: str, load: Load, transfers: int, cpu_seconds: dict[str, float]) -> Sample:
        p50, p99, longest = (load.percentile(share) * MILLISECONDS for share in (0.50, 0.99, 1.0))
        return cls(name, transfers / load.seconds, transfers, load.seconds, p50, p99, longest, cpu_seconds)


class Results:
    """All samples in the order of measurement."""

    def __init__(self) -> None:
        self.samples: list[Sample] = []

    def add(self, sample: Sample) -> Sample:
        self.samples.append(sample)
        return sample

    def names(self) -> list[str]:
        return list(dict.fromkeys(sample.name for sample in self.samples))

    def of(self, name: str) -> list[Sample]:
        return [sample for sample in self.samples if sample.name == name]

    def rate(self, name: str) -> float | None:
        """The median rate of a measurement, None when it was not made."""
        return middle(sample.rate for sample in self.of(name))

    def seconds(self, name: str) -> float | None:
        return middle(sample.seconds for sample in self.of(name))

    def per_cpu_second(self, name: str) -> float | None:
        return middle(sample.per_cpu_second for sample in self.of(name))

    def disturbed(self, name: str) -> float | None:
        return middle(sample.disturbed for sample in self.of(name))

    def p50(self, name: str) -> float | None:
        return middle(sample.p50_ms for sample in self.of(name))

    def longest(self, name: str) -> float | None:
        """The longest of all, in milliseconds: a promise about waiting is not about the median."""
        return max((sample.max_ms for sample in self.of(name) if sample.max_ms is not None), default=None)

    def p99(self, name: str) -> float | None:
        return middle(sample.p99_ms for sample in self.of(name))


def middle(values: Iterable[float | None]) -> float | None:
    there = [value for value in values if value is not None]
    return median(there) if there else None


@dataclass(frozen=True)
class Target:
    """A ratio of two medians, and what it must be: `at_least` or `at_most`."""

    what: str
    value: Callable[[Results], tuple[float | None, float | None]]
    bound: Literal["at least", "at most"]
    target: float
    aim: float | None = None


@dataclass(frozen=True)
class Ratio:
    what: str
    value: float
    bound: str
    target: float
    aim: float | None
    ok: bool


def _rates(one: str, other: str) -> Callable[[Results], tuple[float | None, float | None]]:
    return lambda results: (results.rate(one), results.rate(other))


def _cpu(one: str, other: str) -> Callable[[Results], tuple[float | None, float | None]]:
    """How many processor seconds one takes beside another."""
    return lambda results: (results.per_cpu_second(other), results.per_cpu_second(one))


def _cpu_of(name: str) -> Callable[[Results], tuple[float | None, float | None]]:
    return lambda results: (1.0, results.per_cpu_second(name))


def _tails(one: str, other: str) -> Callable[[Results], tuple[float | None, float | None]]:
    return lambda results: (results.p99(one), results.p99(other))


def _tail(name: str) -> Callable[[Results], tuple[float | None, float | None]]:
    return lambda results: (results.p99(name), results.p50(name))


TARGETS = (
    Target("bulk / set-based floor", _rates("bulk uniform", "floor"), "at least", 0.40, 0.60),
    Target("singles / PL/pgSQL", _rates("singles uniform", "plpgsql uniform"), "at least", 0.25, 0.40),
    Target("singles, hot / uniform", _rates("singles hot", "singles uniform"), "at least", 0.90),
    Target("bulk, hot / uniform", _rates("bulk hot", "bulk uniform"), "at least", 0.90),
    Target("bulk, four entities / one", _rates("bulk four", "bulk uniform"), "at least", 1.30),
    Target("singles, p99 / p50, uniform", _tail("singles uniform"), "at most", 4.0),
    Target("singles, p99 / p50, hot", _tail("singles hot"), "at most", 4.0),
    Target(
        "singles, end of snapshot / before", _rates("snapshot singles end", "snapshot singles before"), "at least", 0.70
    ),
    Target("bulk, end of snapshot / before", _rates("snapshot bulk end", "snapshot bulk before"), "at least", 0.70),
    Target("as-of p99, a million / ten thousand", _tails("as-of large", "as-of small"), "at most", 1.5),
    Target(
        "balance sheet, a journal of 1900 / none",
        lambda results: (results.p50("balance sheet, old date"), results.p50("balance sheet, no old date")),
        "at most",
        1.5,
    ),
    Target(
        "seconds to close 20,000 accounts",
        lambda results: (results.seconds("close of 20,000 accounts"), 1.0),
        "at most",
        2.0,
    ),
    Target("bulk, during closes / without", _rates("bulk during closes", "bulk without closes"), "at least", 0.70),
    Target(
        "singles, during closes / without", _rates("singles during closes", "singles without closes"), "at least", 0.70
    ),
    Target(
        "longest wait during closes, of 250 ms",
        lambda results: (results.longest("singles during closes"), 250.0),
        "at most",
        1.0,
    ),
    Target("close with base amounts / without", _cpu("close with base amounts", "close without"), "at most", 1.3),
    *(
        Target(f"CPU seconds, functional {name}", _cpu_of(f"{name} functional"), "at most", 1.5)
        for name in ("trial balance", "balance sheet", "income statement")
    ),
    Target("bulk, full books / empty books", _rates("growth full", "growth empty"), "at least", 0.85),
)


def ratios(results: Results) -> list[Ratio]:
    """The ratios whose both sides were measured."""
    found = []
    for target in TARGETS:
        above, below = target.value(results)
        if above is not None and below:
            value = above / below
            ok = value >= target.target if target.bound == "at least" else value <= target.target
            found.append(Ratio(target.what, value, target.bound, target.target, target.aim, ok))
    return found
