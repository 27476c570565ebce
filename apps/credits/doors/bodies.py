"""Bodies of the literal endpoints: amounts are whole JSON numbers here."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec

from apps.credits.bodies import OwnerId

MAX_NONCE = 200
# Of any length: one that there is not is an `invalid_operation`, whatever it looks like.
OperationName = Annotated[str, msgspec.Meta(examples=["CREDIT_SPEND"])]
Nonce = Annotated[
    str,
    msgspec.Meta(
        description="Visible ASCII that is new for every new operation of the application, such as a UUID.",
        extra_json_schema={"minLength": 1, "maxLength": MAX_NONCE, "pattern": "^[!-~]*$"},
    ),
]
# As it was written: a parsed 1e3, 5.0 and true are numbers too, and are refused (`asking.whole_amount`).
WholeAmount = Annotated[
    msgspec.Raw,
    msgspec.Meta(
        description="A whole number without a sign, where the operation takes one.",
        extra_json_schema={"type": ["integer", "null"], "minimum": 0, "examples": [100]},
    ),
]


class LedgerRequest(msgspec.Struct, forbid_unknown_fields=True):
    """An operation for an owner. The nonce is used once: with another one the same is done again."""

    operation: OperationName
    owner_id: OwnerId
    nonce: Nonce
    amount: WholeAmount = msgspec.field(default_factory=msgspec.Raw)


class LedgerEntry(msgspec.Struct, frozen=True):
    """An operation that was done. `amount` is negative for a spend. It never changes, so both moments are the same."""

    id: UUID
    operation: str
    owner_id: str
    amount: int
    nonce: str
    created_at: datetime
    updated_at: datetime


class LedgerResponse(msgspec.Struct, frozen=True):
    """What was done, and what the owner has after it."""

    entry: LedgerEntry
    balance: int


class OwnerBalance(msgspec.Struct, frozen=True):
    """What an owner has: 0 and no moment where nothing was ever given to him."""

    owner_id: str
    balance: int
    last_updated: datetime | None
