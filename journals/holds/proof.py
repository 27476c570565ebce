"""Holds against their events: every step, what is left of each hold, and what is held on each account.

Memory grows with the holds that are open at once, not with all there ever were.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal, localcontext
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
import psycopg
from psycopg.rows import dict_row

from journals.hold_events import TOLD_AS, HoldFact, HoldPlacedFact, read_hold_fact
from journals.hold_states import HoldAction, HoldStatus
from ledgerflow.books.faults import ABSENT, PRESENT, Fault, Faults
from ledgerflow.core.clocks import as_text
from ledgerflow.core.money import CONTEXT, ZERO

STEPS = """
    SELECT coalesce(e.sequence, n.event_sequence) AS at, e.type, e.subject, e.data, e.actor AS event_actor,
           e.recorded_at AS event_recorded_at, n.hold_id::text AS hold_id, n.number, n.action,
           coalesce(a.code, n.account_id::text) AS account, n.amount, n.held_after, n.account_version,
           n.journal_id::text AS journal_id, n.effective_date::text AS effective_date, n.recorded_at, n.actor,
           n.expired_before, n.expires_at
    FROM (SELECT * FROM books_event WHERE entity_id = %(entity)s AND type LIKE 'hold.%%') e
    FULL JOIN (SELECT * FROM holds_holdentry WHERE entity_id = %(entity)s) n ON n.event_sequence = e.sequence
    LEFT JOIN accounts_account a ON a.id = n.account_id AND a.entity_id = n.entity_id
    ORDER BY 1
"""
HOLDS = """
    SELECT h.id::text AS id, coalesce(a.code, h.account_id::text) AS account, h.currency, h.amount, h.captured,
           h.remaining, h.status, h.entries,
           h.expires_at, h.description, h.external_reference, h.metadata, h.actor, h.placed_at, placed.type,
           placed.data, placed.actor AS event_actor, placed.recorded_at AS event_recorded_at, last.data AS last_data
    FROM holds_hold h
    LEFT JOIN accounts_account a ON a.id = h.account_id AND a.entity_id = h.entity_id
    LEFT JOIN books_event placed ON placed.entity_id = h.entity_id AND placed.sequence = h.event_sequence
    LEFT JOIN LATERAL (
        SELECT event_sequence FROM holds_holdentry WHERE hold_id = h.id ORDER BY number DESC LIMIT 1
    ) newest ON true
    LEFT JOIN books_event last ON last.entity_id = h.entity_id AND last.sequence = newest.event_sequence
    WHERE h.entity_id = %(entity)s ORDER BY h.event_sequence
"""
MISSING = """
    SELECT subject FROM books_event e
    WHERE entity_id = %(entity)s AND type = 'hold.placed'
      AND NOT EXISTS (
          SELECT FROM holds_hold h
          WHERE h.entity_id = e.entity_id AND h.event_sequence = e.sequence AND h.id::text = e.subject
      )
    ORDER BY sequence LIMIT 1000
"""
HELD = """
    SELECT a.code, b.held, coalesce(sum(h.remaining), 0) AS remaining
    FROM accounts_account a
    JOIN accounts_balance b ON b.account_id = a.id
    LEFT JOIN holds_hold h ON h.account_id = a.id AND h.status = 'active'
    WHERE a.entity_id = %(entity)s AND (b.held <> 0 OR h.id IS NOT NULL)
    GROUP BY a.code, b.held HAVING b.held <> coalesce(sum(h.remaining), 0) ORDER BY a.code LIMIT 1000
"""
EVENT, HOLD, ENTRY, BALANCE = "books_event", "holds_hold", "holds_holdentry", "accounts_balance"
MAX_FAULTS = 1000
ACTIONS = {fact.event_type: action for action, fact in TOLD_AS.items()}
ENDED = {
    HoldAction.CAPTURED: HoldStatus.CAPTURED,
    HoldAction.RELEASED: HoldStatus.RELEASED,
    HoldAction.EXPIRED: HoldStatus.EXPIRED,
}

Connection = psycopg.Connection[Any]


class HoldSums(NamedTuple):
    """A hold after its steps so far."""

    number: int
    amount: Decimal
    captured: Decimal
    remaining: Decimal
    expires_at: str | None


def check_holds(connection: Connection, entity_id: UUID) -> Iterator[Fault]:
    """What is wrong with the holds of an entity, in the order of their events, then of their rows."""
    faults = Faults(MAX_FAULTS)
    entity = {"entity": entity_id}
    with localcontext(CONTEXT):
        _check_steps(connection, entity, faults)
        for (hold,) in connection.execute(MISSING, entity):
            faults.add(HOLD, hold, "hold", PRESENT, ABSENT)
        with connection.cursor("holds", row_factory=dict_row) as cursor:
            for row in cursor.execute(HOLDS, entity):
                _check_hold(row, faults)
        for code, held, remaining in connection.execute(HELD, entity):
            faults.add(BALANCE, code, "held", remaining, held)
    yield from faults.found


def _check_steps(connection: Connection, entity: dict[str, UUID], faults: Faults) -> None:
    open_holds: dict[UUID, HoldSums] = {}
    with connection.cursor("hold_steps", row_factory=dict_row) as cursor:
        for row in cursor.execute(STEPS, entity):
            if row["data"] is None:
                faults.add(ENTRY, f"{row['hold_id']}/{row['number']}", f"entry of event {row['at']}", ABSENT, PRESENT)
                continue
            try:
                action = ACTIONS[row["type"]]
                fact = read_hold_fact(row["data"])
                _follow(open_holds, fact, action, row["at"], faults)
            except (msgspec.MsgspecError, KeyError, ArithmeticError) as error:
                faults.add(EVENT, row["at"], "data", f"a fact of {row['type']}", repr(error))
                continue
            _check_entry(row, fact, action, faults)


def _follow(
    open_holds: dict[UUID, HoldSums], fact: HoldFact, action: HoldAction, sequence: int, faults: Faults
) -> None:
    """Apply a step to its hold, and compare what its event says is left with what must be."""
    moved = Decimal(fact.moved)
    if action == HoldAction.PLACED:
        before = HoldSums(0, moved, ZERO, ZERO, fact.expires_at)
        after = HoldSums(1, moved, ZERO, moved, fact.expires_at)
    else:
        found = open_holds.pop(fact.id, None)
        if found is None:
            faults.add(EVENT, sequence, "hold", "one that is open", fact.id)
            return
        before = found
        captured = before.captured + (moved if action == HoldAction.CAPTURED else ZERO)
        until = fact.expires_at if action == HoldAction.EXTENDED else before.expires_at
        after = HoldSums(before.number + 1, before.amount, captured, before.remaining - moved, until)
    ended = ENDED.get(action, HoldStatus.ACTIVE)
    if ended == HoldStatus.RELEASED and after.captured:
        ended = HoldStatus.CAPTURED
    status = HoldStatus.ACTIVE if after.remaining > 0 else ended
    expected = {
        "number": after.number,
        "amount": after.amount,
        "captured": after.captured,
        "remaining": after.remaining,
        "released": after.amount - after.captured - after.remaining,
        "status": status.value,
        "expires_at": after.expires_at,
        "expired_before": before.expires_at if action == HoldAction.EXTENDED else None,
    }
    found_ = {
        "number": fact.number,
        "amount": Decimal(fact.amount),
        "captured": Decimal(fact.captured),
        "remaining": Decimal(fact.remaining),
        "released": Decimal(fact.released),
        "status": fact.status,
        "expires_at": fact.expires_at,
        "expired_before": fact.expired_before,
    }
    faults.compare(EVENT, sequence, expected, found_)
    if action == HoldAction.EXTENDED and moved:
        faults.add(EVENT, sequence, "moved", ZERO, moved)
    if action != HoldAction.EXTENDED and (moved <= 0 or after.remaining < 0):
        faults.add(EVENT, sequence, "moved", f"more than zero and at most {before.remaining}", moved)
    if after.remaining > 0:
        open_holds[fact.id] = after


def _check_entry(row: dict[str, Any], fact: HoldFact, action: HoldAction, faults: Faults) -> None:
    if row["hold_id"] is None:
        faults.add(ENTRY, f"{fact.id}/{fact.number}", f"entry of event {row['at']}", PRESENT, ABSENT)
        return
    expected = {
        "hold_id": str(fact.id),
        "number": fact.number,
        "account": fact.account,
        "action": action.value,
        "amount": Decimal(fact.moved),
        "held_after": Decimal(fact.balance.held),
        "account_version": fact.balance.version,
        "journal_id": None if fact.journal is None else str(fact.journal),
        "effective_date": fact.effective_date.isoformat(),
        "recorded_at": row["event_recorded_at"],
        "actor": row["event_actor"],
        "expired_before": fact.expired_before,
        "expires_at": fact.expires_at if action == HoldAction.EXTENDED else None,
    }
    found = row | {name: _moment(row[name]) for name in ("expired_before", "expires_at")}
    faults.compare(ENTRY, f"{row['hold_id']}/{row['number']}", expected, found)


def _moment(value: Any) -> Any:
    """As facts have it; what is no moment of these days is told as it is."""
    return as_text(value) if isinstance(value, datetime) else value


def _check_hold(row: dict[str, Any], faults: Faults) -> None:
    """A hold's row: what it is follows from its first event, how it stands from its last."""
    try:
        fact = read_hold_fact(row["data"]) if row["type"] == HoldPlacedFact.event_type else None
        last = read_hold_fact(row["last_data"]) if row["last_data"] is not None else None
    except msgspec.MsgspecError:
        return  # named already, as the event it is
    if fact is None or last is None:
        faults.add(HOLD, row["id"], "hold", ABSENT, PRESENT)
        return
    found = row | {"expires_at": _moment(row["expires_at"])}
    expected = {
        "id": str(fact.id),
        "account": fact.account,
        "currency": fact.currency,
        "amount": Decimal(fact.amount),
        "expires_at": last.expires_at,
        "description": fact.description,
        "external_reference": fact.external_reference,
        "metadata": fact.metadata,
        "actor": row["event_actor"],
        "placed_at": row["event_recorded_at"],
        "captured": Decimal(last.captured),
        "remaining": Decimal(last.remaining),
        "status": last.status,
        "entries": last.number,
    }
    faults.compare(HOLD, row["id"], expected, found)
