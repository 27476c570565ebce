"""Refusals of the chart of accounts."""

from __future__ import annotations

from ledgerflow.core.errors import LedgerError, Malformed, NotFound, PreconditionFailed


class AccountExists(LedgerError):
    code = "account_exists"
    status = 409
    template = "There is an account {account!r} already."


class CurrencyExists(LedgerError):
    code = "currency_exists"
    status = 409
    template = "These books have a currency {currency} already."


class UnknownCurrency(LedgerError):
    code = "unknown_currency"
    template = "These books have no currency {currency!r}."


class NotMoney(LedgerError):
    """A unit such as credits is counted, and worth nothing in any currency."""

    code = "not_money"
    template = "{currency} is not money: it has no rates and is not exchanged, and no books are kept in it."


class CurrencyWithdrawn(LedgerError):
    """Books in a withdrawn currency begin before it was withdrawn; their base currency changes then."""

    code = "currency_withdrawn"
    template = "{currency} was withdrawn in {month}: books that are kept in it begin before."


class LimitBelowBalance(LedgerError):
    code = "limit_below_balance"
    template = "The balance, {balance}, breaks this limit."


class AccountNotEmpty(LedgerError):
    code = "account_not_empty"
    template = "{account} can be closed only at zero with nothing held."


class ParentRefused(LedgerError):
    code = "parent_refused"
    template = "{parent} cannot be the parent of this account."


class UnknownAccount(LedgerError):
    code = "unknown_account"
    template = "There is no account {account!r} in these books."


class HeaderAccount(LedgerError):
    code = "header_account"
    template = "{account} is a header account: it takes no postings."


class AccountClosed(LedgerError):
    code = "account_closed"
    template = "{account} is closed."


class AccountFrozen(LedgerError):
    code = "account_frozen"
    template = "{account} is frozen for this direction."


class NotOpenThen(NotFound):
    template = "The account {account!r} was not open at that moment."


class CurrencyNeeded(Malformed):
    template = "An account needs a currency."


class FixedAtOpening(Malformed):
    template = "This cannot be changed after opening."


class AccountNotFound(NotFound):
    template = "There is no account {account!r} in these books."


class AccountRevised(PreconditionFailed):
    template = "The account has changed since it was read."


class ParentOfOtherType(ParentRefused):
    template = "The parent must be an open account of type {type}."


class ParentBelow(ParentRefused):
    template = "{parent} is below {account}: an account cannot be its own ancestor."


class LimitsCrossed(Malformed):
    template = "The lower limit is above the upper one."


class HeaderNotEmpty(AccountNotEmpty):
    template = "{child} below it is still open."


class MinorUnitsOutOfRange(Malformed):
    template = "Minor units are from 0 to {most}."


class NotInIso4217(UnknownCurrency):
    template = "{currency!r} is not a currency of ISO 4217."


class AccountDiffers(AccountExists):
    template = "There is a different account {account!r} already: {fields}."


class LimitOfEmptyAccount(LimitBelowBalance):
    template = "An empty account would break this limit."


class ParentNotAnother(ParentRefused):
    template = "The parent must be another open account of type {type}."


class AccountCodeRefused(Malformed):
    template = "A code is 1 to 100 characters without '/', control characters, or spaces at its ends."


class RoleRefused(Malformed):
    template = "A role is a-z, then a-z, 0-9 or _, at most 40 characters."


class NormalSideUnknown(Malformed):
    template = "A normal side is debit or credit."


class LotsOfHeader(Malformed):
    template = "A header account takes no postings, and so it keeps no lots."


class LotsFixed(Malformed):
    template = "Whether {account} keeps lots was settled by its first posting or hold."
    constraints = ("account_lots_are_fixed",)
