"""A night in which many lots expire, while somebody posts one transfer after the other and must not wait long."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from accounts.opening import open_accounts
from accounts.specs import AccountSpec
from apps.credits.applications import EXPIRED
from bench import traffic
from bench.books import ACTOR, CURRENCY, settle_statistics
from bench.credits.books import credit_books, grant_all, sum_of
from bench.elsewhere import processes
from journals.drafts import Draft, transfer_lines
from journals.posting import post
from journals.proof.ledger import verify_books

ACCOUNTS = ("A", "B")
AMOUNT = 5


class Night(NamedTuple):
    """What expired, how long the close and the expiry in it took, and the longest waits of the poster."""

    expired: int
    close_seconds: float
    expiry_seconds: float
    posted: int
    longest_ms: float
    quiet_longest_ms: float
    faults: int


def measure(lots: int, say: Callable[[str], None]) -> Night:
    """So many owners have a lot whose last day is today, and the day closes."""
    books = credit_books("night")
    refused = [one for one in open_accounts(books.id, [_spec(code) for code in ACCOUNTS], actor=ACTOR) if one.refusal]
    assert not refused, refused[0]
    grant_all(books, "FOR_TODAY", {f"owner-{number}": AMOUNT for number in range(lots)})
    settle_statistics()
    say(f"{lots:,} owners have a lot that ends today")
    with processes(1, os.environ["DATABASE_URL"]) as pool:
        pool.submit(os.getpid).result()
        closing = pool.submit(close, books.id)
        posted, longest = _post(books.id, lambda _: closing.done())
        took, expiry = closing.result()
    _, quiet = _post(books.id, lambda seconds: seconds > took)
    return Night(
        -sum_of(books, EXPIRED) // AMOUNT,
        took,
        expiry,
        posted,
        longest * 1000,
        quiet * 1000,
        len(verify_books(books.id)),
    )


def close(entity_id: UUID) -> tuple[float, float]:
    """Close the day; how many seconds that took, and of these the jobs of the new day, which are the expiry here."""
    from journals.days.closing.running import close_day  # noqa: PLC0415 - in a process of its own, after django.setup()

    began = time.perf_counter()
    record = close_day(entity_id, actor=ACTOR)
    took = time.perf_counter() - began
    return took, sum(
        (step.ended_at - step.started_at).total_seconds() for step in record.steps if step.step == "new_day"
    )


def _post(entity_id: UUID, is_over: Callable[[float], bool]) -> tuple[int, float]:
    """Single transfers one after the other until it is over: how many, and how long the slowest took."""
    began, posted, longest = time.perf_counter(), 0, 0.0
    while not is_over(time.perf_counter() - began):
        start = time.perf_counter()
        post(entity_id, Draft(traffic.key(), transfer_lines(*ACCOUNTS, Decimal(1)), kind="transfer", actor=ACTOR))
        longest, posted = max(longest, time.perf_counter() - start), posted + 1
    return posted, longest


def _spec(code: str) -> AccountSpec:
    return AccountSpec(code, f"Account {code}", CURRENCY)
