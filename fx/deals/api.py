"""The endpoints of quotes, settlements and revaluations."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, TypeVar
from uuid import UUID

import msgspec
from django.db.models import Model, QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from fx.deals.bodies import (
    QuoteRequest,
    QuoteResponse,
    ReversalRequest,
    SettlementDetail,
    SettlementPage,
    SettlementRequest,
    SettlementResponse,
    proof_response,
    quote_response,
    settlement_fields,
)
from fx.deals.models import Settlement
from fx.deals.quoting import quote, quote_of
from fx.deals.settlement import Settled, reverse_settlement, settle, settlement_of
from fx.deals.settlement_proof import proof_of
from ledgerflow.access.authentication import caller_in
from ledgerflow.access.scopes import MANAGE, POST
from ledgerflow.books.models import Entity
from ledgerflow.web.body import body_of, decode
from ledgerflow.web.headers import idempotency_key
from ledgerflow.web.paging import page_json, page_of, paging_of
from ledgerflow.web.queries import date_parameter, refuse_unknown
from ledgerflow.web.schema import CURSOR, IDEMPOTENCY_KEY, LIMIT, answers, body

Row = TypeVar("Row", bound=Model)
DAY = {"type": "string", "format": "date"}
PERIOD = [
    OpenApiParameter("from", DAY, description="On this date or after it."),
    OpenApiParameter("to", DAY, description="On this date or before it."),
]
PAGING = ("from", "to", "limit", "cursor")
QUOTE = msgspec.json.Decoder(QuoteRequest)
SETTLEMENT = msgspec.json.Decoder(SettlementRequest)
POSTS = {"POST": (POST,)}


class QuotesView(APIView):
    scopes = POSTS

    @extend_schema(
        tags=["fx"],
        operation_id="fx_quote_make",
        request=body(QuoteRequest),
        responses=answers(QuoteResponse, 201, problems=(413, 422)),
    )
    def post(self, request: Request) -> Response:
        """Price an exchange; the rates, the amounts and the spread stand until the quote expires."""
        wanted, caller = decode(request, QUOTE), caller_in(request)
        made = quote(
            caller.entity_id, wanted.deal(), expires_in=wanted.lasting, sell_account=wanted.sell_account,
            buy_account=wanted.buy_account, may_choose_rate=MANAGE in caller.scopes, actor=caller.actor,
        )  # fmt: skip
        return Response(msgspec.to_builtins(quote_response(made)), status=HTTPStatus.CREATED)


class QuoteView(APIView):
    @extend_schema(tags=["fx"], operation_id="fx_quote_show", responses=answers(QuoteResponse, 200, problems=(404,)))
    def get(self, request: Request, quote_id: UUID) -> Response:
        """One quote."""
        refuse_unknown(request, ())
        return Response(msgspec.to_builtins(quote_response(quote_of(caller_in(request).entity_id, quote_id))))


class SettlementsView(APIView):
    scopes = POSTS

    @extend_schema(
        tags=["fx"],
        operation_id="fx_settlement_list",
        parameters=[*PERIOD, LIMIT, CURSOR],
        responses=answers(SettlementPage, 200),
    )
    def get(self, request: Request) -> Response:
        """Settlements, newest first."""
        refuse_unknown(request, PAGING)
        entity = Entity.objects.get(id=caller_in(request).entity_id)
        rows = Settlement.objects.filter(entity=entity).select_related("sell_account", "buy_account", "reversal")
        page = page_of(between(request, rows, "effective_date"), paging_of(request), ["-effective_date", "-id"])
        shown = [SettlementResponse(**settlement_fields(row, entity.base_currency)) for row in page.rows]
        return Response(page_json(request, msgspec.to_builtins(shown), page.position))

    @extend_schema(
        tags=["fx"],
        operation_id="fx_settle",
        parameters=[IDEMPOTENCY_KEY],
        request=body(SettlementRequest),
        responses=answers(SettlementDetail, 201, problems=(404, 409, 413, 422)),
    )
    def post(self, request: Request) -> Response:
        """Settle a quote, or a deal at the rates of now: two journals through the clearing accounts, both or none."""
        key, caller = idempotency_key(request), caller_in(request)
        order = decode(request, SETTLEMENT).order()
        may_choose_rate = MANAGE in caller.scopes
        done = settle(caller.entity_id, order, key=key, may_choose_rate=may_choose_rate, actor=caller.actor)
        return _settled(done, HTTPStatus.CREATED)


class SettlementView(APIView):
    @extend_schema(
        tags=["fx"],
        operation_id="fx_settlement_show",
        responses=answers(SettlementDetail, 200, problems=(404,)),
    )
    def get(self, request: Request, settlement_id: UUID) -> Response:
        """One settlement with its proof."""
        refuse_unknown(request, ())
        found = settlement_of(caller_in(request).entity_id, settlement_id)
        return _settled(Settled(found, replayed=False), HTTPStatus.OK)


class SettlementReverseView(APIView):
    scopes = POSTS

    @extend_schema(
        tags=["fx"],
        operation_id="fx_settlement_reverse",
        parameters=[IDEMPOTENCY_KEY],
        request=body(ReversalRequest),
        responses=answers(SettlementDetail, 201, problems=(404, 409, 413, 422)),
    )
    def post(self, request: Request, settlement_id: UUID) -> Response:
        """Reverse both journals of a settlement at its own rate, together and once."""
        key, caller = idempotency_key(request), caller_in(request)
        wanted = body_of(request, ReversalRequest)
        if wanted.override_limits:
            caller.require(MANAGE)
        done = reverse_settlement(
            caller.entity_id, settlement_id, key=key, effective_date=wanted.effective_date,
            description=wanted.description, override_limits=wanted.override_limits, actor=caller.actor,
        )  # fmt: skip
        return _settled(done, HTTPStatus.CREATED)


def between(request: Request, rows: QuerySet[Row], field: str) -> QuerySet[Row]:
    first, last = date_parameter(request, "from"), date_parameter(request, "to")
    if first is not None:
        rows = rows.filter(**{f"{field}__gte": first})
    return rows if last is None else rows.filter(**{f"{field}__lte": last})


def _settled(done: Settled, status: int) -> Response:
    row = settlement_of(done.settlement.entity_id, done.settlement.id)
    base = row.entity.base_currency
    shown: dict[str, Any] = msgspec.to_builtins(
        SettlementDetail(**settlement_fields(row, base), proof=proof_response(proof_of(row)))
    )
    return Response(shown, status=status, headers={"Idempotent-Replayed": "true"} if done.replayed else {})
