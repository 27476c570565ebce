"""The endpoints of business days: how they were closed, closing and reopening them, and their policy."""

from __future__ import annotations

from datetime import date
from http import HTTPStatus
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from journals.days import bodies
from journals.days.closing.checks import effect_of
from journals.days.closing.frozen import close_of, frozen_day, look_at_next_day
from journals.days.closing.records import CloseRecord, records_of
from journals.days.closing.running import cancel_close, close_day
from journals.days.models import DayClose
from journals.days.policies import DayPolicyFact, day_policy, set_day_policy
from journals.days.reopening import propose_reopening
from journals.days.trial_balance import frozen_document, frozen_json, hashed_text
from ledgerflow.access.authentication import caller_in
from ledgerflow.approvals.api import proposal_response
from ledgerflow.approvals.bodies import ProposalDetail
from ledgerflow.books.models import Entity
from ledgerflow.core.dates import check_day
from ledgerflow.core.errors import DateOutOfRange, Malformed, NotFound
from ledgerflow.core.plugins import registry
from ledgerflow.web.body import body_of
from ledgerflow.web.downloads import FILES, ByFormat, download, format_of
from ledgerflow.web.headers import etag, expected_revision
from ledgerflow.web.paging import page_json, page_of, paging_of
from ledgerflow.web.problems import encode
from ledgerflow.web.queries import refuse_unknown
from ledgerflow.web.schema import CURSOR, IF_MATCH, LIMIT, answers, body

TEXT = "text"
MAX_VERSION_DIGITS = 9
CHANGING = (404, 409, 413, 422)
DAY = OpenApiParameter("day", {"type": "string", "format": "date"}, OpenApiParameter.PATH)
VERSION = OpenApiParameter("version", {"type": "integer", "minimum": 1}, description="The one in force unless given.")
FORMAT = OpenApiParameter(
    "format", str, enum=["json", TEXT, "csv", "xlsx", "pdf"],
    description="json unless given; text is what the SHA-256 is of, the others are files.",
)  # fmt: skip


class DaysView(APIView):
    @extend_schema(
        tags=["days"],
        operation_id="day_list",
        parameters=[LIMIT, CURSOR],
        responses=answers(bodies.ClosePage, 200),
    )
    def get(self, request: Request) -> Response:
        """Closes of days, newest first, cancelled and reopened ones among them."""
        refuse_unknown(request, ("limit", "cursor"))
        runs = DayClose.objects.filter(entity=caller_in(request).entity_id)
        page = page_of(runs, paging_of(request), ["-number"])
        shown = [msgspec.to_builtins(bodies.short(record)) for record in records_of(page.rows)]
        return Response(page_json(request, shown, page.position))


class NextDayView(APIView):
    @extend_schema(tags=["days"], operation_id="day_next", responses=answers(bodies.NextDayResponse, 200))
    def get(self, request: Request) -> Response:
        """The day whose turn it is, when its cut-off comes, and what the checks find now."""
        refuse_unknown(request, ())
        coming = look_at_next_day(Entity.objects.get(pk=caller_in(request).entity_id))
        shown = bodies.NextDayResponse(
            coming.day, coming.business_date, coming.status, coming.cut_off_at, coming.is_due, coming.can_close,
            coming.checked.findings, coming.checked.blocking,
        )  # fmt: skip
        return Response(msgspec.to_builtins(shown))


class DayView(APIView):
    @extend_schema(
        tags=["days"],
        operation_id="day_show",
        parameters=[DAY, VERSION],
        responses=answers(CloseRecord, 200, problems=(404,)),
    )
    def get(self, request: Request, day: str) -> Response:
        """How a day was closed, step by step."""
        refuse_unknown(request, ("version",))
        return _close_response(close_of(caller_in(request).entity_id, _day(day), _version(request)))


class CloseDayView(APIView):
    @extend_schema(
        tags=["days"],
        operation_id="day_close",
        parameters=[DAY],
        request=body(bodies.CloseRequest),
        responses=answers(CloseRecord, 200, problems=CHANGING),
    )
    def post(self, request: Request, day: str) -> Response:
        """Close the day whose turn it is, or go on with its close; of a closed day, the same record again."""
        caller = caller_in(request)
        accept = body_of(request, bodies.CloseRequest).accept
        return _close_response(close_day(caller.entity_id, _day(day), actor=caller.actor, accept=accept))


class CancelView(APIView):
    @extend_schema(
        tags=["days"],
        operation_id="day_cancel",
        parameters=[DAY],
        request=body(bodies.DayReasonRequest),
        responses=answers(CloseRecord, 200, problems=CHANGING),
    )
    def post(self, request: Request, day: str) -> Response:
        """Give up the close of a day that is cut off and not closed, so that it can be posted into again."""
        caller = caller_in(request)
        reason = body_of(request, bodies.DayReasonRequest).reason
        return _close_response(cancel_close(caller.entity_id, _day(day), reason=reason, actor=caller.actor))


class ReopenView(APIView):
    @extend_schema(
        tags=["days"],
        operation_id="day_reopen",
        parameters=[DAY],
        request=body(bodies.DayReasonRequest),
        responses=answers(ProposalDetail, 201, problems=CHANGING),
    )
    def post(self, request: Request, day: str) -> Response:
        """Propose to open a closed day and all later ones again; another person approves it under proposals."""
        caller = caller_in(request)
        reason = body_of(request, bodies.DayReasonRequest).reason
        proposal = propose_reopening(caller.entity_id, _day(day), reason=reason, person=caller.person, via=caller.actor)
        response = Response(proposal_response(proposal), status=HTTPStatus.CREATED)
        response["Location"] = f"/api/proposals/{proposal.pk}"
        return response


class TrialBalanceView(APIView):
    content_negotiation_class = ByFormat

    @extend_schema(
        tags=["days"],
        operation_id="day_trial_balance",
        parameters=[DAY, VERSION, FORMAT],
        responses={
            **answers(bodies.FrozenTrialBalance, 200, problems=(404, 409)),
            **FILES,
            (200, "text/plain"): OpenApiResponse({"type": "string"}),
        },
    )
    def get(self, request: Request, day: str) -> HttpResponseBase:
        """The trial balance that the close of a day froze, with the SHA-256 recomputed from it."""
        refuse_unknown(request, ("version", "format"))
        is_text = request.GET.get("format") == TEXT
        wanted = "json" if is_text else format_of(request)
        with frozen_day(caller_in(request).entity_id, _day(day), _version(request)) as frozen:
            if is_text:
                return HttpResponse(hashed_text(frozen), content_type="text/plain; charset=utf-8")
            name = f"{frozen.entity_code}-{frozen.record.day}-v{frozen.record.version}-trial-balance"
            return download(
                wanted, name, json=lambda: encode(frozen_json(frozen)), document=lambda: frozen_document(frozen)
            )


class DayPolicyView(APIView):
    @extend_schema(tags=["days"], operation_id="day_policy_show", responses=answers(bodies.DayPolicyResponse, 200))
    def get(self, request: Request) -> Response:
        """When days are cut off, what is no business day, and which checks stop a close."""
        refuse_unknown(request, ())
        return _policy(*day_policy(caller_in(request).entity_id))

    @extend_schema(
        tags=["days"],
        operation_id="day_policy_change",
        parameters=[IF_MATCH],
        request=body(bodies.DayPolicyChangeRequest),
        responses=answers(bodies.DayPolicyResponse, 200, problems=(412, 413, 422, 428)),
    )
    def patch(self, request: Request) -> Response:
        """Set some of it; what is left out stays."""
        caller = caller_in(request)
        changes = body_of(request, bodies.DayPolicyChangeRequest).changes()
        changed = set_day_policy(
            caller.entity_id, changes, actor=caller.actor, expected_revision=expected_revision(request)
        )
        return _policy(*changed)


def _day(text: str) -> date:
    try:
        day = msgspec.convert(text, date)
        check_day(day)
    except (msgspec.ValidationError, DateOutOfRange) as error:
        message = "A day in an address is YYYY-MM-DD."
        raise NotFound(message) from error
    return day


def _version(request: HttpRequest) -> int | None:
    text = request.GET.get("version")
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= MAX_VERSION_DIGITS and int(text)):
        message = "A version is a whole number from 1 on."
        raise Malformed(message, pointer="/version")
    return int(text)


def _close_response(record: CloseRecord) -> Response:
    return Response(msgspec.to_builtins(record))


def _policy(policy: DayPolicyFact, revision: int) -> Response:
    effects = {name: effect_of(name, policy.checks) for name in sorted(registry.checks)}
    shown = bodies.DayPolicyResponse(**msgspec.structs.asdict(policy), known_checks=effects, revision=revision)
    data: Any = msgspec.to_builtins(shown)
    return Response(data, headers={"ETag": etag(revision)})
