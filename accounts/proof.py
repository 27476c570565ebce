"""Proof of the business date: each leap was approved by another person, under a proposal to that very date."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import psycopg

from accounts.leaps import KIND
from ledgerflow.books.events import BusinessDateAdvancedFact
from ledgerflow.books.faults import Fault
from ledgerflow.books.proof.event_facts import events_with_facts
from ledgerflow.core import canonical
from ledgerflow.core.dates import LONGEST_STEP

EVENT = "books_event"
FIRST_JOURNAL = """
    SELECT sequence FROM books_event WHERE entity_id = %s AND type = 'journal.posted' ORDER BY sequence LIMIT 1
"""
FACTS = (BusinessDateAdvancedFact,)
APPROVED = """
    SELECT p.id, p.payload, d.event_sequence
    FROM approvals_proposal p JOIN approvals_proposaldecision d ON d.proposal_id = p.id
    WHERE p.entity_id = %s AND p.kind = %s AND d.decision = 'approved'
"""


def check_leaps(connection: psycopg.Connection[Any], entity_id: UUID) -> Iterator[Fault]:
    """Each move of the business date that one person alone could not have made, and that nobody approved."""
    first = connection.execute(FIRST_JOURNAL, (entity_id,)).fetchone()
    approved = {
        proposal: (canonical.decode(payload)["to"], sequence)
        for proposal, payload, sequence in connection.execute(APPROVED, (entity_id, KIND)).fetchall()
    }
    faults: list[Fault] = []
    for event in events_with_facts(connection, entity_id, FACTS, faults):
        sequence, move = event.sequence, event.fact
        if move.proposal is not None:
            to, since = approved.get(move.proposal, ("nobody", sequence))
            if to != str(move.after) or since >= sequence:
                yield Fault(EVENT, str(sequence), "proposal", f"an approved leap to {move.after}", str(move.proposal))
        elif move.after - move.before > LONGEST_STEP and first is not None and first[0] < sequence:
            yield Fault(EVENT, str(sequence), "proposal", f"an approved leap to {move.after}", "none")
    yield from faults
