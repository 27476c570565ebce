"""`python -m bench.credits`: operations on credits under load, and AMLSim as credits; exit code 1: a count is wrong.

Needs DATABASE_URL; `make bench-credits` starts the server.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from bench.promises import Line, all_kept, parser_of, parts_asked, set_up

if TYPE_CHECKING:
    from bench.credits.races import Raced
    from bench.results import Sample

PARTS = ("once", "spent", "amlsim", "rates", "night")
RESULTS = Path(__file__).parents[1] / "results" / "credits.tsv"
DATA = Path(__file__).parents[3] / "shared" / "data" / "amlsim"
APPLICATION = "bench.credits.application.BenchCredits"


class Sizes(NamedTuple):
    """How much is done; `quick` is for working on the code, and proves less."""

    rewards: int = 20_000
    rewarded_owners: int = 500
    rewarded_clients: int = 64
    spends: int = 2_000
    spenders: int = 32
    every: int = 1  # of so many transfers of AMLSim one
    rounds: int = 3
    seconds: float = 6.0
    accounts: int = 10_000
    lots: int = 100_000


QUICK = Sizes(2_000, 100, 64, 400, 32, 40, 1, 2.0, 1_000, 5_000)
# What AMLSim comes to, whoever counts.
GRANTED, MOVED, REFUSED, TO_ITSELF, EXPIRED, DAYS = 560_095_352, 36_526, 84_017, 15, 559_166_969, 149
EXPIRY_SECONDS, WAIT_MS = 60, 250


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure the parts asked for; 1 when a count is not as promised. Ratios that are missed are told."""
    parser = parser_of("python -m bench.credits", __doc__, PARTS)
    parser.add_argument("--data", type=Path, default=DATA, help="the folder of AMLSim")
    parser.add_argument("--quick", action="store_true", help="a few minutes: for working on the code")
    given = parser.parse_args(arguments)
    parts = parts_asked(parser, given.parts, PARTS)
    os.environ["LEDGERFLOW_APPLICATIONS"] = APPLICATION
    return 0 if all_kept(run(parts, QUICK if given.quick else Sizes(), given.data), (64, 24)) else 1


def run(parts: Sequence[str], sizes: Sizes, data: Path) -> list[Line]:
    """The parts in their order; each that fails is a line, and keeps no other from being measured."""
    say = set_up()
    from bench.cpu import usage  # noqa: PLC0415 - models can be imported only once Django is set up
    from bench.load import LoadError  # noqa: PLC0415
    from ledgerflow.core.errors import LedgerError  # noqa: PLC0415
    from ledgerflow.embedded.failures import LaunchError  # noqa: PLC0415

    lines: list[Line] = []
    measures = {"once": once, "spent": spent, "amlsim": amlsim, "rates": rates, "night": night}
    for part in PARTS:
        if part in parts:
            say(f"== {part}")
            before, began = usage([]), time.perf_counter()
            try:
                lines += measures[part](sizes, data, say)
            except (AssertionError, LedgerError, LoadError, LaunchError) as error:
                say(str(error))
                lines.append(Line(part, "failed", str(error).partition("\n")[0], ok=False))
            say(f"{part}: {time.perf_counter() - began:.0f} s; {_spent(usage([]).since(before))}")
    return lines


def once(sizes: Sizes, _data: Path, say: Callable[[str], None]) -> list[Line]:
    """A reward once a day, asked for by many clients; and its twin."""
    from bench.credits.races import rewards, rewards_without_turn  # noqa: PLC0415
    from bench.server import web_server  # noqa: PLC0415

    count, owners, clients = sizes.rewards, sizes.rewarded_owners, sizes.rewarded_clients
    with web_server(os.environ["DATABASE_URL"]) as server:
        found = rewards(server, count, owners, clients)
    say(f"{count:,} rewards asked for by {clients} clients: {_told(found)}")
    twin = rewards_without_turn(count, owners, clients)
    say(f"the same without the unique row: {_told(twin)}")
    each = {f"owner-{number}": 1 for number in range(owners)}
    return [
        Line(f"{count:,} rewards of one day for {owners:,} owners: posted", f"{found.outcomes['posted']:,}",
             f"{owners:,}", ok=found.outcomes["posted"] == owners and found.balances == each and not found.faults),
        Line("refused as already_granted", f"{found.outcomes['already_granted']:,}", f"{count - owners:,}",
             ok=found.outcomes["already_granted"] == count - owners),
        Line("posted by the twin, which looks before it grants", f"{twin.outcomes['posted']:,}",
             f"more than {owners:,}", ok=twin.outcomes["posted"] > owners),
    ]  # fmt: skip


def spent(sizes: Sizes, _data: Path, say: Callable[[str], None]) -> list[Line]:
    """One wallet, and twice as many spends of 1 as there are credits in it."""
    from bench.credits.races import spends  # noqa: PLC0415
    from bench.server import web_server  # noqa: PLC0415

    count, balance = sizes.spends, sizes.spends // 2
    with web_server(os.environ["DATABASE_URL"]) as server:
        found = spends(server, count, balance, sizes.spenders)
    say(f"{count:,} spends of 1 by {sizes.spenders} clients: {_told(found)}")
    posted, refused = found.outcomes["posted"], found.outcomes["insufficient_funds"]
    return [
        Line(f"{count:,} spends of 1 of a wallet of {balance:,}: posted", f"{posted:,}", f"{balance:,}",
             ok=posted == balance and found.balances == {"one": 0} and not found.faults),
        Line("refused as insufficient_funds", f"{refused:,}", f"{count - balance:,}", ok=refused == count - balance),
    ]  # fmt: skip


def amlsim(sizes: Sizes, data: Path, say: Callable[[str], None]) -> list[Line]:
    """Transfers of credits that end, each beside a model; the balances that are left go into a file."""
    from bench.credits.replaying import load_of, replay  # noqa: PLC0415

    load = load_of(data, sizes.every)
    found = replay(load, say)
    for one in (found.differences + found.faults)[:10]:
        say(one)
    lines = [
        Line(f"{len(load.moves):,} transfers, {found.days} days closed: differ from the model",
             f"{len(found.differences):,}", "0", ok=not found.differences),
        Line("faults that verification finds", f"{len(found.faults):,}", "0", ok=not found.faults),
        Line("a lot changed by SQL, with triggers off, is named", "yes" if found.is_forgery_named else "no", "yes",
             ok=found.is_forgery_named),
    ]  # fmt: skip
    if sizes.every > 1:
        return lines
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text("".join(f"{owner}\t{found.balances[owner]}\n" for owner in sorted(load.openings, key=int)))
    say(f"balances are in {RESULTS}")
    counted = {
        "days closed": (found.days, DAYS),
        "granted": (found.granted, GRANTED),
        "posted": (found.outcomes["posted"], MOVED),
        "refused as insufficient_funds": (found.outcomes["insufficient_funds"], REFUSED),
        "to the owner itself": (found.outcomes["to itself"], TO_ITSELF),
        f"expired by the close of day {DAYS}": (found.expired, EXPIRED),
    }
    return lines + [
        Line(f"AMLSim: {what}", f"{one:,}", f"{wanted:,}", ok=one == wanted) for what, (one, wanted) in counted.items()
    ]


def rates(sizes: Sizes, _data: Path, say: Callable[[str], None]) -> list[Line]:
    """How fast credits are spent, beside transfers and beside a wallet with a single lot."""
    from bench.credits.rates import RATIOS, measure  # noqa: PLC0415
    from bench.options import Options  # noqa: PLC0415

    options = Options(
        accounts=sizes.accounts, rounds=sizes.rounds, singles_seconds=sizes.seconds, bulk_seconds=sizes.seconds
    )
    found = measure(options, _adder(say), say)
    lines = []
    for what, one, other, least in RATIOS:
        lines.append(_ratio(what, found.rate(one), found.rate(other), least))
        by_processor = found.per_cpu_second(one), found.per_cpu_second(other)
        lines.append(_ratio(f"{what}, by processor second", *by_processor, least))
    return lines


def night(sizes: Sizes, _data: Path, say: Callable[[str], None]) -> list[Line]:
    """Many lots expire in one night, while somebody posts."""
    from bench.credits.night import measure  # noqa: PLC0415

    found = measure(sizes.lots, say)
    say(f"{found.posted:,} transfers meanwhile; the close took {found.close_seconds:.1f} s")
    return [
        Line(f"lots that expired in the night, {found.faults} faults", f"{found.expired:,}", f"{sizes.lots:,}",
             ok=found.expired == sizes.lots and not found.faults),
        Line("seconds of the expiry", f"{found.expiry_seconds:.1f}", f"under {EXPIRY_SECONDS}",
             ok=found.expiry_seconds < EXPIRY_SECONDS, exact=False),
        Line(f"longest wait of a poster, ms ({found.quiet_longest_ms:.0f} without the close)",
             f"{found.longest_ms:.0f}", f"under {WAIT_MS}", ok=found.longest_ms < WAIT_MS, exact=False),
    ]  # fmt: skip


def _ratio(what: str, above: float | None, below: float | None, least: float) -> Line:
    value = (above or 0.0) / below if below else 0.0
    return Line(what, f"{value:.2f}", f"{least:.2f} or more", ok=value >= least, exact=False)


def _adder(say: Callable[[str], None]) -> Callable[[Sample], Sample]:
    def add(sample: Sample) -> Sample:
        say(f"{sample.name:24}{sample.rate:>10,.0f}/s; {_spent(sample.cpu_seconds)}")
        return sample

    return add


def _spent(seconds: dict[str, float]) -> str:
    """Processor seconds by who spent them; those of a web server that is no more are among the others."""
    return "processor s: " + ", ".join(f"{who} {spent:.1f}" for who, spent in seconds.items() if spent or who != "web")


def _told(found: Raced) -> str:
    told = ", ".join(f"{name} {count:,}" for name, count in sorted(found.outcomes.items()))
    return f"{told}; {found.faults} faults in the books"


if __name__ == "__main__":
    sys.exit(main())
