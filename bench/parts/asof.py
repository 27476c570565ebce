"""Balances of the past on an account with a million postings, beside one with ten thousand.

Both have the same days, closed the same way; a tenth of the postings is dated some days back. Half of the questions
also say at which moment it was known. They are asked in turn, so that what disturbs one disturbs the other.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.db import connection

from bench import traffic
from bench.books import ACTOR, BenchBooks, new_books, settle_statistics
from bench.options import Options
from bench.results import MILLISECONDS, Sample
from bench.verify import verify
from journals.days.closing.running import close_day
from journals.drafts import Draft, transfer_lines
from journals.posting import post_many
from journals.reading.as_of import balance_then

DAYS = 150
OPEN_DAYS = 5  # closed so many days late, so that something can be dated back
BACKDATED = 0.1
SMALL = 10_000
AT_ONCE = 5_000
CHECKED = 20
FROM_POSTINGS = """
    SELECT coalesce(sum(p.amount), 0) FROM journals_posting p JOIN accounts_account a ON a.id = p.account_id
    WHERE a.entity_id = %s AND a.code = %s AND p.effective_date <= %s AND p.event_sequence <= %s
"""
Question = tuple[date, datetime | None]


def measure(options: Options, add: Callable[[Sample], Sample], say: Callable[[str], None]) -> dict[str, float]:
    """Fill both, ask, check some answers against the postings; gives the seconds the proof took."""
    chance = random.Random(7)
    sizes = {"as-of large": options.asof_postings, "as-of small": SMALL}
    books = {}
    for name, postings in sizes.items():
        say(f"Posting {postings:,} times to one account, over {DAYS} days")
        books[name] = (filled(name.replace(" ", "-"), postings, chance), datetime.now(UTC))
    settle_statistics()
    began = {name: _first_moment(one.id) for name, (one, _) in books.items()}
    asked: dict[str, list[float]] = {name: [] for name in books}
    for number in range(options.asof_questions + CHECKED):
        for name, (one, ended) in books.items():
            question = _question(chance, one, began[name], ended, with_moment=number % 2 == 1)
            started = time.perf_counter()
            found = balance_then(one.id, one.codes[0], as_of=question[0], known_at=question[1])
            if number >= CHECKED:
                asked[name].append(time.perf_counter() - started)
            else:
                _check(one, question[0], found.balance, found.event_sequence)
    for name, seconds in asked.items():
        add(_sample(name, seconds))
    return verify([one for one, _ in books.values()])


def filled(name: str, postings: int, chance: random.Random) -> BenchBooks:
    """Books whose first account has so many postings; each day is closed `OPEN_DAYS` later."""
    books = new_books(name, 2, with_key=False)
    first = books.entity.first_business_date
    for number in range(DAYS):
        day = first + timedelta(days=number)
        drafts = list(_drafts(books, first, day, postings // DAYS, chance))
        for start in range(0, len(drafts), AT_ONCE):
            answers = post_many(books.id, drafts[start : start + AT_ONCE])
            assert all(answer.status == "posted" for answer in answers), next(a for a in answers if a.refusal)
        if number >= OPEN_DAYS:
            close_day(books.id, first + timedelta(days=number - OPEN_DAYS), actor=ACTOR)
    return books


def _drafts(books: BenchBooks, first: date, day: date, count: int, chance: random.Random) -> Iterator[Draft]:
    debit, credit = books.codes
    for number in range(count):
        back = chance.randrange(1, OPEN_DAYS) if number and chance.random() < BACKDATED else 0
        lines = transfer_lines(debit, credit, Decimal(traffic.amount()))
        dated = max(first, day - timedelta(days=back))
        yield Draft(traffic.key(), lines, "transfer", dated, advance_business_date=not number, actor=ACTOR)


def _question(
    chance: random.Random, books: BenchBooks, began: datetime, ended: datetime, *, with_moment: bool
) -> Question:
    day = books.entity.first_business_date + timedelta(days=chance.randrange(DAYS))
    return day, began + chance.random() * (ended - began) if with_moment else None


def _check(books: BenchBooks, day: date, balance: str, sequence: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(FROM_POSTINGS, (books.id, books.codes[0], day, sequence))
        assert cursor.fetchone()[0] == Decimal(balance), (day, sequence, balance)


def _first_moment(entity_id: UUID) -> datetime:
    from ledgerflow.books.models import Event  # noqa: PLC0415 - after django.setup

    return Event.objects.filter(entity_id=entity_id, type="journal.posted").earliest("sequence").recorded_at


def _sample(name: str, seconds: list[float]) -> Sample:
    ordered = sorted(seconds)
    p50, p99 = (ordered[int(len(ordered) * share)] * MILLISECONDS for share in (0.50, 0.99))
    return Sample(name, len(seconds) / sum(seconds), len(seconds), sum(seconds), p50, p99)
