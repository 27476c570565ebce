"""Posting into books that hold millions of journals, beside posting into empty ones.

The empty books are in a database of their own on the same server, so that their tables and indexes are small too;
a third measurement, new books in the full database, tells whose size it is that costs.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import as_completed
from contextlib import ExitStack
from decimal import Decimal
from itertools import islice

import psycopg
from django.core.management import call_command
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from bench import traffic
from bench.books import ACTOR, BenchBooks, new_books, settle_statistics
from bench.cpu import usage
from bench.elsewhere import processes
from bench.options import Options
from bench.results import Sample
from bench.server import web_server
from bench.traffic import UNIFORM
from bench.verify import verify
from bench.windows import Http
from journals.drafts import Draft, transfer_lines
from journals.posting import post_many

CHUNK = 20_000
PROGRESS_SECONDS = 15
WARM_UP_SECONDS = 2.0


def measure(options: Options, add: Callable[[Sample], Sample], say: Callable[[str], None]) -> dict[str, float]:
    """Fill, then measure in turn; gives the seconds the proof took."""
    call_command("migrate", verbosity=0)
    full = new_books("full", options.accounts, with_key=True)
    add(_fill(options, full, say))
    settle_statistics()
    other_url = _other_database(full.database_url)
    everything, took = [full], dict[str, float]()
    with ExitStack() as stack:
        there = stack.enter_context(processes(1, other_url))
        there.submit(call_command, "migrate", verbosity=0).result()
        at_full = Http(options, stack.enter_context(web_server(full.database_url)))
        at_empty = Http(options, stack.enter_context(web_server(other_url)))
        for number in range(options.growth_windows + 1):
            empty = there.submit(new_books, f"empty-{number}", options.accounts, with_key=True).result()
            beside = new_books(f"beside-{number}", options.accounts, with_key=True)
            there.submit(settle_statistics).result()
            windows = [("empty", at_empty, empty), ("full", at_full, full), ("new beside full", at_full, beside)]
            for name, http, books in windows if number % 2 else reversed(windows):
                if number == 0:
                    http.bulk("warm-up", [books], UNIFORM, WARM_UP_SECONDS)
                else:
                    add(http.bulk(f"growth {name}", [books], UNIFORM, options.growth_seconds))
            everything.append(beside)
            took |= there.submit(verify, [empty]).result()
    say("Verifying the full books")
    return took | verify(everything)


def post_some(books: BenchBooks, count: int) -> int:
    """Post `count` transfers from this process; all must be posted."""
    drafts = [
        Draft(traffic.key(), transfer_lines(debit, credit, Decimal(traffic.amount())), kind="transfer", actor=ACTOR)
        for debit, credit in islice(traffic.pairs(books, UNIFORM), count)
    ]
    answers = post_many(books.id, drafts)
    assert all(answer.status == "posted" for answer in answers), next(a for a in answers if a.status != "posted")
    return count


def _fill(options: Options, books: BenchBooks, say: Callable[[str], None]) -> Sample:
    say(f"Filling books with {options.growth_journals:,} journals")
    began = shown = time.perf_counter()
    before = usage([])
    done = 0
    with processes(options.fill_processes, books.database_url) as pool:
        waiting = [pool.submit(post_some, books, CHUNK) for _ in range(options.growth_journals // CHUNK)]
        for finished in as_completed(waiting):
            done += finished.result()
            now = time.perf_counter()
            if now - shown > PROGRESS_SECONDS:
                shown, rate = now, done / (now - began)
                say(f"{done:>12,} journals, {rate:,.0f}/s, {(options.growth_journals - done) / rate:.0f} s to go")
    seconds = time.perf_counter() - began
    return Sample("growth filling", done / seconds, done, seconds, cpu_seconds=usage([]).since(before))


def _other_database(url: str) -> str:
    """A new, empty database beside the one of `url`; its address."""
    name = f"{conninfo_to_dict(url)['dbname']}_empty"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    return _renamed(url, name)


def _renamed(url: str, name: str) -> str:
    head, mark, query = url.partition("?")
    return f"{head.rpartition('/')[0]}/{name}{mark}{query}"
