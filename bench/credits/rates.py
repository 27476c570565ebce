"""How fast credits are spent over HTTP, as ratios to transfers and to a wallet with a single lot, in one run."""

from __future__ import annotations

import os
import random
from collections.abc import Callable

from apps.credits.applications import LARGEST, LedgerOperationType
from bench.books import BenchBooks, new_books, settle_statistics
from bench.credits.books import batches, credit_books, grant_all, requests
from bench.load import drive
from bench.options import Options
from bench.results import Results, Sample
from bench.server import web_server
from bench.traffic import UNIFORM
from bench.verify import verify
from bench.windows import CREATED, MOST_BULK_TRANSFERS_PER_SECOND, MOST_SINGLES_PER_SECOND, OK, Http

SPEND, ADD = LedgerOperationType.CREDIT_SPEND, LedgerOperationType.CREDIT_ADD
LOTS = 200
WARM_UP_SECONDS = 2.0
TRANSFERS, SPENDS = "transfers", "spends"
BULK, BULK_SPENDS = "batches of transfers", "batches of spends"
ONE_LOT, MANY_LOTS = "spends, a single lot", f"spends, {LOTS} lots"
RATIOS = (
    ("spends / transfers, singles", SPENDS, TRANSFERS, 0.6),
    ("spends / transfers, batches of 1,000", BULK_SPENDS, BULK, 0.5),
    (f"a wallet with {LOTS} open lots / with a single one", MANY_LOTS, ONE_LOT, 0.7),
)


def measure(options: Options, add: Callable[[Sample], Sample], say: Callable[[str], None]) -> Results:
    """Each in turn, every other round in the reverse order; all books are verified in the end."""
    plain = new_books("transfers", options.accounts, with_key=True)
    owners = [f"owner-{number}" for number in range(options.accounts)]
    many, one_lot, lots = (credit_books(name) for name in ("many", "one-lot", "lots"))
    grant_all(many, ADD, dict.fromkeys(owners, LARGEST))
    for books, times in ((one_lot, 1), (lots, LOTS)):
        for _ in range(times):
            grant_all(books, ADD, {"one": LARGEST})
    settle_statistics()
    results = Results()
    with web_server(os.environ["DATABASE_URL"]) as server:
        http = Http(options, server)
        parts: list[Callable[[float | None], Sample]] = [
            lambda seconds: http.singles(TRANSFERS, [plain], UNIFORM, seconds),
            lambda seconds: _singles(http, SPENDS, many, owners, seconds),
            lambda seconds: http.bulk(BULK, [plain], UNIFORM, seconds),
            lambda seconds: _bulk(http, BULK_SPENDS, many, owners, seconds),
            lambda seconds: _singles(http, ONE_LOT, one_lot, ["one"], seconds),
            lambda seconds: _singles(http, MANY_LOTS, lots, ["one"], seconds),
        ]
        for part in parts:
            part(WARM_UP_SECONDS)
        for number in range(options.rounds):
            for part in parts if number % 2 == 0 else reversed(parts):
                results.add(add(part(None)))
    took = verify([plain, many, one_lot, lots])
    say(f"verified in {sum(took.values()):.0f} s")
    return results


def _singles(http: Http, name: str, books: BenchBooks, owners: list[str], seconds: float | None) -> Sample:
    """Spends of 1, one a request, by all clients."""
    options = http.options
    lasting = seconds or options.singles_seconds
    asked = requests(books, SPEND, random.choices(owners, k=int(lasting * MOST_SINGLES_PER_SECOND)))
    return http.measure(name, [books], 1, lambda: drive(
        http.server.address, [asked], clients=options.singles_clients, seconds=lasting, wanted_status=CREATED
    ))  # fmt: skip


def _bulk(http: Http, name: str, books: BenchBooks, owners: list[str], seconds: float | None) -> Sample:
    """Batches of spends of 1 by a few clients."""
    options = http.options
    lasting = seconds or options.bulk_seconds
    items = options.bulk_items
    count = max(int(lasting * MOST_BULK_TRANSFERS_PER_SECOND) // items, 2)
    asked = batches(books, SPEND, owners, count, items)
    return http.measure(name, [books], items, lambda: drive(
        http.server.address, [asked], clients=options.bulk_clients, seconds=lasting, wanted_status=OK
    ))  # fmt: skip
