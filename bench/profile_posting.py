"""Posting without HTTP: `python -m bench.profile_posting --batch 1000 --spread hot --profile`.

One process calls the posting use case with ready drafts; the rate is that of engine, database and driver alone.
"""

from __future__ import annotations

import argparse
import cProfile
import os
import pstats
import time
from decimal import Decimal
from itertools import islice
from typing import TYPE_CHECKING

import django

from bench.cpu import usage

if TYPE_CHECKING:
    from bench.books import BenchBooks
    from journals.drafts import Draft

MICROSECONDS = 1_000_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batch", type=int, default=1000, help="transfers in a transaction")
    parser.add_argument("--spread", choices=("uniform", "hot"), default="uniform")
    parser.add_argument("--accounts", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--profile", action="store_true", help="show where the time goes (slower)")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ledgerflow.settings")
    django.setup()
    from bench.books import new_books, settle_statistics  # noqa: PLC0415 - models can be imported only now

    books = new_books("profile", options.accounts, with_key=False)
    settle_statistics()
    _post(books, options.batch, options.spread, 1.0)
    profile = cProfile.Profile()
    if options.profile:
        profile.enable()
    before, began = usage([]), time.perf_counter()
    posted = _post(books, options.batch, options.spread, options.seconds)
    seconds, spent = time.perf_counter() - began, usage([]).since(before)
    profile.disable()
    if options.profile:
        pstats.Stats(profile).sort_stats("tottime").print_stats(35)
    each = {who: f"{MICROSECONDS * used / posted:.0f}" for who, used in spent.items()}
    print(f"{posted / seconds:,.0f} transfers/s; µs of processor time each: {each}")


def _post(books: BenchBooks, batch: int, spread: str, seconds: float) -> int:
    """Post batches for some seconds, the time for making drafts included (about 5 %); how many were posted."""
    from journals.posting import post_many  # noqa: PLC0415

    posted = 0
    deadline = time.perf_counter() + seconds
    while time.perf_counter() < deadline:
        answers = post_many(books.id, _drafts(books, batch, spread))
        assert all(answer.status == "posted" for answer in answers)
        posted += batch
    return posted


def _drafts(books: BenchBooks, count: int, spread: str) -> list[Draft]:
    from bench import traffic  # noqa: PLC0415
    from journals.drafts import Draft, transfer_lines  # noqa: PLC0415

    return [
        Draft(traffic.key(), transfer_lines(debit, credit, Decimal(traffic.amount())), kind="transfer", actor="bench")
        for debit, credit in islice(traffic.pairs(books, spread), count)
    ]


if __name__ == "__main__":
    main()
