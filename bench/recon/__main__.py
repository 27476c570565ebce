"""`python -m bench.recon`: reconciling against the truth, and how fast it is; exit code 1: missed.

Needs DATABASE_URL; `make bench-recon` starts the server.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from bench.promises import Line, all_kept, parser_of, parts_asked, set_up

if TYPE_CHECKING:
    from bench.recon.speed import Large, Spent

PARTS = ("truth", "speed")
DATA = Path(__file__).parents[3] / "shared" / "data" / "amlsim"
SEEDS = (1, 2, 3)
LEAST_RECALL = Decimal("0.95")
MOST_SECONDS, MOST_MEGABYTES, MOST_GROWTH, MOST_GYM = 60, 500, 12, 2
SMALL, LARGE = 10_000, 100_000


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure the parts asked for; 1 when a promise is not kept."""
    parser = parser_of("python -m bench.recon", __doc__, PARTS)
    parser.add_argument("--data", type=Path, default=DATA, help="the folder of AMLSim")
    parser.add_argument("--quick", action="store_true", help="one seed, a tenth of the lines: for working on the code")
    given = parser.parse_args(arguments)
    parts = parts_asked(parser, given.parts, PARTS)
    say = set_up()
    lines: list[Line] = []
    if "truth" in parts:
        lines += truth(given.data, SEEDS[:1] if given.quick else SEEDS, say)
    if "speed" in parts:
        scale = 10 if given.quick else 1
        lines += speed(SMALL // scale, LARGE // scale, say)
    return 0 if all_kept(lines, (72, 12)) else 1


def truth(data: Path, seeds: Sequence[int], say: Callable[[str], None]) -> list[Line]:
    """20 accounts, each with a bank that mangles, for each seed under both profiles."""
    from bench.recon.truth import DEFAULT, WITHIN_A_CENT, busiest, measure  # noqa: PLC0415

    busy, lines = busiest(data), []
    for seed in seeds:
        for profile in (DEFAULT, WITHIN_A_CENT):
            found = measure(busy, seed, profile, say)
            for one in (found.wrong + found.misnamed + found.untied)[:10]:
                say(one)
            precision = Decimal(found.confirmed - len(found.wrong)) / max(found.confirmed, 1)
            name = f"seed {seed}, {profile}"
            lines += [
                Line(f"{name}: precision of what was confirmed", f"{precision:.4f}", "1.0", ok=not found.wrong),
                Line(f"{name}: recall of clean lines", str(found.recall), f"{LEAST_RECALL} or more",
                     ok=found.recall >= LEAST_RECALL),
                Line(f"{name}: a cent, missing, doubled, merged that are misnamed", str(len(found.misnamed)), "0",
                     ok=not found.misnamed),
                Line(f"{name}: statements that do not tie, faults", str(len(found.untied)), "0", ok=not found.untied),
            ]  # fmt: skip
    return lines


def speed(small: int, large: int, say: Callable[[str], None]) -> list[Line]:
    """Seconds and memory of a large account, growth from small ones before and after it, and of a gym's fees."""
    from bench.recon.speed import in_a_process  # noqa: PLC0415

    imported: dict[str, list[Spent]] = {}
    matched: dict[str, list[Spent]] = {}
    with TemporaryDirectory(prefix="bench-recon-") as folder:
        for name, one in _books(small, large, Path(folder), say):
            for step, found in (("import", imported), ("reconcile", matched)):
                spent = in_a_process(step, one)
                found.setdefault(name, []).append(spent)
                _say_spent(f"{name}: {step}", spent, say)
    # The same work costs more while others work, so that a large account is compared with small ones around it.
    mean = {name: sum(one.processor for one in found) / len(found) for name, found in matched.items()}
    peak = max(one.peak_megabytes for found in (*imported.values(), *matched.values()) for one in found)
    wall = min(one.seconds for one in matched["large"])
    growth, gym = mean["large"] / mean["small"], mean["gym"] / mean["large"]
    return [
        Line(f"processor seconds to reconcile {large:,} lines ({wall:.1f} s of wall clock)",
             f"{mean['large']:.1f}", f"under {MOST_SECONDS}", ok=mean["large"] < MOST_SECONDS),
        Line("memory, MB", f"{peak:.0f}", f"under {MOST_MEGABYTES}", ok=peak < MOST_MEGABYTES),
        Line(f"{large:,} lines / {small:,}", f"{growth:.1f} x", f"{MOST_GROWTH} x at most", ok=growth <= MOST_GROWTH),
        Line("with ten equal amounts a day / without", f"{gym:.2f} x", f"{MOST_GYM} x at most", ok=gym <= MOST_GYM),
    ]  # fmt: skip


def _books(small: int, large: int, folder: Path, say: Callable[[str], None]) -> Iterator[tuple[str, Large]]:
    """The books in the order of measuring. All are made before, so that nothing of it disturbs what is measured."""
    from bench.books import settle_statistics  # noqa: PLC0415
    from bench.elsewhere import processes  # noqa: PLC0415
    from bench.recon.speed import made  # noqa: PLC0415

    sizes = {"small": (small, False), "large": (large, False), "gym": (large, True)}
    order = ("small", "large", "small", "gym")
    say(f"Posting {sum(sizes[name][0] for name in order):,} journals")
    with processes(2, os.environ["DATABASE_URL"]) as pool:
        waiting = [
            pool.submit(made, f"{name}-{number}", sizes[name][0], folder, is_gym=sizes[name][1])
            for number, name in enumerate(order)
        ]
        books = [one.result() for one in waiting]
    settle_statistics()
    yield from zip(order, books, strict=True)


def _say_spent(name: str, spent: Spent, say: Callable[[str], None]) -> None:
    what = f"{spent.done:,} lines" if name.endswith("import") else f"{spent.done:,} matches, {spent.cases:,} exceptions"
    say(
        f"{name:18}{what:35}{spent.seconds:6.1f} s; processor s: {spent.processor:.1f} (process {spent.client:.1f},"
        f" database {spent.database:.1f}), others {spent.others:.1f}; {spent.peak_megabytes:.0f} MB"
    )


if __name__ == "__main__":
    sys.exit(main())
