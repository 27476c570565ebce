"""Doing a request once: its key is looked up before anything else is said, and bound to the event that answers it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID

import psycopg

from ledgerflow.books.borrowing import borrowed_connection
from ledgerflow.books.idempotency import Claim, check_same
from ledgerflow.books.models import IdempotencyKey
from ledgerflow.books.writing import Transaction
from ledgerflow.core.errors import LedgerError, OutcomeUnknown, TryAgain

# By entity and key, of whatever issuer: there are never more than a few of one key.
LOAD_KEYS = """
    SELECT issuer, key, fingerprint, event_sequence FROM books_idempotencykey
    WHERE entity_id = %s AND key = ANY (%s::text[])
"""
Result = TypeVar("Result")


class KeyTakenError(Exception):
    """Somebody else was first with this very request, while it was worked out: nobody is told, it is replayed."""


def once(entity_id: UUID, claim: Claim, work: Callable[[], Result], replay: Callable[[int], Result]) -> Result:
    """Do a request that is worked out before the lock is taken; `replay` answers one whose event is known.

    A refusal counts only when the key is new: of a used one, the same request is replayed even when it would now be
    refused, and another one is `IdempotencyKeyReused` whatever else is wrong with it. The key is looked up after the
    refusal and not before the work, so that it costs nothing where nothing is wrong; `work` must `take` the key under
    the lock, before what it does there.
    """
    try:
        return work()
    except (TryAgain, OutcomeUnknown):
        raise
    except (LedgerError, KeyTakenError):
        sequence = earlier(entity_id, claim)
        if sequence is None:
            raise
    return replay(sequence)


def earlier(entity_id: UUID, claim: Claim) -> int | None:
    """The sequence of the event that answered this request before. Raises `IdempotencyKeyReused`."""
    rows = IdempotencyKey.objects.filter(entity_id=entity_id, key=claim.key, issuer=claim.issuer)
    with borrowed_connection():  # a request that goes the short way has none
        found = rows.values_list("fingerprint", "event_sequence").first()
    return _sequence(claim, found)


def load(tx: Transaction, claim: Claim) -> psycopg.Cursor[Any]:
    """Send the look-up of a key together with a work's other first queries; `loaded` reads it."""
    return tx.query(LOAD_KEYS, (tx.entity_id, [claim.key]))


def loaded(claim: Claim, found: psycopg.Cursor[Any]) -> int | None:
    """The same as `earlier`, of what `load` found."""
    own = next((row[2:] for row in found.fetchall() if row[0] == claim.issuer), None)
    return _sequence(claim, own)


def take(tx: Transaction, claim: Claim) -> None:
    """Raise `KeyTakenError` when the request is in the books already, `IdempotencyKeyReused` when another one is."""
    if loaded(claim, load(tx, claim)) is not None:
        raise KeyTakenError


def _sequence(claim: Claim, row: Any) -> int | None:
    if row is None:
        return None
    stored, sequence = row
    check_same(claim, bytes(stored))
    return int(sequence)
