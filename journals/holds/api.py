"""The endpoints of holds."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Any, Literal
from uuid import UUID

import msgspec
from django.http import HttpResponse

from journals.events import JournalFact
from journals.hold_events import HoldFact, read_hold_fact
from journals.hold_states import HoldStatus
from journals.holds.answering import HoldAnswer
from journals.holds.bodies import CaptureRequest, ExtendRequest, PlaceRequest, ReleaseRequest
from journals.holds.extending import extend_hold
from journals.holds.reading import HoldResponse, HoldWithSteps, hold_response, holds_of, read_hold
from journals.holds.use_cases import capture_hold, place_hold, release_hold
from ledgerflow.access.scopes import POST, READ
from ledgerflow.core.clocks import as_text
from ledgerflow.web.endpoints import Call, Endpoints, Reply, posted, revised
from ledgerflow.web.headers import etag
from ledgerflow.web.queries import a_choice, a_text
from ledgerflow.web.schema import a_page

holds = Endpoints("holds")
PROBLEMS = (404, 409, 422)


class HoldChangeResponse(msgspec.Struct):
    """The answer to placing, releasing or extending: the hold, and its account's balance, as they stood after it."""

    status: Literal["placed", "released", "extended", "replayed"]
    event_sequence: int
    recorded_at: datetime
    hold: HoldFact


class CaptureResponse(msgspec.Struct):
    """The answer to a capture: the journal it posted, and the hold as it left it."""

    status: Literal["captured", "replayed"]
    event_sequence: int
    recorded_at: datetime
    journal: JournalFact
    hold: HoldFact


@holds.get(
    scope=READ,
    answer=a_page(HoldResponse),
    problems=(404,),
    query=[
        a_text("account", "Code of the account."),
        a_choice("status", [one.value for one in HoldStatus], "How the hold stands."),
    ],
    paged=True,
)
def hold_list(call: Call[None]) -> dict[str, Any]:
    """Holds, the newest first."""
    rows = holds_of(call.entity_id, call.query["account"], call.query["status"])
    return call.page(rows, ["-event_sequence"], hold_response)


@holds.post(PlaceRequest, scope=POST, answer=HoldChangeResponse, statuses=(201,), problems=PROBLEMS, key=True)
def hold_place(call: Call[PlaceRequest]) -> HttpResponse:
    """Place a hold: it reduces what is available on the account, not its balance."""
    return _answered(place_hold(call.entity_id, call.body.spec(), key=call.key, actor=call.actor))


@holds.get(scope=READ, answer=HoldWithSteps, problems=(404,))
def hold_show(call: Call[None], hold_id: UUID) -> Reply:
    """One hold and what was done to it."""
    return revised(read_hold(call.entity_id, hold_id))


@holds.patch(ExtendRequest, scope=POST, answer=HoldChangeResponse, problems=PROBLEMS, key=True, if_match=True)
def hold_extend(call: Call[ExtendRequest], hold_id: UUID) -> HttpResponse:
    """Let a hold expire at another moment, or never: one that is active and whose time is not over."""
    revision = call.expected_revision
    wanted = call.body.wanted()
    answer = extend_hold(call.entity_id, hold_id, key=call.key, actor=call.actor, expected_revision=revision, **wanted)
    response = _answered(answer, HTTPStatus.OK)
    response["ETag"] = etag(read_hold_fact(answer.hold).number)
    return response


@holds.post(CaptureRequest, scope=POST, answer=CaptureResponse, statuses=(201,), problems=PROBLEMS, key=True)
def hold_capture(call: Call[CaptureRequest], hold_id: UUID) -> HttpResponse:
    """Capture a hold, in whole or in part: a journal from its account to another one."""
    return _answered(capture_hold(call.entity_id, hold_id, key=call.key, actor=call.actor, **call.body.wanted()))


@holds.post(ReleaseRequest, scope=POST, answer=HoldChangeResponse, statuses=(201,), problems=PROBLEMS, key=True)
def hold_release(call: Call[ReleaseRequest], hold_id: UUID) -> HttpResponse:
    """Release a hold, in whole or in part: what is available rises by it."""
    return _answered(release_hold(call.entity_id, hold_id, key=call.key, actor=call.actor, **call.body.wanted()))


def _answered(answer: HoldAnswer, status: HTTPStatus = HTTPStatus.CREATED) -> HttpResponse:
    """The stored JSON as it is, never encoded again."""
    journal = b'"journal":%b,' % answer.journal if answer.journal else b""
    document = b'{"status":"%b","event_sequence":%d,"recorded_at":"%b",%b"hold":%b}' % (
        answer.status.encode(),
        answer.event_sequence,
        as_text(answer.recorded_at).encode(),
        journal,
        answer.hold,
    )
    return posted(document, status, is_replayed=answer.status == "replayed")
