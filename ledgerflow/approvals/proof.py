"""Proof of the proposals: each row and each event tell the same, none is missing and none extra."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import dict_row

from ledgerflow.approvals.events import (
    DecisionFact,
    ProposalApprovedFact,
    ProposalMadeFact,
    ProposalRejectedFact,
    ProposalWithdrawnFact,
)
from ledgerflow.approvals.models import Decision
from ledgerflow.books.faults import Fault, compare_rows, keyed
from ledgerflow.books.proof.event_facts import EventWithFact, events_with_facts
from ledgerflow.core import canonical
from ledgerflow.core.events import Fact

PROPOSAL = "approvals_proposal"
DECISION = "approvals_proposaldecision"
PROPOSALS = "SELECT * FROM approvals_proposal WHERE entity_id = %s"
DECISIONS = """
    SELECT d.*, p.proposed_by FROM approvals_proposaldecision d JOIN approvals_proposal p ON p.id = d.proposal_id
    WHERE p.entity_id = %s
"""
DECIDED: dict[type[DecisionFact], Decision] = {
    ProposalApprovedFact: Decision.APPROVED,
    ProposalRejectedFact: Decision.REJECTED,
    ProposalWithdrawnFact: Decision.WITHDRAWN,
}
FACTS: tuple[type[Fact], ...] = (ProposalMadeFact, *DECIDED)

Row = dict[str, Any]


def check_proposals(connection: psycopg.Connection[Any], entity_id: UUID) -> Iterator[Fault]:
    """What is wrong with the proposals and decisions of an entity, as its events tell them."""
    faults: list[Fault] = []
    made: dict[str, Row] = {}
    decided: dict[str, Row] = {}
    for event in events_with_facts(connection, entity_id, FACTS, faults):
        if isinstance(event.fact, ProposalMadeFact):
            made[event.subject] = _proposal(event, event.fact)
        else:
            decided[event.subject] = _decision(event, event.fact)
    yield from faults
    cursor = connection.cursor(row_factory=dict_row)
    yield from compare_rows(PROPOSAL, made, keyed(cursor.execute(PROPOSALS, (entity_id,)), lambda row: str(row["id"])))
    decisions = cursor.execute(DECISIONS, (entity_id,)).fetchall()
    yield from compare_rows(DECISION, decided, keyed(decisions, lambda row: str(row["proposal_id"])))
    yield from _own(decisions)


def _proposal(event: EventWithFact, fact: ProposalMadeFact) -> Row:
    return {
        "id": fact.id,
        "kind": fact.kind,
        "subject": fact.subject,
        "payload": canonical.encode(fact.payload).decode(),
        "reason": fact.reason,
        "proposed_by": fact.proposed_by,
        "proposed_by_name": fact.proposed_by_name,
        "proposed_via": event.actor,
        "proposed_at": event.recorded_at,
        "expires_at": fact.expires_at,
        "event_sequence": event.sequence,
    }


def _decision(event: EventWithFact, fact: DecisionFact) -> Row:
    return {
        "proposal_id": fact.id,
        "decision": DECIDED[type(fact)].value,
        "decided_by": fact.decided_by,
        "decided_by_name": fact.decided_by_name,
        "note": fact.note,
        "decided_via": event.actor,
        "decided_at": event.recorded_at,
        "event_sequence": event.sequence,
    }


def _own(decisions: list[Row]) -> Iterator[Fault]:
    """Approved by the one who proposed: what the guard refuses, and whoever took the guard down did."""
    for row in decisions:
        if row["decision"] == Decision.APPROVED and row["decided_by"] == row["proposed_by"]:
            yield Fault(DECISION, str(row["proposal_id"]), "decided_by", "another person", row["decided_by"])
