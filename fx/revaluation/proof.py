"""Proof of quotes, settlements, pairs and revaluations: rows and events tell the same, none missing, none extra."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
import psycopg

from fx.deals.events import FxQuoted, FxSettled, FxSettlementReversed
from fx.revaluation.events import FxRevalued, ValuationPaired
from fx.revaluation.runs import NUMBERS
from ledgerflow.books.faults import ABSENT, PRESENT, Fault
from ledgerflow.books.idempotency import FACT_FIELDS
from ledgerflow.core import canonical
from ledgerflow.core.events import Fact

# Rows as JSON objects with the names of their event's fact; what is a number in the row is text in the fact.
QUOTES = """
    SELECT event_sequence, id::text, recorded_at, actor, to_jsonb(q)::text FROM deals_fxquote q
    WHERE entity_id = %s
"""
SETTLEMENTS = """
    SELECT s.event_sequence, s.id::text, s.recorded_at, s.actor, (to_jsonb(s) || jsonb_build_object(
        'quote', s.quote_id, 'sell_journal', s.sell_journal_id, 'buy_journal', s.buy_journal_id,
        'sell_code', sold.code, 'buy_code', bought.code))::text
    FROM deals_settlement s
    LEFT JOIN accounts_account sold ON sold.id = s.sell_account_id
    LEFT JOIN accounts_account bought ON bought.id = s.buy_account_id
    WHERE s.entity_id = %s
"""
REVERSALS = """
    SELECT r.event_sequence, r.settlement_id::text, r.recorded_at, r.actor, jsonb_build_object(
        'effective_date', r.effective_date, 'sell_journal', r.sell_journal_id, 'buy_journal', r.buy_journal_id)::text
    FROM deals_settlementreversal r JOIN deals_settlement s ON s.id = r.settlement_id WHERE s.entity_id = %s
"""
RUNS = """
    SELECT r.event_sequence, r.id::text, r.recorded_at, r.actor, (to_jsonb(r) || jsonb_build_object(
        'lines', coalesce((SELECT jsonb_agg(to_jsonb(l) || jsonb_build_object(
                                                'account', a.code, 'journal', l.journal_id) ORDER BY a.code)
                           FROM revaluation_revaluationline l JOIN accounts_account a ON a.id = l.account_id
                           WHERE l.run_id = r.id), '[]'),
        'pinned', coalesce((SELECT jsonb_agg(jsonb_build_object('currency', p.currency, 'day', p.day, 'chain', p.chain)
                                             ORDER BY p.currency, p.day)
                            FROM revaluation_pinnedrate p
                            WHERE p.run_id = r.id AND p.entity_id = r.entity_id), '[]')))::text
    FROM revaluation_revaluation r WHERE r.entity_id = %s
"""
# Of a pair that was changed only the last event counts.
PAIRS = """
    SELECT p.event_sequence, p.account_id::text, p.recorded_at, p.actor,
           jsonb_build_object('account', a.code, 'valuation', v.code)::text
    FROM revaluation_valuationpair p JOIN accounts_account a ON a.id = p.account_id
    JOIN accounts_account v ON v.id = p.valuation_id WHERE p.entity_id = %s
"""
EVENTS = """
    SELECT sequence, subject, recorded_at, actor, data FROM books_event
    WHERE entity_id = %s AND type = %s ORDER BY sequence
"""
MONEY = frozenset(NUMBERS) | {
    f"{name}_{kind}"
    for name in ("sell", "buy", "gross", "spread", "rounding")
    for kind in ("amount", "base", "percent")
}


class Table(NamedTuple):
    """A table with the events its rows follow from."""

    name: str
    fact: type[Fact]
    rows: str
    newest_only: bool = False


TABLES = (
    Table("deals_fxquote", FxQuoted, QUOTES),
    Table("deals_settlement", FxSettled, SETTLEMENTS),
    Table("deals_settlementreversal", FxSettlementReversed, REVERSALS),
    Table("revaluation_valuationpair", ValuationPaired, PAIRS, newest_only=True),
    Table("revaluation_revaluation", FxRevalued, RUNS),
)
Row = tuple[Any, ...]


def check_deals(connection: psycopg.Connection[Any], entity_id: UUID) -> Iterator[Fault]:
    """Quotes, settlements, pairs and revaluations of an entity against their events."""
    for table in TABLES:
        told = {row[0]: row for row in connection.execute(EVENTS, (entity_id, table.fact.event_type))}
        if table.newest_only:
            newest = {row[1]: sequence for sequence, row in told.items()}
            told = {sequence: told[sequence] for sequence in newest.values()}
        kept = {row[0]: row for row in connection.execute(table.rows.encode(), (entity_id,))}
        for sequence in sorted(told.keys() | kept.keys()):
            yield from _compared(table, sequence, told.get(sequence), kept.get(sequence))


def _compared(table: Table, sequence: int, told: Row | None, kept: Row | None) -> Iterator[Fault]:
    if told is None or kept is None:
        key = str((told or kept or ("", ""))[1])
        expected, found = (PRESENT, ABSENT) if kept is None else (ABSENT, PRESENT)
        yield Fault(table.name, key, f"row of event {sequence}", expected, found)
        return
    for name, wanted, value in zip(("subject", "recorded_at", "actor"), told[1:4], kept[1:4], strict=True):
        if wanted != value:
            yield Fault(table.name, str(kept[1]), name, str(wanted), str(value))
    try:
        fact: dict[str, Any] = canonical.decode(told[4])
        for name in FACT_FIELDS:  # the key's own row is compared where all keys are
            fact.pop(name, None)
        differing = list(_differences(fact, json.loads(kept[4], parse_float=Decimal), ""))
    except (msgspec.MsgspecError, AttributeError, ValueError) as error:
        yield Fault("books_event", str(sequence), "data", f"a fact of {table.fact.event_type}", repr(error))
        return
    for name, wanted, value in differing:
        yield Fault(table.name, str(kept[1]), name, wanted, value)


def _differences(fact: Any, row: Any, place: str) -> Iterator[tuple[str, str, str]]:
    """Where a row differs from its fact; what the row has besides (ids of accounts) follows from the rest."""
    if isinstance(fact, dict) and isinstance(row, dict):
        for name, value in fact.items():
            yield from _differences(value, row.get(name), f"{place}.{name}".lstrip("."))
        if "accounts" in fact and "sell_code" in row:
            yield from _differences([fact["accounts"]["sell"], fact["accounts"]["buy"]],
                                    [row["sell_code"], row["buy_code"]], "accounts")  # fmt: skip
    elif isinstance(fact, list) and isinstance(row, list) and len(fact) == len(row):
        for number, (one, other) in enumerate(zip(fact, row, strict=True)):
            yield from _differences(one, other, f"{place}.{number}")
    elif _comparable(place)(fact) != _comparable(place)(row):
        yield place, str(fact), str(row)


def _comparable(place: str) -> Callable[[Any], Any]:
    name = place.rpartition(".")[2]
    if name == "expires_at":
        return lambda value: datetime.fromisoformat(str(value))
    return _number if name in MONEY else str


def _number(value: Any) -> str:
    return format(Decimal(str(value)).normalize(), "f")
