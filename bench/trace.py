"""`python -m bench.trace`: how often a transfer, and a close of a day, goes from one file of ours to another.

A figure of how scattered the code is that somebody has to read, and the same on every machine: what is counted are
calls, not seconds. `--pairs` shows which files call which. The bounds are tested in `tests/house/test_crossings.py`.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import sys
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import FrameType
from typing import Any
from uuid import uuid4

PROJECT = Path(__file__).parents[1]
OURS = tuple(f"{PROJECT / name}/" for name in ("ledgerflow", "accounts", "journals", "fx", "reports"))
MOST = {"transfer": 91, "close": 127}
AMOUNT = "1.00"

Crossings = Counter[tuple[str, str]]


@cache
def is_ours(file: str) -> bool:
    """Whether a file is part of the product: one below our five packages."""
    return file.startswith(OURS)


def crossings_of(work: Callable[[], object]) -> Crossings:
    """How often each file of ours calls each other one while `work` runs in this thread.

    A crossing is a call of a function in a file of ours when the nearest function of ours below it on the stack stands
    in another file. What lies between the two, such as Django or a function written in C, is no file of ours and hides
    nothing. A generator counts each time it is resumed. The return from a call is not counted again.
    """
    found: Crossings = Counter()

    def look(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and is_ours(called := frame.f_code.co_filename):
            caller = _nearest(frame.f_back)
            if caller not in {"", called}:
                found[caller, called] += 1

    sys.setprofile(look)
    try:
        work()
    finally:
        sys.setprofile(None)
    return found


def _nearest(frame: FrameType | None) -> str:
    while frame is not None:
        if is_ours(frame.f_code.co_filename):
            return frame.f_code.co_filename
        frame = frame.f_back
    return ""


def traced() -> dict[str, Crossings]:
    """A transfer over WSGI, and the close of a day with one transfer in it, in new books that have done both before."""
    from bench.books import ACTOR, new_books  # noqa: PLC0415 - models can be imported only once Django is set up
    from journals.days.closing.running import close_day  # noqa: PLC0415

    books = new_books("trace", 2, with_key=True)
    debit, credit = books.codes

    def transfer() -> None:
        _post(books.secret, {"debit_account": debit, "credit_account": credit, "amount": AMOUNT})

    def close() -> None:
        close_day(books.id, actor=ACTOR)

    # Once before: what is loaded or remembered at the first time is no part of the figure.
    transfer()
    close()
    return {"transfer": crossings_of(transfer), "close": crossings_of(close)}


def _post(secret: str, transfer: dict[str, str]) -> None:
    """Call the WSGI application as the server does."""
    from ledgerflow.wsgi import application  # noqa: PLC0415

    body = json.dumps(transfer).encode()
    statuses: list[str] = []
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "POST",
        "SCRIPT_NAME": "",
        "PATH_INFO": "/api/transfers",
        "QUERY_STRING": "",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "HTTP_HOST": "localhost",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_AUTHORIZATION": f"Bearer {secret}",
        "HTTP_IDEMPOTENCY_KEY": uuid4().hex,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    answer = b"".join(application(environ, lambda status, _headers: statuses.append(status)))
    assert statuses == ["201 Created"], (statuses, answer)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.trace", description=__doc__)
    parser.add_argument("--pairs", action="store_true", help="which files call which, and how often")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ledgerflow.settings")
    import django  # noqa: PLC0415 - after the settings are named

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    found = traced()
    for name, crossings in found.items():
        print(f"{name:10}{crossings.total():5} crossings between files, at most {MOST[name]}")
        if options.pairs:
            for (caller, called), count in crossings.most_common():
                print(f"{count:15} {_name(caller)} -> {_name(called)}")
    return int(any(crossings.total() > MOST[name] for name, crossings in found.items()))


def _name(file: str) -> str:
    return str(Path(file).relative_to(PROJECT))


if __name__ == "__main__":
    sys.exit(main())
