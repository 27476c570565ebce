"""Four eyes: one person proposes, another approves, and the approval carries out what was proposed.

A room declares each kind of proposal it has in its `plugin.py`. A decision is one row under the
entity's lock, so of two at once one wins. What was proposed is carried out after that commit, by the handler; if it
fails or the process dies there, the proposal stays approved and `execute` carries it out later.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from ledgerflow.approvals.errors import (
    ApprovalNeedsAnotherPerson,
    NotOneOfTheTwo,
    NotTheProposer,
    ProposalExpired,
    ProposalKindUnknown,
    ProposalNotApproved,
    ProposalNotFound,
    ProposalNotPending,
    ProposalPending,
    TextLength,
)
from ledgerflow.approvals.events import (
    DecisionFact,
    ProposalApprovedFact,
    ProposalMadeFact,
    ProposalRejectedFact,
    ProposalWithdrawnFact,
)
from ledgerflow.approvals.models import Decision, Proposal
from ledgerflow.books.advisory_locks import one_at_a_time
from ledgerflow.books.writing import Transaction, write
from ledgerflow.core import canonical
from ledgerflow.core.errors import LedgerError, NotOneOf
from ledgerflow.core.ids import uuid7
from ledgerflow.core.people import name_of, names_of, require_person
from ledgerflow.core.plugins import ProposalKind, registry
from ledgerflow.core.texts import check_metadata, check_text

EXPIRES_IN = timedelta(days=7)
MAX_SUBJECT = 200
MAX_TEXT = 500
PENDING = """
    SELECT p.id FROM approvals_proposal p
    WHERE p.entity_id = %s AND p.kind = %s AND p.subject = %s AND p.expires_at > %s
      AND NOT EXISTS (SELECT FROM approvals_proposaldecision d WHERE d.proposal_id = p.id)
"""
INSERT_PROPOSAL = """
    INSERT INTO approvals_proposal (id, entity_id, kind, subject, payload, reason, proposed_by,
                                    proposed_by_name, proposed_via, proposed_at, expires_at, event_sequence)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
DECIDED = "SELECT decision FROM approvals_proposaldecision WHERE proposal_id = %s"
INSERT_DECISION = """
    INSERT INTO approvals_proposaldecision (proposal_id, decision, decided_by, decided_by_name, decided_via, decided_at,
                                            note, event_sequence)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
"""


DECIDED_AS: dict[str, type[DecisionFact]] = {
    Decision.APPROVED: ProposalApprovedFact,
    Decision.REJECTED: ProposalRejectedFact,
    Decision.WITHDRAWN: ProposalWithdrawnFact,
}


class ApprovedBy(NamedTuple):
    """Who approved, and in `actor` who carries it out now, as events name him ("key:<id>" or "user:<id>")."""

    person: str
    note: str
    decided_at: datetime
    actor: str


class ProposalOutcome(NamedTuple):
    """A proposal as it stands. `result` is what the handler gave, `failure` why it could not be carried out yet."""

    proposal: Proposal
    result: Any = None
    failure: LedgerError | None = None


def registered(kind: str) -> ProposalKind:
    """The declaration of a kind. Raises `Malformed` for one that no room declares."""
    found = registry.proposal_kinds.get(kind)
    if found is None:
        raise ProposalKindUnknown(pointer="/kind", kind=kind[:64])
    return found


def propose(
    entity_id: UUID,
    *,
    kind: str,
    subject: str,
    payload: dict[str, Any],
    reason: str,
    person: str,
    via: str,
    expires_in: timedelta = EXPIRES_IN,
) -> Proposal:
    """Propose something for another person to approve; event `proposal.made`.

    `subject` says in short what it is about (a date), `payload` is what the handler needs; `person` is who proposes
    ("user:<id>"), `via` what he used ("key:<id>", or himself).
    Raises `PersonUnknown`, `PermissionMissing`, `Malformed`, and `ProposalPending` (with its id) when the same kind
    for the same subject is pending already.
    """
    name = name_of(require_person(person, registered(kind).permission, entity_id))
    text = _checked_payload(payload)
    _check_text(subject, MAX_SUBJECT, "/subject")
    _check_text(reason, MAX_TEXT, "/reason")
    proposal_id = uuid7()

    def work(tx: Transaction, _: None) -> None:
        twin = tx.query(PENDING, (entity_id, kind, subject, tx.recorded_at)).fetchone()
        if twin is not None:
            raise ProposalPending(proposal=str(twin[0]), subject=subject)
        what = Proposal(id=proposal_id, kind=kind, subject=subject, payload=text, reason=reason, proposed_by=person)
        _save_proposal(tx, what, name=name, via=via, expires_at=tx.recorded_at + expires_in)

    write(entity_id, work)
    return proposal_in(entity_id, proposal_id)


def decide(
    entity_id: UUID, proposal_id: UUID, decision: str, *, person: str, via: str, note: str = ""
) -> ProposalOutcome:
    """Approve, reject or withdraw a pending proposal; event `proposal.<decision>`. An approval is carried out at once.

    A refusal of the handler does not undo the approval: it is the outcome's `failure`, and `execute` tries again.
    Raises `NotFound`, `PersonUnknown`, `PermissionMissing` (also for withdrawing what another person proposed),
    `ApprovalNeedsAnotherPerson`, `ProposalNotPending` (with its status) and `ProposalExpired`.
    """
    proposal = proposal_in(entity_id, proposal_id)
    _check_decision(proposal, decision, person)
    check_text(note, MAX_TEXT, "/note")

    def work(tx: Transaction, _: None) -> None:
        _check_pending(tx, proposal)
        _save_decision(tx, proposal_id, decision, person=person, via=via, note=note)

    write(entity_id, work)
    proposal = proposal_in(entity_id, proposal_id)
    if decision != Decision.APPROVED:
        return ProposalOutcome(proposal)
    try:
        return ProposalOutcome(proposal, result=_carry_out(proposal, via))
    except LedgerError as refusal:
        return ProposalOutcome(proposal, failure=refusal)


def execute(entity_id: UUID, proposal_id: UUID, *, person: str, via: str) -> ProposalOutcome:
    """Carry out an approved proposal whose execution failed or was cut off; of one that is done, nothing again.

    Either of the two persons may. Raises `NotFound`, `PersonUnknown`, `PermissionMissing`, `ProposalNotApproved`,
    `TryAgain` while somebody else is at it, and whatever the handler raises.
    """
    proposal = proposal_in(entity_id, proposal_id)
    require_person(person, registered(proposal.kind).permission, proposal.entity_id)
    decision = getattr(proposal, "decision", None)
    if decision is None or decision.decision != Decision.APPROVED:
        raise ProposalNotApproved
    if person not in (proposal.proposed_by, decision.decided_by):
        raise NotOneOfTheTwo
    return ProposalOutcome(proposal, result=_carry_out(proposal, via))


def proposal_in(entity_id: UUID, proposal_id: UUID) -> Proposal:
    """A proposal of these books, with its decision. Raises `NotFound`."""
    found = Proposal.objects.select_related("decision").filter(entity_id=entity_id, pk=proposal_id).first()
    if found is None:
        raise ProposalNotFound
    return found


def _save_proposal(tx: Transaction, what: Proposal, *, name: str, via: str, expires_at: datetime) -> None:
    fact = ProposalMadeFact(
        what.id, what.kind, what.subject, what.content, what.reason, what.proposed_by, name, expires_at
    )
    sequence = tx.record(fact, str(what.id), via)
    row = (what.id, tx.entity_id, what.kind, what.subject, what.payload, what.reason, what.proposed_by)
    tx.query(INSERT_PROPOSAL, (*row, name, via, tx.recorded_at, expires_at, sequence))


def _check_pending(tx: Transaction, proposal: Proposal) -> None:
    decided = tx.query(DECIDED, (proposal.id,)).fetchone()
    if decided is not None:
        raise ProposalNotPending(status=decided[0])
    if proposal.expires_at <= tx.recorded_at:
        raise ProposalExpired


def _save_decision(tx: Transaction, proposal_id: UUID, decision: str, *, person: str, via: str, note: str) -> None:
    name = names_of([person]).get(person, person)
    fact = DECIDED_AS[decision](proposal_id, person, name, note)
    sequence = tx.record(fact, str(proposal_id), via)
    tx.query(INSERT_DECISION, (proposal_id, decision, person, name, via, tx.recorded_at, note, sequence))


def _carry_out(proposal: Proposal, actor: str) -> Any:
    known = registered(proposal.kind)
    decision = proposal.decision
    with one_at_a_time(f"proposal {proposal.id}"):
        if known.already_done(proposal):
            return None
        return known.carry_out(proposal, ApprovedBy(decision.decided_by, decision.note, decision.decided_at, actor))


def _check_decision(proposal: Proposal, decision: str, person: str) -> None:
    """Whether this person may decide so, all but what needs the lock."""
    if decision not in Decision.values:
        raise NotOneOf(pointer="/decision", choices=", ".join(Decision.values), what="decision")
    is_own = person == proposal.proposed_by
    if decision == Decision.WITHDRAWN:
        require_person(person)
        if not is_own:
            raise NotTheProposer
        return
    require_person(person, registered(proposal.kind).permission, proposal.entity_id)
    if is_own:
        raise ApprovalNeedsAnotherPerson


def _checked_payload(payload: dict[str, Any]) -> str:
    text = canonical.encode(payload)
    check_metadata(canonical.decode(text))
    return text.decode()


def _check_text(text: str, most: int, pointer: str) -> None:
    if not text.strip():
        raise TextLength(pointer=pointer, most=most)
    check_text(text, most, pointer)
