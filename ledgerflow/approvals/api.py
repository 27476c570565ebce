"""The endpoints of proposals: what waits for a second person, and deciding it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.urls import reverse

from ledgerflow.access.scopes import MANAGE, READ
from ledgerflow.approvals import bodies
from ledgerflow.approvals.models import Decision, Proposal
from ledgerflow.approvals.reading import STATUSES, is_executed, status_of, with_status
from ledgerflow.approvals.use_cases import ProposalOutcome, decide, execute, proposal_in
from ledgerflow.core.clocks import as_text
from ledgerflow.core.errors import LedgerError
from ledgerflow.web.endpoints import Call, Endpoints, Reply
from ledgerflow.web.queries import a_choice, a_text

proposals = Endpoints("proposals")
PROBLEMS = (404, 409, 422)


@proposals.get(scope=READ, answer=bodies.ProposalPage, query=[a_choice("status", STATUSES), a_text("kind")], paged=True)
def proposal_list(call: Call[None]) -> dict[str, Any]:
    """Proposals, newest first."""
    status, kind = call.query["status"], call.query["kind"]
    rows = Proposal.objects.filter(entity=call.entity_id).select_related("decision")
    if kind is not None:
        rows = rows.filter(kind=kind)
    if status is not None:
        rows = with_status(rows, status)
    return call.page(rows, ["-id"], lambda row: bodies.ProposalResponse(**_fields(row)))


@proposals.get(scope=READ, answer=bodies.ProposalDetail, problems=(404,))
def proposal_show(call: Call[None], proposal_id: UUID) -> bodies.ProposalDetail:
    """One proposal."""
    return _detail(proposal_in(call.entity_id, proposal_id))


@proposals.post(bodies.DecisionRequest, scope=MANAGE, answer=bodies.ProposalDetail, problems=PROBLEMS)
def proposal_approve(call: Call[bodies.DecisionRequest], proposal_id: UUID) -> bodies.ProposalDetail:
    """Approve what another person proposed, and carry it out; if that fails, `failure` says why."""
    return _decided(call, proposal_id, Decision.APPROVED)


@proposals.post(bodies.DecisionRequest, scope=MANAGE, answer=bodies.ProposalDetail, problems=PROBLEMS)
def proposal_reject(call: Call[bodies.DecisionRequest], proposal_id: UUID) -> bodies.ProposalDetail:
    """Reject what another person proposed."""
    return _decided(call, proposal_id, Decision.REJECTED)


@proposals.post(bodies.DecisionRequest, scope=MANAGE, answer=bodies.ProposalDetail, problems=PROBLEMS)
def proposal_withdraw(call: Call[bodies.DecisionRequest], proposal_id: UUID) -> bodies.ProposalDetail:
    """Take back a proposal of one's own."""
    return _decided(call, proposal_id, Decision.WITHDRAWN)


@proposals.post(bodies.ExecutionRequest, scope=MANAGE, answer=bodies.ProposalDetail, problems=PROBLEMS)
def proposal_execute(call: Call[bodies.ExecutionRequest], proposal_id: UUID) -> bodies.ProposalDetail:
    """Carry out what is approved and is not done yet; of what is done, nothing again."""
    return _after(execute(call.entity_id, proposal_id, person=call.caller.person, via=call.actor))


def proposed(proposal: Proposal) -> Reply:
    """The answer of an endpoint that made a proposal."""
    return Reply(_detail(proposal), {"Location": reverse("ledgerflow:proposal", args=[proposal.pk])})


def _decided(call: Call[bodies.DecisionRequest], proposal_id: UUID, decision: str) -> bodies.ProposalDetail:
    who = {"person": call.caller.person, "via": call.actor}
    return _after(decide(call.entity_id, proposal_id, decision, note=call.body.note, **who))


def _after(outcome: ProposalOutcome) -> bodies.ProposalDetail:
    return _detail(outcome.proposal, outcome.failure)


def _detail(proposal: Proposal, failure: LedgerError | None = None) -> bodies.ProposalDetail:
    return bodies.ProposalDetail(**_fields(proposal), executed=is_executed(proposal), failure=_failure(failure))


def _failure(refusal: LedgerError | None) -> bodies.Failure | None:
    return None if refusal is None else bodies.Failure(refusal.code, refusal.message, refusal.data)


def _fields(proposal: Proposal) -> dict[str, Any]:
    decision = getattr(proposal, "decision", None)
    decided = decision and bodies.DecisionResponse(
        decision.decided_by, decision.decided_by_name, decision.decided_via, as_text(decision.decided_at), decision.note
    )
    return {
        "id": str(proposal.id),
        "kind": proposal.kind,
        "subject": proposal.subject,
        "payload": proposal.content,
        "reason": proposal.reason,
        "proposed_by": proposal.proposed_by,
        "proposed_by_name": proposal.proposed_by_name,
        "proposed_via": proposal.proposed_via,
        "proposed_at": as_text(proposal.proposed_at),
        "expires_at": as_text(proposal.expires_at),
        "status": status_of(proposal),
        "decision": decided,
    }
