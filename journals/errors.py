"""Refusals of posting, in the fixed order in which they are looked for."""

from __future__ import annotations

from ledgerflow.core.errors import LedgerError


class AlreadyReversed(LedgerError):
    code = "already_reversed"
    constraints = ("journal_reversed_once",)


class NotReversible(LedgerError):
    code = "not_reversible"


class SameAccount(LedgerError):
    code = "same_account"


class CurrencyMismatch(LedgerError):
    code = "currency_mismatch"


class UnknownDimension(LedgerError):
    code = "unknown_dimension"


class Unbalanced(LedgerError):
    code = "unbalanced"
    constraints = ("journal_balances",)


class DayClosed(LedgerError):
    code = "day_closed"
    constraints = ("journal_day_open", "journal_day_not_closing")


class FutureDate(LedgerError):
    code = "future_date"
    constraints = ("journal_not_in_future",)


class UnusualDate(LedgerError):
    """The same request with `confirm_unusual_date` is not refused for this."""

    code = "unusual_date"
    template = "{date} is before {first_business_date}, when these books began: say that it is meant."


class BeforeOriginal(LedgerError):
    code = "before_original"


class NotABusinessDay(LedgerError):
    code = "not_a_business_day"


class PeriodClosed(LedgerError):
    code = "period_closed"
    constraints = ("journal_period_open", "day_of_closed_period")


class PeriodLocked(LedgerError):
    """Locked is softer than closed: with a reason and the permission, an override passes."""

    code = "period_locked"


class InsufficientFunds(LedgerError):
    code = "insufficient_funds"
    constraints = ("balance_min",)


class MaxBalanceExceeded(LedgerError):
    code = "max_balance_exceeded"
    constraints = ("balance_max",)


class VersionMismatch(LedgerError):
    code = "version_mismatch"
    status = 409


class BalanceMismatch(LedgerError):
    code = "balance_mismatch"
    status = 409


class BatchRefused(LedgerError):
    """An atomic batch is all or nothing, and another item of it was refused."""

    code = "batch_refused"


class BalanceBehind(LedgerError):
    """The balance that is stored for an account is older than its newest posting, so nothing can be posted to it."""

    code = "balance_behind"
    status = 409
    template = (
        "The stored balance of account {account_id} is behind its postings: version {account_version} is taken."
        " Somebody has posted to it with SQL of his own. `manage.py verify_ledger` names the rows, and the owner of the"
        " database puts the balance right (docs/operations.md)."
    )
    constraints = ("posting_account_version_unique",)


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
