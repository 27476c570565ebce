"""The endpoints of holds."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any, Literal
from uuid import UUID

import msgspec
from django.http import HttpRequest, HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from journals.api.bodies import Amount, Code, Confirmed, Currency, Description, Late, Reason, Reference
from journals.api.views import PostingView
from journals.events import JournalFact
from journals.hold_events import HoldFact
from journals.hold_states import HoldSpec, HoldStatus
from journals.holds.reading import HoldResponse, HoldWithSteps, hold_response, holds_of, read_hold
from journals.holds.use_cases import HoldAnswer, capture_hold, place_hold, release_hold
from ledgerflow.access.authentication import Caller, caller_in
from ledgerflow.core.clocks import as_text
from ledgerflow.core.errors import Malformed
from ledgerflow.core.money import parse_amount
from ledgerflow.web.body import body_of, decode
from ledgerflow.web.headers import idempotency_key
from ledgerflow.web.paging import page_json, page_of, paging_of
from ledgerflow.web.queries import refuse_unknown, text_parameter
from ledgerflow.web.schema import CURSOR, IDEMPOTENCY_KEY, JSON, LIMIT, answers, body, schema_of
from ledgerflow.web.schema import page_of as page_schema

PROBLEMS = (404, 409, 413, 422)
PAGE = {(200, JSON): page_schema(schema_of(HoldResponse))}


class PlaceRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Outflow to set aside on `account`; `expires_at` is a moment with its offset, none for a hold that waits."""

    account: Code
    amount: Amount
    currency: Currency = ""
    expires_at: datetime | None = None
    description: Description = ""
    external_reference: Reference = ""
    metadata: dict[str, Any] | None = None

    def spec(self) -> HoldSpec:
        """What the use case takes. Raises `Malformed`."""
        return HoldSpec(
            self.account,
            parse_amount(self.amount, "/amount"),
            self.currency,
            _in_utc(self.expires_at),
            self.description,
            self.external_reference,
            self.metadata,
        )


class CaptureRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Held money to move to `counter_account`: `amount`, or all that is left when it is not given."""

    counter_account: Code
    amount: Amount | None = None
    release_remainder: bool = False
    effective_date: date | None = None
    late: Late = "refuse"
    confirm_unusual_date: Confirmed = False
    description: Description = ""
    external_reference: Reference = ""
    metadata: dict[str, Any] | None = None


class ReleaseRequest(msgspec.Struct, forbid_unknown_fields=True):
    """How much to let go; all that is left when `amount` is not given."""

    amount: Amount | None = None
    reason: Reason = ""


class HoldChangeResponse(msgspec.Struct):
    """The answer to placing or releasing: the hold, and its account's balance, as they stood after it."""

    status: Literal["placed", "released", "replayed"]
    event_sequence: int
    recorded_at: datetime
    hold: HoldFact


class CaptureResponse(msgspec.Struct):
    """The answer to a capture: the journal it posted, and the hold as it left it."""

    status: Literal["captured", "replayed"]
    event_sequence: int
    recorded_at: datetime
    journal: JournalFact
    hold: HoldFact


PLACE = msgspec.json.Decoder(PlaceRequest)
CAPTURE = msgspec.json.Decoder(CaptureRequest)


class HoldsView(PostingView):
    @extend_schema(
        tags=["holds"],
        operation_id="hold_list",
        parameters=[
            OpenApiParameter("account", str, description="Code of the account."),
            OpenApiParameter("status", str, enum=[one.value for one in HoldStatus], description="How the hold stands."),
            LIMIT,
            CURSOR,
        ],
        responses=answers(HoldResponse, problems=(404,)) | PAGE,
    )
    def get(self, request: Request) -> Response:
        """Holds, the newest first."""
        refuse_unknown(request, ("account", "status", "limit", "cursor"))
        status = text_parameter(request, "status")
        if status is not None and status not in list(HoldStatus):
            message = f"A status is one of {', '.join(HoldStatus)}."
            raise Malformed(message, pointer="/status")
        rows = holds_of(caller_in(request).entity_id, text_parameter(request, "account"), status)
        page, position = page_of(rows, paging_of(request), ("-event_sequence",))
        return Response(page_json(request, [msgspec.to_builtins(hold_response(row)) for row in page], position))

    @extend_schema(
        tags=["holds"],
        operation_id="hold_place",
        parameters=[IDEMPOTENCY_KEY],
        request=body(PlaceRequest),
        responses=answers(HoldChangeResponse, 201, problems=PROBLEMS),
    )
    def post(self) -> None:
        """Place a hold: it reduces what is available on the account, not its balance."""

    def answer(self, request: HttpRequest, caller: Caller, **_: Any) -> HttpResponse:
        key = idempotency_key(request)
        asked = decode(request, PLACE)
        return _answered(place_hold(caller.entity_id, asked.spec(), key=key, actor=caller.actor))


class HoldView(APIView):
    @extend_schema(tags=["holds"], operation_id="hold_show", responses=answers(HoldWithSteps, 200, problems=(404,)))
    def get(self, request: Request, hold_id: UUID) -> Response:
        """One hold and what was done to it."""
        refuse_unknown(request, ())
        return Response(msgspec.to_builtins(read_hold(caller_in(request).entity_id, hold_id)))


class CaptureView(PostingView):
    @extend_schema(
        tags=["holds"],
        operation_id="hold_capture",
        parameters=[IDEMPOTENCY_KEY],
        request=body(CaptureRequest),
        responses=answers(CaptureResponse, 201, problems=PROBLEMS),
    )
    def post(self) -> None:
        """Capture a hold, in whole or in part: a journal from its account to another one."""

    def answer(self, request: HttpRequest, caller: Caller, **kwargs: Any) -> HttpResponse:
        key = idempotency_key(request)
        asked = decode(request, CAPTURE)
        answer = capture_hold(
            caller.entity_id,
            kwargs["hold_id"],
            key=key,
            counter_account=asked.counter_account,
            amount=None if asked.amount is None else parse_amount(asked.amount, "/amount"),
            release_remainder=asked.release_remainder,
            effective_date=asked.effective_date,
            late=asked.late,
            confirm_unusual_date=asked.confirm_unusual_date,
            description=asked.description,
            external_reference=asked.external_reference,
            metadata=asked.metadata,
            actor=caller.actor,
        )
        return _answered(answer)


class ReleaseView(PostingView):
    @extend_schema(
        tags=["holds"],
        operation_id="hold_release",
        parameters=[IDEMPOTENCY_KEY],
        request=body(ReleaseRequest),
        responses=answers(HoldChangeResponse, 201, problems=PROBLEMS),
    )
    def post(self) -> None:
        """Release a hold, in whole or in part: what is available rises by it."""

    def answer(self, request: HttpRequest, caller: Caller, **kwargs: Any) -> HttpResponse:
        key = idempotency_key(request)
        asked = body_of(request, ReleaseRequest)
        answer = release_hold(
            caller.entity_id,
            kwargs["hold_id"],
            key=key,
            amount=None if asked.amount is None else parse_amount(asked.amount, "/amount"),
            reason=asked.reason,
            actor=caller.actor,
        )
        return _answered(answer)


def _answered(answer: HoldAnswer) -> HttpResponse:
    """The stored JSON as it is, never encoded again."""
    journal = b'"journal":%b,' % answer.journal if answer.journal else b""
    document = b'{"status":"%b","event_sequence":%d,"recorded_at":"%b",%b"hold":%b}' % (
        answer.status.encode(),
        answer.event_sequence,
        as_text(answer.recorded_at).encode(),
        journal,
        answer.hold,
    )
    response = HttpResponse(document, content_type=JSON, status=201)
    if answer.status == "replayed":
        response.headers["Idempotent-Replayed"] = "true"
    return response


def _in_utc(moment: datetime | None) -> datetime | None:
    if moment is None:
        return None
    if moment.tzinfo is None:
        message = "A moment needs its offset from UTC, such as Z."
        raise Malformed(message, pointer="/expires_at")
    return moment.astimezone(UTC)  # which cannot overflow, as `web.body` bounds it
