"""The events of holds: each carries the hold and its account's balance as they stand after it. Pure.

Their canonical JSON is what is hashed and stored, and what a retry is answered with.
"""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import msgspec

from journals.events import BalanceFact, balance_fact
from journals.hold_states import HoldAction, HoldStep
from journals.lot_keeping.facts import LotPinFact, pin_facts
from ledgerflow.books.idempotency import CLIENT, Claim
from ledgerflow.core import canonical
from ledgerflow.core.clocks import as_text
from ledgerflow.core.events import Fact
from ledgerflow.core.money import plain


class HoldFact(Fact, frozen=True, omit_defaults=True):
    """A hold after a step; amounts are decimal strings at the currency's scale.

    `moved` is what this step placed, captured, released or let expire; `number` counts the steps. Metadata are in
    `hold.placed` alone, `pins` are the parts of lots it took or let go of. `journal` is that of a capture, key and
    fingerprint those of the request if it had its own. `expired_before` is when it would have expired without the
    extension that the fact tells of, and not there if never.
    """

    id: UUID
    number: int
    account: str
    currency: str
    moved: str
    amount: str
    captured: str
    released: str
    remaining: str
    status: str
    balance: BalanceFact
    effective_date: date  # the business date of the books, or the date of the capture
    expires_at: str | None = None
    description: str = ""
    external_reference: str = ""
    metadata: dict[str, Any] | None = None
    journal: UUID | None = None
    reason: str = ""
    idempotency_key: str = ""
    fingerprint: str = ""
    key_issuer: str = CLIENT
    pins: list[LotPinFact] | None = None  # of an account that keeps lots: which parts of them this step moved
    expired_before: str | None = None


class HoldPlacedFact(HoldFact, frozen=True):
    """Money of an account was held."""

    event_type = "hold.placed"


class HoldCapturedFact(HoldFact, frozen=True):
    """A journal took held money out of its account."""

    event_type = "hold.captured"


class HoldReleasedFact(HoldFact, frozen=True):
    """Held money was let go."""

    event_type = "hold.released"


class HoldExpiredFact(HoldFact, frozen=True):
    """The time of a hold was over."""

    event_type = "hold.expired"


class HoldExtendedFact(HoldFact, frozen=True):
    """A hold expires at another moment than before, or never."""

    event_type = "hold.extended"


TOLD_AS: dict[HoldAction, type[HoldFact]] = {
    HoldAction.PLACED: HoldPlacedFact,
    HoldAction.CAPTURED: HoldCapturedFact,
    HoldAction.RELEASED: HoldReleasedFact,
    HoldAction.EXPIRED: HoldExpiredFact,
    HoldAction.EXTENDED: HoldExtendedFact,
}


class RequestDetails(msgspec.Struct, frozen=True):
    """What was asked for besides the hold itself; a capture's key is with its journal, an expiry has none."""

    actor: str
    claim: Claim = Claim(CLIENT, "", b"")
    metadata: dict[str, Any] | None = None
    reason: str = ""


def hold_fact(step: HoldStep, request: RequestDetails, day: date, journal: UUID | None = None) -> bytes:
    """The canonical JSON of a step."""
    hold = step.hold
    return canonical.encode(
        HoldFact(
            id=hold.id,
            number=hold.entries,
            account=hold.account,
            currency=hold.currency,
            moved=plain(step.amount),
            amount=plain(hold.amount),
            captured=plain(hold.captured),
            released=plain(hold.released),
            remaining=plain(hold.remaining),
            status=hold.status,
            balance=balance_fact(step.balance),
            effective_date=day,
            expires_at=as_text(hold.expires_at) if hold.expires_at else None,
            expired_before=as_text(step.expired_before) if step.expired_before else None,
            description=hold.description,
            external_reference=hold.external_reference,
            metadata=request.metadata or None,
            journal=journal,
            reason=request.reason,
            pins=pin_facts(step.pins),
            **request.claim.fact(),
        )
    )


def read_hold_fact(data: str | bytes) -> HoldFact:
    """A stored fact back as values."""
    return _DECODER.decode(data)


_DECODER = msgspec.json.Decoder(HoldFact)
