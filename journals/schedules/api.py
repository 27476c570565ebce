"""The endpoints of accruals and recurring journals."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from uuid import UUID

import msgspec
from django.http import HttpRequest, HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from journals.api import replies
from journals.api.views import JSON, PostingView
from journals.schedules.accruals import accruals_of, post_accrual
from journals.schedules.bodies import (
    AccrualPage,
    AccrualPostedResponse,
    AccrualRequest,
    AccrualResponse,
    EmptyRequest,
    RecurringDetail,
    RecurringPage,
    RecurringRequest,
    RecurringResponse,
    RecurringRunResponse,
)
from journals.schedules.models import RecurringJournal, RecurringRun, ScheduledReversal
from journals.schedules.recurring import create_recurring, end, pause, recurring_in, recurring_of, resume, runs_of
from ledgerflow.access.authentication import Caller, caller_in
from ledgerflow.access.scopes import MANAGE
from ledgerflow.core.clocks import as_text
from ledgerflow.core.errors import Malformed
from ledgerflow.web.body import body_of, decode
from ledgerflow.web.headers import idempotency_key
from ledgerflow.web.paging import page_json, page_of, paging_of
from ledgerflow.web.queries import refuse_unknown, text_parameter
from ledgerflow.web.schema import CURSOR, IDEMPOTENCY_KEY, LIMIT, answers, body

ACCRUAL = msgspec.json.Decoder(AccrualRequest)
PENDING = ("pending", "reversed")
MOST_RUNS = 50
CHANGING = (404, 409, 413, 422)


class AccrualsView(PostingView):
    @extend_schema(
        tags=["accruals"],
        operation_id="accrual_list",
        parameters=[OpenApiParameter("status", str, enum=PENDING), LIMIT, CURSOR],
        responses=answers(AccrualPage, 200),
    )
    def get(self, request: Request) -> Response:
        """Accruals by the day on which they reverse themselves."""
        refuse_unknown(request, ("status", "limit", "cursor"))
        status = text_parameter(request, "status")
        if status is not None and status not in PENDING:
            message = f"A status is one of {', '.join(PENDING)}."
            raise Malformed(message, pointer="/status")
        rows = accruals_of(caller_in(request).entity_id)
        if status is not None:
            rows = rows.filter(journal__reversals__isnull=status == "pending")
        page = page_of(rows, paging_of(request), ["due_on", "journal_id"])
        return Response(page_json(request, [_accrual(row) for row in page.rows], page.position))

    @extend_schema(
        tags=["accruals"],
        operation_id="accrual_post",
        parameters=[IDEMPOTENCY_KEY],
        request=body(AccrualRequest),
        responses=answers(AccrualPostedResponse, 201, problems=CHANGING),
    )
    def post(self) -> None:
        """Post a journal that reverses itself, by default on the first day of the next period."""

    def answer(self, request: HttpRequest, caller: Caller, **_: Any) -> HttpResponse:
        key = idempotency_key(request)
        wanted = decode(request, ACCRUAL)
        if wanted.override_limits or wanted.override_lock:
            caller.require(MANAGE)
        accrued = post_accrual(caller.entity_id, wanted.draft(key, caller.actor), reverse_on=wanted.reverse_on)
        content = b'{"reverse_on":"%b",' % str(accrued.due_on).encode() + replies.posted_json(accrued.answer)[1:]
        response = HttpResponse(content, content_type=JSON, status=HTTPStatus.CREATED)
        if accrued.answer.status == "replayed":
            response.headers["Idempotent-Replayed"] = "true"
        return response


class RecurringJournalsView(APIView):
    @extend_schema(
        tags=["recurring journals"],
        operation_id="recurring_list",
        parameters=[LIMIT, CURSOR],
        responses=answers(RecurringPage, 200),
    )
    def get(self, request: Request) -> Response:
        """Recurring journals, in the order they were made."""
        refuse_unknown(request, ("limit", "cursor"))
        page = page_of(recurring_of(caller_in(request).entity_id), paging_of(request), ["id"])
        shown = [msgspec.to_builtins(RecurringResponse(**_fields(row))) for row in page.rows]
        return Response(page_json(request, shown, page.position))

    @extend_schema(
        tags=["recurring journals"],
        operation_id="recurring_make",
        parameters=[IDEMPOTENCY_KEY],
        request=body(RecurringRequest),
        responses=answers(RecurringDetail, 201, problems=CHANGING),
    )
    def post(self, request: Request) -> Response:
        """Have a journal recur. Dates before the business date count too: the next run posts them in order."""
        caller = caller_in(request)
        key = idempotency_key(request)
        wanted = body_of(request, RecurringRequest)
        made = create_recurring(
            caller.entity_id,
            wanted.template(),
            key=key,
            confirm_unusual_date=wanted.confirm_unusual_date,
            actor=caller.actor,
        )
        response = _detail(made.recurring, HTTPStatus.CREATED)
        if made.is_replayed:
            response["Idempotent-Replayed"] = "true"
        return response


class RecurringJournalView(APIView):
    @extend_schema(
        tags=["recurring journals"],
        operation_id="recurring_show",
        responses=answers(RecurringDetail, 200, problems=(404,)),
    )
    def get(self, request: Request, recurring_id: UUID) -> Response:
        """A recurring journal with its newest runs."""
        refuse_unknown(request, ())
        return _detail(recurring_in(caller_in(request).entity_id, recurring_id))


class RecurringStatusView(APIView):
    """One change of a recurring journal; the subclasses say which."""

    def changed(self, request: Request, recurring_id: UUID, change: Callable[..., RecurringJournal]) -> Response:
        caller = caller_in(request)
        body_of(request, EmptyRequest)
        return _detail(change(caller.entity_id, recurring_id, actor=caller.actor))


def _described(action: str) -> dict[str, Any]:
    return {
        "tags": ["recurring journals"],
        "operation_id": f"recurring_{action}",
        "request": body(EmptyRequest),
        "responses": answers(RecurringDetail, 200, problems=CHANGING),
    }


class PauseView(RecurringStatusView):
    @extend_schema(**_described("pause"))
    def post(self, request: Request, recurring_id: UUID) -> Response:
        """Post it no more until it is resumed."""
        return self.changed(request, recurring_id, pause)


class ResumeView(RecurringStatusView):
    @extend_schema(**_described("resume"))
    def post(self, request: Request, recurring_id: UUID) -> Response:
        """Go on from the business date; dates that fell into the pause are left out."""
        return self.changed(request, recurring_id, resume)


class EndView(RecurringStatusView):
    @extend_schema(**_described("end"))
    def post(self, request: Request, recurring_id: UUID) -> Response:
        """Post it never again."""
        return self.changed(request, recurring_id, end)


def _accrual(row: ScheduledReversal) -> Any:
    journal = row.journal
    shown = AccrualResponse(
        journal.pk, journal.number, journal.effective_date, journal.layer, journal.description, row.due_on,
        getattr(row, "reversed_by", None),
    )  # fmt: skip
    return msgspec.to_builtins(shown)


def _fields(row: RecurringJournal) -> dict[str, Any]:
    return {name: getattr(row, name) for name in RecurringResponse.__struct_fields__}


def _detail(row: RecurringJournal, status: int = HTTPStatus.OK) -> Response:
    runs = [_run(run) for run in runs_of(row, MOST_RUNS)]
    return Response(msgspec.to_builtins(RecurringDetail(**_fields(row), runs=runs)), status=status)


def _run(run: RecurringRun) -> RecurringRunResponse:
    return RecurringRunResponse(
        run.due_on, run.attempt, run.business_date, run.outcome, run.journal_id, run.code, run.message,  # type: ignore[arg-type]
        as_text(run.recorded_at),
    )  # fmt: skip
