"""The endpoints of the fiscal calendar: its years, locks and closes, the year end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from journals.periods.bodies import (
    EarlierYearsRequest,
    PeriodPage,
    PeriodResponse,
    ReopeningRequest,
    StatusChangeRequest,
    YearEndRequest,
    YearRequest,
    YearResponse,
)
from journals.periods.reopening import propose_reopening
from journals.periods.use_cases import (
    STATUSES,
    PeriodState,
    close_period,
    declare_earlier_years_closed,
    lock_period,
    make_fiscal_year,
    period_in,
    periods_of,
    unlock_period,
)
from journals.periods.year_end import YearEnd, close_year, preview_year_end
from ledgerflow.access.scopes import MANAGE, READ
from ledgerflow.approvals.api import proposed
from ledgerflow.approvals.bodies import ProposalDetail
from ledgerflow.web.endpoints import Call, Endpoints, Reply, once
from ledgerflow.web.queries import a_choice

periods = Endpoints("periods")
CHANGING = (404, 409, 422)
KINDS = ("earlier", "month", "special", "year")


@periods.get(
    scope=READ,
    answer=PeriodPage,
    query=[a_choice("kind", KINDS), a_choice("status", STATUSES)],
    paged=True,
)
def period_list(call: Call[None]) -> dict[str, Any]:
    """The fiscal calendar in order; months, and a special period, stand before the year that ends with them."""
    given = {name: value for name, value in call.query.items() if value is not None}
    return call.page(periods_of(call.entity_id).filter(**given), ["ends_on", "kind"], _period)


@periods.post(YearRequest, scope=MANAGE, answer=YearResponse, statuses=(201,), problems=CHANGING)
def period_make_year(call: Call[YearRequest]) -> YearResponse:
    """Make a fiscal year with its periods. Years follow each other without a gap."""
    made = make_fiscal_year(call.entity_id, call.body.plan(), actor=call.actor)
    return YearResponse(list(map(_period, made)))


@periods.post(EarlierYearsRequest, scope=MANAGE, answer=PeriodResponse, problems=CHANGING)
def period_earlier_years(call: Call[EarlierYearsRequest]) -> PeriodResponse:
    """Declare all years before the calendar closed: the first year end takes along what they earned."""
    asked = call.body
    who = {"reason": asked.reason, "actor": call.actor}
    return _period(declare_earlier_years_closed(call.entity_id, asked.ends_on, **who))


@periods.get(scope=READ, answer=PeriodResponse, problems=(404,))
def period_show(call: Call[None], period_id: UUID) -> PeriodResponse:
    """One period."""
    return _period(period_in(call.entity_id, period_id))


@periods.post(StatusChangeRequest, scope=MANAGE, answer=PeriodResponse, problems=CHANGING)
def period_lock(call: Call[StatusChangeRequest], period_id: UUID) -> PeriodResponse:
    """Leave a period to those who may override its lock, with a reason (`override_lock`)."""
    return _changed(call, period_id, lock_period)


@periods.post(StatusChangeRequest, scope=MANAGE, answer=PeriodResponse, problems=CHANGING)
def period_unlock(call: Call[StatusChangeRequest], period_id: UUID) -> PeriodResponse:
    """Open a locked period to everybody again."""
    return _changed(call, period_id, unlock_period)


@periods.post(StatusChangeRequest, scope=MANAGE, answer=PeriodResponse, problems=CHANGING)
def period_close(call: Call[StatusChangeRequest], period_id: UUID) -> PeriodResponse:
    """Close a month or special period for adjustments, when all its days are closed. A year end closes a year."""
    return _changed(call, period_id, close_period)


@periods.post(ReopeningRequest, scope=MANAGE, answer=ProposalDetail, statuses=(201,), problems=CHANGING)
def period_reopen(call: Call[ReopeningRequest], period_id: UUID) -> Reply:
    """Propose to reopen a closed period; another person approves it under proposals."""
    who = {"person": call.caller.person, "via": call.actor}
    return proposed(propose_reopening(call.entity_id, period_id, reason=call.body.reason, **who))


@periods.post(YearEndRequest, scope=MANAGE, answer=YearEnd, problems=CHANGING, key=True)
def period_year_end(call: Call[YearEndRequest], period_id: UUID) -> Any:
    """Take a year's income and expense to retained earnings and close it; of a closed year, what closed it."""
    if call.body.dry_run:
        return preview_year_end(call.entity_id, period_id)
    done = close_year(call.entity_id, period_id, key=call.key, actor=call.actor)
    return once(done, is_replayed=done.status == "replayed")


def _changed(call: Call[StatusChangeRequest], period_id: UUID, change: Callable[..., PeriodState]) -> PeriodResponse:
    return _period(change(call.entity_id, period_id, actor=call.actor, reason=call.body.reason))


def _period(period: Any) -> PeriodResponse:
    """A row with its status, or a `PeriodState`."""
    return PeriodResponse(period.id, period.kind, period.name, period.starts_on, period.ends_on, period.status)
