"""The endpoints of holds."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from http import HTTPStatus
from typing import Any, Literal
from uuid import UUID

import msgspec
from django.http import HttpResponse

from journals.api.bodies import Amount, Code, Confirmed, Currency, Description, Late, Reason, Reference
from journals.errors import OffsetNeeded
from journals.events import JournalFact
from journals.hold_events import HoldFact
from journals.hold_states import HoldSpec, HoldStatus
from journals.holds.reading import HoldResponse, HoldWithSteps, hold_response, holds_of, read_hold
from journals.holds.use_cases import HoldAnswer, capture_hold, place_hold, release_hold
from ledgerflow.access.scopes import POST, READ
from ledgerflow.core.clocks import as_text
from ledgerflow.core.money import parse_amount
from ledgerflow.web.endpoints import Call, Endpoints, posted
from ledgerflow.web.queries import a_choice, a_text
from ledgerflow.web.schema import a_page

holds = Endpoints("holds")
PROBLEMS = (404, 409, 422)


class PlaceRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Outflow to set aside on `account`; `expires_at` is a moment with its offset, none for a hold that waits."""

    account: Code
    amount: Amount
    currency: Currency = ""
    expires_at: datetime | None = None
    description: Description = ""
    external_reference: Reference = ""
    metadata: dict[str, Any] | None = None

    def spec(self) -> HoldSpec:
        """What the use case takes. Raises `Malformed`."""
        return HoldSpec(
            self.account,
            parse_amount(self.amount, "/amount"),
            self.currency,
            _in_utc(self.expires_at),
            self.description,
            self.external_reference,
            self.metadata,
        )


class CaptureRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Held money to move to `counter_account`: `amount`, or all that is left when it is not given."""

    counter_account: Code
    amount: Amount | None = None
    release_remainder: bool = False
    effective_date: date | None = None
    late: Late = "refuse"
    confirm_unusual_date: Confirmed = False
    description: Description = ""
    external_reference: Reference = ""
    metadata: dict[str, Any] | None = None


class ReleaseRequest(msgspec.Struct, forbid_unknown_fields=True):
    """How much to let go; all that is left when `amount` is not given."""

    amount: Amount | None = None
    reason: Reason = ""


class HoldChangeResponse(msgspec.Struct):
    """The answer to placing or releasing: the hold, and its account's balance, as they stood after it."""

    status: Literal["placed", "released", "replayed"]
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
def hold_show(call: Call[None], hold_id: UUID) -> HoldWithSteps:
    """One hold and what was done to it."""
    return read_hold(call.entity_id, hold_id)


@holds.post(CaptureRequest, scope=POST, answer=CaptureResponse, statuses=(201,), problems=PROBLEMS, key=True)
def hold_capture(call: Call[CaptureRequest], hold_id: UUID) -> HttpResponse:
    """Capture a hold, in whole or in part: a journal from its account to another one."""
    wanted = msgspec.structs.asdict(call.body) | {"amount": _amount(call.body.amount)}
    return _answered(capture_hold(call.entity_id, hold_id, key=call.key, actor=call.actor, **wanted))


@holds.post(ReleaseRequest, scope=POST, answer=HoldChangeResponse, statuses=(201,), problems=PROBLEMS, key=True)
def hold_release(call: Call[ReleaseRequest], hold_id: UUID) -> HttpResponse:
    """Release a hold, in whole or in part: what is available rises by it."""
    amount, reason = _amount(call.body.amount), call.body.reason
    return _answered(
        release_hold(call.entity_id, hold_id, key=call.key, amount=amount, reason=reason, actor=call.actor)
    )


def _amount(text: str | None) -> Decimal | None:
    return None if text is None else parse_amount(text, "/amount")


def _answered(answer: HoldAnswer) -> HttpResponse:
    """The stored JSON as it is, never encoded again."""
    journal = b'"journal":%b,' % answer.journal if answer.journal else b""
    document = b'{"status":"%b","event_sequence":%d,"recorded_at":"%b",%b"hold":%b}' % (
        answer.status.encode(),
        answer.event_sequence,
        as_text(answer.recorded_at).encode(),
        journal,
        answer.hold,
    )
    return posted(document, HTTPStatus.CREATED, is_replayed=answer.status == "replayed")


def _in_utc(moment: datetime | None) -> datetime | None:
    if moment is None:
        return None
    if moment.tzinfo is None:
        raise OffsetNeeded(pointer="/expires_at")
    return moment.astimezone(UTC)  # which cannot overflow, as `web.body` bounds it
