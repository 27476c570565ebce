"""`python -m bench.events`: needs DATABASE_URL and REDIS_URL; `make bench-events` starts them. Exit code 1: missed."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from bench.promises import Line, all_kept, parser_of, parts_asked, set_up

PARTS = ("kills", "outage", "rates", "rebuild")
SHARES = {
    "change feed / bulk": 5.0,
    "publisher / singles": 4.0,
    "publisher / bulk": 1.0,
    "read-model builder / bulk": 0.6,
    "commands / bulk": 0.5,
    "bulk with publisher and builder / without": 0.8,
}


KEPT, DRAINED_SECONDS = 0.9, 60


class Sizes(NamedTuple):
    """How much is done; `quick` is for working on the code, and proves less."""

    events: int = 100_000
    kills: int = 30
    outage_seconds: float = 60.0
    rebuilt_events: int = 1_000_000
    bulk_seconds: float = 6.0
    singles_seconds: float = 6.0


QUICK = Sizes(4_000, 6, 8.0, 40_000, 2.0, 2.0)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure the parts asked for; 1 when a promise is not kept."""
    parser = parser_of("python -m bench.events", __doc__, PARTS)
    parser.add_argument("--quick", action="store_true", help="a few minutes: for working on the code")
    parser.add_argument("--seed", type=int, help="of the kills; printed, so that a run can be repeated")
    given = parser.parse_args(arguments)
    parts = parts_asked(parser, given.parts, PARTS)
    seed = given.seed if given.seed is not None else random.SystemRandom().randrange(10**6)
    lines = run(parts, QUICK if given.quick else Sizes(), seed)
    return 0 if all_kept(lines, (55, 24)) else 1


def run(parts: Sequence[str], sizes: Sizes, seed: int) -> list[Line]:
    """The parts in their order; each that fails is a line, and keeps no other from being measured."""
    say = set_up()
    from bench.load import LoadError  # noqa: PLC0415 - models can be imported only once Django is set up
    from ledgerflow.embedded.failures import LaunchError  # noqa: PLC0415

    lines: list[Line] = []
    measures = {"kills": kills, "outage": outage, "rates": rates, "rebuild": rebuild}
    for part in PARTS:
        if part in parts:
            say(f"== {part}")
            try:
                lines += measures[part](sizes, seed, say)
            except (AssertionError, LoadError, LaunchError) as error:
                say(str(error))
                lines.append(Line(part, "failed", str(error).partition("\n")[0], ok=False))
    return lines


def kills(sizes: Sizes, seed: int, say: Callable[[str], None]) -> list[Line]:
    from bench.events.kills import measure  # noqa: PLC0415 - models can be imported only once Django is set up

    found = measure(sizes.events, sizes.kills, seed, say)
    wrong = f"{len(found.differences)} differ, {found.lost} lost, {len(found.out_of_order)} out of order"
    for one in (found.differences + found.out_of_order)[:10]:
        say(one)
    return [
        Line(f"{found.events:,} events, {found.kills} kills, seed {seed}", wrong, "nothing lost, doubled or disordered",
             ok=not (found.differences or found.lost or found.out_of_order)),
        Line("events that a naive reader lost in the same run", f"{found.lost_by_naive_reader:,}", "at least one",
             ok=found.lost_by_naive_reader > 0),
        Line("messages that were sent twice", f"{found.repeated:,}", "any number: consumers skip them", ok=True),
    ]  # fmt: skip


def outage(sizes: Sizes, _seed: int, say: Callable[[str], None]) -> list[Line]:
    from bench.events.outage import measure  # noqa: PLC0415

    found = measure(_options(sizes), sizes.outage_seconds, _adder(say), say)
    return [
        Line("posting while Kafka is away / before", f"{found.kept:.2f}", f"{KEPT:.2f} or more", ok=found.kept >= KEPT),
        Line("the same by processor second", f"{found.kept_per_cpu_second:.2f}", "told, not promised", ok=True),
        Line(
            f"seconds to publish {found.waiting:,} events",
            f"{found.drained:.1f}",
            f"under {DRAINED_SECONDS}",
            ok=found.drained < DRAINED_SECONDS,
        ),
    ]


def rates(sizes: Sizes, _seed: int, say: Callable[[str], None]) -> list[Line]:
    from bench.events.rates import measure  # noqa: PLC0415

    found = measure(_options(sizes), _adder(say), say)
    return [
        Line(what, f"{found[what]:.2f}", f"{least} or more", ok=found[what] >= least) for what, least in SHARES.items()
    ]


def rebuild(sizes: Sizes, _seed: int, say: Callable[[str], None]) -> list[Line]:
    from bench.events.rebuild import measure  # noqa: PLC0415

    found = measure(sizes.rebuilt_events, _adder(say), say)
    for one in found.differences[:10]:
        say(one)
    what = f"{found.events:,} events rebuilt from zero, and replayed from Kafka"
    return [Line(what, f"{len(found.differences)} differ", "equal", ok=found.is_right)]


def _options(sizes: Sizes) -> Any:
    from bench.options import Options  # noqa: PLC0415

    return Options(bulk_seconds=sizes.bulk_seconds, singles_seconds=sizes.singles_seconds)


def _adder(say: Callable[[str], None]) -> Callable[[Any], Any]:
    def add(sample: Any) -> Any:
        spent = ", ".join(f"{who} {seconds:.1f}" for who, seconds in sample.cpu_seconds.items())
        say(f"{sample.name:28}{sample.rate:>10,.0f}/s; processor s: {spent}")
        return sample

    return add


if __name__ == "__main__":
    sys.exit(main())
