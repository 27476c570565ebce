"""Every refusal has a class: a stable code, an HTTP status, whether trying again can help, and its data.

Clients read `code` and `data`; the message is for people. A use case either raises one of these or, where many
items are decided together, returns it as the item's outcome.
"""

from __future__ import annotations

from typing import Any, ClassVar


class LedgerError(Exception):
    """Base of all refusals. `pointer` is an RFC 6901 JSON pointer into the request, `""` for the whole of it."""

    code: ClassVar[str] = "ledger_error"
    status: ClassVar[int] = 422
    retryable: ClassVar[bool] = False

    def __init__(self, message: str, *, pointer: str = "", **data: Any) -> None:
        super().__init__(message)
        self.message = message
        self.pointer = pointer
        self.data = data

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.message!r}, {self.data!r})"


# The request itself


class Malformed(LedgerError):
    code = "malformed"
    status = 400


class FieldErrors(Malformed):
    """Several fields are wrong at once: `errors` maps a JSON pointer to what is wrong there."""

    def __init__(self, errors: dict[str, str]) -> None:
        pointer, message = next(iter(errors.items()))
        super().__init__(message, pointer=pointer)
        self.errors = errors


class BodyTooLarge(LedgerError):
    code = "body_too_large"
    status = 413


class IdempotencyKeyMissing(LedgerError):
    code = "idempotency_key_missing"
    status = 400


class IdempotencyKeyReused(LedgerError):
    code = "idempotency_key_reused"


class NotFound(LedgerError):
    code = "not_found"
    status = 404


class Unauthenticated(LedgerError):
    code = "unauthenticated"
    status = 401


class PermissionMissing(LedgerError):
    code = "permission_missing"
    status = 403


class PreconditionFailed(LedgerError):
    """The resource changed since the client read it (`If-Match`, RFC 9110 section 13.1.1)."""

    code = "precondition_failed"
    status = 412


class PreconditionRequired(LedgerError):
    code = "precondition_required"
    status = 428


# Posting, in the fixed order in which they are looked for


class AlreadyReversed(LedgerError):
    code = "already_reversed"


class NotReversible(LedgerError):
    code = "not_reversible"


class UnknownAccount(LedgerError):
    code = "unknown_account"


class SameAccount(LedgerError):
    code = "same_account"


class HeaderAccount(LedgerError):
    code = "header_account"


class AccountClosed(LedgerError):
    code = "account_closed"


class AccountFrozen(LedgerError):
    code = "account_frozen"


class CurrencyMismatch(LedgerError):
    code = "currency_mismatch"


class UnknownDimension(LedgerError):
    code = "unknown_dimension"


class PrecisionExceeded(LedgerError):
    code = "precision_exceeded"


class Unbalanced(LedgerError):
    code = "unbalanced"


class DayClosed(LedgerError):
    code = "day_closed"


class FutureDate(LedgerError):
    code = "future_date"


class BeforeOriginal(LedgerError):
    code = "before_original"


class NotABusinessDay(LedgerError):
    code = "not_a_business_day"


class PeriodClosed(LedgerError):
    code = "period_closed"


class PeriodLocked(LedgerError):
    """Locked is softer than closed: with a reason and the permission, an override passes."""

    code = "period_locked"


class InsufficientFunds(LedgerError):
    code = "insufficient_funds"


class MaxBalanceExceeded(LedgerError):
    code = "max_balance_exceeded"


class VersionMismatch(LedgerError):
    code = "version_mismatch"
    status = 409


class BalanceMismatch(LedgerError):
    code = "balance_mismatch"
    status = 409


class BatchRefused(LedgerError):
    """An atomic batch is all or nothing, and another item of it was refused."""

    code = "batch_refused"


class RefusedByDatabase(LedgerError):
    """A constraint or trigger said no to something the application had let through."""

    code = "refused_by_database"


# The chart of accounts


class AccountExists(LedgerError):
    code = "account_exists"
    status = 409


class EntityExists(LedgerError):
    code = "entity_exists"
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


class OpeningEquityOpen(LedgerError):
    code = "opening_equity_not_zero"


# Four eyes


class PersonUnknown(LedgerError):
    """Nobody stands behind the request: a key made for no user, or a user who left."""

    code = "person_unknown"
    status = 403


class ApprovalNeedsAnotherPerson(LedgerError):
    code = "approval_needs_another_person"
    status = 403


class ProposalPending(LedgerError):
    """The same was proposed already and waits: `proposal` in the data is its id."""

    code = "proposal_pending"
    status = 409


class ProposalNotPending(LedgerError):
    code = "proposal_not_pending"
    status = 409


class ProposalExpired(LedgerError):
    code = "proposal_expired"
    status = 409


class ProposalNotApproved(LedgerError):
    code = "proposal_not_approved"
    status = 409


# The fiscal calendar, and what is dated by it


class PeriodsOverlap(LedgerError):
    """A day would lie in two fiscal years; `data` names the year that is there."""

    code = "periods_overlap"
    status = 409


class PeriodsGap(LedgerError):
    """A fiscal year follows, or comes before, those there are; `data` names the days it may start on."""

    code = "periods_gap"
    status = 409


class PeriodDaysOpen(LedgerError):
    """A period closes after all its days; `closed_through` in the data is the last closed one."""

    code = "period_days_open"
    status = 409


class PeriodsOpen(LedgerError):
    """A year closes after its months and after the years before it; `data` names one that is open."""

    code = "periods_open"
    status = 409


class LaterPeriodClosed(LedgerError):
    """What is closed over it must be reopened first: its year, or the year after it."""

    code = "later_period_closed"
    status = 409


class PeriodNotClosed(LedgerError):
    code = "period_not_closed"
    status = 409


class YearEndNeeded(LedgerError):
    """A year is closed by its year end, which takes income and expense to retained earnings."""

    code = "year_end_needed"
    status = 409


class RetainedEarningsMissing(LedgerError):
    """No open equity account of the currency has the role retained_earnings."""

    code = "retained_earnings_missing"


class RetainedEarningsAmbiguous(LedgerError):
    code = "retained_earnings_ambiguous"


class RecurringEnded(LedgerError):
    code = "recurring_ended"
    status = 409


# The machine


class TryAgain(LedgerError):
    """Nothing was written; the same request may succeed in a moment."""

    code = "try_again"
    status = 503
    retryable = True


class QueueFull(TryAgain):
    code = "queue_full"


class WriterBusy(TryAgain):
    code = "writer_busy"


class OutcomeUnknown(TryAgain):
    """It may or may not have been written: the same key tells, by replaying or posting."""

    code = "outcome_unknown"


# Reports as files


class ReportTooLarge(LedgerError):
    """A report has more rows than this kind of file takes; `data` says how many, and which format takes them."""

    code = "report_too_large"


class NoCashAccounts(LedgerError):
    """No account has the role "cash", and the request names none."""

    code = "no_cash_accounts"


# Closing days


class CloseInProgress(LedgerError):
    """Somebody else is closing a day of these books, or one is cut off and not closed yet."""

    code = "close_in_progress"
    status = 409


class DayNotNext(LedgerError):
    """Days close one at a time in order; `next` in the data is the one whose turn it is."""

    code = "day_not_next"
    status = 409


class DayNotClosed(LedgerError):
    code = "day_not_closed"
    status = 409


class CloseBlocked(LedgerError):
    """A check stands in the way; `findings` in the data says which and why. The day stays cut off."""

    code = "close_blocked"
    status = 409


class CloseFailed(LedgerError):
    """A proof did not hold: the books are not what they should be, and the day is not closed."""

    code = "close_failed"
    status = 409


# Exchange rates


class RateMissing(LedgerError):
    """No rate of this pair was ever recorded up to the date; `data` names pair, date and kind."""

    code = "rate_missing"


class RateTooOld(LedgerError):
    """The newest rate is older than the entity's policy allows; `data` names it and the limit."""

    code = "rate_too_old"


class RateJump(LedgerError):
    """A rate that differs from the one before it by more than the entity's policy allows, and is not confirmed."""

    code = "rate_jump"


class RateDirection(LedgerError):
    """The pair is stored the other way round: one direction per pair, the other is a division."""

    code = "rate_direction"


class AmountTooLarge(LedgerError):
    """A converted amount with more digits than the books can hold."""

    code = "amount_too_large"


# Holds


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


# Settlements and revaluations


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


class ValuationPairRefused(LedgerError):
    """These two accounts cannot be a foreign monetary account and the one that carries its valuation."""

    code = "valuation_pair_refused"


class AutoReversalsOpen(LedgerError):
    """Unrealised amounts wait for their reversal: the method of revaluation cannot change meanwhile."""

    code = "auto_reversals_open"
    status = 409
