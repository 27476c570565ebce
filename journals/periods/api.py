"""The endpoints of the fiscal calendar: its years, locks and closes, the year end."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from uuid import UUID

import msgspec
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from journals.periods.bodies import (
    PeriodPage,
    PeriodResponse,
    ReopeningRequest,
    StatusChangeRequest,
    YearEndRequest,
    YearRequest,
    YearResponse,
)
from journals.periods.reopening import propose_reopening
from journals.periods.use_cases import (
    STATUSES,
    PeriodState,
    close_period,
    lock_period,
    make_fiscal_year,
    period_in,
    periods_of,
    unlock_period,
)
from journals.periods.year_end import YearEnd, close_year, preview_year_end
from ledgerflow.access.authentication import caller_in
from ledgerflow.approvals.api import proposal_response
from ledgerflow.approvals.bodies import ProposalDetail
from ledgerflow.core.errors import Malformed
from ledgerflow.web.body import body_of
from ledgerflow.web.headers import idempotency_key
from ledgerflow.web.paging import page_json, page_of, paging_of
from ledgerflow.web.queries import refuse_unknown, text_parameter
from ledgerflow.web.schema import CURSOR, IDEMPOTENCY_KEY, LIMIT, answers, body

KINDS = ("month", "year")
CHANGING = (404, 409, 413, 422)


class PeriodsView(APIView):
    @extend_schema(
        tags=["periods"],
        operation_id="period_list",
        parameters=[
            OpenApiParameter("kind", str, enum=KINDS),
            OpenApiParameter("status", str, enum=STATUSES),
            LIMIT,
            CURSOR,
        ],
        responses=answers(PeriodPage, 200),
    )
    def get(self, request: Request) -> Response:
        """The fiscal calendar in order; a month stands before the year that ends with it."""
        refuse_unknown(request, ("kind", "status", "limit", "cursor"))
        rows = periods_of(caller_in(request).entity_id)
        for name, known in (("kind", KINDS), ("status", STATUSES)):
            wanted = text_parameter(request, name)
            if wanted is not None and wanted not in known:
                message = f"A {name} is one of {', '.join(known)}."
                raise Malformed(message, pointer=f"/{name}")
            rows = rows if wanted is None else rows.filter(**{name: wanted})
        page = page_of(rows, paging_of(request), ["ends_on", "kind"])
        return Response(page_json(request, [_period(row) for row in page.rows], page.position))

    @extend_schema(
        tags=["periods"],
        operation_id="period_make_year",
        request=body(YearRequest),
        responses=answers(YearResponse, 201, problems=CHANGING),
    )
    def post(self, request: Request) -> Response:
        """Make a fiscal year: twelve months from the first of any month on. Years follow each other without a gap."""
        caller = caller_in(request)
        first = body_of(request, YearRequest).starts_on
        made = make_fiscal_year(caller.entity_id, first, actor=caller.actor)
        return Response({"periods": [_period(one) for one in made]}, status=HTTPStatus.CREATED)


class PeriodView(APIView):
    @extend_schema(
        tags=["periods"], operation_id="period_show", responses=answers(PeriodResponse, 200, problems=(404,))
    )
    def get(self, request: Request, period_id: UUID) -> Response:
        """One period."""
        refuse_unknown(request, ())
        return Response(_period(period_in(caller_in(request).entity_id, period_id)))


class StatusView(APIView):
    """One change of a period's status; the subclasses say which."""

    def changed(self, request: Request, period_id: UUID, change: Callable[..., PeriodState]) -> Response:
        caller = caller_in(request)
        reason = body_of(request, StatusChangeRequest).reason
        return Response(_period(change(caller.entity_id, period_id, actor=caller.actor, reason=reason)))


def _described(action: str) -> dict[str, Any]:
    return {
        "tags": ["periods"],
        "operation_id": f"period_{action}",
        "request": body(StatusChangeRequest),
        "responses": answers(PeriodResponse, 200, problems=CHANGING),
    }


class LockView(StatusView):
    @extend_schema(**_described("lock"))
    def post(self, request: Request, period_id: UUID) -> Response:
        """Leave a period to those who may override its lock, with a reason (`override_lock`)."""
        return self.changed(request, period_id, lock_period)


class UnlockView(StatusView):
    @extend_schema(**_described("unlock"))
    def post(self, request: Request, period_id: UUID) -> Response:
        """Open a locked period to everybody again."""
        return self.changed(request, period_id, unlock_period)


class ClosePeriodView(StatusView):
    @extend_schema(**_described("close"))
    def post(self, request: Request, period_id: UUID) -> Response:
        """Close a month for adjustments, when all its days are closed. A year is closed by its year end."""
        return self.changed(request, period_id, close_period)


class ReopenPeriodView(APIView):
    @extend_schema(
        tags=["periods"],
        operation_id="period_reopen",
        request=body(ReopeningRequest),
        responses=answers(ProposalDetail, 201, problems=CHANGING),
    )
    def post(self, request: Request, period_id: UUID) -> Response:
        """Propose to reopen a closed period; another person approves it under proposals."""
        caller = caller_in(request)
        reason = body_of(request, ReopeningRequest).reason
        proposal = propose_reopening(caller.entity_id, period_id, reason=reason, person=caller.person, via=caller.actor)
        response = Response(proposal_response(proposal), status=HTTPStatus.CREATED)
        response["Location"] = f"/api/proposals/{proposal.pk}"
        return response


class YearEndView(APIView):
    @extend_schema(
        tags=["periods"],
        operation_id="period_year_end",
        parameters=[IDEMPOTENCY_KEY],
        request=body(YearEndRequest),
        responses=answers(YearEnd, 200, problems=CHANGING),
    )
    def post(self, request: Request, period_id: UUID) -> Response:
        """Take a year's income and expense to retained earnings and close it; of a closed year, what closed it."""
        caller = caller_in(request)
        key = idempotency_key(request)
        if body_of(request, YearEndRequest).dry_run:
            return Response(msgspec.to_builtins(preview_year_end(caller.entity_id, period_id)))
        done = close_year(caller.entity_id, period_id, key=key, actor=caller.actor)
        response = Response(msgspec.to_builtins(done))
        if done.status == "replayed":
            response["Idempotent-Replayed"] = "true"
        return response


def _period(period: Any) -> Any:
    """A row with its status, or a `PeriodState`."""
    shown = PeriodResponse(period.id, period.kind, period.starts_on, period.ends_on, period.status)
    return msgspec.to_builtins(shown)
