"""Refusals of holding and capturing."""

from __future__ import annotations

from ledgerflow.core.errors import LedgerError


class HoldNotActive(LedgerError):
    """Nothing is left of this hold; `data` names its `hold_status`."""

    code = "hold_not_active"
    status = 409


class HoldExpired(LedgerError):
    """Its time is over, whether the sweep has been there or not."""

    code = "hold_expired"
    status = 409


class HoldExceeded(LedgerError):
    """More than is left of the hold: `remaining` in the data."""

    code = "hold_exceeded"
