"""What an audit file cannot hold: refused by name, because half a file or one that means something else is worse."""

from __future__ import annotations

from ledgerflow.core.errors import LedgerError, Malformed, TryAgain


class AuditAccountUnfit(LedgerError):
    """The account has no number that the format holds, or the number of another one."""

    code = "audit_account_unfit"
    template = (
        'Account {account} cannot stand in {format} as "{number}": {reason}. Give the account a number of its own '
        "as account_number in its metadata."
    )


class AuditCurrencyUnfit(LedgerError):
    """The format cannot hold the base currency of these books."""

    code = "audit_currency_unfit"
    template = "{format} cannot hold {currency}: {reason}."


class AuditNeedsRounding(LedgerError):
    """Lines of foreign accounts leave cents in base currency, and no account takes them."""

    code = "audit_needs_rounding"
    template = (
        "Accounts in other currencies leave cents in {currency}, and no account has the role rounding in it. Open one: "
        "POST /api/fx/accounts does."
    )


class AuditBaseChanged(Malformed):
    template = "The base currency is another one since {day}: ask for days before it, or from it on."


class AuditYearsOpen(LedgerError):
    """Earlier years have a result that no year end has taken to equity, so that the opening balances are none."""

    code = "audit_years_open"
    template = (
        "Income and expenses of before {start} stand at {amount} and no year end has taken them to equity: opening "
        "balances would not come to zero. Close the earlier years first."
    )


class AuditCodeUnfit(LedgerError):
    """Two codes of taxes or parties that are the same as far as the format holds them."""

    code = "audit_code_unfit"
    template = "{format} holds {most} characters of a code, and {first} and {second} are the same so far."


class AuditTooLarge(LedgerError):
    """More entries, or a larger amount, than the format holds."""

    code = "audit_file_too_large"
    template = "{format} cannot hold this: {reason}."


class AuditNumbersBehind(TryAgain):
    """A journal was posted while the file was made, and has no number in its series yet."""

    code = "audit_numbers_behind"
    template = "Journal {journal} has no number in its series yet: ask again in a moment."


class AuditRange(Malformed):
    template = "{format} is of {wanted}: {start} to {end} is not."


class AuditHeader(Malformed):
    template = "{name} is {wanted}, not {value!r}."
