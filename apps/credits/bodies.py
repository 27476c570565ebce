"""Bodies of the endpoints of credits."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from apps.credits.definitions import MAX_NAME, MAX_OWNER
from apps.credits.entries import CreditEntry
from journals.api.bodies import MAX_ITEMS, Amount, Key

OwnerId = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_OWNER, description="Whose credits they are.")]
OperationName = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_NAME, examples=["CREDIT_SPEND"])]
ApplicationName = Annotated[
    str, msgspec.Meta(max_length=MAX_NAME, description="May be left out where there is one application only.")
]

Cost = Annotated[
    Amount, msgspec.Meta(description="What was paid for credits that are sold, in the currency of the operation.")
]


class CreditOperationRequest(msgspec.Struct, forbid_unknown_fields=True):
    """An operation of an application, for an owner; an amount where the operation takes one. The sign is not said."""

    operation: OperationName
    owner_id: OwnerId
    application: ApplicationName = ""
    amount: Amount | None = None
    cost: Cost | None = None


class CreditOperationResponse(msgspec.Struct):
    """What was done, or what the same request did before."""

    status: Literal["posted", "replayed"]
    entry: CreditEntry


class CreditOperationItem(msgspec.Struct, forbid_unknown_fields=True):
    """One operation of a batch."""

    operation: OperationName
    owner_id: OwnerId
    application: ApplicationName = ""
    amount: Amount | None = None
    cost: Cost | None = None
    idempotency_key: Key = ""


AnyItem = Annotated[msgspec.Raw, msgspec.Meta(extra_json_schema={"$ref": "#/components/schemas/CreditOperationItem"})]


class CreditBatchRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Operations in order. Items stay undecoded here, so that a malformed one does not take the others with it."""

    mode: Literal["each", "atomic"]
    items: Annotated[list[AnyItem], msgspec.Meta(min_length=1, max_length=MAX_ITEMS)]


class CreditBatchResult(msgspec.Struct, omit_defaults=True):
    """What became of one item: its `entry`, or `error`, a problem document."""

    status: Literal["posted", "replayed", "refused"]
    entry: CreditEntry | msgspec.UnsetType = msgspec.UNSET
    error: Annotated[
        dict[str, Any] | msgspec.UnsetType,
        msgspec.Meta(extra_json_schema={"$ref": "#/components/schemas/Problem"}),
    ] = msgspec.UNSET


class CreditBatchResponse(msgspec.Struct):
    """One result per item, in order, and how many came out each way."""

    results: list[CreditBatchResult]
    posted: int
    replayed: int
    refused: int
