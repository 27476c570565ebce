"""`python -m bench.find`: the first ten hits of each way to find; exit code 1: one takes longer than it may.

Needs DATABASE_URL; `make bench-find` starts the server. The tables of the read model are filled by SQL, as its builder
would leave them, because posting as many journals takes an hour and finding reads nothing else of them.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from typing import Any

from bench.promises import Line, all_kept, set_up

JOURNALS = 500_000  # two postings each
ACCOUNTS = 2_000
MOST_MILLISECONDS = 150
ROUNDS = 7
# One word in 20,000 is rare, "payment" is in most; a tenth of the amounts are round and so come again and again.
JOURNALS_SQL = """
    INSERT INTO journals (id, entity_id, number, event_sequence, kind, layer, effective_date, recorded_at, actor,
                          description, external_reference, amounts, counterparties, lines, reference, figures, search)
    SELECT gen_random_uuid(), %(entity)s, n, n + 10, kind, 'ordinary', day, day + interval '9 hours', 'key:bench',
           text, reference, jsonb_build_object('EUR', amount::text),
           jsonb_build_array(jsonb_build_object('account', debit, 'name', 'Account ' || debit),
                             jsonb_build_object('account', credit, 'name', 'Account ' || credit)),
           jsonb_build_array(
               jsonb_build_object('account', debit, 'amount', amount::text, 'currency', 'EUR', 'side', 'debit'),
               jsonb_build_object('account', credit, 'amount', amount::text, 'currency', 'EUR', 'side', 'credit')),
           lower(reference), ARRAY[amount],
           (lower(text) || ' re 2026 ' || lpad(n::text, 9, '0') || ' ' || n || ' account '
            || lower(debit) || ' ' || lower(credit) || ' ''=' || debit || ''' ''=' || credit
            || ''' ''@key:bench'' ''~' || kind || '''')::tsvector
    FROM (
        SELECT n, date '2025-01-01' + (n * 600.0 / %(count)s)::integer AS day,
               'RE-2026-' || lpad(n::text, 9, '0') AS reference,
               CASE WHEN n %% 1000 = 0 THEN 'reversal' ELSE 'transfer' END AS kind,
               'A' || lpad((hashint8(n) & 1023)::text, 6, '0') AS debit,
               'A' || lpad((1000 + (hashint8(n + 7) & 511))::text, 6, '0') AS credit,
               CASE WHEN n %% 3 = 0 THEN 'Invoice' ELSE 'Payment' END || ' customer' || (hashint8(n + 1) & 32767)
               || ' street' || (hashint8(n + 2) & 255) || CASE WHEN n %% 2 = 0 THEN ' even' ELSE ' odd' END AS text,
               CASE WHEN n %% 10 = 0 THEN 100.00 ELSE ((hashint8(n + 3) & 8388607) + 1) / 100.00 END::numeric(20, 2)
                   AS amount
        FROM generate_series(%(first)s, %(last)s) n
    ) made
"""
AMOUNTS_SQL = "INSERT INTO amounts SELECT entity_id, unnest(figures), number FROM journals WHERE entity_id = %s"
POSITION = """
    UPDATE consuming_position SET sequence = 1000000000 WHERE consumer = 'read_models' AND entity_id = %s
"""
WAYS = {
    "number": "#4711",
    "amount, rare": "41,234.56",
    "amount, in a tenth": "100.00",
    "amount and a word": "100.00 customer77",
    "amounts between": "amount:83886.07..83886.08",
    "amounts from, in most": "amount:>=1000",
    "reference, whole": "RE-2026-000004711",
    "reference, beginning of all": "RE-2026",
    "word, rare": "customer12345",
    "word, in most": "payment",
    "word, by its beginning": "customer12",
    "words, never together": "even odd",
    "words, seldom together": "street17 customer77",
    "account and month": "acc:A000017 2025-03",
    "kind and dates, old": "kind:reversal 2025-01",
    "who, without a word": "by:key -payment",
    "words side by side": '"street17 even"',
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Fill, find, and say how long it took; 1 where a way is too slow."""
    parser = argparse.ArgumentParser(prog="python -m bench.find", description=__doc__)
    parser.add_argument("--journals", type=int, default=JOURNALS, metavar="N", help="of two postings each")
    parser.add_argument("--explain", action="store_true", help="show the plans of what is asked")
    given = parser.parse_args(arguments)
    say = set_up()
    from bench.books import new_books  # noqa: PLC0415 - after Django

    books = new_books("find", ACCOUNTS, with_key=False)
    begun = time.monotonic()
    fill(books.entity, given.journals)
    say(f"{given.journals:,} journals, {2 * given.journals:,} postings, filled in {time.monotonic() - begun:.0f} s")
    lines = [_line(name, text, *measure(books.entity, text)) for name, text in WAYS.items()]
    if given.explain:
        for plan in plans(books.entity):
            print(plan)
    return 0 if all_kept(lines, (64, 24)) else 1


def fill(entity: Any, count: int) -> None:
    """The read model of an entity, as if its builder had seen so many journals; indexes last."""
    from ledgerflow.books.connections import dedicated_connection  # noqa: PLC0415
    from ledgerflow.core.plugins import registry  # noqa: PLC0415
    from ledgerflow.events.consuming.runner import Runner  # noqa: PLC0415
    from ledgerflow.events.read_models import schemas  # noqa: PLC0415

    with closing(Runner(registry.consumers["read_models"], source="table", only=[entity.id])) as builder:
        builder.drain()
    with closing(dedicated_connection("read_models")) as connection:
        for (name,) in connection.execute(
            "SELECT indexname FROM pg_indexes WHERE schemaname = 'read_models' AND indexdef NOT LIKE '%UNIQUE%'"
            " AND tablename IN ('journals', 'amounts')"
        ).fetchall():
            connection.execute(f'DROP INDEX "{name}"'.encode())
        step = 100_000
        for first in range(1, count + 1, step):
            last = min(first + step - 1, count)
            connection.execute(JOURNALS_SQL, {"entity": entity.id, "first": first, "last": last, "count": count})
        connection.execute(AMOUNTS_SQL, (entity.id,))
        for statement in schemas._statements(registry.read_models["books"], indexes=True):  # noqa: SLF001
            if " ON journals " in statement or " ON amounts " in statement:
                connection.execute(statement.encode())
        connection.execute(POSITION, (entity.id,))
        connection.execute("VACUUM ANALYZE journals, amounts")


def measure(entity: Any, text: str) -> tuple[int, list[float]]:
    """How many journals are among the first hits, and how long each round took, in milliseconds."""
    from ledgerflow.desk.finding.results import find  # noqa: PLC0415
    from ledgerflow.desk.search import query_in  # noqa: PLC0415

    taken = []
    hits = 0
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        found = find(_Everybody(), entity, query_in(text, entity))
        taken.append((time.perf_counter() - begun) * 1000)
        hits = sum(len(group.hits) for group in found.groups if group.name != "accounts")
        if found.is_slow or found.read_to is None:
            taken.append(float("inf"))
    return hits, taken


def plans(entity: Any) -> list[str]:
    """What PostgreSQL does for an amount, the beginning of a reference and a word."""
    from ledgerflow.events.read_models.reading import reading  # noqa: PLC0415

    asked = {
        "amount": ("SELECT number FROM amounts WHERE entity_id = %s AND amount = 100 ORDER BY number DESC LIMIT 2000"),
        "reference": (
            "SELECT number FROM journals WHERE entity_id = %s AND reference <> ''"
            " AND reference >= 're-2026-00000471' AND reference < 're-2026-00000471\U0010ffff' LIMIT 2001"
        ),
        "word, rare": (
            "SELECT id FROM journals WHERE entity_id = %s AND search @@ '''customer12345'':*'::tsquery"
            " ORDER BY number DESC LIMIT 11"
        ),
        "word, in most": (
            "SELECT id FROM journals WHERE entity_id = %s AND search @@ '''payment'':*'::tsquery"
            " ORDER BY number DESC LIMIT 11"
        ),
    }
    found = []
    with reading() as cursor:
        for name, statement in asked.items():
            cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, COSTS OFF, TIMING OFF) {statement}", [entity.id])
            found.append("\n".join([f"-- {name}", *[row[0] for row in cursor.fetchall()]]))
    return found


class _Everybody:
    """Somebody who may see all."""

    def has_perm(self, _permission: str) -> bool:
        return True


def _line(name: str, text: str, hits: int, taken: list[float]) -> Line:
    slowest, middle = max(taken), statistics.median(taken)
    figure = f"{middle:.1f} (at most {slowest:.1f})"
    is_promised = name != "words, never together"  # each in half of all journals: the index reads both to their end
    what, is_kept = f"{name}: {text}, {hits} hits, ms", middle < MOST_MILLISECONDS
    return Line(what, figure, f"under {MOST_MILLISECONDS}", ok=is_kept, exact=is_promised)


if __name__ == "__main__":
    sys.exit(main())
