"""The set-based floor: the project's own tables and guards, filled by SQL alone in one transaction."""

from __future__ import annotations

import os
import time
from pathlib import Path

import psycopg

from bench.books import BenchBooks, journals_in, length_of_a_fact
from bench.cpu import usage
from bench.options import Options
from bench.results import Sample

SQL = (Path(__file__).parent / "sql" / "floor.sql").read_text()
USUAL_LENGTH = 800  # of an event's text, when there is none to measure
VARYING_LENGTH = 140  # of the part of the text that is not filler


def measure(options: Options, books: BenchBooks, posted_into: BenchBooks | None) -> Sample:
    """One transaction; its events are as long as those in `posted_into`."""
    event_length = (posted_into and length_of_a_fact(posted_into)) or USUAL_LENGTH
    parameters = {
        "entity": books.id,
        "accounts": options.accounts,
        "count": options.floor_transfers,
        "day": books.entity.business_date,
        "filler": "x" * (event_length - VARYING_LENGTH),
    }
    before = journals_in(books)
    with psycopg.connect(
        os.environ["DATABASE_URL"], autocommit=True, cursor_factory=psycopg.ClientCursor
    ) as connection:
        spent, began = usage([]), time.perf_counter()
        connection.execute(SQL, parameters)
        seconds = time.perf_counter() - began
        cpu_seconds = usage([]).since(spent)
    assert journals_in(books) - before == options.floor_transfers, "the floor wrote something else"
    return Sample("floor", options.floor_transfers / seconds, options.floor_transfers, seconds, cpu_seconds=cpu_seconds)
