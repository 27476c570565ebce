"""The endpoints of business days: how they were closed, closing and reopening them, and their policy."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse

from journals.days import bodies
from journals.days.closing.checks import effect_of
from journals.days.closing.frozen import close_of, frozen_day, look_at_next_day
from journals.days.closing.records import CloseRecord, records_of
from journals.days.closing.running import cancel_close, close_day
from journals.days.errors import NotADayInAnAddress
from journals.days.models import DayClose
from journals.days.policies import DayPolicyFact, day_policy, set_day_policy
from journals.days.reopening import propose_reopening
from journals.days.trial_balance import frozen_document, frozen_json, hashed_text
from ledgerflow.access.scopes import MANAGE, READ
from ledgerflow.approvals.api import proposed
from ledgerflow.approvals.bodies import ProposalDetail
from ledgerflow.core.dates import check_day
from ledgerflow.core.errors import DateOutOfRange
from ledgerflow.core.plugins import registry
from ledgerflow.web.downloads import FILES, download, format_of
from ledgerflow.web.endpoints import Call, Endpoints, Reply, revised
from ledgerflow.web.problems import encode
from ledgerflow.web.queries import a_choice, a_whole_number

days = Endpoints("days")
TEXT = "text"
CHANGING = (404, 409, 422)
DAY = [OpenApiParameter("day", {"type": "string", "format": "date"}, OpenApiParameter.PATH)]
VERSION = a_whole_number("version", "The one in force unless given.")
FORMAT = a_choice(
    "format",
    ["json", TEXT, "csv", "xlsx", "pdf"],
    "json unless given; text is what the SHA-256 is of, the others are files.",
)


@days.get(scope=READ, answer=bodies.ClosePage, paged=True)
def day_list(call: Call[None]) -> dict[str, Any]:
    """Closes of days, newest first, cancelled and reopened ones among them."""
    runs, position = call.rows_of(DayClose.objects.filter(entity=call.entity_id), ["-number"])
    return call.results(map(bodies.short, records_of(runs)), position)


@days.get(scope=READ, answer=bodies.NextDayResponse)
def day_next(call: Call[None]) -> bodies.NextDayResponse:
    """The day whose turn it is, when its cut-off comes, and what the checks find now."""
    coming = look_at_next_day(call.entity)
    return bodies.NextDayResponse(
        coming.day, coming.business_date, coming.status, coming.cut_off_at, coming.is_due, coming.can_close,
        coming.checked.findings, coming.checked.blocking,
    )  # fmt: skip


@days.get(scope=READ, answer=CloseRecord, problems=(404,), path=DAY, query=[VERSION])
def day_show(call: Call[None], day: str) -> CloseRecord:
    """How a day was closed, step by step."""
    return close_of(call.entity_id, _day(day), call.query["version"])


@days.post(bodies.CloseRequest, scope=MANAGE, answer=CloseRecord, problems=CHANGING, path=DAY)
def day_close(call: Call[bodies.CloseRequest], day: str) -> CloseRecord:
    """Close the day whose turn it is, or go on with its close; of a closed day, the same record again."""
    return close_day(call.entity_id, _day(day), actor=call.actor, accept=call.body.accept)


@days.post(bodies.DayReasonRequest, scope=MANAGE, answer=CloseRecord, problems=CHANGING, path=DAY)
def day_cancel(call: Call[bodies.DayReasonRequest], day: str) -> CloseRecord:
    """Give up the close of a day that is cut off and not closed, so that it can be posted into again."""
    return cancel_close(call.entity_id, _day(day), reason=call.body.reason, actor=call.actor)


@days.post(bodies.DayReasonRequest, scope=MANAGE, answer=ProposalDetail, statuses=(201,), problems=CHANGING, path=DAY)
def day_reopen(call: Call[bodies.DayReasonRequest], day: str) -> Reply:
    """Propose to open a closed day and all later ones again; another person approves it under proposals."""
    who = {"person": call.caller.person, "via": call.actor}
    return proposed(propose_reopening(call.entity_id, _day(day), reason=call.body.reason, **who))


@days.get(
    scope=READ,
    answer=bodies.FrozenTrialBalance,
    files={**FILES, (200, "text/plain"): OpenApiResponse({"type": "string"})},
    problems=(404, 409),
    path=DAY,
    query=[VERSION, FORMAT],
)
def day_trial_balance(call: Call[None], day: str) -> HttpResponseBase:
    """The trial balance that the close of a day froze, with the SHA-256 recomputed from it."""
    with frozen_day(call.entity_id, _day(day), call.query["version"]) as frozen:
        if call.query["format"] == TEXT:
            return HttpResponse(hashed_text(frozen), content_type="text/plain; charset=utf-8")
        name = f"{frozen.entity_code}-{frozen.record.day}-v{frozen.record.version}-trial-balance"
        return download(
            format_of(call.request),
            name,
            json=lambda: encode(frozen_json(frozen)),
            document=lambda: frozen_document(frozen),
        )


@days.get(scope=READ, answer=bodies.DayPolicyResponse)
def day_policy_show(call: Call[None]) -> Reply:
    """When days are cut off, what is no business day, and which checks stop a close."""
    return _policy(*day_policy(call.entity_id))


@days.patch(
    bodies.DayPolicyChangeRequest, scope=MANAGE, answer=bodies.DayPolicyResponse, problems=(422,), if_match=True
)
def day_policy_change(call: Call[bodies.DayPolicyChangeRequest]) -> Reply:
    """Set some of it; what is left out stays."""
    expected = call.expected_revision
    return _policy(*set_day_policy(call.entity_id, call.body.changes(), actor=call.actor, expected_revision=expected))


def _day(text: str) -> date:
    try:
        day = msgspec.convert(text, date)
        check_day(day)
    except (msgspec.ValidationError, DateOutOfRange) as error:
        raise NotADayInAnAddress from error
    return day


def _policy(policy: DayPolicyFact, revision: int) -> Reply:
    effects: Any = {name: effect_of(name, policy.checks) for name in sorted(registry.checks)}
    return revised(bodies.DayPolicyResponse(**msgspec.structs.asdict(policy), known_checks=effects, revision=revision))
