"""What changes of holds have in common: the transaction that looks their key up, and the answer they give."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

import psycopg

from journals.errors import ExpiryNotInUtc, HoldNotFound
from journals.hold_rows import LOAD_HOLDS
from journals.holds.models import Hold
from journals.limits import AccountState
from journals.rows import LOAD_ACCOUNTS, load_answers
from ledgerflow.books import once
from ledgerflow.books.idempotency import Claim
from ledgerflow.books.refusals import refusal_for
from ledgerflow.books.writing import Transaction, write
from ledgerflow.core.dates import check_day

Loaded = tuple[psycopg.Cursor[Any], ...]


class HoldAnswer(NamedTuple):
    """What became of a request: `status` is "placed", "captured", "released", "extended" or "replayed".

    `hold` is the canonical JSON of its `HoldFact`; `journal` that of a capture's `JournalFact`. `event_sequence` is
    that of the event which answers the request's key: of a capture, its journal's.
    """

    status: str
    hold: bytes
    event_sequence: int
    recorded_at: datetime
    journal: bytes = b""


def load_hold(tx: Transaction, claim: Claim, code: str, hold_id: UUID) -> Loaded:
    """What a step of a hold is decided by: its key, the account of this code, and the hold."""
    return (
        once.load(tx, claim),
        tx.query(LOAD_ACCOUNTS, ([code], tx.entity_id)),
        tx.query(LOAD_HOLDS, (tx.entity_id, [hold_id])),
    )


def write_answer(
    entity_id: UUID, work: Callable[[Transaction, Loaded], HoldAnswer], load: Callable[[Transaction], Loaded]
) -> HoldAnswer:
    """One transaction that looks its key up; what the database refuses is refused by its name."""
    try:
        return write(entity_id, work, load=load, repeatable=True)
    except psycopg.IntegrityError as error:
        raise refusal_for(error) from error


def hold_of(entity_id: UUID, hold_id: UUID, claim: Claim) -> Hold:
    """The hold that a request is about. Raises `IdempotencyKeyReused` sooner than `NotFound`."""
    hold = Hold.objects.select_related("account").filter(entity_id=entity_id, id=hold_id).first()
    if hold is None:
        once.earlier(entity_id, claim)
        raise HoldNotFound
    return hold


def accounts_from(cursor: psycopg.Cursor[Any]) -> dict[str, AccountState]:
    return {row[0]: AccountState(*row) for row in cursor.fetchall()}


def replayed_answer(tx: Transaction, claim: Claim, keys: psycopg.Cursor[Any]) -> HoldAnswer | None:
    """The answer given before to this key, if any. Raises `IdempotencyKeyReused`."""
    sequence = once.loaded(claim, keys)
    if sequence is None:
        return None
    answer = load_answers(tx, [sequence])[sequence]
    assert answer.recorded_at is not None  # noqa: S101 - every event has one
    return HoldAnswer("replayed", answer.journal, sequence, answer.recorded_at)


def check_expiry(expires_at: datetime | None) -> None:
    """Raise `Malformed` unless a hold may expire at this moment as far as its form goes."""
    if expires_at is None:
        return
    if expires_at.utcoffset() != UTC.utcoffset(None):
        raise ExpiryNotInUtc(pointer="/expires_at")
    check_day(expires_at.date(), "/expires_at")
