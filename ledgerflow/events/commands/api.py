"""The endpoints of commands: what is accepted now and done later, and what became of it."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from uuid import UUID

import msgspec

from ledgerflow.access.scopes import MANAGE, POST, READ
from ledgerflow.books.models import Event
from ledgerflow.core.clocks import as_text
from ledgerflow.core.errors import LedgerError
from ledgerflow.core.json_bodies import decode_json, refuse_duplicate_members
from ledgerflow.core.plugins import registry
from ledgerflow.events.commands import bodies
from ledgerflow.events.commands.checking import (
    NewCommand,
    Receipt,
    claim_for,
    command_id_of,
    in_payload,
    kind_called,
    new_command,
    read_payload,
)
from ledgerflow.events.commands.doors import accept
from ledgerflow.events.commands.errors import CommandNotFound
from ledgerflow.events.commands.models import Command
from ledgerflow.web.callers import Caller
from ledgerflow.web.endpoints import Call, Endpoints, Reply, once
from ledgerflow.web.problems import problem
from ledgerflow.web.queries import a_choice, a_text
from ledgerflow.web.schema import a_page, schema_of

commands = Endpoints("commands")
QUOTES = 2  # of a batch beside its items: "items", and nothing else
ITEM = msgspec.json.Decoder(bodies.CommandItem)
for one in registry.command_kinds.values():
    schema_of(one.body)  # a payload refers to them
schema_of(bodies.CommandItem)  # and a batch to these


@commands.post(
    bodies.CommandRequest, scope=POST, or_scope=MANAGE, answer=bodies.ReceiptResponse, statuses=(202,),
    problems=(422,), key=True, short=True,
)  # fmt: skip
def command_post(call: Call[bodies.CommandRequest]) -> Reply:
    """Accept a command: it is safe when this is answered, and carried out in the order in which it came.

    It needs the scopes of the endpoint that does the same at once, and takes its keys: the same key and content is the
    same command, or the journal that is there already.
    """
    new = _checked(call.caller, call.body.type, call.body.payload, call.key)
    return accepted(new, f"{call.request.path}/{new.id}", _receipt)


def is_looked_at_later(_batch: bodies.CommandBatchRequest, _text: bytes) -> bool:
    """`_texts_of` looks at the batch, and `_checked_item` at each item, which is refused alone."""
    return True


@commands.post(
    bodies.CommandBatchRequest, scope=POST, or_scope=MANAGE, answer=bodies.CommandBatchResponse, statuses=(202,),
    problems=(422,), is_plain=is_looked_at_later, short=True,
)  # fmt: skip
def command_batch(call: Call[bodies.CommandBatchRequest]) -> bodies.CommandBatchResponse:
    """Accept up to 10,000 commands, each for itself, in their order."""
    found = [_checked_item(call.caller, text) for text in _texts_of(call.body, call.text)]
    receipts = iter(accept([one for one in found if isinstance(one, NewCommand)]))
    answers = [next(receipts) if isinstance(one, NewCommand) else one for one in found]
    results = [_batch_result(number, answer) for number, answer in enumerate(answers)]
    refused = sum(result.status == "refused" for result in results)
    return bodies.CommandBatchResponse(results, len(results) - refused, refused)


@commands.get(
    scope=READ,
    answer=a_page(bodies.CommandResponse),
    query=[
        a_choice("status", bodies.STATUSES, "How the command stands."),
        a_text("idempotency_key", "The one command that was sent with this key."),
    ],
    paged=True,
)
def command_list(call: Call[None]) -> dict[str, Any]:
    """Commands, the newest first."""
    rows = Command.objects.filter(entity=call.entity_id).defer("payload", "fingerprint")
    status, key = call.query["status"], call.query["idempotency_key"]
    if status is not None:
        rows = rows.filter(status=status)
    if key is not None:
        rows = rows.filter(id=command_id_of(call.entity_id, key))
    return call.page(rows, ["-number"], lambda row: bodies.CommandResponse(**_values(row)))


@commands.get(scope=READ, answer=bodies.CommandDetail, problems=(404,))
def command_show(call: Call[None], command_id: UUID) -> bodies.CommandDetail:
    """One command, and what became of it."""
    row = Command.objects.filter(entity=call.entity_id, id=command_id).first()
    if row is None:
        raise CommandNotFound
    return bodies.CommandDetail(**_values(row), payload=msgspec.Raw(row.payload.encode()), result=_answer_of(row))


def accepted(new: NewCommand, location: str, show: Any) -> Reply:
    """The answer of an endpoint that accepts one command, after it was taken in; its refusal is raised."""
    (answer,) = accept([new])
    if isinstance(answer, LedgerError):
        raise answer
    content, headers, _ = once(show(answer), is_replayed=answer.is_replayed)
    return Reply(content, {**headers, "Location": location}, HTTPStatus.ACCEPTED)


def _receipt(receipt: Receipt) -> bodies.ReceiptResponse:
    return bodies.ReceiptResponse(receipt.id, receipt.type, "accepted", receipt.key, as_text(receipt.received_at))


def _checked(caller: Caller, type_: str, payload: msgspec.Raw, key: str) -> NewCommand:
    """The command, which its caller may send and whose form is right."""
    kind = kind_called(type_)
    caller.require(kind.scope)
    with in_payload():
        body = read_payload(kind, payload)
    caller.require(*kind.scopes_of(body))
    claim = claim_for(kind, body, key)
    return new_command(caller.entity_id, type_, payload, claim, caller.actor)


def _texts_of(batch: bodies.CommandBatchRequest, body: bytes) -> list[bytes]:
    """The JSON of each item. Raises `Malformed` when the batch itself, which `body` holds, names a member twice."""
    texts = [bytes(raw) for raw in batch.items]
    if body.count(b'"') - sum(text.count(b'"') for text in texts) != QUOTES:
        refuse_duplicate_members(body)
    return texts


def _checked_item(caller: Caller, text: bytes) -> NewCommand | LedgerError:
    try:
        item = decode_json(text, ITEM)
        refuse_duplicate_members(text)
        return _checked(caller, item.type, item.payload, item.idempotency_key)
    except LedgerError as refusal:
        return refusal


def _batch_result(number: int, answer: Receipt | LedgerError) -> bodies.CommandBatchResult:
    if isinstance(answer, LedgerError):
        return bodies.CommandBatchResult("refused", error=problem(answer, pointer_prefix=f"/items/{number}"))
    return bodies.CommandBatchResult(
        "accepted", answer.id, answer.type, answer.key, as_text(answer.received_at), answer.is_replayed
    )


def _values(row: Command) -> dict[str, Any]:
    same = ("id", "type", "status", "actor", "received_at", "finished_at", "event_sequence", "result_sequence")
    error = msgspec.json.decode(row.error, type=bodies.CommandFailure) if row.error else None
    return {name: getattr(row, name) for name in same} | {"idempotency_key": row.key, "error": error}


def _answer_of(row: Command) -> bodies.CommandAnswer | None:
    if row.result_sequence is None:
        return None
    event = Event.objects.get(entity_id=row.entity_id, sequence=row.result_sequence)
    return bodies.CommandAnswer(
        event.sequence, event.type, event.subject, event.recorded_at, msgspec.json.decode(event.data)
    )
