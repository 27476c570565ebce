"""Bodies of the endpoints of commands."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec

from ledgerflow.books.idempotency import MAX_KEY
from ledgerflow.core.plugins import registry
from ledgerflow.events.commands.models import CommandStatus

MAX_ITEMS = 10_000

# What is no type or no such payload is refused with a better message than the schema's.
Type = Annotated[str, msgspec.Meta(max_length=64, extra_json_schema={"enum": list(registry.command_kinds)})]
# The pattern is for the schema; `idempotency.check_key` checks it, with a better message.
Key = Annotated[str, msgspec.Meta(max_length=MAX_KEY, extra_json_schema={"pattern": r"^([!#-~][!-~]*)?$"})]
Status = Literal["accepted", "completed", "failed"]
STATUSES = CommandStatus.values


def payload_schema() -> dict[str, Any]:
    """The payload of some type, as the struct of its kind."""
    names = sorted({kind.body.__name__ for kind in registry.command_kinds.values()})
    return {"anyOf": [{"$ref": f"#/components/schemas/{name}"} for name in names]}


Payload = Annotated[msgspec.Raw, msgspec.Meta(extra_json_schema=payload_schema())]


class CommandRequest(msgspec.Struct, forbid_unknown_fields=True):
    """What to do, and the body that the endpoint which does it at once would take."""

    type: Type
    payload: Payload


class CommandItem(msgspec.Struct, forbid_unknown_fields=True):
    """The same in a batch, where each has its own key."""

    type: Type
    payload: Payload
    idempotency_key: Key = ""


Item = Annotated[msgspec.Raw, msgspec.Meta(extra_json_schema={"$ref": "#/components/schemas/CommandItem"})]


class CommandBatchRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Items stay undecoded here, so that one that is malformed does not take the others with it."""

    items: Annotated[list[Item], msgspec.Meta(min_length=1, max_length=MAX_ITEMS)]


class ReceiptResponse(msgspec.Struct):
    """A command that was accepted: it is written down, and will be carried out."""

    id: UUID
    type: str
    status: Literal["accepted"]
    idempotency_key: str
    received_at: str


class CommandBatchResult(msgspec.Struct, omit_defaults=True):
    """What became of one item: what it is called from now on, or `error`, a problem document."""

    status: Literal["accepted", "refused"]
    id: UUID | msgspec.UnsetType = msgspec.UNSET
    type: str | msgspec.UnsetType = msgspec.UNSET
    idempotency_key: str | msgspec.UnsetType = msgspec.UNSET
    received_at: str | msgspec.UnsetType = msgspec.UNSET
    is_replayed: bool | msgspec.UnsetType = msgspec.UNSET
    error: Annotated[
        dict[str, Any] | msgspec.UnsetType,
        msgspec.Meta(extra_json_schema={"$ref": "#/components/schemas/Problem"}),
    ] = msgspec.UNSET


class CommandBatchResponse(msgspec.Struct):
    """One result per item, in order, and how many came out each way."""

    results: list[CommandBatchResult]
    accepted: int
    refused: int


class CommandFailure(msgspec.Struct):
    """Why a command failed, as the endpoint which does the same at once would have refused it."""

    code: str
    message: str
    pointer: str
    data: dict[str, Any]


class CommandAnswer(msgspec.Struct):
    """The event that a completed command is answered with; `data` is what the event tells, such as a journal."""

    event_sequence: int
    type: str
    subject: str
    recorded_at: datetime
    data: dict[str, Any]


class CommandResponse(msgspec.Struct):
    """A command as it stands. `event_sequence` is of the event that tells how it ended, so the answer's is lower."""

    id: UUID
    type: str
    status: Status
    idempotency_key: str
    actor: str
    received_at: datetime
    finished_at: datetime | None
    event_sequence: int | None
    result_sequence: int | None
    error: CommandFailure | None


class CommandDetail(CommandResponse):
    """The same with what was sent, and the answer of one that is completed."""

    payload: Annotated[msgspec.Raw, msgspec.Meta(extra_json_schema={"type": "object"})]
    result: CommandAnswer | None
