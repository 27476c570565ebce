"""`python -m bench.statements`: the worked cases of `cases.toml`; exit code 1: a figure is not right.

Needs DATABASE_URL; `make bench-statements` starts the server.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from bench.promises import set_up
from bench.statements.cases import read_cases


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the cases whose name holds one of the words given, all unless there are any; 1 when one is wrong."""
    parser = argparse.ArgumentParser(prog="python -m bench.statements", description=__doc__)
    parser.add_argument("words", nargs="*", metavar="WORD", help="only cases with this in their name")
    words = parser.parse_args(arguments).words
    set_up()
    from bench.statements.running import faults_of  # noqa: PLC0415 - after Django

    cases = [case for case in read_cases() if not words or any(word in case.name for word in words)]
    wrong = 0
    for case in cases:
        faults = faults_of(case)
        wrong += bool(faults)
        print(f"{'WRONG' if faults else 'right'}  {case.name:72} {case.source}")
        for fault in faults:
            print(f"       {fault}")
    print(f"\n{len(cases) - wrong} of {len(cases)} cases are right.")
    return 1 if wrong or not cases else 0


if __name__ == "__main__":
    sys.exit(main())
