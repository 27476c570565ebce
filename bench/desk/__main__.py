"""`python -m bench.desk`: the desk on the sample company's books and on large ones; exit code 1: a bar is missed.

Needs DATABASE_URL; `make desk` starts the servers. Writes docs/screens/desk.json and some pictures beside it.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from bench.promises import set_up
from bench.server import Server, web_server

PROJECT = Path(__file__).parents[2]
SCREENS = PROJECT / "docs" / "screens"
DATA = PROJECT.parent / "shared" / "data"
Say = Callable[[str], None]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.desk", description=__doc__)
    parser.add_argument("--without-data", action="store_true", help="leave AMLSim and the ECB's rates out")
    parser.add_argument("--quick", action="store_true", help="in light at 1280 alone")
    parser.add_argument("--jobs", action="store_true", help="the jobs alone")
    parser.add_argument("--costs", action="store_true", help="what pages cost alone: no look at each, no jobs")
    parser.add_argument("--scale", type=float, default=1, metavar="N", help="0.1: a million postings; 0: none")
    parser.add_argument("words", nargs="*", metavar="WORD", help="only pages with this in their name")
    options = parser.parse_args(arguments)
    say = set_up()
    from django.contrib.auth.models import User  # noqa: PLC0415 - after Django
    from django.core.management import call_command  # noqa: PLC0415
    from django.db import connection  # noqa: PLC0415

    from bench.desk.bars import tell  # noqa: PLC0415
    from tests.browser.serving import PASSWORD  # noqa: PLC0415

    call_command("seed_desk", seed=1)
    loaded = ["seed_desk", *([] if options.without_data else load_data(say))]
    say(f"loaded {', '.join(loaded)}")
    person = User.objects.create_superuser("olga", password=PASSWORD)
    settings = connection.settings_dict
    url = f"postgresql://{settings['USER']}@/{settings['NAME']}?host={settings['HOST']}&port={settings['PORT']}"
    SCREENS.mkdir(exist_ok=True)
    with web_server(url) as server:
        report = {"loaded": loaded} | measure(server, person, options, say)
    if not options.jobs:
        (SCREENS / "desk.json").write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n")
    return tell(report)


def load_data(say: Say) -> list[str]:
    """AMLSim and the European Central Bank's rates, by the commands that import them, where they are at hand."""
    from django.core.management import call_command  # noqa: PLC0415 - after Django

    from bench import amlsim  # noqa: PLC0415

    if not DATA.is_dir():
        say(f"AMLSim and the ECB's rates are left out: there is no {DATA}")
        return []
    say("importing AMLSim and the ECB's rates")
    call_command("import_ecb", str(DATA / "ecb" / "eurofxref-hist.zip"), entity="hansen")
    call_command("create_entity", code="amlsim", name="AMLSim Savings Bank", base_currency="EUR",
                 business_date=amlsim.START_DATE)  # fmt: skip
    accounts, transfers = amlsim.jobs(DATA / "amlsim", "amlsim", Path("/dev/null"))
    for job in (accounts, transfers):
        amlsim.measured(job)
    return ["AMLSim", "ECB"]


def measure(server: Server, person: Any, options: argparse.Namespace, say: Say) -> dict[str, Any]:
    """All that goes into the report: first in the books as they were loaded, then beside the large ones."""
    from bench.desk.large.filling import fill, size_of  # noqa: PLC0415
    from bench.desk.looking import combinations, first_paints, look  # noqa: PLC0415 - after Django
    from bench.desk.permissions import coverage  # noqa: PLC0415
    from bench.desk.sizes import SizeMeasurer  # noqa: PLC0415
    from ledgerflow.books.models import Entity  # noqa: PLC0415
    from tests.read_models.projecting import project  # noqa: PLC0415

    address = f"http://{server.address[0]}:{server.address[1]}"
    sizes = SizeMeasurer(address, person, server.processes, options.words, say)
    books = list(Entity.objects.filter(code__in=("hansen", "amlsim")).order_by("-code"))
    project(*books)  # what searches read
    if not options.jobs:
        for name, entity in zip(("sample", "AMLSim"), books, strict=False):
            sizes.measure(name, entity)
    looked = {"faults": [], "jobs": []} if options.costs else look(address, person, options, say)
    painted: dict[str, Any] = {}
    if options.scale and not options.jobs:
        largest = fill(size_of(options.scale), say)
        sizes.measure("large", largest)
        painted = first_paints(address, person, largest)
    for fault in looked["faults"]:
        sizes.pages.setdefault(fault.page, {}).setdefault("faults", []).append(fault.text)
    return {
        "looked_at_in": [] if options.costs else [f"{colour} {size[0]}" for colour, size in combinations(options)],
        "pages_with": options.words or "any name",
        "books": sizes.books,
        "pages": sizes.pages,
        "first_paint": painted,
        "permissions": {} if options.jobs else coverage(books[0]),
        "jobs": looked["jobs"],
    }


if __name__ == "__main__":
    sys.exit(main())
