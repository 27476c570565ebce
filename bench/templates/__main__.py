"""`python -m bench.templates`: random templates and parameters over HTTP; exit code 1: a promise is not kept.

Needs DATABASE_URL; `make bench-templates` starts the server.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from bench.promises import Line, all_kept, set_up

COUNT = 10_000
MOST_MILLISECONDS = 50


def main(arguments: Sequence[str] | None = None) -> int:
    """Draft, try out, activate and run; 1 when a promise is not kept."""
    parser = argparse.ArgumentParser(prog="python -m bench.templates", description=__doc__)
    parser.add_argument("--count", type=int, default=COUNT, metavar="N", help="random templates, each with parameters")
    parser.add_argument("--seed", type=int, default=11, metavar="N", help="another one makes other templates")
    given = parser.parse_args(arguments)
    say = set_up()
    from bench.server import web_server  # noqa: PLC0415 - after Django
    from bench.templates.fuzzing import books, fuzz  # noqa: PLC0415
    from journals.proof.ledger import verify_books  # noqa: PLC0415

    made = books()
    with web_server(os.environ["DATABASE_URL"]) as server:
        say(f"Sending {given.count:,} random templates with seed {given.seed}")
        found = fuzz(server.address, made, given.count, given.seed)
    for name, counts in (("Answers", found.statuses), ("Refusals", found.refusals)):
        say(name)
        for what, count in sorted(counts.items()):
            print(f"          {what:44}{count:>8,}")
    for one in found.broken[:10]:
        print(one)
    faults = verify_books(made.entity.id)
    say(f"The slowest expression: {found.slowest.text[:200]!r}")
    lines = [
        Line("templates with parameters", f"{given.count:,}", "made active and run", ok=found.journals > 0),
        Line("versions made active", f"{found.activated:,}", "some", ok=found.activated > 0),
        Line("journals", f"{found.journals:,}", "some", ok=found.journals > 0),
        Line("5xx, unbalanced, unnamed, or not replayed", f"{len(found.broken):,}", "0", ok=not found.broken),
        Line("slowest expression, processor ms", f"{found.slowest.milliseconds:.2f}", f"under {MOST_MILLISECONDS}",
             ok=found.slowest.milliseconds < MOST_MILLISECONDS),
        Line("faults of the books", f"{len(faults):,}", "0", ok=not faults),
    ]  # fmt: skip
    return 0 if all_kept(lines, (44, 10)) else 1


if __name__ == "__main__":
    sys.exit(main())
