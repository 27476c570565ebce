"""What the benches of one subject have in common: which parts are asked for, Django, and what was promised and kept."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple


class Line(NamedTuple):
    """One thing that is promised: what came out, and whether that will do.

    One that is not `exact` depends on the machine and who else is on it: it is told, and fails nothing.
    """

    what: str
    found: str
    wanted: str
    ok: bool
    exact: bool = True


def parser_of(prog: str, described: str | None, parts: Sequence[str]) -> argparse.ArgumentParser:
    """A command line that takes names of parts."""
    parser = argparse.ArgumentParser(prog=prog, description=described)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"all, or any of {', '.join(parts)}")
    return parser


def parts_asked(parser: argparse.ArgumentParser, asked: Sequence[str], parts: Sequence[str]) -> Sequence[str]:
    """Those of `parts` that are asked for, all unless some are named; a name that is none of them ends the command."""
    unknown = set(asked) - {"all", *parts}
    if unknown:
        parser.error(f"there is no part {', '.join(sorted(unknown))}")
    return parts if not asked or "all" in asked else asked


def set_up() -> Callable[[str], None]:
    """Django with its tables, and an end by signal that cleans up; gives what says a text with the seconds since."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ledgerflow.settings")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    import django  # noqa: PLC0415 - after the settings are named

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    began = time.perf_counter()

    def say(text: str) -> None:
        print(f"{time.perf_counter() - began:6.0f} s  {text}", flush=True)

    return say


def all_kept(lines: Sequence[Line], widths: tuple[int, int]) -> bool:
    """Print each line, its subject and what came out so many characters wide; whether all that are exact are kept."""
    what, found = widths
    print()
    for line in lines:
        verdict = "ok    " if line.ok else "MISSED"
        print(f"{verdict}  {line.what:{what}}{line.found:>{found}}   wanted: {line.wanted}")
    return all(line.ok for line in lines if line.exact)
