"""The endpoints of quotes, settlements and revaluations."""

from __future__ import annotations

from uuid import UUID

import msgspec
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from fx.deals.api import PAGING, PERIOD, between
from fx.deals.role_accounts import open_missing
from fx.revaluation.auto_reversal import revalue_from
from fx.revaluation.bodies import (
    FxAccountsRequest,
    FxAccountsResponse,
    PairPage,
    PairRequest,
    PairResponse,
    RevaluationRequest,
    RevaluationResponse,
    RevaluationRunDetail,
    RevaluationRunPage,
    RevaluationRunResponse,
    line_response,
    pair_response,
    revaluation_response,
    run_fields,
)
from fx.revaluation.models import Revaluation, RevaluationLine, ValuationPair
from fx.revaluation.runs import revaluation_of, revalue
from fx.revaluation.valuation_pairs import pair_missing, pair_valuation
from ledgerflow.access.authentication import caller_in
from ledgerflow.books.models import Entity
from ledgerflow.web.body import decode
from ledgerflow.web.paging import page_json, page_of, paging_of
from ledgerflow.web.queries import refuse_unknown
from ledgerflow.web.schema import CURSOR, LIMIT, answers, body

REVALUATION = msgspec.json.Decoder(RevaluationRequest)
PAIR = msgspec.json.Decoder(PairRequest)
ACCOUNTS = msgspec.json.Decoder(FxAccountsRequest)


class RevaluationsView(APIView):
    @extend_schema(
        tags=["fx"],
        operation_id="fx_revaluation_list",
        parameters=[*PERIOD, LIMIT, CURSOR],
        responses=answers(RevaluationRunPage, 200),
    )
    def get(self, request: Request) -> Response:
        """Revaluations and reversals that wrote something, newest first."""
        refuse_unknown(request, PAGING)
        rows = Revaluation.objects.filter(entity=caller_in(request).entity_id)
        page = page_of(between(request, rows, "day"), paging_of(request), ["-number"])
        shown = [RevaluationRunResponse(**run_fields(row)) for row in page.rows]
        return Response(page_json(request, msgspec.to_builtins(shown), page.position))

    @extend_schema(
        tags=["fx"],
        operation_id="fx_revalue",
        request=body(RevaluationRequest),
        responses=answers(RevaluationResponse, 200, problems=(413, 422)),
    )
    def post(self, request: Request) -> Response:
        """Revalue the foreign monetary accounts of a day; again, it posts only what has changed."""
        wanted, caller = decode(request, REVALUATION), caller_in(request)
        if wanted.dry_run:
            done = revalue(caller.entity_id, wanted.date, actor=caller.actor, dry_run=True)
        else:
            done = revalue_from(caller.entity_id, wanted.date, actor=caller.actor)
        return Response(msgspec.to_builtins(revaluation_response(done, dry_run=wanted.dry_run)))


class RevaluationView(APIView):
    @extend_schema(
        tags=["fx"], operation_id="fx_revaluation_show", responses=answers(RevaluationRunDetail, 200, problems=(404,))
    )
    def get(self, request: Request, revaluation_id: UUID) -> Response:
        """One run, account by account."""
        refuse_unknown(request, ())
        run = revaluation_of(caller_in(request).entity_id, revaluation_id)
        rows = RevaluationLine.objects.filter(run=run).select_related("account").order_by("account__code")
        shown = RevaluationRunDetail(**run_fields(run), lines=[line_response(row) for row in rows])
        return Response(msgspec.to_builtins(shown))


class PairsView(APIView):
    @extend_schema(
        tags=["fx"],
        operation_id="fx_valuation_pair_list",
        parameters=[LIMIT, CURSOR],
        responses=answers(PairPage, 200),
    )
    def get(self, request: Request) -> Response:
        """Which account carries the valuation of which foreign monetary account."""
        refuse_unknown(request, ("limit", "cursor"))
        rows = ValuationPair.objects.filter(entity=caller_in(request).entity_id).select_related("account", "valuation")
        page = page_of(rows, paging_of(request), ["account_id"])
        shown = [pair_response(row) for row in page.rows]
        return Response(page_json(request, msgspec.to_builtins(shown), page.position))

    @extend_schema(
        tags=["fx"],
        operation_id="fx_valuation_pair_set",
        request=body(PairRequest),
        responses=answers(PairResponse, 200, problems=(413, 422)),
    )
    def post(self, request: Request) -> Response:
        """Pair a foreign monetary account with its valuation account; changeable until its first revaluation."""
        wanted, caller = decode(request, PAIR), caller_in(request)
        made = pair_valuation(caller.entity_id, wanted.account, wanted.valuation_account, actor=caller.actor)
        return Response(msgspec.to_builtins(pair_response(made)))


class FxAccountsView(APIView):
    @extend_schema(
        tags=["fx"],
        operation_id="fx_accounts_open",
        request=body(FxAccountsRequest),
        responses=answers(FxAccountsResponse, 200, problems=(409, 413, 422)),
    )
    def post(self, request: Request) -> Response:
        """Open the accounts that settlements and revaluations need, where there are none yet."""
        wanted, caller = decode(request, ACCOUNTS), caller_in(request)
        opened = open_missing(caller.entity_id, wanted.currencies, actor=caller.actor)
        base = Entity.objects.values_list("base_currency", flat=True).get(id=caller.entity_id)
        pairs = pair_missing(caller.entity_id, base, actor=caller.actor) if wanted.valuation else []
        codes = [*opened, *(pair.valuation.code for pair in pairs)]
        return Response(msgspec.to_builtins(FxAccountsResponse(codes, [pair_response(pair) for pair in pairs])))
