"""What is measured, how long, and the command line for it."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, fields

PARTS = ("singles", "bulk", "plpgsql", "floor", "snapshot", "closing", "asof", "olddate", "functional", "growth")
IN_ALL = PARTS[:-1]


@dataclass(frozen=True)
class Options:
    """The field's name is the name on the command line; the comment is its help."""

    parts: Sequence[str] = IN_ALL
    accounts: int = 10_000  # accounts in each entity
    rounds: int = 3  # how often everything is measured; medians are shown
    entities: int = 4  # entities in the parts with several at once
    singles_clients: int = 32  # connections that post one transfer at a time
    singles_seconds: float = 8.0  # length of one measurement
    bulk_clients: int = 2  # connections that post batches to one entity
    bulk_clients_many: int = 8  # connections that post batches to several entities, all together
    bulk_seconds: float = 6.0  # length of one measurement
    bulk_items: int = 1_000  # transfers in a batch
    plpgsql_clients: int = 8  # connections of pgbench
    plpgsql_seconds: float = 6.0  # length of one measurement
    floor_transfers: int = 100_000  # transfers in the set-based transaction
    snapshot_seconds: float = 120.0  # how long one snapshot is held open
    snapshot_spread: str = "uniform"  # uniform or hot
    closing_seconds: float = 30.0  # how long days close one after the other
    asof_postings: int = 1_000_000  # postings on the large account
    asof_questions: int = 4_000  # balances asked for on each account
    olddate_questions: int = 40  # balance sheets asked for with an old date, and without
    functional_weeks: int = 156  # how many weeks of books in five currencies are closed before they are asked
    growth_journals: int = 5_000_000  # journals in the full books
    growth_windows: int = 5  # measurements of each, in turn
    growth_seconds: float = 10.0  # length of one measurement
    fill_processes: int = 2  # processes that fill the books


QUICK = Options(
    rounds=1,
    singles_seconds=3,
    bulk_seconds=3,
    plpgsql_seconds=3,
    floor_transfers=50_000,
    snapshot_seconds=20,
    closing_seconds=8,
    asof_postings=100_000,
    asof_questions=1_000,
    olddate_questions=20,
    functional_weeks=12,
    growth_journals=100_000,
    growth_windows=2,
    growth_seconds=4,
)


def from_command_line(arguments: Sequence[str] | None = None) -> Options:
    """The options asked for; `--quick` changes the defaults of the others."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"all, or any of {', '.join(PARTS)}")
    parser.add_argument("--quick", action="store_true", help="a minute and a half: for working on the code")
    for field in fields(Options):
        if field.name != "parts":
            parser.add_argument(f"--{field.name.replace('_', '-')}", type=type(field.default), metavar="N")
    given = vars(parser.parse_args(arguments))
    unknown = set(given["parts"]) - {"all", *PARTS}
    if unknown:
        parser.error(f"there is no part {', '.join(sorted(unknown))}")
    values = vars(QUICK if given.pop("quick") else Options()) | {k: v for k, v in given.items() if v is not None}
    asked = values.pop("parts")
    values["parts"] = IN_ALL if not asked or "all" in asked else tuple(part for part in PARTS if part in asked)
    return Options(**values)
