"""The endpoints of revaluations, and of the accounts that they need."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from accounts.bases.eras import base_currency_on
from fx.deals.api import DATES, between
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
from ledgerflow.access.scopes import MANAGE, READ
from ledgerflow.web.endpoints import Call, Endpoints

fx = Endpoints("fx")


@fx.get(scope=READ, answer=RevaluationRunPage, query=DATES, paged=True)
def fx_revaluation_list(call: Call[None]) -> dict[str, Any]:
    """Revaluations and reversals that wrote something, newest first."""
    rows = between(call, Revaluation.objects.filter(entity=call.entity_id), "day")
    return call.page(rows, ["-number"], lambda row: RevaluationRunResponse(**run_fields(row)))


@fx.post(RevaluationRequest, scope=MANAGE, answer=RevaluationResponse, problems=(422,))
def fx_revalue(call: Call[RevaluationRequest]) -> RevaluationResponse:
    """Revalue the foreign monetary accounts of a day; again, it posts only what has changed."""
    wanted = call.body
    if wanted.dry_run:
        done = revalue(call.entity_id, wanted.date, actor=call.actor, dry_run=True)
    else:
        done = revalue_from(call.entity_id, wanted.date, actor=call.actor)
    return revaluation_response(done, dry_run=wanted.dry_run)


@fx.get(scope=READ, answer=RevaluationRunDetail, problems=(404,))
def fx_revaluation_show(call: Call[None], revaluation_id: UUID) -> RevaluationRunDetail:
    """One run, account by account."""
    run = revaluation_of(call.entity_id, revaluation_id)
    rows = RevaluationLine.objects.filter(run=run).select_related("account").order_by("account__code")
    return RevaluationRunDetail(**run_fields(run), lines=[line_response(row) for row in rows])


@fx.get(scope=READ, answer=PairPage, paged=True)
def fx_valuation_pair_list(call: Call[None]) -> dict[str, Any]:
    """Which account carries the valuation of which foreign monetary account."""
    rows = ValuationPair.objects.filter(entity=call.entity_id).select_related("account", "valuation")
    return call.page(rows, ["account_id"], pair_response)


@fx.post(PairRequest, scope=MANAGE, answer=PairResponse, problems=(422,))
def fx_valuation_pair_set(call: Call[PairRequest]) -> PairResponse:
    """Pair a foreign monetary account with its valuation account; changeable until its first revaluation."""
    wanted = call.body
    return pair_response(pair_valuation(call.entity_id, wanted.account, wanted.valuation_account, actor=call.actor))


@fx.post(FxAccountsRequest, scope=MANAGE, answer=FxAccountsResponse, problems=(409, 422))
def fx_accounts_open(call: Call[FxAccountsRequest]) -> FxAccountsResponse:
    """Open the accounts that settlements and revaluations need, where there are none yet."""
    opened = open_missing(call.entity_id, call.body.currencies, actor=call.actor)
    base = base_currency_on(call.entity_id, call.entity.business_date)
    pairs = pair_missing(call.entity_id, base, actor=call.actor) if call.body.valuation else []
    codes = [*opened, *(pair.valuation.code for pair in pairs)]
    return FxAccountsResponse(codes, [pair_response(pair) for pair in pairs])
