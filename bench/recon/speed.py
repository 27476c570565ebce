"""How long matching takes, and how much memory: `python -m bench.recon.speed LINES [--gym]`."""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
import time
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from bench.recon.mangling import bank_lines
from recon.matching.passes.engine import run
from recon.matching.passes.rules import DEFAULT_RULES
from recon.matching.passes.shapes import ReconItem

A_DAY = 40
FEES_A_DAY = 10
FEE = Decimal("29.90")
FIRST_DAY = date(2020, 1, 1)


class Speed(NamedTuple):
    lines: int
    matches: int
    seconds: float
    peak_megabytes: float


def postings(count: int, seed: int, *, is_gym: bool) -> list[ReconItem]:
    """40 a day; at a gym ten of them are the same fee."""
    chance = random.Random(seed)
    return [
        ReconItem(
            id=str(number),
            side="books",
            day=FIRST_DAY + timedelta(days=number // A_DAY),
            amount=FEE
            if is_gym and number % A_DAY < FEES_A_DAY
            else Decimal(chance.randrange(100, 500_000)).scaleb(-2),
            currency="EUR",
            references=(f"INV-{2025 + number // 100_000}-{number % 100_000:05}",),
        )
        for number in range(count)
    ]


def in_a_process(count: int, *, is_gym: bool = False, seed: int = 1) -> Speed:
    """Measured alone, because memory is told of a whole process."""
    arguments = [
        sys.executable,
        "-m",
        "bench.recon.speed",
        str(count),
        "--seed",
        str(seed),
        *(["--gym"] if is_gym else []),
    ]
    done = subprocess.run(arguments, check=True, stdout=subprocess.PIPE)
    return Speed(*json.loads(done.stdout))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("lines", type=int)
    parser.add_argument("--gym", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    ours = postings(given.lines, given.seed, is_gym=given.gym)
    lines, _ = bank_lines(ours, given.seed)
    began = time.perf_counter()
    outcome = run(lines, ours, DEFAULT_RULES)
    seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(Speed(len(lines), len(outcome.matches), seconds, peak)))


if __name__ == "__main__":
    main()
