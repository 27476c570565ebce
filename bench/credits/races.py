"""Many clients at once: a reward that is due once a day, and a wallet that is spent to its end.

The twin of the first looks before it grants instead of taking a row that is unique, and so grants too often.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import NamedTuple
from uuid import UUID

from django.db import connection

from apps.credits.applications import LedgerOperationType
from apps.credits.use_cases import Request, run_operation
from bench import traffic
from bench.books import BenchBooks
from bench.credits.application import BenchCredits
from bench.credits.books import RUNNER, balances, credit_books, entries, grant_all
from bench.load import drive
from bench.server import Server
from bench.windows import OK
from journals.proof.ledger import verify_books
from ledgerflow.books.models import Entity
from ledgerflow.books.writing import Transaction
from ledgerflow.core.errors import TryAgain

PATIENCE_SECONDS = 1_800.0
POSTED, REFUSED, WITHOUT_TURN = "posted", "already_granted", "REWARD_WITHOUT_TURN"
WAIT_SECONDS = 0.02
# The row of a turn, without being unique.
TABLE = """
    CREATE SCHEMA IF NOT EXISTS bench_credits;
    CREATE TABLE IF NOT EXISTS bench_credits.reward (entity_id uuid, owner_id text, day date);
    CREATE INDEX IF NOT EXISTS reward_owner ON bench_credits.reward (entity_id, owner_id, day)
"""
LOOK = "SELECT 1 FROM bench_credits.reward WHERE entity_id = %s AND owner_id = %s AND day = %s"
REMEMBER = "INSERT INTO bench_credits.reward VALUES (%s, %s, %s)"


class Raced(NamedTuple):
    """What the clients were told, and what is in the books then."""

    outcomes: Counter[str]
    balances: dict[str, int]
    faults: int


def rewards(server: Server, count: int, owners: int, clients: int) -> Raced:
    """Ask for `count` rewards of today, each with a nonce of its own, over `POST /ledger`."""
    books = credit_books("once")
    asked = _shuffled(count, owners)
    return _raced(server, books, entries(books, LedgerOperationType.DAILY_REWARD, asked), clients)


def spends(server: Server, count: int, balance: int, clients: int) -> Raced:
    """Ask one wallet for `count` spends of 1 over `POST /ledger`."""
    books = credit_books("spent")
    grant_all(books, LedgerOperationType.CREDIT_ADD, {"one": balance})
    return _raced(server, books, entries(books, LedgerOperationType.CREDIT_SPEND, ["one"] * count), clients)


def rewards_without_turn(count: int, owners: int, clients: int) -> Raced:
    """The twin of `rewards`: as many threads look whether the owner had it today, and grant if he had not."""
    books = credit_books("looked")
    with connection.cursor() as cursor:
        cursor.execute(TABLE)
    lanes = [_shuffled(count, owners)[number::clients] for number in range(clients)]
    with ThreadPoolExecutor(clients) as threads:
        outcomes = sum(threads.map(partial(_look_and_grant, books), lanes), Counter[str]())
    return Raced(outcomes, balances(books), len(verify_books(books.id)))


def _shuffled(count: int, owners: int) -> list[str]:
    asked = [f"owner-{number % owners}" for number in range(count)]
    random.Random(count).shuffle(asked)
    return asked


def _raced(server: Server, books: BenchBooks, asked: Sequence[bytes], clients: int) -> Raced:
    load = drive(
        server.address, [asked], clients=clients, seconds=PATIENCE_SECONDS, wanted_status=OK, is_sent_again=True
    )
    return Raced(load.codes + Counter({POSTED: load.answered}), balances(books), len(verify_books(books.id)))


def _look_and_grant(books: BenchBooks, owners: Sequence[str]) -> Counter[str]:
    outcomes: Counter[str] = Counter()
    try:
        for owner in owners:
            outcomes[_told(books.entity, owner)] += 1
    finally:
        connection.close()
    return outcomes


def _told(entity: Entity, owner: str) -> str:
    """Look, and grant if there is nothing yet; again where so many wait that the books take no more."""
    row = entity.id, owner, entity.business_date

    def remember(tx: Transaction, _entry: UUID) -> None:
        tx.query(REMEMBER, row)

    while True:
        with connection.cursor() as cursor:
            cursor.execute(LOOK, row)
            if cursor.fetchone() is not None:
                return REFUSED
        with suppress(TryAgain):
            run_operation(entity.id, Request(BenchCredits, WITHOUT_TURN, owner, traffic.key()), RUNNER, remember)
            return POSTED
        time.sleep(WAIT_SECONDS)
