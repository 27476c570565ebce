"""Proof of the rates: every row follows from an event, every event has its rows."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
import psycopg

from fx.rates.events import FxPolicyFact, RatesRecordedFact
from fx.rates.policies import LOAD
from ledgerflow.books.faults import ABSENT, PRESENT, Fault
from ledgerflow.books.proof.event_facts import EventWithFact, events_with_facts
from ledgerflow.core.money import normalised

RATE, PAIR, POLICY = "rates_rate", "rates_pair", "rates_fxpolicy"
COLUMNS = ("rate", "version", "value", "source", "event", "recorded_at", "actor")
# Both sides as rows, joined by the id of the rate: what only one side has comes out with NULL on the other.
# Materialized, or each rate would read the text of its event anew: 10 s for the history of the ECB instead of 2.
DIFFERENT = """
    WITH event AS MATERIALIZED (
        SELECT sequence, recorded_at, actor, data::jsonb->>'date' AS day, data::jsonb->>'kind' AS kind,
               data::jsonb->>'source' AS source, data::jsonb->'rates' AS rates
        FROM books_event WHERE entity_id = %(entity)s AND sequence = ANY (%(recorded)s)
    ), expected AS MATERIALIZED (
        SELECT (rate.fact->>'id')::uuid AS id, rate.pair || ' ' || day || ' ' || kind AS rate,
               (rate.fact->>'version')::bigint AS version, (rate.fact->>'value')::numeric AS value, source, sequence,
               recorded_at, actor
        FROM event, jsonb_each(rates) AS rate (pair, fact)
    ), kept AS (
        SELECT id, base || '/' || quote || ' ' || rate_date || ' ' || kind AS rate, version, value, source,
               event_sequence AS sequence, recorded_at, actor
        FROM rates_rate WHERE entity_id = %(entity)s
    )
    SELECT id::text, t.rate, t.version, t.value, t.source, t.sequence, t.recorded_at, t.actor,
           k.rate, k.version, k.value, k.source, k.sequence, k.recorded_at, k.actor
    FROM expected t FULL JOIN kept k USING (id)
    WHERE (t.rate, t.version, t.value, t.source, t.sequence, t.recorded_at, t.actor)
          IS DISTINCT FROM (k.rate, k.version, k.value, k.source, k.sequence, k.recorded_at, k.actor)
    ORDER BY coalesce(t.sequence, k.sequence), id LIMIT 1000
"""
WITHOUT_RATES = """
    SELECT p.base || '/' || p.quote FROM rates_pair p
    WHERE p.entity_id = %s AND NOT EXISTS (
        SELECT FROM rates_rate r WHERE r.entity_id = p.entity_id AND r.base = p.base AND r.quote = p.quote)
    ORDER BY 1
"""
WITHOUT_PAIR = """
    SELECT DISTINCT r.base || '/' || r.quote FROM rates_rate r
    WHERE r.entity_id = %s AND NOT EXISTS (
        SELECT FROM rates_pair p WHERE p.entity_id = r.entity_id AND p.base = r.base AND p.quote = r.quote)
    ORDER BY 1
"""
FACTS = (RatesRecordedFact, FxPolicyFact)


def check_rates(connection: psycopg.Connection[Any], entity_id: UUID) -> list[Fault]:
    """Rates, their pairs and the policy of an entity against their events, on a connection that is in a transaction."""
    faults: list[Fault] = []
    events = list(events_with_facts(connection, entity_id, FACTS, faults))
    recorded = [event.sequence for event in events if isinstance(event.fact, RatesRecordedFact)]
    policies = [event for event in events if isinstance(event.fact, FxPolicyFact)]
    return [
        *faults,
        *_rates(connection, entity_id, recorded),
        *_pairs(connection, entity_id),
        *_policy(connection, entity_id, policies),
    ]


def _rates(connection: psycopg.Connection[Any], entity_id: UUID, recorded: list[int]) -> Iterator[Fault]:
    """The rates against those of these events, in the database, because there may be a million of them."""
    width = len(COLUMNS)
    for id_, *values in connection.execute(DIFFERENT, {"entity": entity_id, "recorded": recorded}):
        expected, kept = values[:width], values[width:]
        if expected[0] is None or kept[0] is None:
            sequence = (expected if kept[0] is None else kept)[COLUMNS.index("event")]
            expected, found = (PRESENT, ABSENT) if kept[0] is None else (ABSENT, PRESENT)
            yield Fault(RATE, id_, f"rate of event {sequence}", expected, found)
            continue
        for name, wanted, value in zip(COLUMNS, expected, kept, strict=True):
            if wanted != value:
                yield Fault(RATE, id_, name, _text(wanted), _text(value))


def _pairs(connection: psycopg.Connection[Any], entity_id: UUID) -> Iterator[Fault]:
    """A pair comes with its first rate: one without any would only keep the other direction out."""
    for (pair,) in connection.execute(WITHOUT_RATES, (entity_id,)):
        yield Fault(PAIR, pair, "row", ABSENT, PRESENT)
    for (pair,) in connection.execute(WITHOUT_PAIR, (entity_id,)):
        yield Fault(PAIR, pair, "row", PRESENT, ABSENT)


def _policy(connection: psycopg.Connection[Any], entity_id: UUID, events: list[EventWithFact]) -> Iterator[Fault]:
    row = connection.execute(LOAD, (entity_id,)).fetchone()
    if row is None or not events:
        if row is not None or events:
            yield Fault(POLICY, str(entity_id), "policy", *((PRESENT, ABSENT) if row is None else (ABSENT, PRESENT)))
        return
    expected = msgspec.structs.asdict(events[-1].fact) | {"revision": events[-1].sequence}
    days, percent, rounding, method, schedule, share, revision = row
    kept = FxPolicyFact(days, normalised(percent), rounding, method, schedule, normalised(share))
    for name, value in (msgspec.structs.asdict(kept) | {"revision": revision}).items():
        if expected[name] != value:
            yield Fault(POLICY, str(entity_id), name, str(expected[name]), str(value))


def _text(value: object) -> str:
    return normalised(value) if isinstance(value, Decimal) else str(value)
