"""What the endpoints of holds, and the commands that ask for the same, take. Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import msgspec

from journals.api.bodies import Amount, Code, Confirmed, Currency, Description, Late, Reason, Reference
from journals.errors import OffsetNeeded
from journals.hold_states import HoldSpec
from ledgerflow.core.money import parse_amount


class PlaceRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Outflow to set aside on `account`; `expires_at` is a moment with its offset, none for a hold that waits."""

    account: Code
    amount: Amount
    currency: Currency = ""
    expires_at: datetime | None = None
    description: Description = ""
    external_reference: Reference = ""
    metadata: dict[str, Any] | None = None

    def spec(self) -> HoldSpec:
        """What the use case takes. Raises `Malformed`."""
        return HoldSpec(
            self.account,
            parse_amount(self.amount, "/amount"),
            self.currency,
            _in_utc(self.expires_at),
            self.description,
            self.external_reference,
            self.metadata,
        )


class CaptureRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Held money to move to `counter_account`: `amount`, or all that is left when it is not given."""

    counter_account: Code
    amount: Amount | None = None
    release_remainder: bool = False
    effective_date: date | None = None
    late: Late = "refuse"
    confirm_unusual_date: Confirmed = False
    description: Description = ""
    external_reference: Reference = ""
    metadata: dict[str, Any] | None = None

    def wanted(self) -> dict[str, Any]:
        """What the use case takes. Raises `Malformed`."""
        return msgspec.structs.asdict(self) | {"amount": _amount(self.amount)}


class ReleaseRequest(msgspec.Struct, forbid_unknown_fields=True):
    """How much to let go; all that is left when `amount` is not given."""

    amount: Amount | None = None
    reason: Reason = ""

    def wanted(self) -> dict[str, Any]:
        """The same."""
        return {"amount": _amount(self.amount), "reason": self.reason}


class ExtendRequest(msgspec.Struct, forbid_unknown_fields=True):
    """When the hold expires from now on, a moment with its offset; null for a hold that waits."""

    expires_at: datetime | None
    reason: Reason = ""

    def wanted(self) -> dict[str, Any]:
        """The same."""
        return {"expires_at": _in_utc(self.expires_at), "reason": self.reason}


def _amount(text: str | None) -> Decimal | None:
    return None if text is None else parse_amount(text, "/amount")


def _in_utc(moment: datetime | None) -> datetime | None:
    if moment is None:
        return None
    if moment.tzinfo is None:
        raise OffsetNeeded(pointer="/expires_at")
    return moment.astimezone(UTC)  # which cannot overflow, as `web.body` bounds it
