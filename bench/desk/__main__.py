"""`python -m bench.desk`: the desk on the sample company's books and on large ones; exit code 1: a bar is missed.

Needs DATABASE_URL; `make desk` starts the servers. Writes docs/screens/desk.json and some pictures beside it.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from bench.promises import set_up
from bench.server import Server, web_server

PROJECT = Path(__file__).parents[2]
SCREENS = PROJECT / "docs" / "screens"
REPORT = SCREENS / "desk.json"
DATA = PROJECT.parent / "shared" / "data"
REPORT_SECONDS = 10  # ten times what a report may take: then it is refused, and counts as a fault
Say = Callable[[str], None]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.desk", description=__doc__)
    parser.add_argument("--without-data", action="store_true", help="leave AMLSim and the ECB's rates out")
    parser.add_argument("--quick", action="store_true", help="in light at 1280 alone")
    parser.add_argument("--jobs", action="store_true", help="the jobs alone")
    parser.add_argument("--large", action="store_true", help="the large books alone; the rest of the file stays")
    parser.add_argument("--scale", type=float, default=1, metavar="N", help="0.1: a million postings; 0: none")
    parser.add_argument("words", nargs="*", metavar="WORD", help="only pages with this in their name")
    options = parser.parse_args(arguments)
    os.environ.setdefault("LEDGERFLOW_REPORT_SECONDS", str(REPORT_SECONDS))
    say = set_up()
    from django.contrib.auth.models import User  # noqa: PLC0415 - after Django
    from django.db import connection  # noqa: PLC0415

    from bench.desk.bars import tell  # noqa: PLC0415
    from tests.browser.serving import PASSWORD  # noqa: PLC0415

    person = User.objects.create_superuser("olga", password=PASSWORD)
    settings = connection.settings_dict
    url = f"postgresql://{settings['USER']}@/{settings['NAME']}?host={settings['HOST']}&port={settings['PORT']}"
    SCREENS.mkdir(exist_ok=True)
    with web_server(url) as server:
        report = json.loads(REPORT.read_text()) if options.large else loaded_books(server, person, options, say)
        if options.scale and not options.jobs:
            large_books(server, person, options, say, report)
    if not options.jobs:
        REPORT.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n")
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


def loaded_books(server: Server, person: Any, options: argparse.Namespace, say: Say) -> dict[str, Any]:
    """The sample company and AMLSim: what each page costs, what is wrong with it, and how jobs go."""
    from django.core.management import call_command  # noqa: PLC0415 - after Django

    from bench.desk.looking import combinations, look  # noqa: PLC0415
    from bench.desk.permissions import coverage  # noqa: PLC0415
    from bench.desk.sizes import SizeMeasurer  # noqa: PLC0415
    from ledgerflow.books.models import Entity  # noqa: PLC0415
    from tests.read_models.projecting import project  # noqa: PLC0415

    call_command("seed_desk", seed=1)
    loaded = ["seed_desk", *([] if options.without_data else load_data(say))]
    books = list(Entity.objects.filter(code__in=("hansen", "amlsim")).order_by("-code"))
    project(*books)  # what searches read
    say(f"loaded {', '.join(loaded)}")
    sizes = SizeMeasurer(server, person, options.words, say)
    if not options.jobs:
        for name, entity in zip(("sample", "AMLSim"), books, strict=False):
            sizes.measure(name, entity)
    looked = look(sizes.address, person, options, say)
    for fault in looked["faults"]:
        sizes.pages.setdefault(fault.page, {}).setdefault("faults", []).append(fault.text)
    return {
        "loaded": loaded,
        "looked_at_in": [f"{colour} {size[0]}" for colour, size in combinations(options)],
        "pages_with": options.words or "any name",
        "books": sizes.books,
        "pages": sizes.pages,
        "first_paint": {},
        "permissions": {} if options.jobs else coverage(books[0]),
        "jobs": looked["jobs"],
    }


def large_books(server: Server, person: Any, options: argparse.Namespace, say: Say, report: dict[str, Any]) -> None:
    """The same pages in books of millions, put beside the others in the report."""
    from bench.desk.large.filling import fill, size_of  # noqa: PLC0415 - after Django
    from bench.desk.looking import first_paints  # noqa: PLC0415
    from bench.desk.sizes import SizeMeasurer  # noqa: PLC0415

    largest = fill(size_of(options.scale), say)
    sizes = SizeMeasurer(server, person, options.words, say)
    sizes.measure("large", largest)
    for name, page in sizes.pages.items():
        before = report["pages"].setdefault(name, {})
        kept = [one for one in before.get("faults", ()) if not one.startswith("large:")]
        before |= page | ({"faults": kept + page.get("faults", [])} if kept or "faults" in page else {})
    report["books"] |= sizes.books
    report["first_paint"] = first_paints(sizes.address, person, largest)


if __name__ == "__main__":
    sys.exit(main())
