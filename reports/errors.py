"""Refusals of reports."""

from __future__ import annotations

from ledgerflow.core.errors import LedgerError


class NoCashAccounts(LedgerError):
    """No account has the role "cash", and the request names none."""

    code = "no_cash_accounts"
