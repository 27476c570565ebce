"""Proof of quotes, settlements and their reversals: rows and events tell the same, none missing, none extra."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from operator import itemgetter
from typing import Any
from uuid import UUID

import msgspec
import psycopg
from psycopg.rows import dict_row

from fx.deals.events import FxQuotedFact, FxSettledFact, FxSettlementReversedFact
from ledgerflow.books.faults import Fault, compare_rows, keyed
from ledgerflow.books.proof.event_facts import EventWithFact, events_with_facts

QUOTE, SETTLEMENT, REVERSAL = "deals_fxquote", "deals_settlement", "deals_settlementreversal"
ROWS = {
    QUOTE: "SELECT * FROM deals_fxquote WHERE entity_id = %s",
    SETTLEMENT: "SELECT * FROM deals_settlement WHERE entity_id = %s",
    REVERSAL: """
        SELECT r.* FROM deals_settlementreversal r JOIN deals_settlement s ON s.id = r.settlement_id
        WHERE s.entity_id = %s
    """,
}
ACCOUNTS = "SELECT code, id FROM accounts_account WHERE entity_id = %s"
FACTS = (FxQuotedFact, FxSettledFact, FxSettlementReversedFact)
MONEY = frozenset(
    f"{name}_{kind}"
    for name in ("sell", "buy", "gross", "spread", "rounding", "reference", "fee")
    for kind in ("amount", "base", "percent")
)
REFERENCES = frozenset({"quote", "sell_journal", "buy_journal"})
OF_KEYS = frozenset({"idempotency_key", "fingerprint", "key_issuer"})  # compared where all keys are

Row = dict[str, Any]


def check_deals(connection: psycopg.Connection[Any], entity_id: UUID) -> Iterator[Fault]:
    """Quotes, settlements and reversals of an entity against their events, by the sequences of these."""
    accounts = dict(connection.execute(ACCOUNTS, (entity_id,)).fetchall())
    faults: list[Fault] = []
    expected: dict[str, dict[int, Row]] = {QUOTE: {}, SETTLEMENT: {}, REVERSAL: {}}
    for event in events_with_facts(connection, entity_id, FACTS, faults):
        table, row = _row(event, accounts)
        expected[table][event.sequence] = row
    yield from faults
    cursor = connection.cursor(row_factory=dict_row)
    for table, sql in ROWS.items():
        found = keyed(cursor.execute(sql.encode(), (entity_id,)), itemgetter("event_sequence"))
        yield from compare_rows(table, expected[table], found)


def _row(event: EventWithFact, accounts: dict[str, UUID]) -> tuple[str, Row]:
    """The table and the row that an event tells of; it is in these books because they are asked for it."""
    row = _columns(event.fact) | {"recorded_at": event.recorded_at, "actor": event.actor}
    if isinstance(event.fact, FxQuotedFact):
        return QUOTE, row
    if isinstance(event.fact, FxSettlementReversedFact):
        return REVERSAL, row | {"settlement_id": _uuid(event.subject)}
    for name in ("sell", "buy", "fee", "fee_counter"):
        code = row["accounts"].get(name)
        row[f"{name}_account_id"] = accounts.get(code, code)
    return SETTLEMENT, row


def _columns(fact: msgspec.Struct) -> Row:
    """The members of a fact as the columns of its row."""
    row: Row = {}
    for name, value in msgspec.structs.asdict(fact).items():
        if name in MONEY:
            row[name] = None if value is None else Decimal(value)
        elif name in REFERENCES:
            row[f"{name}_id"] = value
        elif isinstance(value, msgspec.Struct):
            row[name] = msgspec.to_builtins(value)
        elif name not in OF_KEYS:
            row[name] = value
    return row


def _uuid(text: str) -> UUID | str:
    try:
        return UUID(text)
    except ValueError:
        return text
