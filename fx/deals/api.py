"""The endpoints of quotes and settlements."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from accounts.bases.eras import base_currency_on, era_on, eras_of
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
from ledgerflow.access.scopes import MANAGE, POST, READ
from ledgerflow.web.endpoints import Call, Endpoints, Reply, Row, once
from ledgerflow.web.queries import a_date

fx = Endpoints("fx")
DATES = [a_date("from", "On this date or after it."), a_date("to", "On this date or before it.")]
SETTLING = (404, 409, 422)


@fx.post(QuoteRequest, scope=POST, answer=QuoteResponse, statuses=(201,), problems=(422,))
def fx_quote_make(call: Call[QuoteRequest]) -> QuoteResponse:
    """Price an exchange; the rates, the amounts and the spread stand until the quote expires."""
    wanted = call.body
    made = quote(
        call.entity_id,
        wanted.deal(),
        expires_in=wanted.lasting,
        sell_account=wanted.sell_account,
        buy_account=wanted.buy_account,
        may_choose_rate=MANAGE in call.caller.scopes,
        actor=call.actor,
    )
    return quote_response(made)


@fx.get(scope=READ, answer=QuoteResponse, problems=(404,))
def fx_quote_show(call: Call[None], quote_id: UUID) -> QuoteResponse:
    """One quote."""
    return quote_response(quote_of(call.entity_id, quote_id))


@fx.get(scope=READ, answer=SettlementPage, query=DATES, paged=True)
def fx_settlement_list(call: Call[None]) -> dict[str, Any]:
    """Settlements, newest first."""
    eras = eras_of(call.entity_id)
    rows = Settlement.objects.filter(entity=call.entity_id).select_related("sell_account", "buy_account", "reversal")
    rows = between(call, rows, "effective_date")

    def response(row: Settlement) -> SettlementResponse:
        return SettlementResponse(**settlement_fields(row, era_on(eras, row.effective_date).currency))

    return call.page(rows, ["-effective_date", "-id"], response)


@fx.post(SettlementRequest, scope=POST, answer=SettlementDetail, statuses=(201,), problems=SETTLING, key=True)
def fx_settle(call: Call[SettlementRequest]) -> Reply:
    """Settle a quote, or a deal at the rates of now: two journals through the clearing accounts, both or none."""
    may_choose_rate = MANAGE in call.caller.scopes
    order = call.body.order()
    return _settled(settle(call.entity_id, order, key=call.key, may_choose_rate=may_choose_rate, actor=call.actor))


@fx.get(scope=READ, answer=SettlementDetail, problems=(404,))
def fx_settlement_show(call: Call[None], settlement_id: UUID) -> SettlementDetail:
    """One settlement with its proof."""
    return _detail(call.entity_id, settlement_id)


@fx.post(ReversalRequest, scope=POST, answer=SettlementDetail, statuses=(201,), problems=SETTLING, key=True)
def fx_settlement_reverse(call: Call[ReversalRequest], settlement_id: UUID) -> Reply:
    """Reverse both journals of a settlement at its own rate, together and once."""
    wanted = call.body
    if wanted.override_limits:
        call.caller.require(MANAGE)
    done = reverse_settlement(
        call.entity_id,
        settlement_id,
        key=call.key,
        effective_date=wanted.effective_date,
        description=wanted.description,
        override_limits=wanted.override_limits,
        actor=call.actor,
    )
    return _settled(done)


def between(call: Call[None], rows: QuerySet[Row], field: str) -> QuerySet[Row]:
    """The rows of the dates asked for (`DATES`)."""
    bounds = {f"{field}__gte": call.query["from"], f"{field}__lte": call.query["to"]}
    return rows.filter(**{name: bound for name, bound in bounds.items() if bound is not None})


def _settled(done: Settled) -> Reply:
    return once(_detail(done.settlement.entity_id, done.settlement.id), is_replayed=done.replayed)


def _detail(entity_id: UUID, settlement_id: UUID) -> SettlementDetail:
    row = settlement_of(entity_id, settlement_id)
    base = base_currency_on(entity_id, row.effective_date)
    return SettlementDetail(**settlement_fields(row, base), proof=proof_response(proof_of(row)))
