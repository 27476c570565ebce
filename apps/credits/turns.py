"""Turns, and operations that move nothing: what is written of operations beside their journals.

A turn is a row that is unique by owner, application, operation and period. Writing it decides who was first: who meets
the row has everything taken back that his transaction wrote, and goes again without what is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from apps.credits.asking import due_again, period_of
from apps.credits.drafting import Run
from apps.credits.errors import AlreadyGranted, GrantedForEver
from apps.credits.events import CreditsNotedFact, CreditTurnTakenFact
from ledgerflow.books.idempotency import Claim, check_same
from ledgerflow.books.once import LOAD_KEYS
from ledgerflow.books.writing import Transaction
from ledgerflow.core.errors import LedgerError
from ledgerflow.core.ids import uuid7_run

TAKE = """
    INSERT INTO credits_turn (id, entity_id, owner_id, application, operation, period, journal_id, event_sequence,
                              recorded_at, actor)
    SELECT n.id, %s, n.owner_id, n.application, n.operation, n.period, n.journal_id, n.event_sequence, %s, %s
    FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::text[], %s::text[], %s::uuid[], %s::bigint[])
        AS n (id, owner_id, application, operation, period, journal_id, event_sequence)
    ON CONFLICT (entity_id, owner_id, application, operation, period) DO NOTHING
    RETURNING id
"""


class TakenBackError(Exception):
    """Some operations of a transaction are refused, by their places, and so all that it wrote is taken back."""

    def __init__(self, refusals: Mapping[int, LedgerError]) -> None:
        super().__init__()
        self.refusals = refusals


class Turn(NamedTuple):
    """A turn that is to be taken: of what, on which date, and the journal if there is one."""

    run: Run
    day: date
    journal: UUID | None = None

    def names(self) -> tuple[str, str, str, str]:
        """What it is unique by in its entity."""
        period = period_of(self.run.definition.once_per, self.day)
        return self.run.owner_id, self.run.application.NAME, self.run.definition.name, period

    def refusal(self) -> AlreadyGranted:
        """What is said to an owner whose turn is taken."""
        owner, operation = self.run.owner_id, self.run.definition.name
        due = due_again(self.run.definition.once_per, self.day)
        if due is None:
            return GrantedForEver(owner_id=owner, operation=operation, due=None)
        return AlreadyGranted(owner_id=owner, operation=operation, due=due)


def take(tx: Transaction, turns: Mapping[int, Turn], actor: str) -> dict[int, LedgerError]:
    """Take turns; gives what those are refused for that are taken, whose transaction must be taken back."""
    if not turns:
        return {}
    ids = uuid7_run(len(turns))
    rows = []
    for turn_id, turn in zip(ids, turns.values(), strict=True):
        owner, application, operation, period = turn.names()
        fact = CreditTurnTakenFact(turn_id, application, operation, owner, period, turn.journal)
        sequence = tx.record(fact, str(turn_id), actor)
        rows.append((turn_id, owner, application, operation, period, turn.journal, sequence))
    columns = [list(column) for column in zip(*rows, strict=True)]
    taken = {row[0] for row in tx.query(TAKE, (tx.entity_id, tx.recorded_at, actor, *columns)).fetchall()}
    return {
        place: turn.refusal() for turn_id, (place, turn) in zip(ids, turns.items(), strict=True) if turn_id not in taken
    }


Told = Callable[[Transaction, UUID], object]


def note(tx: Transaction, runs: Mapping[int, Run], actor: str, told: Told | None) -> dict[int, tuple[str, int]]:
    """Record operations that move nothing, each an event, with the turns of those that are due once.

    Gives for each whether it was posted or replayed, and its event. `told` is called with the entry of one that is new.
    Raises `TakenBackError`.
    """
    known = _known(tx, [run.claim for run in runs.values()])
    done: dict[int, tuple[str, int]] = {}
    refused: dict[int, LedgerError] = {}
    turns: dict[int, Turn] = {}
    new: list[UUID] = []
    for (place, run), entry in zip(runs.items(), uuid7_run(len(runs)), strict=True):
        claim = run.claim
        if (claim.issuer, claim.key) in known:
            fingerprint, sequence = known[claim.issuer, claim.key]
            try:
                check_same(claim, fingerprint)
            except LedgerError as refusal:
                refused[place] = refusal
            done[place] = ("replayed", sequence)
            continue
        fact = CreditsNotedFact(entry, run.application.NAME, run.definition.name, run.owner_id, **claim.fact())
        sequence = tx.record(fact, run.application.NAME, actor)
        tx.remember(*claim, sequence)
        known[claim.issuer, claim.key] = (claim.fingerprint, sequence)
        done[place] = ("posted", sequence)
        if run.is_due_once:
            turns[place] = Turn(run, tx.entity.business_date)
        new.append(entry)
    refused |= take(tx, turns, actor)
    if refused:
        raise TakenBackError(refused)
    if told is not None:
        for entry in new:
            told(tx, entry)
    return done


def _known(tx: Transaction, claims: Sequence[Claim]) -> dict[tuple[str, str], tuple[bytes, int]]:
    rows: Iterable[tuple[str, str, bytes, int]] = tx.query(
        LOAD_KEYS, (tx.entity_id, [claim.key for claim in claims])
    ).fetchall()
    return {(issuer, key): (bytes(fingerprint), sequence) for issuer, key, fingerprint, sequence in rows}
