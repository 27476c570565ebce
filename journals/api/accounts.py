"""The endpoints of an account that need its journals: balance and register; and the opening balances of all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Any, Literal, get_args

import msgspec
from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api import account_of
from accounts.balances import BalanceNow, balance_now
from accounts.rollups import Rollup, rollup_now
from journals.api.bodies import MAX_ITEMS
from journals.api.replies import BatchResult, batch_refused_json, results_json
from journals.errors import BatchRefused
from journals.openings import opening_equity_left, post_opening_balances
from journals.reading.as_of import BalanceThen, RollupThen, balance_then, rollup_then
from journals.reading.registers import MemoLine, Place, RegisterLine, register, register_with_holds
from ledgerflow.access.authentication import caller_in
from ledgerflow.core.errors import Malformed
from ledgerflow.core.money import parse_signed
from ledgerflow.web.body import decode
from ledgerflow.web.paging import page_json, paging_of
from ledgerflow.web.problems import document_response, encode
from ledgerflow.web.queries import date_parameter, moment_parameter, refuse_unknown
from ledgerflow.web.schema import CURSOR, JSON, LIMIT, answers, body, page_of, schema_of

Code = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
Amount = Annotated[str, msgspec.Meta(max_length=64)]

AnyBalance = BalanceNow | BalanceThen | Rollup | RollupThen
BALANCE = {(200, JSON): OpenApiResponse({"anyOf": [schema_of(kind) for kind in get_args(AnyBalance)]})}
BALANCE_PARAMETERS = [
    OpenApiParameter("as_of", {"type": "string", "format": "date"}, description="At the end of this date."),
    OpenApiParameter(
        "known_at", {"type": "string", "format": "date-time"}, description="From what was recorded by then."
    ),
    OpenApiParameter("rollup", bool, description="With all accounts below it, per currency."),
]
REGISTER = {(200, JSON): page_of({"anyOf": [schema_of(RegisterLine), schema_of(MemoLine)]})}
REGISTER_PARAMETERS = [
    OpenApiParameter("from", {"type": "string", "format": "date"}, description="First effective date."),
    OpenApiParameter("to", {"type": "string", "format": "date"}, description="Last effective date."),
    BALANCE_PARAMETERS[1],
    OpenApiParameter("order", str, enum=["oldest", "newest"], description="Which come first; oldest unless given."),
    OpenApiParameter("holds", bool, description="With the steps of its holds, as memo lines among the others."),
]


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


OPENINGS = msgspec.json.Decoder(OpeningsRequest)


class BalanceView(APIView):
    @extend_schema(
        tags=["accounts"],
        operation_id="account_balance",
        parameters=BALANCE_PARAMETERS,
        responses=answers(BalanceNow, 200, problems=(404,)) | BALANCE,
    )
    def get(self, request: Request, code: str) -> Response:
        """What stands on an account now; at the end of a date; as it was known at a moment; with all below it."""
        refuse_unknown(request, ("as_of", "known_at", "rollup"))
        as_of, known_at = date_parameter(request, "as_of"), moment_parameter(request, "known_at")
        rollup = choice_of(request, "rollup", ("false", "true")) == "true"
        entity_id = caller_in(request).entity_id
        answer: AnyBalance
        if as_of is None and known_at is None:
            answer = (rollup_now if rollup else balance_now)(entity_id, code)
        else:
            answer = (rollup_then if rollup else balance_then)(entity_id, code, as_of=as_of, known_at=known_at)
        return Response(msgspec.to_builtins(answer))


class RegisterView(APIView):
    @extend_schema(
        tags=["accounts"],
        operation_id="account_register",
        parameters=[*REGISTER_PARAMETERS, LIMIT, CURSOR],
        responses=answers(RegisterLine, problems=(404,)) | REGISTER,
    )
    def get(self, request: Request, code: str) -> Response:
        """The lines of an account in recorded order, each with the balance after it on the normal side.

        With `holds=true` the steps of its holds stand among them, after the posting they came after: they have
        `hold` and `held_after`, and no `balance_after`.
        """
        refuse_unknown(request, ("from", "to", "known_at", "order", "holds", "limit", "cursor"))
        with_holds = choice_of(request, "holds", ("false", "true")) == "true"
        paging = paging_of(request)
        place = paging.after  # the version of the last line seen, with holds its event's sequence too
        wanted: dict[str, Any] = {
            "from_date": date_parameter(request, "from"),
            "to_date": date_parameter(request, "to"),
            "known_at": moment_parameter(request, "known_at"),
            "limit": paging.limit + 1,
            "newest_first": choice_of(request, "order", ("oldest", "newest")) == "newest",
        }
        account = account_of(request, code)
        lines: Sequence[RegisterLine | MemoLine]
        if with_holds:
            lines = register_with_holds(account, after=Place(*place) if place else None, **wanted)
        else:
            lines = register(account, after=place[0] if place else None, **wanted)
        shown, more = lines[: paging.limit], lines[paging.limit :]
        position = [shown[-1].version, shown[-1].event_sequence][: 2 if with_holds else 1] if more else None
        return Response(page_json(request, [msgspec.to_builtins(line) for line in shown], position))


class OpeningBalancesView(APIView):
    @extend_schema(
        operation_id="opening_balances",
        tags=["accounts"],
        request=body(OpeningsRequest),
        responses=answers(OpeningsResponse, 200, problems=(409, 413, 422)),
    )
    def post(self, request: Request) -> HttpResponse:
        """Post opening balances, dated the day before the first business day, against opening equity.

        The account's code is the idempotency key: the same balance again is replayed, another one refused.
        """
        wanted = decode(request, OPENINGS)
        caller, atomic = caller_in(request), wanted.mode == "atomic"
        found = post_opening_balances(caller.entity_id, wanted.pairs(), actor=caller.actor, atomic=atomic)
        counts = Counter(answer.status for answer in found)
        if atomic and counts["refused"]:
            refusal = BatchRefused("One of these balances was refused, so none was posted.")
            return document_response(refusal.status, batch_refused_json(refusal, found))
        return HttpResponse(
            b'{"results":%b,"posted":%d,"replayed":%d,"refused":%d,"opening_equity":%b}'
            % (
                results_json(found), counts["posted"], counts["replayed"], counts["refused"],
                encode(opening_equity_left(caller.entity_id)),
            ),
            content_type=JSON,
        )  # fmt: skip


def choice_of(request: Request, name: str, choices: tuple[str, ...]) -> str:
    """The parameter, one of `choices`; the first of them when it is not given. Raises `Malformed`."""
    given = request.GET.get(name, choices[0])
    if given not in choices:
        message = f"The parameter {name!r} is one of {', '.join(choices)}."
        raise Malformed(message, pointer=f"/{name}")
    return given
