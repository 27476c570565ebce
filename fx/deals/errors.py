"""Refusals of quotes and settlements."""

from __future__ import annotations

from ledgerflow.core.errors import LedgerError


class FxAccountMissing(LedgerError):
    """No open account has the role that is needed, in the currency that is needed; `data` names both."""

    code = "fx_account_missing"


class FxAccountAmbiguous(LedgerError):
    """Several open accounts have the role that only one may have in a currency; `data` names them."""

    code = "fx_account_ambiguous"


class QuoteExpired(LedgerError):
    code = "quote_expired"
    status = 409


class QuoteUsed(LedgerError):
    """A quote settles once; `settlement` in the data is the one that used it."""

    code = "quote_used"
    status = 409
