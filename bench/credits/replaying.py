"""AMLSim's 149 steps as credits: each transfer a spend and a lot that ends, each day closed, all beside the model.

After each close every wallet, and what has expired so far, must be what the model says, and in the end every lot.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from functools import partial
from itertools import groupby, islice
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import psycopg

from apps.credits.applications import EXPIRED, ISSUED, REDEEMED, LedgerOperationType
from apps.credits.use_cases import Request, run_operations
from bench.amlsim import START_DATE
from bench.books import ACTOR, BenchBooks, settle_statistics
from bench.credits.application import OPENING_DAYS, RECEIVED_DAYS, BenchCredits
from bench.credits.books import RUNNER, balances, credit_books, grant_all, sum_of
from bench.credits.model import POSTED, TO_ITSELF, Lots, Move, Numbered, moves, openings, waves
from journals.days.closing.running import close_day
from journals.lots.models import Lot
from journals.proof.ledger import verify_books, verify_in
from ledgerflow.books.connections import parameters

THREADS = 16
# Days after which statistics are taken, as autovacuum would have done in the time that 149 real days have.
SETTLED = (1, 10, 50, 100)
LAST_OPENING_DAY = 1 + OPENING_DAYS
SOME_LOT = "SELECT id FROM lots_lot WHERE entity_id = %s ORDER BY is_open DESC, md5(id::text) LIMIT 1"
FORGE = "UPDATE lots_lot SET remaining = abs(remaining - 1) WHERE id = %s"


class Load(NamedTuple):
    """What is replayed: what owners begin with, and the transfers in their order."""

    openings: dict[str, int]
    moves: list[Move]

    def by_day(self) -> Iterator[tuple[int, list[Numbered]]]:
        """Each day to the last one, and its transfers; there may be none."""
        of_days = {day: list(of_day) for day, of_day in groupby(enumerate(self.moves), key=lambda one: one[1].day)}
        yield from ((day, of_days.get(day, [])) for day in range(1, self.moves[-1].day + 1))


class Replayed(NamedTuple):
    """Sums of the books, and each thing that is not as the model has it or that verification has found."""

    granted: int
    outcomes: Counter[str]
    expired: int
    days: int
    balances: dict[str, int]
    differences: list[str]
    faults: list[str]
    is_forgery_named: bool


def load_of(data: Path, every: int = 1) -> Load:
    """All of AMLSim; or one transfer of so many, and who takes part in those."""
    some = list(islice(moves(data), None, None, every))
    people = {person for move in some for person in (move.source, move.target)}
    return Load({owner: amount for owner, amount in openings(data).items() if every == 1 or owner in people}, some)


def replay(load: Load, say: Callable[[str], None]) -> Replayed:
    """Into books of their own, of which step 1 is the first day."""
    books, model = credit_books("amlsim", START_DATE + timedelta(days=1)), Lots()
    for owner, amount in load.openings.items():
        model.grant(owner, amount, LAST_OPENING_DAY)
    grant_all(books, "OPENING", load.openings)
    say(f"{len(load.openings):,} owners have their opening lots")
    outcomes: Counter[str] = Counter()
    differences: list[str] = []
    expired = day = 0
    with ThreadPoolExecutor(THREADS) as threads:
        for day, of_day in load.by_day():
            found, differing = _day(threads, books, model, of_day)
            outcomes += found
            record = close_day(books.id, START_DATE + timedelta(days=day), actor=ACTOR)
            refused = [one for step in record.steps for one in step.detail.get("refused", ())]
            expired += model.close(day)
            differences += [*differing, *(f"close of day {day}: {one}" for one in refused)]
            differences += _of_owners(books, model, list(load.openings), expired, day)
            if day in SETTLED:
                settle_statistics()
            if day % 10 == 0:
                say(f"day {day} is closed; {expired:,} expired; {dict(outcomes)}")
    differences += _of_lots(books, model, list(load.openings))
    faults = [str(fault) for fault in verify_books(books.id)]
    say(f"verified: {len(faults)} faults")
    return Replayed(
        sum_of(books, ISSUED) + sum_of(books, REDEEMED), outcomes, -sum_of(books, EXPIRED), day, balances(books),
        differences, faults, _is_forgery_named(books.id),
    )  # fmt: skip


def _day(
    threads: ThreadPoolExecutor, books: BenchBooks, model: Lots, of_day: Sequence[Numbered]
) -> tuple[Counter[str], list[str]]:
    """The transfers of a day in the books and in the model: what became of them, and what differs."""
    found: dict[int, str] = {}
    for wave in waves(of_day):
        outcomes = threads.map(partial(_move, books.id), wave)
        found |= {number: outcome for (number, _), outcome in zip(wave, outcomes, strict=True)}
    differing = [
        f"transfer {number}, {move}: {found[number]}, and in the model {wanted}"
        for number, move in of_day
        if (wanted := model.move(move, RECEIVED_DAYS)) != found[number]
    ]
    return Counter(found.values()), differing


def _move(entity_id: UUID, numbered: Numbered) -> str:
    """A spend by the source and a lot for the target, both or neither; the code of what refused it."""
    number, move = numbered
    if move.source == move.target:
        return TO_ITSELF
    amount = Decimal(move.amount)
    pair = [
        Request(BenchCredits, LedgerOperationType.CREDIT_SPEND, move.source, f"{number}-spent", amount),
        Request(BenchCredits, "RECEIVED", move.target, f"{number}-received", amount),
    ]
    spent, received = run_operations(entity_id, pair, RUNNER, atomic=True)
    if spent.refusal is not None:
        return spent.refusal.code
    return POSTED if received.refusal is None else received.refusal.code


def _of_owners(books: BenchBooks, model: Lots, owners: Sequence[str], expired: int, day: int) -> Iterator[str]:
    """What differs of balances after the close of a day."""
    found = balances(books)
    for owner in owners:
        wanted = model.balance(owner)
        if found.get(owner, 0) != wanted:
            yield f"day {day}: {owner} has {found.get(owner, 0)}, and in the model {wanted}"
    if -sum_of(books, EXPIRED) != expired:
        yield f"day {day}: {-sum_of(books, EXPIRED)} expired, and in the model {expired}"


def _of_lots(books: BenchBooks, model: Lots, owners: Sequence[str]) -> Iterator[str]:
    """What differs of the lots that are left."""
    found: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
    rows = Lot.objects.filter(entity_id=books.id, is_open=True).order_by("expires_on", "arrival")
    for owner, last_day, left in rows.values_list("account__owner_id", "expires_on", "remaining"):
        assert last_day is not None, f"{owner} has a lot that never expires"
        found[owner].append(((last_day - START_DATE).days, int(left)))
    for owner in owners:
        if found[owner] != model.of(owner):
            yield f"{owner} has the lots {found[owner]}, and in the model {model.of(owner)}"


def _is_forgery_named(entity_id: UUID) -> bool:
    """Whether verification names a lot of which a superuser has changed what is left; all is taken back."""
    with psycopg.connect(**parameters("default")) as connection:
        connection.execute("SET TIME ZONE 'UTC'; SET session_replication_role = replica")
        row = connection.execute(SOME_LOT, (entity_id,)).fetchone()
        assert row is not None, "the books have no lot"
        connection.execute(FORGE, row)
        faults = verify_in(connection, entity_id).faults
        connection.rollback()
    return any((fault.table, fault.key) == ("lots_lot", str(row[0])) for fault in faults)
