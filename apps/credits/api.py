"""The endpoints of operations on credits."""

from __future__ import annotations

from decimal import Decimal
from http import HTTPStatus
from typing import Any

from django.http import HttpResponse

from apps.credits import bodies
from apps.credits.entries import entry_of
from apps.credits.registry import application_named
from apps.credits.use_cases import Request, run_operation
from apps.operations.running import Runner
from ledgerflow.access.scopes import POST
from ledgerflow.core.money import parse_signed
from ledgerflow.web.endpoints import Call, Endpoints, posted
from ledgerflow.web.problems import encode

credits_endpoints = Endpoints("credits")
POSTING = (404, 409, 422)


@credits_endpoints.post(
    bodies.CreditOperationRequest, scope=POST, answer=bodies.CreditOperationResponse, statuses=(200, 201),
    problems=POSTING, key=True,
)  # fmt: skip
def credit_operation(call: Call[bodies.CreditOperationRequest]) -> HttpResponse:
    """Run an operation on an owner's credits, once for each key: a grant, a spend, or what is only noted."""
    wanted = call.body
    application = application_named(call.entity_id, wanted.application)
    request = Request(application, wanted.operation, wanted.owner_id, call.key, _amount(wanted.amount))
    answer = run_operation(call.entity_id, request, Runner(call.actor, call.caller.scopes))
    content: dict[str, Any] = {"status": answer.status, "entry": entry_of(answer)}
    return posted(encode(content), HTTPStatus.CREATED, is_replayed=answer.status == "replayed")


def _amount(given: str | None) -> Decimal | None:
    return None if given is None else parse_signed(given, "/amount")
