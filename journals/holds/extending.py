"""Extending a hold: it expires at another moment than before, or never."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from journals import hold_states as states
from journals.drafts import MAX_DESCRIPTION
from journals.errors import HoldRevised
from journals.hold_events import RequestDetails
from journals.hold_rows import record_step, states_from, write_extension
from journals.holds.answering import (
    HoldAnswer,
    Loaded,
    accounts_from,
    check_expiry,
    hold_of,
    load_hold,
    replayed_answer,
    write_answer,
)
from ledgerflow.books.idempotency import CLIENT, claim_of
from ledgerflow.books.writing import Transaction
from ledgerflow.core import clocks
from ledgerflow.core.texts import check_text


def extend_hold(
    entity_id: UUID,
    hold_id: UUID,
    *,
    key: str,
    expires_at: datetime | None,
    reason: str = "",
    expected_revision: int | None = None,
    issuer: str = CLIENT,
    actor: str,
) -> HoldAnswer:
    """Let a hold expire at another moment, or never (None); what is held stays as it is.

    `expected_revision` is the number of its last step as the caller has seen it. The same key and content replays.
    Raises `NotFound`, `Malformed`, `IdempotencyKeyReused`, `PreconditionFailed`, `HoldNotActive`, `HoldExpired` (also
    before the sweep has been there), `AccountFrozen`, `Malformed` (the moment is over, or is the one it has).
    """
    claim = claim_of(key, extension_content(hold_id, expires_at=expires_at, reason=reason), issuer)
    code = hold_of(entity_id, hold_id, claim).account.code

    def work(tx: Transaction, loaded: Loaded) -> HoldAnswer:
        replayed = replayed_answer(tx, claim, loaded[0])
        if replayed is not None:
            return replayed
        # Against the moment that is recorded, which may be later than the clock: the database compares with it too.
        (state,) = states_from(loaded[2].fetchall(), tx.recorded_at).values()
        if expected_revision is not None and state.entries != expected_revision:
            raise HoldRevised(revision=state.entries)
        step = states.extended(state, accounts_from(loaded[1])[code], expires_at, tx.recorded_at)
        recorded = record_step(tx, step, RequestDetails(actor, claim, reason=reason), tx.entity.business_date)
        tx.remember(*claim, recorded.sequence)
        write_extension(tx, recorded.entry, step.hold)
        return HoldAnswer("extended", recorded.fact, recorded.sequence, tx.recorded_at)

    return write_answer(entity_id, work, lambda tx: load_hold(tx, claim, code, hold_id))


def extension_content(hold_id: UUID, *, expires_at: datetime | None, reason: str) -> list[Any]:
    """What an extension asks for: its fingerprint is of this. Raises `Malformed`."""
    check_text(reason, MAX_DESCRIPTION, "/reason")
    check_expiry(expires_at)
    return ["hold.extend", hold_id, clocks.as_text(expires_at) if expires_at else None, reason]
