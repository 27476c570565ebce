"""Refusals of recurring journals."""

from __future__ import annotations

from ledgerflow.core.errors import LedgerError


class RecurringEnded(LedgerError):
    code = "recurring_ended"
    status = 409
