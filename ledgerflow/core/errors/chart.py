"""Refusals of the chart of accounts."""

from __future__ import annotations

from ledgerflow.core.errors.base import LedgerError


class AccountExists(LedgerError):
    code = "account_exists"
    status = 409


class EntityExists(LedgerError):
    code = "entity_exists"
    status = 409
    constraints = ("books_entity_code_key",)


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


class OpeningEquityOpen(LedgerError):
    code = "opening_equity_not_zero"
    constraints = ("opening_equity_is_zero",)
