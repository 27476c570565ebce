"""What an operation has become, as callers read it: made of the event that answers it, so the same each time. Pure."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import msgspec

from journals.events import Answer, BalanceFact

MEMBERS = ("application", "operation", "owner_id", "amount", "wallet")  # of a journal's metadata


class CreditEntry(msgspec.Struct, frozen=True):
    """One operation that was done.

    `id` is that of its journal, and `amount` what it did to the wallet: negative where it took something. One that
    moves nothing has no `journal`, and `balance`, what the wallet had after it, is null: it was not looked at.
    """

    id: UUID
    application: str
    operation: str
    owner_id: str
    amount: str
    balance: str | None
    journal: UUID | None
    effective_date: date | None
    idempotency_key: str


class _Told(msgspec.Struct):
    """The members of both events that may answer."""

    id: UUID
    idempotency_key: str
    metadata: dict[str, str] | None = None
    effective_date: date | None = None
    balances: list[BalanceFact] = []
    application: str = ""
    operation: str = ""
    owner_id: str = ""


_TOLD = msgspec.json.Decoder(_Told)


def entry_of(answer: Answer) -> CreditEntry:
    """The entry that an answer of `run_operation` is."""
    told = _TOLD.decode(answer.journal)
    if told.metadata is None:
        return CreditEntry(
            told.id, told.application, told.operation, told.owner_id, "0", None, None, None, told.idempotency_key
        )
    application, operation, owner_id, amount, wallet = (told.metadata[name] for name in MEMBERS)
    after = next((one.balance for one in told.balances if one.account == wallet), None)
    return CreditEntry(
        told.id, application, operation, owner_id, amount, after, told.id, told.effective_date, told.idempotency_key
    )
