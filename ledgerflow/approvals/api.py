"""The endpoints of proposals: what waits for a second person, and deciding it."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

import msgspec
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from ledgerflow.access.authentication import caller_in
from ledgerflow.approvals import bodies
from ledgerflow.approvals.models import Decision, Proposal
from ledgerflow.approvals.reading import STATUSES, is_executed, status_of, with_status
from ledgerflow.approvals.use_cases import ProposalOutcome, decide, execute, proposal_in
from ledgerflow.core.clocks import as_text
from ledgerflow.core.errors import LedgerError
from ledgerflow.web.body import body_of
from ledgerflow.web.paging import page_json, page_of, paging_of
from ledgerflow.web.queries import refuse_unknown, text_parameter
from ledgerflow.web.schema import CURSOR, LIMIT, answers, body

FILTERS = ("status", "kind")
PROBLEMS = (404, 409, 413, 422)


class ProposalsView(APIView):
    @extend_schema(
        tags=["proposals"],
        operation_id="proposal_list",
        parameters=[
            OpenApiParameter("status", str, enum=STATUSES),
            OpenApiParameter("kind", str),
            LIMIT,
            CURSOR,
        ],
        responses=answers(bodies.ProposalPage, 200),
    )
    def get(self, request: Request) -> Response:
        """Proposals, newest first."""
        refuse_unknown(request, (*FILTERS, "limit", "cursor"))
        status, kind = (text_parameter(request, name) for name in FILTERS)
        rows = Proposal.objects.filter(entity=caller_in(request).entity_id).select_related("decision")
        if kind is not None:
            rows = rows.filter(kind=kind)
        if status is not None:
            rows = with_status(rows, status)
        page = page_of(rows, paging_of(request), ["-id"])
        shown = [msgspec.to_builtins(bodies.ProposalResponse(**_fields(row))) for row in page.rows]
        return Response(page_json(request, shown, page.position))


class ProposalView(APIView):
    @extend_schema(
        tags=["proposals"],
        operation_id="proposal_show",
        responses=answers(bodies.ProposalDetail, 200, problems=(404,)),
    )
    def get(self, request: Request, proposal_id: UUID) -> Response:
        """One proposal."""
        refuse_unknown(request, ())
        return _answer(ProposalOutcome(proposal_in(caller_in(request).entity_id, proposal_id)))


class DecisionView(APIView):
    """One decision; the subclasses say which."""

    decision: ClassVar[str]

    def decided(self, request: Request, proposal_id: UUID) -> Response:
        caller = caller_in(request)
        note = body_of(request, bodies.DecisionRequest).note
        return _answer(
            decide(caller.entity_id, proposal_id, self.decision, person=caller.person, via=caller.actor, note=note)
        )


class ApproveView(DecisionView):
    decision = Decision.APPROVED

    @extend_schema(
        tags=["proposals"],
        operation_id="proposal_approve",
        request=body(bodies.DecisionRequest),
        responses=answers(bodies.ProposalDetail, 200, problems=PROBLEMS),
    )
    def post(self, request: Request, proposal_id: UUID) -> Response:
        """Approve what another person proposed, and carry it out; if that fails, `failure` says why."""
        return self.decided(request, proposal_id)


class RejectView(DecisionView):
    decision = Decision.REJECTED

    @extend_schema(
        tags=["proposals"],
        operation_id="proposal_reject",
        request=body(bodies.DecisionRequest),
        responses=answers(bodies.ProposalDetail, 200, problems=PROBLEMS),
    )
    def post(self, request: Request, proposal_id: UUID) -> Response:
        """Reject what another person proposed."""
        return self.decided(request, proposal_id)


class WithdrawView(DecisionView):
    decision = Decision.WITHDRAWN

    @extend_schema(
        tags=["proposals"],
        operation_id="proposal_withdraw",
        request=body(bodies.DecisionRequest),
        responses=answers(bodies.ProposalDetail, 200, problems=PROBLEMS),
    )
    def post(self, request: Request, proposal_id: UUID) -> Response:
        """Take back a proposal of one's own."""
        return self.decided(request, proposal_id)


class ExecuteView(APIView):
    @extend_schema(
        tags=["proposals"],
        operation_id="proposal_execute",
        request=body(bodies.ExecutionRequest),
        responses=answers(bodies.ProposalDetail, 200, problems=PROBLEMS),
    )
    def post(self, request: Request, proposal_id: UUID) -> Response:
        """Carry out what is approved and is not done yet; of what is done, nothing again."""
        caller = caller_in(request)
        body_of(request, bodies.ExecutionRequest)
        return _answer(execute(caller.entity_id, proposal_id, person=caller.person, via=caller.actor))


def proposal_response(proposal: Proposal, failure: LedgerError | None = None) -> dict[str, Any]:
    """A proposal as its endpoints show it; also the answer of every endpoint that makes one."""
    detail = bodies.ProposalDetail(**_fields(proposal), executed=is_executed(proposal), failure=_failure(failure))
    shown: dict[str, Any] = msgspec.to_builtins(detail)
    return shown


def _answer(outcome: ProposalOutcome) -> Response:
    return Response(proposal_response(outcome.proposal, outcome.failure))


def _failure(refusal: LedgerError | None) -> bodies.Failure | None:
    return None if refusal is None else bodies.Failure(refusal.code, refusal.message, refusal.data)


def _fields(proposal: Proposal) -> dict[str, Any]:
    decision = getattr(proposal, "decision", None)
    decided = decision and bodies.DecisionResponse(
        decision.decided_by, decision.decided_via, as_text(decision.decided_at), decision.note
    )
    return {
        "id": str(proposal.id),
        "kind": proposal.kind,
        "subject": proposal.subject,
        "payload": proposal.content,
        "reason": proposal.reason,
        "proposed_by": proposal.proposed_by,
        "proposed_via": proposal.proposed_via,
        "proposed_at": as_text(proposal.proposed_at),
        "expires_at": as_text(proposal.expires_at),
        "status": status_of(proposal),
        "decision": decided,
    }
