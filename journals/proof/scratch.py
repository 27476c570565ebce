"""Rebuilding balances and day totals in a scratch schema from events alone, and comparing them with the live ones.

All of it is one REPEATABLE READ transaction, which is never committed: it sees the books as they stood at one event of
each entity, and whatever ends it, a kill among that, leaves nothing of the scratch schema.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from decimal import localcontext
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
import psycopg

from journals.proof.summing import Sums
from ledgerflow.books.snapshots import own_connection
from ledgerflow.core.money import CONTEXT
from ledgerflow.events.consuming.following import following
from ledgerflow.events.read_models.histories import History, Positions, Run, TableHistory

BEGIN = """
    BEGIN ISOLATION LEVEL REPEATABLE READ;
    SELECT set_config('search_path', 'replay_' || pg_backend_pid() || ', ' || current_setting('search_path'), true)
"""
TABLES = """
    CREATE UNLOGGED TABLE replayed_balance (
        entity_id uuid, account_id uuid, code text, debits numeric, credits numeric, held numeric, version bigint
    );
    CREATE UNLOGGED TABLE replayed_total (
        entity_id uuid, account_id uuid, effective_date date, layer text, part integer, debits numeric,
        credits numeric, count bigint
    )
"""
INDEXES = """
    CREATE INDEX ON replayed_balance (entity_id); ANALYZE replayed_balance;
    CREATE INDEX ON replayed_total (entity_id); ANALYZE replayed_total
"""
COPY_BALANCES = "COPY replayed_balance FROM STDIN"
COPY_TOTALS = "COPY replayed_total FROM STDIN"
BALANCES = """
    SELECT coalesce(r.code, b.code), r.debits, r.credits, r.held, r.version, b.debits, b.credits, b.held, b.version
    FROM (SELECT * FROM replayed_balance WHERE entity_id = %(entity)s) r
    FULL JOIN (
        SELECT a.id, a.code, b.debits, b.credits, b.held, b.version
        FROM accounts_account a LEFT JOIN accounts_balance b ON b.account_id = a.id WHERE a.entity_id = %(entity)s
    ) b ON b.id = r.account_id
    WHERE (r.debits, r.credits, r.held, r.version) IS DISTINCT FROM (b.debits, b.credits, b.held, b.version)
    ORDER BY 1 LIMIT 100
"""
TOTALS = """
    SELECT concat_ws(' ', coalesce(a.code, account_id::text), effective_date, layer, 'part ' || part),
           r.debits, r.credits, r.count, d.debits, d.credits, d.count
    FROM (
        SELECT account_id, effective_date, layer, part, sum(debits) AS debits, sum(credits) AS credits,
               sum(count)::bigint AS count
        FROM replayed_total WHERE entity_id = %(entity)s GROUP BY 1, 2, 3, 4
    ) r
    FULL JOIN (
        SELECT t.* FROM journals_daytotal t JOIN accounts_account a ON a.id = t.account_id
        WHERE a.entity_id = %(entity)s
    ) d USING (account_id, effective_date, layer, part)
    LEFT JOIN accounts_account a ON a.id = account_id
    WHERE (r.debits, r.credits, r.count) IS DISTINCT FROM (d.debits, d.credits, d.count)
    ORDER BY 1 LIMIT 100
"""
COMPARED = {
    "balance": (BALANCES, ("debits", "credits", "held", "version")),
    "day total": (TOTALS, ("debits", "credits", "count")),
}
AT_ONCE = 20_000  # totals that are kept in memory

Progress = Callable[[int], None]


class ScratchReplay(NamedTuple):
    """What came of one entity: its events, and a sentence for each difference."""

    events: int
    differences: list[str]


def replay(
    history: History | None, only: list[UUID] | None = None, progress: Progress = lambda _count: None
) -> dict[UUID, ScratchReplay]:
    """Replay these entities, None for all, and compare; by entity in the order of their codes.

    Events come from `history`, None for the event table as the snapshot sees it. Raises `HistoryShortError` where the
    history has not all that the snapshot has.
    """
    with _scratch() as connection, localcontext(CONTEXT):
        table = TableHistory(connection, only)
        heads = table.heads()
        work = _Replay(connection, heads, progress)
        work.take(history or table)
        connection.execute(INDEXES)
        return {
            one: ScratchReplay(last, [*work.faults[one], *_differences(connection, one)]) for one, last in heads.items()
        }


class _Replay:
    """What was read so far; what an entity comes to is written when its last event was added."""

    def __init__(self, connection: psycopg.Connection[Any], heads: Positions, progress: Progress) -> None:
        self._connection = connection
        self._heads = heads
        self._progress = progress
        self._count = 0
        self._sums = {entity_id: Sums() for entity_id in heads}
        self.faults: dict[UUID, list[str]] = {entity_id: [] for entity_id in heads}

    def take(self, history: History) -> None:
        positions: Positions = {}
        for run in history.runs(positions, self._heads):
            entity_id = run[0]
            positions[entity_id] = self._add(run)
            if positions[entity_id] >= self._heads[entity_id]:
                self._write_balances(entity_id, self._sums.pop(entity_id))
            self._progress(self._count)

    def _add(self, run: Run) -> int:
        """Gives the position afterwards: the last one, where the log breaks off."""
        entity_id, events = run
        sums = self._sums[entity_id]
        found = following(sums.sequence, sums.hash, events)
        for event in found.events:
            try:
                sums.add(event)
            except (msgspec.MsgspecError, ArithmeticError, KeyError) as error:
                self.faults[entity_id].append(f"event {event.sequence} cannot be replayed: {error!r}")
        self._count += len(found.events)
        if found.obstacle is not None:
            self.faults[entity_id].append(found.obstacle.error)
        is_over = found.obstacle is not None or sums.sequence >= self._heads[entity_id]
        if is_over or len(sums.totals) >= AT_ONCE:
            self._write_totals(entity_id, sums)
        return self._heads[entity_id] if is_over else sums.sequence

    def _write_totals(self, entity_id: UUID, sums: Sums) -> None:
        _copy(self._connection, COPY_TOTALS, ((entity_id, *key, *total) for key, total in sums.take_totals().items()))

    def _write_balances(self, entity_id: UUID, sums: Sums) -> None:
        rows = (
            (entity_id, one.id, one.code, one.debits, one.credits, one.held, one.version)
            for one in sums.accounts.values()
        )
        _copy(self._connection, COPY_BALANCES, rows)


@contextmanager
def _scratch() -> Iterator[psycopg.Connection[Any]]:
    """A connection in a snapshot of the books, with a schema of its own that nobody else ever sees."""
    with own_connection() as connection:
        connection.execute(BEGIN)
        schema = f"replay_{connection.info.backend_pid}"
        connection.execute(f"CREATE SCHEMA {schema}".encode())
        connection.execute(TABLES)
        yield connection
        connection.execute("ROLLBACK")


def _copy(connection: psycopg.Connection[Any], statement: str, rows: Iterable[tuple[Any, ...]]) -> None:
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def _differences(connection: psycopg.Connection[Any], entity_id: UUID) -> Iterator[str]:
    for what, (statement, names) in COMPARED.items():
        for key, *values in connection.execute(statement, {"entity": entity_id}).fetchall():
            replayed, live = values[: len(names)], values[len(names) :]
            if None in (replayed[-1], live[-1]):
                yield f"{what} of {key}: is only in the {'books' if replayed[-1] is None else 'events'}"
                continue
            pairs = zip(names, replayed, live, strict=True)
            told = [f"{name} should be {wanted}, is {found}" for name, wanted, found in pairs if wanted != found]
            yield f"{what} of {key}: {', '.join(told)}"
