"""SQL of holds: how they are loaded under the lock, and how their steps are written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from psycopg.types.json import Jsonb

from journals.hold_events import TOLD_AS, RequestDetails, hold_fact
from journals.hold_states import HoldAction, HoldState, HoldStep
from journals.limits import AccountState
from ledgerflow.books.copying import copy_optional, copy_text
from ledgerflow.books.writing import Transaction

COLUMNS = """
    SELECT h.id, a.code, h.currency, h.amount, h.captured, h.remaining, h.status, h.entries, h.expires_at,
           h.description, h.external_reference
    FROM holds_hold h JOIN accounts_account a ON a.id = h.account_id
"""
LOAD_HOLDS = f"{COLUMNS} WHERE h.entity_id = %s AND h.id = ANY (%s::uuid[])"
LOAD_DUE = f"""{COLUMNS}
    WHERE h.entity_id = %s AND h.status = 'active' AND h.expires_at <= %s ORDER BY h.expires_at, h.id LIMIT %s
"""
INSERT_HOLD = """
    INSERT INTO holds_hold (id, entity_id, account_id, currency, amount, captured, remaining, status, entries,
                               expires_at, description, external_reference, metadata, actor, placed_at, event_sequence)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
UPDATE_HOLDS = """
    WITH changed AS (
        UPDATE holds_hold h
        SET captured = n.captured, remaining = n.remaining, status = n.status, entries = n.entries
        FROM unnest(%s::uuid[], %s::numeric[], %s::numeric[], %s::text[], %s::bigint[])
            AS n (id, captured, remaining, status, entries)
        WHERE h.id = n.id RETURNING 1
    )
    SELECT books_as_loaded(count(*), %s) FROM changed
"""
EXTEND_HOLD = """
    WITH changed AS (UPDATE holds_hold SET expires_at = %s, entries = %s WHERE id = %s RETURNING 1)
    SELECT books_as_loaded(count(*), 1) FROM changed
"""
# By the place it was loaded from, as postings do it (see `journals.rows`).
UPDATE_HELD = """
    WITH changed AS (
        UPDATE accounts_balance b SET held = n.held, overridden = n.overridden
        FROM unnest(%s::tid[], %s::uuid[], %s::numeric[], %s::boolean[]) AS n (place, account_id, held, overridden)
        WHERE b.ctid = n.place AND b.account_id = n.account_id
        RETURNING 1
    )
    SELECT books_as_loaded(count(*), %s) FROM changed
"""
COPY_ENTRIES = """
    COPY holds_holdentry (hold_id, number, entity_id, account_id, action, amount, held_after, account_version,
                             journal_id, effective_date, event_sequence, recorded_at, actor, expired_before,
                             expires_at)
    FROM STDIN
"""


class RecordedHoldStep(NamedTuple):
    """The event of a step: its sequence and fact, and the line of its entry."""

    sequence: int
    fact: bytes
    entry: str


def states_from(rows: Iterable[Sequence[Any]], now: datetime) -> dict[UUID, HoldState]:
    """Holds as they were loaded; `now` is the moment at which they may be overdue."""
    return {row[0]: HoldState._make((*row, row[8] is not None and row[8] <= now)) for row in rows}


def record_step(
    tx: Transaction, step: HoldStep, request: RequestDetails, day: date, journal: UUID | None = None
) -> RecordedHoldStep:
    """Record the event of a step; `day` is the business date it belongs to."""
    fact = hold_fact(step, request, day, journal)
    sequence = tx.record_encoded(TOLD_AS[step.action], str(step.hold.id), fact, request.actor)
    balance, hold = step.balance, step.hold
    until = hold.expires_at if step.action == HoldAction.EXTENDED else None
    entry = (
        f"{hold.id}\t{hold.entries}\t{tx.entity_hex}\t{balance.account.id}\t{step.action}\t{step.amount}\t"
        f"{balance.held}\t{balance.version}\t{copy_optional(journal)}\t{day}\t{sequence}\t{tx.moment}\t"
        f"{copy_text(request.actor)}\t{copy_optional(step.expired_before)}\t{copy_optional(until)}\n"
    )
    return RecordedHoldStep(sequence, fact, entry)


def insert_hold(tx: Transaction, step: HoldStep, request: RequestDetails, sequence: int) -> None:
    """Write the row of a hold that was placed."""
    hold = step.hold
    tx.query(
        INSERT_HOLD,
        (
            hold.id,
            tx.entity_id,
            step.balance.account.id,
            hold.currency,
            hold.amount,
            hold.captured,
            hold.remaining,
            hold.status,
            hold.entries,
            hold.expires_at,
            hold.description,
            hold.external_reference,
            Jsonb(request.metadata) if request.metadata else None,
            request.actor,
            tx.recorded_at,
            sequence,
        ),
    )


def write_steps(tx: Transaction, entries: list[str], holds: Sequence[HoldState]) -> None:
    """Write the entries of recorded steps, and the holds that were there before as they now stand."""
    tx.copy(COPY_ENTRIES, entries)
    if holds:
        columns = zip(
            *((hold.id, hold.captured, hold.remaining, hold.status, hold.entries) for hold in holds), strict=True
        )
        tx.later(UPDATE_HOLDS, (*(list(column) for column in columns), len(holds)))


def write_extension(tx: Transaction, entry: str, hold: HoldState) -> None:
    """Write the entry of an extension, and the moment the hold now expires at."""
    tx.copy(COPY_ENTRIES, [entry])
    tx.later(EXTEND_HOLD, (hold.expires_at, hold.entries, hold.id))


def write_held(tx: Transaction, accounts: Sequence[AccountState]) -> None:
    """Write what is held on accounts that no journal of this transaction moves."""
    columns = zip(*((account.place, account.id, account.held, account.overridden) for account in accounts), strict=True)
    tx.later(UPDATE_HELD, (*(list(column) for column in columns), len(accounts)))
