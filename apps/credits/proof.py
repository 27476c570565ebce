"""Turns against their events, and operations that moved nothing against the requests they answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import dict_row

from apps.credits.events import NONCES, CreditsNotedFact, CreditTurnTakenFact
from apps.credits.use_cases import content_of
from ledgerflow.books.faults import Fault, compare_rows, keyed
from ledgerflow.books.idempotency import fingerprint
from ledgerflow.books.proof.event_facts import EventWithFact, events_with_facts
from ledgerflow.core.money import ZERO

EVENT, TURN = "books_event", "credits_turn"
TURNS = "SELECT * FROM credits_turn WHERE entity_id = %s"
FACTS = (CreditsNotedFact, CreditTurnTakenFact)


def check_credits(connection: psycopg.Connection[Any], entity_id: UUID) -> Iterator[Fault]:
    """All turns of an entity, and all its operations without a journal."""
    faults: list[Fault] = []
    turns = {}
    for event in events_with_facts(connection, entity_id, FACTS, faults):
        if isinstance(event.fact, CreditTurnTakenFact):
            turns[event.fact.id] = _turn(event)
        else:
            faults += _faults_of_noted(event)
    yield from faults
    cursor = connection.cursor(row_factory=dict_row)
    yield from compare_rows(TURN, turns, keyed(cursor.execute(TURNS, (entity_id,)), lambda row: row["id"]))


def _faults_of_noted(event: EventWithFact) -> Iterator[Fault]:
    """It moved nothing, so the amount that was asked for was 0, said or not. The fingerprint of a nonce is random."""
    fact: CreditsNotedFact = event.fact
    if fact.key_issuer == NONCES:
        return
    asked = [
        fingerprint(content_of(fact.application, fact.operation, fact.owner_id, amount)).hex()
        for amount in (None, ZERO)
    ]
    if fact.fingerprint not in asked:
        yield Fault(EVENT, str(event.sequence), "fingerprint", asked[0], fact.fingerprint)


def _turn(event: EventWithFact) -> dict[str, Any]:
    fact: CreditTurnTakenFact = event.fact
    return {
        "application": fact.application, "operation": fact.operation, "owner_id": fact.owner_id,
        "period": fact.period, "journal_id": fact.journal, "event_sequence": event.sequence,
        "recorded_at": event.recorded_at, "actor": event.actor,
    }  # fmt: skip
