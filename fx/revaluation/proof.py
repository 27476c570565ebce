"""Proof of valuation pairs and revaluations: rows and events tell the same, none missing, none extra."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

import msgspec
import psycopg
from psycopg.rows import dict_row

from fx.revaluation.events import FxRevaluedFact, RevaluedLine, ValuationPairedFact
from fx.revaluation.runs import NUMBERS
from ledgerflow.books.faults import Fault, compare_rows, keyed
from ledgerflow.books.proof.event_facts import EventWithFact, events_with_facts

PAIR, RUN, LINE, PINNED = (
    "revaluation_valuationpair",
    "revaluation_revaluation",
    "revaluation_revaluationline",
    "revaluation_pinnedrate",
)
ROWS = {
    PAIR: "SELECT * FROM revaluation_valuationpair WHERE entity_id = %s",
    RUN: "SELECT * FROM revaluation_revaluation WHERE entity_id = %s",
    LINE: """
        SELECT l.* FROM revaluation_revaluationline l JOIN revaluation_revaluation r ON r.id = l.run_id
        WHERE r.entity_id = %s
    """,
    PINNED: "SELECT * FROM revaluation_pinnedrate WHERE entity_id = %s",
}
KEYS = {
    PAIR: ("account_id",),
    RUN: ("event_sequence",),
    LINE: ("run_id", "account_id"),
    PINNED: ("currency", "day", "run_id"),
}
ACCOUNTS = "SELECT code, id, type FROM accounts_account WHERE entity_id = %s"
FACTS = (ValuationPairedFact, FxRevaluedFact)

Row = dict[str, Any]
Rows = dict[Any, Row]


def check_revaluations(connection: psycopg.Connection[Any], entity_id: UUID) -> Iterator[Fault]:
    """Pairs, runs with their lines and pinned rates of an entity against their events."""
    accounts = {code: (id_, type_) for code, id_, type_ in connection.execute(ACCOUNTS, (entity_id,)).fetchall()}
    faults: list[Fault] = []
    expected: dict[str, Rows] = {table: {} for table in ROWS}
    for event in events_with_facts(connection, entity_id, FACTS, faults):
        for table, row in (
            _pair(event, accounts) if isinstance(event.fact, ValuationPairedFact) else _run(event, accounts)
        ):
            expected[table][_key(table, row)] = row  # of a pair that was changed, the last event counts
    yield from faults
    cursor = connection.cursor(row_factory=dict_row)
    for table, sql in ROWS.items():
        found = keyed(cursor.execute(sql.encode(), (entity_id,)), partial(_key, table))
        yield from compare_rows(table, expected[table], found)


def _key(table: str, row: Row) -> Any:
    values = [row[name] for name in KEYS[table]]
    return values[0] if len(values) == 1 else " ".join(map(str, values))


def _pair(event: EventWithFact, accounts: dict[str, tuple[UUID, str]]) -> Iterator[tuple[str, Row]]:
    account, type_ = accounts.get(event.fact.account, (event.fact.account, ""))
    valuation, _ = accounts.get(event.fact.valuation, (event.fact.valuation, ""))
    yield PAIR, {"account_id": account, "type": type_, "valuation_id": valuation} | _event(event)


def _run(event: EventWithFact, accounts: dict[str, tuple[UUID, str]]) -> Iterator[tuple[str, Row]]:
    fact: FxRevaluedFact = event.fact
    names = ("id", "number", "day", "kind", "method", "seen_sequence")
    yield RUN, {name: getattr(fact, name) for name in names} | _event(event)
    for line in fact.lines:
        yield LINE, _line(fact.id, line, accounts)
    for pin in fact.pinned:
        yield PINNED, {"currency": pin.currency, "day": pin.day, "chain": pin.chain, "run_id": fact.id}


def _line(run: UUID, line: RevaluedLine, accounts: dict[str, tuple[UUID, str]]) -> Row:
    account, _ = accounts.get(line.account, (line.account, ""))
    row = msgspec.structs.asdict(line) | {name: Decimal(getattr(line, name)) for name in NUMBERS}
    del row["account"]
    return row | {"run_id": run, "account_id": account, "journal_id": row.pop("journal")}


def _event(event: EventWithFact) -> Row:
    return {"event_sequence": event.sequence, "recorded_at": event.recorded_at, "actor": event.actor}
