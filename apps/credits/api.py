"""The endpoints of operations on credits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from functools import cache, partial
from http import HTTPStatus
from typing import Any

import msgspec
from django.http import HttpResponse

from apps.credits import bodies
from apps.credits.applications import Application
from apps.credits.entries import entry_of
from apps.credits.registry import application_meant
from apps.credits.use_cases import Request, run_operation, run_operations
from apps.operations.running import Runner
from journals.api.views import answered_together, answers_of
from journals.events import Answer
from ledgerflow.access.scopes import POST
from ledgerflow.core.errors import LedgerError
from ledgerflow.core.json_bodies import decode_json
from ledgerflow.core.money import parse_signed
from ledgerflow.web.endpoints import Call, Endpoints, posted
from ledgerflow.web.problems import encode, problem
from ledgerflow.web.schema import JSON, schema_of

credits_endpoints = Endpoints("credits")
POSTING = (404, 409, 422)
ITEM = msgspec.json.Decoder(bodies.CreditOperationItem)
schema_of(bodies.CreditOperationItem)  # a batch's items refer to it


@credits_endpoints.post(
    bodies.CreditOperationRequest, scope=POST, answer=bodies.CreditOperationResponse, statuses=(200, 201),
    problems=POSTING, key=True, short=True, for_bound_keys=True,
)  # fmt: skip
def credit_operation(call: Call[bodies.CreditOperationRequest]) -> HttpResponse:
    """Run an operation on an owner's credits, once for each key: a grant, a spend, or what is only noted."""
    wanted = call.body
    application = application_meant(call.entity_id, wanted.application, call.caller.application)
    request = Request(application, wanted.operation, wanted.owner_id, call.key, *_sums(wanted))
    answer = run_operation(call.entity_id, request, Runner(call.actor, call.caller.scopes))
    content: dict[str, Any] = {"status": answer.status, "entry": entry_of(answer)}
    return posted(encode(content), HTTPStatus.CREATED, is_replayed=answer.status == "replayed")


@credits_endpoints.post(
    bodies.CreditBatchRequest, scope=POST, answer=bodies.CreditBatchResponse, problems=POSTING, short=True,
    for_bound_keys=True,
)  # fmt: skip
def credit_operation_batch(call: Call[bodies.CreditBatchRequest]) -> HttpResponse:
    """Run up to 10,000 operations on credits, each for itself or all or nothing."""
    is_atomic = call.body.mode == "atomic"
    named = cache(partial(application_meant, call.entity_id, bound=call.caller.application))
    do = partial(run_operations, call.entity_id, runner=Runner(call.actor, call.caller.scopes), atomic=is_atomic)
    answers = answers_of([_read_item(raw, named) for raw in call.body.items], do, atomic=is_atomic)
    if is_atomic and any(answer.refusal is not None for answer in answers):
        return answered_together(answers)
    counted = Counter(answer.status for answer in answers)
    counts = {status: counted[status] for status in ("posted", "replayed", "refused")}
    return HttpResponse(encode({"results": [_result(*one) for one in enumerate(answers)]} | counts), JSON)


def _read_item(raw: msgspec.Raw, named: Callable[[str], Application]) -> Request | LedgerError:
    try:
        item = decode_json(raw, ITEM)
        return Request(named(item.application), item.operation, item.owner_id, item.idempotency_key, *_sums(item))
    except LedgerError as refusal:
        return refusal


def _result(place: int, answer: Answer) -> dict[str, Any]:
    if answer.refusal is not None:
        return {"status": "refused", "error": problem(answer.refusal, pointer_prefix=f"/items/{place}")}
    return {"status": answer.status, "entry": entry_of(answer)}


def _sums(wanted: bodies.CreditOperationRequest | bodies.CreditOperationItem) -> tuple[Decimal | None, Decimal | None]:
    """The amount and the cost."""
    amount, cost = wanted.amount, wanted.cost
    return (
        None if amount is None else parse_signed(amount, "/amount"),
        None if cost is None else parse_signed(cost, "/cost"),
    )
