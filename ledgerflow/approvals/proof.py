"""Proof of the proposals: each row and each event tell the same, none is missing and none extra."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

import msgspec
import psycopg

from ledgerflow.approvals.events import DecisionFact, ProposalMadeFact
from ledgerflow.books.faults import Fault
from ledgerflow.core import canonical

PROPOSAL = "approvals_proposal"
DECISION = "approvals_proposaldecision"
EVENT = "books_event"
PROPOSALS = """
    SELECT e.sequence, e.subject, e.data, e.actor, e.recorded_at,
           p.id, p.kind, p.subject, p.payload, p.reason, p.proposed_by, p.proposed_via, p.proposed_at, p.expires_at
    FROM (SELECT * FROM books_event WHERE entity_id = %(entity)s AND type = 'proposal.made') e
    FULL JOIN (SELECT * FROM approvals_proposal WHERE entity_id = %(entity)s) p ON p.event_sequence = e.sequence
    ORDER BY coalesce(e.sequence, p.event_sequence)
"""
DECISIONS = """
    SELECT e.sequence, e.subject, e.data, e.actor, e.recorded_at, e.type,
           d.proposal_id, d.decision, d.decided_by, d.note, d.decided_via, d.decided_at, d.proposed_by
    FROM (SELECT * FROM books_event WHERE entity_id = %(entity)s
          AND type IN ('proposal.approved', 'proposal.rejected', 'proposal.withdrawn')) e
    FULL JOIN (SELECT d.*, p.proposed_by
               FROM approvals_proposaldecision d JOIN approvals_proposal p ON p.id = d.proposal_id
               WHERE p.entity_id = %(entity)s) d ON d.event_sequence = e.sequence
    ORDER BY coalesce(e.sequence, d.event_sequence)
"""
PROPOSAL_COLUMNS = ("id", "kind", "subject", "payload", "reason", "proposed_by", "proposed_via", "proposed_at")
DECISION_COLUMNS = ("proposal_id", "decision", "decided_by", "note", "decided_via", "decided_at")


def check_proposals(connection: psycopg.Connection[Any], entity_id: UUID) -> list[Fault]:
    """What is wrong with the proposals and decisions of an entity, as its events tell them; none when all is proven."""
    params = {"entity": entity_id}
    made = connection.execute(PROPOSALS, params).fetchall()
    decided = connection.execute(DECISIONS, params).fetchall()
    return [*_compared(PROPOSAL, made, 5, _proposal), *_compared(DECISION, decided, 6, _decision), *_own(decided)]


def _compared(table: str, rows: Iterable[Any], split: int, read: Any) -> Iterator[Fault]:
    """Each row of the full join: an event (before `split`) and the row that it tells of."""
    for row in rows:
        event, found = row[:split], row[split:]
        if event[0] is None:
            yield Fault(table, str(found[0]), "row", "absent", "a row")
        elif found[0] is None:
            yield Fault(table, event[1], "row", "a row", "absent")
        else:
            yield from _differences(table, event, found, read)


def _differences(table: str, event: Any, found: Any, read: Any) -> Iterator[Fault]:
    try:
        expected = read(event)
    except (msgspec.MsgspecError, KeyError) as error:
        yield Fault(EVENT, str(event[0]), "data", "a fact of a proposal", repr(error))
        return
    for (name, value), stored in zip(expected.items(), map(_text, found), strict=False):
        if value != stored:
            yield Fault(table, str(found[0]), name, value, stored)


def _proposal(event: Any) -> dict[str, str]:
    fact = ProposalMadeFact.read(event[2])
    payload = canonical.encode(fact.payload).decode()
    own = (event[1], fact.kind, fact.subject, payload, fact.reason, fact.proposed_by)
    expected = dict(zip(PROPOSAL_COLUMNS, (*own, event[3], _text(event[4])), strict=True))
    return expected | {"expires_at": _text(fact.expires_at)}


def _decision(event: Any) -> dict[str, str]:
    fact = DecisionFact.read(event[2])
    decision = event[5].removeprefix("proposal.")
    expected = (event[1], decision, fact.decided_by, fact.note, event[3], _text(event[4]))
    return dict(zip(DECISION_COLUMNS, expected, strict=True))


def _own(decided: Iterable[Any]) -> Iterator[Fault]:
    """Approved by the one who proposed: what the guard refuses, and whoever took the guard down did."""
    for row in decided:
        proposal, decision, person, proposed_by = row[6], row[7], row[8], row[12]
        if decision == "approved" and person == proposed_by:
            yield Fault(DECISION, str(proposal), "decided_by", "another person", person)


def _text(value: Any) -> str:
    return value.isoformat(timespec="microseconds") if hasattr(value, "isoformat") else str(value)
