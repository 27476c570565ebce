"""Reading holds back: one with all that was done to it, or those of an account."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec
from django.db.models import QuerySet

from accounts.errors import AccountNotFound
from accounts.models import Account
from journals.errors import HoldNotFound
from journals.hold_events import read_hold_fact
from journals.holds.models import Hold
from ledgerflow.books.models import Event
from ledgerflow.core.money import CONTEXT, plain


class HoldResponse(msgspec.Struct, frozen=True, kw_only=True):
    """A hold as it stands; amounts are decimal strings, `released` is what was released or has expired.

    One that was captured in part is `captured` once the rest is released, and `expired` once the rest has expired.

    One whose `expires_at` is past is `active` until the sweep has been there, and can be captured no more.
    """

    id: UUID
    account: str
    currency: str
    amount: str
    captured: str
    released: str
    remaining: str
    status: str
    expires_at: datetime | None
    description: str
    external_reference: str
    metadata: dict[str, Any] | None
    actor: str
    placed_at: datetime
    event_sequence: int


class HoldStepResponse(msgspec.Struct, frozen=True, kw_only=True):
    """Something done to a hold; `held_after` is what its account held back after it.

    An extension moves no money: it has `expired_before` and `expires_at`, null for never. Other steps have neither.
    """

    number: int
    action: str
    amount: str
    held_after: str
    effective_date: date
    recorded_at: datetime
    event_sequence: int
    journal: UUID | None
    actor: str
    reason: str
    expired_before: datetime | None
    expires_at: datetime | None


class HoldWithSteps(HoldResponse, frozen=True, kw_only=True):
    """A hold with all that was done to it; `revision` counts it, and is its entity tag."""

    revision: int
    steps: list[HoldStepResponse]


def holds_of(entity_id: UUID, account: str | None, status: str | None) -> QuerySet[Hold]:
    """The holds of an entity, or of one account. Raises `NotFound` for an account that is not there."""
    holds = Hold.objects.filter(entity_id=entity_id).select_related("account")
    if account is not None:
        found = Account.objects.filter(entity_id=entity_id, code=account).first()
        if found is None:
            raise AccountNotFound(pointer="/account", account=account)
        holds = Hold.objects.filter(account=found).select_related("account")
    return holds.filter(status=status) if status else holds


def read_hold(entity_id: UUID, hold_id: UUID) -> HoldWithSteps:
    """One hold. Raises `NotFound`."""
    hold = Hold.objects.filter(entity_id=entity_id, id=hold_id).select_related("account").first()
    if hold is None:
        raise HoldNotFound
    return HoldWithSteps(**_values(hold), revision=hold.entries, steps=_steps(hold))


def hold_response(hold: Hold) -> HoldResponse:
    """A row as it is told."""
    return HoldResponse(**_values(hold))


def _steps(hold: Hold) -> list[HoldStepResponse]:
    """Its steps in their order; why each was made is in its event."""
    steps = list(hold.steps.order_by("number"))
    sequences = [step.event_sequence for step in steps]
    facts = Event.objects.filter(entity_id=hold.entity_id, sequence__in=sequences).values_list("sequence", "data")
    reasons = {sequence: read_hold_fact(data).reason for sequence, data in facts}
    return [
        HoldStepResponse(
            number=step.number,
            action=step.action,
            amount=plain(step.amount),
            held_after=plain(step.held_after),
            effective_date=step.effective_date,
            recorded_at=step.recorded_at,
            event_sequence=step.event_sequence,
            journal=step.journal_id,
            actor=step.actor,
            reason=reasons.get(step.event_sequence, ""),
            expired_before=step.expired_before,
            expires_at=step.expires_at,
        )
        for step in steps
    ]


def _values(hold: Hold) -> dict[str, Any]:
    released = CONTEXT.subtract(CONTEXT.subtract(hold.amount, hold.captured), hold.remaining)
    amounts = {"amount": hold.amount, "captured": hold.captured, "released": released, "remaining": hold.remaining}
    same = (
        "id", "currency", "status", "expires_at", "description", "external_reference", "metadata", "actor",
        "placed_at", "event_sequence",
    )  # fmt: skip
    return {
        "account": hold.account.code,
        **{name: plain(amount) for name, amount in amounts.items()},
        **{name: getattr(hold, name) for name in same},
    }
