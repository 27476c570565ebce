"""The endpoints of the base currency: which one when, and changing it."""

from __future__ import annotations

from accounts.bases.bodies import (
    BaseChangeRequest,
    BaseChangeResponse,
    ErasResponse,
    base_change_response,
    era_response,
)
from accounts.bases.reading import eras_with_sources
from accounts.bases.use_cases import change_base_currency
from ledgerflow.access.scopes import MANAGE, READ
from ledgerflow.web.endpoints import Call, Endpoints, Reply, once

accounts = Endpoints("accounts")


@accounts.get(scope=READ, answer=ErasResponse)
def base_currency_list(call: Call[None]) -> ErasResponse:
    """Which base currency the books were and are kept in from when to when; the first one first."""
    return ErasResponse([era_response(one) for one in eras_with_sources(call.entity_id)])


@accounts.post(
    BaseChangeRequest, scope=MANAGE, answer=BaseChangeResponse, statuses=(201,), problems=(409, 422), key=True
)
def base_currency_change(call: Call[BaseChangeRequest]) -> Reply:
    """Keep the books in another currency from a day on, at a fixed rate; said before the day begins."""
    wanted = call.body
    done = change_base_currency(
        call.entity_id, wanted.currency, wanted.date, wanted.rate, key=call.key, actor=call.actor
    )
    return once(base_change_response(done), is_replayed=done.is_replayed)
