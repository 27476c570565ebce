"""The endpoints of quotes, settlements and revaluations."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, TypeVar
from uuid import UUID

import msgspec
from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from fx import requests_deals as asked
from fx.auto_reversal import revalue_from
from fx.models_deals import Revaluation, RevaluationLine, Settlement, ValuationPair
from fx.proving import proof_of
from fx.quoting import quote, quote_of
from fx.revaluation import revaluation_of, revalue
from fx.role_accounts import open_missing
from fx.settlement import Settled, reverse_settlement, settle, settlement_of
from fx.valuation_pairs import pair_missing, pair_valuation
from ledgerflow.access.authentication import caller_in
from ledgerflow.access.scopes import MANAGE, POST
from ledgerflow.books.models import Entity
from ledgerflow.web.body import body_of, decode
from ledgerflow.web.headers import idempotency_key
from ledgerflow.web.paging import page_json, page_of, paging_of
from ledgerflow.web.queries import date_parameter, refuse_unknown
from ledgerflow.web.schema import CURSOR, IDEMPOTENCY_KEY, LIMIT, answers, body

Row = TypeVar("Row", Settlement, Revaluation)
DAY = {"type": "string", "format": "date"}
PERIOD = [
    OpenApiParameter("from", DAY, description="On this date or after it."),
    OpenApiParameter("to", DAY, description="On this date or before it."),
]
PAGING = ("from", "to", "limit", "cursor")
QUOTE = msgspec.json.Decoder(asked.QuoteAsked)
SETTLEMENT = msgspec.json.Decoder(asked.SettlementAsked)
REVALUATION = msgspec.json.Decoder(asked.RevaluationAsked)
PAIR = msgspec.json.Decoder(asked.PairAsked)
ACCOUNTS = msgspec.json.Decoder(asked.AccountsAsked)
POSTS = {"POST": (POST,)}


class QuotesView(APIView):
    scopes = POSTS

    @extend_schema(
        tags=["fx"],
        operation_id="fx_quote_make",
        request=body(asked.QuoteAsked),
        responses=answers(asked.QuoteShown, 201, problems=(413, 422)),
    )
    def post(self, request: Request) -> Response:
        """Price an exchange; the rates, the amounts and the spread stand until the quote expires."""
        wanted, caller = decode(request, QUOTE), caller_in(request)
        made = quote(
            caller.entity_id, wanted.deal(), expires_in=wanted.lasting, sell_account=wanted.sell_account,
            buy_account=wanted.buy_account, may_choose_rate=MANAGE in caller.scopes, actor=caller.actor,
        )  # fmt: skip
        return Response(msgspec.to_builtins(asked.quote_shown(made)), status=HTTPStatus.CREATED)


class QuoteView(APIView):
    @extend_schema(tags=["fx"], operation_id="fx_quote_show", responses=answers(asked.QuoteShown, 200, problems=(404,)))
    def get(self, request: Request, quote_id: UUID) -> Response:
        """One quote."""
        refuse_unknown(request, ())
        return Response(msgspec.to_builtins(asked.quote_shown(quote_of(caller_in(request).entity_id, quote_id))))


class SettlementsView(APIView):
    scopes = POSTS

    @extend_schema(
        tags=["fx"],
        operation_id="fx_settlement_list",
        parameters=[*PERIOD, LIMIT, CURSOR],
        responses=answers(asked.SettlementPage, 200),
    )
    def get(self, request: Request) -> Response:
        """Settlements, newest first."""
        refuse_unknown(request, PAGING)
        entity = Entity.objects.get(id=caller_in(request).entity_id)
        rows = Settlement.objects.filter(entity=entity).select_related("sell_account", "buy_account", "reversal")
        page = page_of(_between(request, rows, "effective_date"), paging_of(request), ["-effective_date", "-id"])
        shown = [asked.SettlementShown(**asked.settlement_fields(row, entity.base_currency)) for row in page.rows]
        return Response(page_json(request, msgspec.to_builtins(shown), page.position))

    @extend_schema(
        tags=["fx"],
        operation_id="fx_settle",
        parameters=[IDEMPOTENCY_KEY],
        request=body(asked.SettlementAsked),
        responses=answers(asked.SettlementDetail, 201, problems=(404, 409, 413, 422)),
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
        responses=answers(asked.SettlementDetail, 200, problems=(404,)),
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
        request=body(asked.ReversalAsked),
        responses=answers(asked.SettlementDetail, 201, problems=(404, 409, 413, 422)),
    )
    def post(self, request: Request, settlement_id: UUID) -> Response:
        """Reverse both journals of a settlement at its own rate, together and once."""
        key, caller = idempotency_key(request), caller_in(request)
        wanted = body_of(request, asked.ReversalAsked)
        if wanted.override_limits:
            caller.require(MANAGE)
        done = reverse_settlement(
            caller.entity_id, settlement_id, key=key, effective_date=wanted.effective_date,
            description=wanted.description, override_limits=wanted.override_limits, actor=caller.actor,
        )  # fmt: skip
        return _settled(done, HTTPStatus.CREATED)


class RevaluationsView(APIView):
    @extend_schema(
        tags=["fx"],
        operation_id="fx_revaluation_list",
        parameters=[*PERIOD, LIMIT, CURSOR],
        responses=answers(asked.RunPage, 200),
    )
    def get(self, request: Request) -> Response:
        """Revaluations and reversals that wrote something, newest first."""
        refuse_unknown(request, PAGING)
        rows = Revaluation.objects.filter(entity=caller_in(request).entity_id)
        page = page_of(_between(request, rows, "day"), paging_of(request), ["-number"])
        shown = [asked.RunShown(**asked.run_fields(row)) for row in page.rows]
        return Response(page_json(request, msgspec.to_builtins(shown), page.position))

    @extend_schema(
        tags=["fx"],
        operation_id="fx_revalue",
        request=body(asked.RevaluationAsked),
        responses=answers(asked.RevaluationAnswer, 200, problems=(413, 422)),
    )
    def post(self, request: Request) -> Response:
        """Revalue the foreign monetary accounts of a day; again, it posts only what has changed."""
        wanted, caller = decode(request, REVALUATION), caller_in(request)
        if wanted.dry_run:
            done = revalue(caller.entity_id, wanted.date, actor=caller.actor, dry_run=True)
        else:
            done = revalue_from(caller.entity_id, wanted.date, actor=caller.actor)
        return Response(msgspec.to_builtins(asked.revalued_shown(done, dry_run=wanted.dry_run)))


class RevaluationView(APIView):
    @extend_schema(
        tags=["fx"], operation_id="fx_revaluation_show", responses=answers(asked.RunDetail, 200, problems=(404,))
    )
    def get(self, request: Request, revaluation_id: UUID) -> Response:
        """One run, account by account."""
        refuse_unknown(request, ())
        run = revaluation_of(caller_in(request).entity_id, revaluation_id)
        rows = RevaluationLine.objects.filter(run=run).select_related("account").order_by("account__code")
        shown = asked.RunDetail(**asked.run_fields(run), lines=[asked.line_shown(row) for row in rows])
        return Response(msgspec.to_builtins(shown))


class PairsView(APIView):
    @extend_schema(
        tags=["fx"],
        operation_id="fx_valuation_pair_list",
        parameters=[LIMIT, CURSOR],
        responses=answers(asked.PairPage, 200),
    )
    def get(self, request: Request) -> Response:
        """Which account carries the valuation of which foreign monetary account."""
        refuse_unknown(request, ("limit", "cursor"))
        rows = ValuationPair.objects.filter(entity=caller_in(request).entity_id).select_related("account", "valuation")
        page = page_of(rows, paging_of(request), ["account_id"])
        shown = [asked.pair_shown(row) for row in page.rows]
        return Response(page_json(request, msgspec.to_builtins(shown), page.position))

    @extend_schema(
        tags=["fx"],
        operation_id="fx_valuation_pair_set",
        request=body(asked.PairAsked),
        responses=answers(asked.PairShown, 200, problems=(413, 422)),
    )
    def post(self, request: Request) -> Response:
        """Pair a foreign monetary account with its valuation account; changeable until its first revaluation."""
        wanted, caller = decode(request, PAIR), caller_in(request)
        made = pair_valuation(caller.entity_id, wanted.account, wanted.valuation_account, actor=caller.actor)
        return Response(msgspec.to_builtins(asked.pair_shown(made)))


class AccountsView(APIView):
    @extend_schema(
        tags=["fx"],
        operation_id="fx_accounts_open",
        request=body(asked.AccountsAsked),
        responses=answers(asked.AccountsAnswer, 200, problems=(409, 413, 422)),
    )
    def post(self, request: Request) -> Response:
        """Open the accounts that settlements and revaluations need, where there are none yet."""
        wanted, caller = decode(request, ACCOUNTS), caller_in(request)
        opened = open_missing(caller.entity_id, wanted.currencies, actor=caller.actor)
        base = Entity.objects.values_list("base_currency", flat=True).get(id=caller.entity_id)
        pairs = pair_missing(caller.entity_id, base, actor=caller.actor) if wanted.valuation else []
        codes = [*opened, *(pair.valuation.code for pair in pairs)]
        return Response(msgspec.to_builtins(asked.AccountsAnswer(codes, [asked.pair_shown(pair) for pair in pairs])))


def _between(request: Request, rows: QuerySet[Row], field: str) -> QuerySet[Row]:
    first, last = date_parameter(request, "from"), date_parameter(request, "to")
    if first is not None:
        rows = rows.filter(**{f"{field}__gte": first})
    return rows if last is None else rows.filter(**{f"{field}__lte": last})


def _settled(done: Settled, status: int) -> Response:
    row = settlement_of(done.settlement.entity_id, done.settlement.id)
    base = row.entity.base_currency
    shown: dict[str, Any] = msgspec.to_builtins(
        asked.SettlementDetail(**asked.settlement_fields(row, base), proof=asked.proof_shown(proof_of(row)))
    )
    return Response(shown, status=status, headers={"Idempotent-Replayed": "true"} if done.replayed else {})
