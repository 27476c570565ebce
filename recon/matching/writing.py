"""Confirming and taking back matches within a writing transaction: all that matches by rule or by hand comes here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from uuid import UUID

import psycopg

from ledgerflow.books.idempotency import Claim
from ledgerflow.books.refusals import refusal_for
from ledgerflow.books.writing import Transaction, write
from recon.matching import listeners
from recon.matching.errors import AlreadyUnmatched, MatchNotFound
from recon.matching.events import MatchUnmatchedFact
from recon.matching.rows import (
    END_ITEMS,
    END_MATCH,
    ITEMS_OF,
    Bank,
    Item,
    Wanted,
    Written,
    write_matches,
)  # fmt: skip

Result = TypeVar("Result")
Loaded = TypeVar("Loaded")

MATCH = """
    SELECT id, entity_id, bank_account_id, number, rule, residual, journal_id, event_sequence, recorded_at, actor,
           status
    FROM matching_match WHERE id = %s AND entity_id = %s
"""


def confirm_in(
    tx: Transaction, bank: Bank, wanted: Sequence[Wanted], number: int, actor: str, claim: Claim | None = None
) -> list[Written]:
    """Write matches whose items were found free under the lock, and tell who listens."""
    written = write_matches(tx, bank, wanted, number, actor, claim)
    if written:
        matches = [(made, one.items) for made, one in zip(written, wanted, strict=True)]
        for listener in listeners.confirmed:
            listener(tx, matches)
    return written


def unmatch_in(
    tx: Transaction, match_id: UUID, reason: str, actor: str, claim: Claim | None = None
) -> tuple[Written, list[Item]]:
    """Take a match back; gives it with its items, which are free again.

    Raises `MatchNotFound` and `AlreadyUnmatched`.
    """
    row = tx.query(MATCH, (match_id, tx.entity_id)).fetchone()
    if row is None:
        raise MatchNotFound
    *values, status = row
    if status != "confirmed":
        raise AlreadyUnmatched
    made = Written(*values)
    items = [Item(*found) for found in tx.query(ITEMS_OF, (match_id,)).fetchall()]
    sequence = tx.record(MatchUnmatchedFact(reason, **(claim.fact() if claim else {})), str(match_id), actor)
    if claim is not None:
        tx.remember(*claim, sequence)
    tx.query(END_MATCH, (sequence, match_id))
    tx.query(END_ITEMS, (match_id,))
    return made, items


def write_matching(
    entity_id: UUID, work: Callable[[Transaction, Loaded], Result], load: Callable[[Transaction], Any]
) -> Result:
    """`write`, with what the database refuses as the refusal it stands for."""
    try:
        return write(entity_id, work, load=load, repeatable=True)
    except (psycopg.IntegrityError, psycopg.DataError) as error:
        raise refusal_for(error) from error
