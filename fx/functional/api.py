"""The endpoints of own rates."""

from __future__ import annotations

from typing import Any

from fx.deals.api import DATES, between
from fx.functional.bodies import OwnRateRequest, OwnRateResponse, own_rate_response
from fx.functional.models import OwnRate
from fx.functional.own_rates import carry_at
from ledgerflow.access.scopes import MANAGE, READ
from ledgerflow.web.endpoints import Call, Endpoints, Reply, once
from ledgerflow.web.schema import a_page

fx = Endpoints("fx")


@fx.get(scope=READ, answer=a_page(OwnRateResponse), query=DATES, paged=True)
def fx_own_rate_list(call: Call[None]) -> dict[str, Any]:
    """Rates that journals are carried at, the newest first."""
    rows = between(call, OwnRate.objects.filter(entity=call.entity_id), "effective_date")
    return call.page(rows, ["-event_sequence"], own_rate_response)


@fx.post(OwnRateRequest, scope=MANAGE, answer=OwnRateResponse, statuses=(201,), problems=(404, 409, 422), key=True)
def fx_own_rate_give(call: Call[OwnRateRequest]) -> Reply:
    """Give a journal a rate of its own, once and before its day is cut off: of a contract, or of taking over books."""
    wanted = call.body
    done = carry_at(
        call.entity_id, wanted.journal, wanted.rate, currency=wanted.currency or "", key=call.key, actor=call.actor
    )
    return once(own_rate_response(done.rate), is_replayed=done.replayed)
