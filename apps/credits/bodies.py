"""Bodies of the endpoints of credits."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from apps.credits.definitions import MAX_NAME, MAX_OWNER
from apps.credits.entries import CreditEntry
from journals.api.bodies import Amount

OwnerId = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_OWNER, description="Whose credits they are.")]
OperationName = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_NAME, examples=["CREDIT_SPEND"])]
ApplicationName = Annotated[
    str, msgspec.Meta(max_length=MAX_NAME, description="May be left out where there is one application only.")
]


class CreditOperationRequest(msgspec.Struct, forbid_unknown_fields=True):
    """An operation of an application, for an owner; an amount where the operation takes one. The sign is not said."""

    operation: OperationName
    owner_id: OwnerId
    application: ApplicationName = ""
    amount: Amount | None = None


class CreditOperationResponse(msgspec.Struct):
    """What was done, or what the same request did before."""

    status: Literal["posted", "replayed"]
    entry: CreditEntry
