"""`python -m bench.desk`: the desk on the sample company's books; exit code 1: a bar is missed.

Needs DATABASE_URL; `make desk` starts the servers. Writes docs/screens/desk.json and some pictures beside it.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

from bench.promises import set_up
from bench.server import web_server

PROJECT = Path(__file__).parents[2]
SCREENS = PROJECT / "docs" / "screens"
DATA = PROJECT.parent / "shared" / "data"
COLOURS = ("light", "dark")
SIZES = ((1280, 800), (1920, 1080), (390, 800))
SLOWEST_MS, MOST_HTML, MOST_JS, MOST_CSS = 300, 200_000, 40_000, 25_000


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.desk", description=__doc__)
    parser.add_argument("--without-data", action="store_true", help="leave AMLSim and the ECB's rates out")
    parser.add_argument("--quick", action="store_true", help="in light at 1280 alone")
    parser.add_argument("--jobs", action="store_true", help="the jobs alone")
    parser.add_argument("words", nargs="*", metavar="WORD", help="only pages with this in their name")
    options = parser.parse_args(arguments)
    say = set_up()
    from django.contrib.auth.models import User  # noqa: PLC0415 - after Django
    from django.core.management import call_command  # noqa: PLC0415
    from django.db import connection  # noqa: PLC0415

    from ledgerflow.books.models import Entity  # noqa: PLC0415
    from tests.browser.serving import PASSWORD  # noqa: PLC0415
    from tests.read_models.projecting import project  # noqa: PLC0415

    call_command("seed_desk", seed=1)
    loaded = ["seed_desk", *([] if options.without_data else load_data(say))]
    project(Entity.objects.get(code="hansen"))  # what searches read
    person = User.objects.create_superuser("olga", password=PASSWORD)
    say(f"loaded {', '.join(loaded)}")
    settings = connection.settings_dict
    url = f"postgresql://{settings['USER']}@/{settings['NAME']}?host={settings['HOST']}&port={settings['PORT']}"
    SCREENS.mkdir(exist_ok=True)
    with web_server(url) as server:
        address = f"http://{server.address[0]}:{server.address[1]}"
        found = look(address, person, options, say)
    looked = [f"{colour} {size[0]}" for colour, size in combinations(options)]
    report = {"loaded": loaded, "looked_at_in": looked, "pages_with": options.words or "any name", **found}
    if not options.jobs:
        (SCREENS / "desk.json").write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n")
    return tell(report)


def load_data(say: Callable[[str], None]) -> list[str]:
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


def look(address: str, person: Any, options: Any, say: Callable[[str], None]) -> dict[str, Any]:
    """All that is measured."""
    from django.test import Client  # noqa: PLC0415 - after Django

    from bench.desk.jobs import JOBS, do  # noqa: PLC0415
    from bench.desk.measuring import cost_of, session_of  # noqa: PLC0415
    from bench.desk.pictures import take_pictures  # noqa: PLC0415
    from ledgerflow.books.models import Entity  # noqa: PLC0415
    from tests.browser.pages import every_page  # noqa: PLC0415
    from tests.browser.serving import log_in  # noqa: PLC0415
    from tests.devtools import Browser  # noqa: PLC0415

    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(person)
    pages, faults = {}, []
    books = Entity.objects.get(code="hansen")
    chosen = [] if options.jobs else [one for one in every_page(books, person, whole=False)
              if not options.words or any(word in one.name for word in options.words)]  # fmt: skip
    with Browser() as browser:
        log_in(browser, address, person.username)
        for page in chosen:
            try:
                pages[page.name] = cost_of(address, page.address, session_of(client), client)._asdict()
            except HTTPError as error:
                faults.append(f"{page.name}: status {error.code}")
        say(f"{len(pages)} pages measured")
        for colour, size in combinations(options):
            browser.prefer(colour)
            browser.resize(*size)
            for page in chosen:
                found = faults_at(browser, address, page, colour, size)
                faults += found
                pages.setdefault(page.name, {}).setdefault("faults", 0)
                pages[page.name]["faults"] += len(found)
            say(f"looked at all in {colour} at {size[0]}")
        if not options.jobs:
            take_pictures(browser, address, books, SCREENS)
        browser.prefer("light")
        browser.resize(*SIZES[0])
        jobs = []
        for job in JOBS:
            jobs.append(do(job, browser, f"{address}/admin/e/{books.code}/"))
            say(f"{job.name}: {jobs[-1].fault or 'done'}")
    return {"pages": pages, "faults": faults, "jobs": [one._asdict() | {"is_met": one.is_met} for one in jobs]}


def faults_at(browser: Any, address: str, page: Any, colour: str, size: tuple[int, int]) -> list[str]:
    from tests.browser.looking import faults  # noqa: PLC0415 - after Django
    from tests.devtools import PageError  # noqa: PLC0415

    try:
        return [f"{colour} {size[0]}: {one}" for one in faults(browser, address, page)]
    except PageError as error:
        return [f"{colour} {size[0]}: {page.name}: {error}"]


def combinations(options: Any) -> Iterator[tuple[str, tuple[int, int]]]:
    for colour in COLOURS[:1] if options.quick else COLOURS:
        for size in SIZES[:1] if options.quick else SIZES:
            yield colour, size


def tell(report: dict[str, Any]) -> int:
    """The table; 1 where a bar is missed."""
    missed = [f"{name}: {what}" for name, page in report["pages"].items() for what in too_much(page)]
    for fault in report["faults"]:
        print("FAULT ", fault)
    for one in missed:
        print("MISSED", one)
    print(f"\n{'Job, from Home':52} {'keys':>5} {'bar':>4} {'pages':>6} {'bar':>4}")
    for job in report["jobs"]:
        line = f"{job['name']:52} {job['keys']:5} {job['bar_keys']:4} {job['pages']:6} {job['bar_pages']:4}"
        print(line, "" if job["is_met"] else f" MISSED {job['fault']}")
    unmet = sum(not job["is_met"] for job in report["jobs"])
    print(f"\n{len(report['pages'])} pages, {len(report['faults'])} faults, {len(missed)} bars of pages missed,"
          f" {unmet} of {len(report['jobs'])} jobs missed")  # fmt: skip
    return 1 if report["faults"] or missed or unmet else 0


def too_much(page: dict[str, Any]) -> Iterator[str]:
    for name, most in (
        ("p95_ms", SLOWEST_MS),
        ("html_bytes", MOST_HTML),
        ("js_bytes", MOST_JS),
        ("css_bytes", MOST_CSS),
    ):
        if page.get(name, 0) > most:
            yield f"{name} {page[name]:,} of {most:,}"


if __name__ == "__main__":
    sys.exit(main())
