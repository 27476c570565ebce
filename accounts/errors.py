"""Refusals of the chart of accounts."""

from __future__ import annotations

from ledgerflow.core.errors import LedgerError


class AccountExists(LedgerError):
    code = "account_exists"
    status = 409


class CurrencyExists(LedgerError):
    code = "currency_exists"
    status = 409


class UnknownCurrency(LedgerError):
    code = "unknown_currency"


class LimitBelowBalance(LedgerError):
    code = "limit_below_balance"


class AccountNotEmpty(LedgerError):
    code = "account_not_empty"


class ParentRefused(LedgerError):
    code = "parent_refused"


class UnknownAccount(LedgerError):
    code = "unknown_account"


class HeaderAccount(LedgerError):
    code = "header_account"


class AccountClosed(LedgerError):
    code = "account_closed"


class AccountFrozen(LedgerError):
    code = "account_frozen"
