"""The endpoints of an account that need its journals: balance and register; and the opening balances of all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal, get_args

import msgspec
from django.http import HttpResponse

from accounts.api import account_of
from accounts.balances import BalanceNow, balance_now
from accounts.rollups import Rollup, rollup_now
from journals.api.bodies import MAX_ITEMS
from journals.api.replies import BatchResult, batch_refused_json, results_json
from journals.errors import HoldsByDate, OpeningsRefused
from journals.openings import opening_equity_left, post_opening_balances
from journals.reading.as_of import BalanceThen, RollupThen, balance_then, rollup_then
from journals.reading.registers import MemoLine, Place, RegisterLine, register, register_by_date, register_with_holds
from ledgerflow.access.scopes import MANAGE, READ
from ledgerflow.core.money import parse_signed
from ledgerflow.web.endpoints import Call, Endpoints
from ledgerflow.web.problems import document_response, encode
from ledgerflow.web.queries import a_choice, a_date, a_flag, a_moment
from ledgerflow.web.schema import JSON, a_page, any_of

Code = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
Amount = Annotated[str, msgspec.Meta(max_length=64)]

AnyBalance = BalanceNow | BalanceThen | Rollup | RollupThen
KNOWN_AT = a_moment("known_at", "From what was recorded by then.")

accounts = Endpoints("accounts")


class OpeningBalance(msgspec.Struct, forbid_unknown_fields=True):
    """What an account held before the first business day, on its normal side; negative when overdrawn."""

    account: Code
    amount: Amount


class OpeningsRequest(msgspec.Struct, forbid_unknown_fields=True):
    """`mode`: each balance for itself, or (atomic) all of them or none."""

    items: Annotated[list[OpeningBalance], msgspec.Meta(min_length=1, max_length=MAX_ITEMS)]
    mode: Literal["each", "atomic"] = "each"

    def pairs(self) -> list[tuple[str, Decimal]]:
        return [
            (one.account, parse_signed(one.amount, f"/items/{number}/amount")) for number, one in enumerate(self.items)
        ]


class OpeningsResponse(msgspec.Struct):
    """One result per item, in order; `opening_equity` is what is left on it per currency, all zero when complete."""

    results: list[BatchResult]
    posted: int
    replayed: int
    refused: int
    opening_equity: dict[str, str]


@accounts.get(
    scope=READ,
    answer=any_of(*get_args(AnyBalance)),
    problems=(404,),
    query=[
        a_date("as_of", "At the end of this date."),
        KNOWN_AT,
        a_flag("rollup", "With all accounts below it, per currency."),
    ],
)
def account_balance(call: Call[None], code: str) -> AnyBalance:
    """What stands on an account now; at the end of a date; as it was known at a moment; with all below it."""
    as_of, known_at, rollup = call.query["as_of"], call.query["known_at"], call.query["rollup"]
    if as_of is None and known_at is None:
        return (rollup_now if rollup else balance_now)(call.entity_id, code)
    return (rollup_then if rollup else balance_then)(call.entity_id, code, as_of=as_of, known_at=known_at)


@accounts.get(
    scope=READ,
    answer=a_page(RegisterLine, MemoLine),
    problems=(404,),
    query=[
        a_date("from", "First effective date."),
        a_date("to", "Last effective date."),
        KNOWN_AT,
        a_choice("order", ["oldest", "newest", "date"], "By recording or by date; oldest unless given."),
        a_flag("holds", "With the steps of its holds, as memo lines among the others."),
    ],
    paged=True,
)
def account_register(call: Call[None], code: str) -> dict[str, Any]:
    """The lines of an account in recorded order, each with the balance after it on the normal side.

    With `order=date` they stand by effective date, as on a statement, and the balance runs in that order.

    With `holds=true` the steps of its holds stand among them, after the posting they came after: they have `hold` and
    `held_after`, and no `balance_after`.
    """
    if call.query["order"] == "date":
        return _register_by_date(call, code)
    limit, place = call.paging  # the version of the last line seen, with holds its event's sequence too
    wanted: dict[str, Any] = {
        "from_date": call.query["from"],
        "to_date": call.query["to"],
        "known_at": call.query["known_at"],
        "limit": limit + 1,
        "newest_first": call.query["order"] == "newest",
    }
    account, with_holds = account_of(call.entity_id, code), call.query["holds"]
    lines: Sequence[RegisterLine | MemoLine]
    if with_holds:
        lines = register_with_holds(account, after=Place(*place) if place else None, **wanted)
    else:
        lines = register(account, after=place[0] if place else None, **wanted)
    shown, more = lines[:limit], lines[limit:]
    position = [shown[-1].version, shown[-1].event_sequence][: 2 if with_holds else 1] if more else None
    return call.results(shown, position)


def _register_by_date(call: Call[None], code: str) -> dict[str, Any]:
    if call.query["holds"]:
        raise HoldsByDate(pointer="/holds")
    limit, place = call.paging
    lines = register_by_date(
        account_of(call.entity_id, code),
        from_date=call.query["from"],
        to_date=call.query["to"],
        known_at=call.query["known_at"],
        after=(date.fromisoformat(place[0]), place[1]) if place else None,
        limit=limit + 1,
    )
    last = lines[limit - 1] if len(lines) > limit else None
    return call.results(lines[:limit], None if last is None else [str(last.effective_date), last.version])


@accounts.post(OpeningsRequest, scope=MANAGE, answer=OpeningsResponse, problems=(409, 422))
def opening_balances(call: Call[OpeningsRequest]) -> HttpResponse:
    """Post opening balances, dated the day before the first business day, against opening equity.

    The account's code is the idempotency key: the same balance again is replayed, another one refused.
    """
    atomic = call.body.mode == "atomic"
    found = post_opening_balances(call.entity_id, call.body.pairs(), actor=call.actor, atomic=atomic)
    counts = Counter(answer.status for answer in found)
    if atomic and counts["refused"]:
        refusal = OpeningsRefused()
        return document_response(refusal.status, batch_refused_json(refusal, found))
    return HttpResponse(
        b'{"results":%b,"posted":%d,"replayed":%d,"refused":%d,"opening_equity":%b}'
        % (
            results_json(found), counts["posted"], counts["replayed"], counts["refused"],
            encode(opening_equity_left(call.entity_id)),
        ),
        JSON,
    )  # fmt: skip
