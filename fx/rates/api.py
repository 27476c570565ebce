"""The endpoints of rates, of converting with them, and of the policy for both."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any

import msgspec
from django.db.models import Exists, OuterRef, QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from fx.rates import bodies
from fx.rates.finding import Conversion, convert
from fx.rates.models import Rate
from fx.rates.policies import policy_of, set_policy
from fx.rates.quotes import KINDS, SPOT
from fx.rates.recording import RateOutcome, record_rates
from ledgerflow.access.authentication import caller_in
from ledgerflow.books.models import Entity
from ledgerflow.core.errors import Malformed
from ledgerflow.core.money import CURRENCY_CODE, normalised, parse_signed
from ledgerflow.web.body import decode
from ledgerflow.web.headers import etag, expected_revision
from ledgerflow.web.paging import page_json, page_of, paging_of
from ledgerflow.web.problems import problem
from ledgerflow.web.queries import date_parameter, moment_parameter, refuse_unknown, text_parameter
from ledgerflow.web.schema import CURSOR, IF_MATCH, LIMIT, answers, body

RATES = msgspec.json.Decoder(bodies.RatesRequest)
POLICY = msgspec.json.Decoder(bodies.FxPolicyChangeRequest)
ORDER = ("rate_date", "base", "quote", "kind", "version")
FILTERS = ("base", "quote", "on", "kind", "source", "versions")
DAY = {"type": "string", "format": "date"}
CODE = {"type": "string", "pattern": bodies.CURRENCY_PATTERN}
KIND = OpenApiParameter("kind", str, enum=KINDS, description="spot unless given.")
RATE_PARAMETERS = [
    OpenApiParameter("base", CODE, description="The currency of which 1 has a price."),
    OpenApiParameter("quote", CODE, description="The currency the price is in."),
    OpenApiParameter("on", DAY, description="Rates of this very date."),
    OpenApiParameter("kind", str, enum=KINDS),
    OpenApiParameter("source", str),
    OpenApiParameter("versions", str, enum=["newest", "all"], description="All: those that were corrected too."),
]
CONVERT_PARAMETERS = [
    OpenApiParameter("amount", {"type": "string", "pattern": r"^-?[0-9]{1,20}(\.[0-9]{1,18})?$"}, required=True),
    OpenApiParameter("from", CODE, required=True),
    OpenApiParameter("to", CODE, required=True, description="A currency of these books."),
    OpenApiParameter("on", DAY, description="The business date unless given."),
    KIND,
    OpenApiParameter(
        "known_at", {"type": "string", "format": "date-time"}, description="With the rates recorded by then."
    ),
]


class RatesView(APIView):
    """Exchange rates."""

    @extend_schema(
        tags=["fx"],
        operation_id="rate_list",
        parameters=[*RATE_PARAMETERS, LIMIT, CURSOR],
        responses=answers(bodies.RatePage, 200),
    )
    def get(self, request: Request) -> Response:
        """Rates by date, pair and kind: the version that counts, or all of them."""
        refuse_unknown(request, (*FILTERS, "limit", "cursor"))
        page = page_of(_found(request), paging_of(request), ORDER)
        return Response(page_json(request, [_rate(row) for row in page.rows], page.position))

    @extend_schema(
        tags=["fx"],
        operation_id="rate_record",
        request=body(bodies.RatesRequest),
        responses=answers(bodies.RatesResponse, 200, problems=(413,)),
    )
    def post(self, request: Request) -> Response:
        """Record rates, each for itself; the same value again changes nothing, another one is a new version."""
        wanted, caller = decode(request, RATES), caller_in(request)
        outcomes = record_rates(
            caller.entity_id, wanted.quotes(), source=wanted.source, actor=caller.actor,
            confirm_jump=wanted.confirm_jump,
        )  # fmt: skip
        counts = Counter(outcome.status for outcome in outcomes)
        results = [_result(number, outcome) for number, outcome in enumerate(outcomes)]
        shown = {name: counts[name] for name in ("recorded", "unchanged", "refused")}
        return Response({"results": results} | shown)


class ConvertView(APIView):
    """An amount in another currency."""

    @extend_schema(
        tags=["fx"],
        operation_id="convert",
        parameters=CONVERT_PARAMETERS,
        responses=answers(Conversion, 200, problems=(422,)),
    )
    def get(self, request: Request) -> Response:
        """Convert an amount at the rates of a date; the answer shows each rate used, and the rounding."""
        refuse_unknown(request, ("amount", "from", "to", "on", "kind", "known_at"))
        found = convert(
            caller_in(request).entity_id,
            _amount(request),
            _currency(request, "from"),
            _currency(request, "to"),
            date_parameter(request, "on") or Entity.objects.get(id=caller_in(request).entity_id).business_date,
            kind=text_parameter(request, "kind") or SPOT,
            known_at=moment_parameter(request, "known_at"),
        )
        return Response(msgspec.to_builtins(found))


class PolicyView(APIView):
    """How old a rate may be, how far it may jump, and how conversions round."""

    @extend_schema(tags=["fx"], operation_id="fx_policy_show", responses=answers(bodies.FxPolicyResponse, 200))
    def get(self, request: Request) -> Response:
        """The policy in force: the defaults, until somebody has set it."""
        refuse_unknown(request, ())
        return _policy(bodies.policy_response(*policy_of(caller_in(request).entity_id)))

    @extend_schema(
        tags=["fx"],
        operation_id="fx_policy_change",
        parameters=[IF_MATCH],
        request=body(bodies.FxPolicyChangeRequest),
        responses=answers(bodies.FxPolicyResponse, 200, problems=(412, 413, 428)),
    )
    def patch(self, request: Request) -> Response:
        """Set fields of the policy; what is left out stays."""
        change, caller = decode(request, POLICY), caller_in(request)
        changed = set_policy(
            caller.entity_id, change.changes(), actor=caller.actor, expected_revision=expected_revision(request)
        )
        return _policy(bodies.policy_response(*changed))


def _found(request: Request) -> QuerySet[Rate]:
    rows = Rate.objects.filter(entity=caller_in(request).entity_id)
    for name in ("base", "quote", "kind", "source"):
        value = text_parameter(request, name)
        if value is not None:
            rows = rows.filter(**{name: _known(name, value)})
    on = date_parameter(request, "on")
    rows = rows if on is None else rows.filter(rate_date=on)
    versions = text_parameter(request, "versions") or "newest"
    if versions not in ("newest", "all"):
        message = "The parameter 'versions' is newest or all."
        raise Malformed(message, pointer="/versions")
    return rows if versions == "all" else rows.filter(~Exists(_next_version()))


def _next_version() -> QuerySet[Rate]:
    """The version after a rate's: one probe of the unique index."""
    same = {name: OuterRef(name) for name in ("entity", "base", "quote", "rate_date", "kind")}
    return Rate.objects.filter(**same, version=OuterRef("version") + 1)


def _known(name: str, value: str) -> str:
    if name == "kind" and value not in KINDS:
        message = f"The parameter 'kind' is one of {', '.join(KINDS)}."
        raise Malformed(message, pointer="/kind")
    return _code(name, value) if name in ("base", "quote") else value


def _amount(request: Request) -> Decimal:
    text = text_parameter(request, "amount")
    if text is None:
        message = "Say which amount to convert."
        raise Malformed(message, pointer="/amount")
    return parse_signed(text, "/amount")


def _currency(request: Request, name: str) -> str:
    value = text_parameter(request, name)
    if value is None:
        message = f"The parameter {name!r} is missing: a currency code."
        raise Malformed(message, pointer=f"/{name}")
    return _code(name, value)


def _code(name: str, value: str) -> str:
    if CURRENCY_CODE.fullmatch(value) is None:
        message = f"The parameter {name!r} is a currency code, such as USD."
        raise Malformed(message, pointer=f"/{name}")
    return value


def _result(number: int, outcome: RateOutcome) -> dict[str, Any]:
    if outcome.refusal is None:
        return {"status": outcome.status, "version": outcome.version}
    return {"status": outcome.status, "error": problem(outcome.refusal, pointer_prefix=f"/rates/{number}")}


def _rate(row: Rate) -> dict[str, Any]:
    shown = bodies.RateResponse(
        id=row.id, base=row.base, quote=row.quote, date=row.rate_date, kind=row.kind, value=normalised(row.value),
        version=row.version, source=row.source, event_sequence=row.event_sequence, recorded_at=row.recorded_at,
        actor=row.actor,
    )  # fmt: skip
    found: dict[str, Any] = msgspec.to_builtins(shown)
    return found


def _policy(shown: bodies.FxPolicyResponse) -> Response:
    return Response(msgspec.to_builtins(shown), headers={"ETag": etag(shown.revision)})
