"""A hold from its placing to its end: what may be done with it, and what each step leaves. Pure.

Money is held on the side that flows out of an account. Every step gives the hold and the account's balance after it.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from journals.drafts import Capture, Draft
from journals.errors import (
    CurrencyMismatch,
    ExpiryBeforePlacing,
    ExpiryOver,
    ExpiryUnchanged,
    HoldExceeded,
    HoldExpired,
    HoldNotActive,
    HoldNotFound,
)
from journals.limits import AccountState, BalanceAfter, check_open, insufficient
from journals.lot_keeping.states import Pin
from ledgerflow.core.clocks import as_text
from ledgerflow.core.errors import PrecisionExceeded
from ledgerflow.core.money import at_scale, plain


class HoldStatus(StrEnum):
    ACTIVE = "active"
    CAPTURED = "captured"
    RELEASED = "released"
    EXPIRED = "expired"


class HoldAction(StrEnum):
    PLACED = "placed"
    CAPTURED = "captured"
    RELEASED = "released"
    EXPIRED = "expired"
    EXTENDED = "extended"


class HoldSpec(msgspec.Struct, frozen=True):
    """A hold to place: a positive amount in major units of the account's currency, which `currency` may name.

    `expires_at` is a moment in UTC, None for a hold that waits for ever.
    """

    account: str
    amount: Decimal
    currency: str = ""
    expires_at: datetime | None = None
    description: str = ""
    external_reference: str = ""
    metadata: dict[str, Any] | None = None


class HoldState(NamedTuple):
    """A hold as it stands; what is neither captured nor remaining was released or has expired."""

    id: UUID
    account: str
    currency: str
    amount: Decimal
    captured: Decimal
    remaining: Decimal
    status: str
    entries: int
    expires_at: datetime | None
    description: str
    external_reference: str
    is_overdue: bool = False

    @property
    def released(self) -> Decimal:
        return self.amount - self.captured - self.remaining


class HoldStep(NamedTuple):
    """What was done to a hold: the hold and its account's balance after it, and how much was moved."""

    action: HoldAction
    amount: Decimal
    hold: HoldState
    balance: BalanceAfter
    pins: tuple[Pin, ...] = ()  # parts of lots that it pinned, or has no longer
    expired_before: datetime | None = None  # when it would have expired, of an extension


def placed(hold_id: UUID, spec: HoldSpec, account: AccountState, now: datetime) -> HoldStep:
    """Place a hold on an account, which changes; limits hold for what is then available.

    Raises `HeaderAccount`, `AccountClosed`, `AccountFrozen`, `CurrencyMismatch`, `PrecisionExceeded`, `Malformed` (it
    would have expired already) or `InsufficientFunds`, and leaves the account as it was.
    """
    check_open(account, inflow=False, pointer="/account")
    if spec.currency and spec.currency != account.currency:
        raise CurrencyMismatch(
            pointer="/currency", account=account.code, currency=account.currency, other=spec.currency
        )
    try:
        amount = at_scale(spec.amount, account.minor_units)
    except PrecisionExceeded as refusal:
        refusal.pointer = "/amount"
        raise
    if spec.expires_at is not None and spec.expires_at <= now:
        raise ExpiryBeforePlacing(pointer="/expires_at")
    available = account.normal_balance() - account.held
    if account.min_balance is not None and available - amount < account.min_balance:
        raise insufficient(account, available)
    account.held += amount
    hold = HoldState(
        id=hold_id,
        account=account.code,
        currency=account.currency,
        amount=amount,
        captured=amount - amount,  # zero at the currency's scale
        remaining=amount,
        status=HoldStatus.ACTIVE.value,
        entries=1,
        expires_at=spec.expires_at,
        description=spec.description,
        external_reference=spec.external_reference,
    )
    return HoldStep(HoldAction.PLACED, amount, hold, account.after())


def capturing(draft: Draft, hold: HoldState | None) -> Draft:
    """The draft of a capture with its amounts: all that is left of the hold, if it asks for the whole of it.

    Raises `NotFound`, `HoldNotActive`, `HoldExpired` (also while the sweep is late) or `HoldExceeded`.
    """
    if hold is None:
        raise HoldNotFound
    if hold.is_overdue and hold.status == HoldStatus.ACTIVE:
        raise _expired(hold)
    _check_left(hold, None)
    if draft.capture is not None and draft.capture.whole:
        lines = tuple(
            msgspec.structs.replace(line, amount=hold.remaining.copy_sign(line.amount)) for line in draft.lines
        )
        return msgspec.structs.replace(draft, lines=lines)
    _check_left(hold, draft.lines[0].amount.copy_abs())
    return draft


def captured(hold: HoldState, capture: Capture, balance: BalanceAfter, amount: Decimal) -> tuple[HoldStep, ...]:
    """What a posted capture leaves of its hold; the account has moved already, but for a remainder it lets go."""
    after = _less(hold, amount, HoldStatus.CAPTURED)._replace(captured=hold.captured + amount)
    step = HoldStep(HoldAction.CAPTURED, amount, after, balance)
    if not (capture.release_remainder and after.remaining):
        return (step,)
    return (step, _freed(after, balance.account, after.remaining, HoldStatus.RELEASED, HoldAction.RELEASED))


def released(hold: HoldState, account: AccountState, amount: Decimal | None) -> HoldStep:
    """Let go of a part, or of all that is left (None); the account changes.

    Raises `HoldNotActive`, `HoldExceeded` or `PrecisionExceeded`.
    """
    _check_left(hold, amount)
    try:
        part = hold.remaining if amount is None else at_scale(amount, account.minor_units)
    except PrecisionExceeded as refusal:
        refusal.pointer = "/amount"
        raise
    return _freed(hold, account, part, HoldStatus.RELEASED, HoldAction.RELEASED)


def expired(hold: HoldState, account: AccountState) -> HoldStep:
    """End an active hold whose time is over; the account changes."""
    return _freed(hold, account, hold.remaining, HoldStatus.EXPIRED, HoldAction.EXPIRED)


def extended(hold: HoldState, account: AccountState, expires_at: datetime | None, now: datetime) -> HoldStep:
    """Let a hold expire at another moment, or never (None). No more is held, so limits are not looked at again.

    The account must let outflow pass, as for placing; whoever wants a hold of a frozen one to end releases it.
    Raises `HoldNotActive`, `HoldExpired` (also while the sweep is late), `AccountFrozen` or `Malformed` (the moment is
    over, or the one it has).
    """
    _check_left(hold, None)
    if hold.is_overdue:
        raise _expired(hold)
    check_open(account, inflow=False, pointer="")
    if expires_at is not None and expires_at <= now:
        raise ExpiryOver(pointer="/expires_at")
    if expires_at == hold.expires_at:
        raise ExpiryUnchanged(pointer="/expires_at")
    after = hold._replace(expires_at=expires_at, entries=hold.entries + 1)
    nothing = hold.amount - hold.amount  # zero at the currency's scale
    return HoldStep(HoldAction.EXTENDED, nothing, after, account.after(), expired_before=hold.expires_at)


def _freed(hold: HoldState, account: AccountState, amount: Decimal, ended: HoldStatus, action: HoldAction) -> HoldStep:
    account.free(amount)
    return HoldStep(action, amount, _less(hold, amount, ended), account.after())


def _less(hold: HoldState, amount: Decimal, ended: HoldStatus) -> HoldState:
    remaining = hold.remaining - amount
    if ended == HoldStatus.RELEASED and hold.captured:
        ended = HoldStatus.CAPTURED  # its purpose was met; what was let go of is a figure beside it
    status = hold.status if remaining else ended.value
    return hold._replace(remaining=remaining, status=status, entries=hold.entries + 1)


def _check_left(hold: HoldState, amount: Decimal | None) -> None:
    if hold.status == HoldStatus.EXPIRED:
        raise _expired(hold)
    if hold.status != HoldStatus.ACTIVE:
        raise HoldNotActive(hold=str(hold.id), hold_status=hold.status)
    if amount is not None and amount > hold.remaining:
        raise HoldExceeded(pointer="/amount", hold=str(hold.id), remaining=plain(hold.remaining), amount=plain(amount))


def _expired(hold: HoldState) -> HoldExpired:
    moment = as_text(hold.expires_at) if hold.expires_at else None
    return HoldExpired(hold=str(hold.id), expires_at=moment)
