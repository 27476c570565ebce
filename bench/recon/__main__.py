"""`python -m bench.recon`: matching against the truth, and how fast it is. No database. Exit code 1: missed."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from bench.recon.speed import in_a_process
from bench.recon.truth import DATA, busiest, measure

PARTS = ("truth", "speed")
SEEDS = (1, 2, 3)
LEAST_RECALL = Decimal("0.95")
MOST_SECONDS, MOST_MEGABYTES, MOST_GROWTH, MOST_GYM = 60, 500, 12, 2
SMALL, LARGE = 10_000, 100_000


class Line(NamedTuple):
    """One thing that is promised: what came out, and whether that will do."""

    what: str
    found: str
    wanted: str
    ok: bool


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure the parts asked for; 1 when a promise is not kept."""
    parser = argparse.ArgumentParser(prog="python -m bench.recon", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"all, or any of {', '.join(PARTS)}")
    parser.add_argument("--data", type=Path, default=DATA, help="the folder of AMLSim")
    parser.add_argument("--quick", action="store_true", help="a tenth of the lines: for working on the code")
    given = parser.parse_args(arguments)
    unknown = set(given.parts) - {"all", *PARTS}
    if unknown:
        parser.error(f"there is no part {', '.join(sorted(unknown))}")
    parts = PARTS if not given.parts or "all" in given.parts else given.parts
    began = time.perf_counter()

    def say(text: str) -> None:
        print(f"{time.perf_counter() - began:6.0f} s  {text}", flush=True)

    lines: list[Line] = []
    if "truth" in parts:
        lines += truth(given.data, say)
    if "speed" in parts:
        scale = 10 if given.quick else 1
        lines += speed(SMALL // scale, LARGE // scale, say)
    print()
    for line in lines:
        print(f"{'ok    ' if line.ok else 'MISSED'}  {line.what:62}{line.found:>22}   wanted: {line.wanted}")
    return 0 if all(line.ok for line in lines) else 1


def truth(data: Path, say: Callable[[str], None]) -> list[Line]:
    """20 accounts, each with a bank that mangles, for three seeds."""
    accounts = busiest(data)
    lines = []
    for seed in SEEDS:
        found = measure(accounts, seed)
        say(f"seed {seed}: {found.postings:,} postings, {found.confirmed:,} matches; " + ", ".join(
            f"{kind} {count}" for kind, count in sorted(found.named.items())
        ))  # fmt: skip
        for one in (found.wrong + found.misnamed + found.untied)[:10]:
            say(one)
        precision = Decimal(found.confirmed - len(found.wrong)) / max(found.confirmed, 1)
        lines += [
            Line(f"seed {seed}: precision of what was confirmed", f"{precision:.4f}", "1.0", ok=not found.wrong),
            Line(f"seed {seed}: recall of clean lines", str(found.recall), f"{LEAST_RECALL} or more",
                 ok=found.recall >= LEAST_RECALL),
            Line(f"seed {seed}: a cent, missing, doubled and merged that are misnamed", str(len(found.misnamed)), "0",
                 ok=not found.misnamed),
            Line(f"seed {seed}: statements that do not tie", str(len(found.untied)), "0", ok=not found.untied),
        ]  # fmt: skip
    return lines


def speed(small: int, large: int, say: Callable[[str], None]) -> list[Line]:
    """Seconds and memory of a large account, growth from a small one, and of a gym's fees."""
    found = {}
    for name, count, is_gym in (("small", small, False), ("large", large, False), ("gym", large, True)):
        found[name] = in_a_process(count, is_gym=is_gym)
        one = found[name]
        say(f"{name}: {one.lines:,} lines, {one.matches:,} matches, {one.seconds:.1f} s, {one.peak_megabytes:.0f} MB")
    most = max(found["large"], found["gym"], key=lambda one: one.peak_megabytes)
    growth = _ratio(found["large"].seconds, found["small"].seconds)
    gym = _ratio(found["gym"].seconds, found["large"].seconds)
    return [
        Line(f"seconds for {large:,} postings", f"{found['large'].seconds:.1f}", f"under {MOST_SECONDS}",
             ok=found["large"].seconds < MOST_SECONDS),
        Line("memory, MB", f"{most.peak_megabytes:.0f}", f"under {MOST_MEGABYTES}",
             ok=most.peak_megabytes < MOST_MEGABYTES),
        Line(f"{large:,} postings / {small:,}", f"{growth:.1f} x", f"{MOST_GROWTH} x at most",
             ok=growth <= MOST_GROWTH),
        Line("with ten equal amounts a day / without", f"{gym:.2f} x", f"{MOST_GYM} x at most", ok=gym <= MOST_GYM),
    ]  # fmt: skip


def _ratio(one: float, other: float) -> float:
    return one / other if other else 0.0


if __name__ == "__main__":
    sys.exit(main())
