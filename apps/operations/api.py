"""The endpoints of operations: which there are, what they take, and running them."""

from __future__ import annotations

from functools import partial
from http import HTTPStatus
from typing import Any

import msgspec
from django.http import HttpResponse
from drf_spectacular.utils import OpenApiResponse

from apps.operations import bodies
from apps.operations.parameters import json_schema
from apps.operations.running import Operation, Proposer, Runner, propose, run, run_many
from apps.operations.versions import active_versions, usable_versions
from journals.api import replies
from journals.api.replies import BatchResponse, PostedResponse
from journals.api.views import answered_together, answers_of
from ledgerflow.access.scopes import POST, READ
from ledgerflow.approvals.api import proposed
from ledgerflow.approvals.bodies import ProposalDetail
from ledgerflow.core.errors import LedgerError
from ledgerflow.core.json_bodies import decode_json
from ledgerflow.web.endpoints import Call, Endpoints, Reply, posted
from ledgerflow.web.queries import a_number
from ledgerflow.web.schema import JSON, schema_of

operations = Endpoints("operations")
POSTING = (404, 409, 422)
VERSION = a_number("version", 1, bodies.MAX_VERSION, "The version of the template; without it, the active one.")
ITEM = msgspec.json.Decoder(bodies.OperationItem)
schema_of(bodies.OperationItem)  # a batch's items refer to it


@operations.get(scope=READ, answer=bodies.OperationPage, paged=True)
def operation_list(call: Call[None]) -> dict[str, Any]:
    """The templates that have an active version, by code."""
    return call.page(active_versions(call.entity_id), ["code", "number"], bodies.operation_response)


@operations.get(scope=READ, answer=OpenApiResponse({"type": "object"}), problems=(404, 409, 422), query=[VERSION])
def operation_schema(call: Call[None], template: str) -> dict[str, Any]:
    """The JSON Schema of the parameters of an operation."""
    version = call.query["version"]
    usable = usable_versions(call.entity_id, [(template, version)], drafts=True)[template, version]
    if isinstance(usable, LedgerError):
        raise usable
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": usable.definition.name}
    return head | json_schema(usable.definition.parameters)


@operations.post(
    bodies.OperationRequest, scope=POST, answer=PostedResponse, statuses=(200, 201), problems=POSTING, key=True,
    query=[VERSION],
)  # fmt: skip
def operation_run(call: Call[bodies.OperationRequest], template: str) -> HttpResponse:
    """Run an operation: its template makes a journal of the parameters. `version` is the one it must be made with."""
    wanted = call.body
    operation = Operation(template, wanted.parameters, call.key, call.query["version"])
    answer = run(call.entity_id, operation, _runner(call), dry_run=wanted.dry_run)
    status = HTTPStatus.OK if wanted.dry_run else HTTPStatus.CREATED
    return posted(replies.posted_json(answer), status, is_replayed=answer.status == "replayed")


@operations.post(
    bodies.OperationProposalRequest, scope=POST, answer=ProposalDetail, statuses=(201,), problems=POSTING,
    query=[VERSION],
)  # fmt: skip
def operation_propose(call: Call[bodies.OperationProposalRequest], template: str) -> Reply:
    """Propose an operation whose template takes two people; another person approves it under proposals."""
    operation = Operation(template, call.body.parameters, "", call.query["version"])
    who = Proposer(call.caller.person, call.actor, call.caller.scopes)
    return proposed(propose(call.entity_id, operation, who, reason=call.body.reason))


@operations.post(bodies.OperationBatchRequest, scope=POST, answer=BatchResponse, problems=POSTING)
def operation_batch(call: Call[bodies.OperationBatchRequest]) -> HttpResponse:
    """Run up to 10,000 operations, each for itself or all or nothing."""
    wanted, is_atomic = call.body, call.body.mode == "atomic"
    do = partial(run_many, call.entity_id, runner=_runner(call), atomic=is_atomic, dry_run=wanted.dry_run)
    answers = answers_of([_read_item(raw) for raw in wanted.items], do, atomic=is_atomic)
    return answered_together(answers) if is_atomic else HttpResponse(replies.batch_json(answers), JSON)


def _runner(call: Call[Any]) -> Runner:
    return Runner(call.actor, call.caller.scopes)


def _read_item(raw: msgspec.Raw) -> Operation | LedgerError:
    try:
        item = decode_json(raw, ITEM)
    except LedgerError as refusal:
        return refusal
    return Operation(item.operation, item.parameters, item.idempotency_key, item.version)
