"""Refusals of posting, in the fixed order in which they are looked for."""

from __future__ import annotations

from ledgerflow.core.errors import (
    LedgerError,
    Malformed,
    NotFound,
    PermissionMissing,
    PrecisionExceeded,
    PreconditionFailed,
)


class AlreadyReversed(LedgerError):
    code = "already_reversed"
    template = "This journal has been reversed already."
    constraints = ("journal_reversed_once",)


class NotReversible(LedgerError):
    code = "not_reversible"
    template = "A reversal cannot be reversed: post the journal anew."


class SameAccount(LedgerError):
    code = "same_account"
    template = "A transfer needs two different accounts."


class CurrencyMismatch(LedgerError):
    code = "currency_mismatch"
    template = "{account} is in {currency}, not {other}."


class UnknownDimension(LedgerError):
    code = "unknown_dimension"
    template = "These books have no dimension {dimension!r}."


class Unbalanced(LedgerError):
    code = "unbalanced"
    template = "The journal does not balance in {currency}: {side} exceed by {excess}."
    constraints = ("journal_balances",)


class DayClosed(LedgerError):
    code = "day_closed"
    template = "{day} is {state}."
    constraints = ("journal_day_open", "journal_day_not_closing")


class FutureDate(LedgerError):
    code = "future_date"
    template = "{day} is after the business date, {business_date}."
    constraints = ("journal_not_in_future",)


class UnusualDate(LedgerError):
    """The same request with `confirm_unusual_date` is not refused for this."""

    code = "unusual_date"
    template = "{date} is before {first_business_date}, when these books began: say that it is meant."


class BeforeCalendar(UnusualDate):
    template = "{date} is before {first_day}, when the fiscal calendar of these books begins: say that it is meant."


class AfterCalendar(UnusualDate):
    template = "{date} is after {last_day}, when the last fiscal year of these books ends: say that it is meant."


class BeforeOriginal(LedgerError):
    code = "before_original"
    template = "A reversal cannot be dated before its original, {original_date}."


class NotABusinessDay(LedgerError):
    code = "not_a_business_day"
    template = "{day} is no business day of these books."


class PeriodClosed(LedgerError):
    code = "period_closed"
    template = "A period that ends on {day} is closed."
    constraints = ("journal_period_open", "day_of_closed_period")


class PeriodLocked(LedgerError):
    """Locked is softer than closed: with a reason and the permission, an override passes."""

    code = "period_locked"
    template = "{day} lies in a locked period: posting needs a reason and the permission to override the lock."


class InsufficientFunds(LedgerError):
    code = "insufficient_funds"
    template = "{account} has {available} available above its limit of {min_balance}."
    constraints = ("balance_min",)


class MaxBalanceExceeded(LedgerError):
    code = "max_balance_exceeded"
    template = "{account} may hold at most {max_balance}."
    constraints = ("balance_max",)


class VersionMismatch(LedgerError):
    code = "version_mismatch"
    status = 409
    template = "{account} is at version {version}, not {expected_version}."


class BalanceMismatch(LedgerError):
    code = "balance_mismatch"
    status = 409
    template = "{account} holds {balance}, not {expected_balance}."


class BatchRefused(LedgerError):
    """An atomic batch is all or nothing, and another item of it was refused."""

    code = "batch_refused"
    template = "Item {item} was refused, and so was the batch: {reason}"


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
    template = "This hold is {hold_status}: nothing is left of it."


class HoldExpired(LedgerError):
    """Its time is over, whether the sweep has been there or not."""

    code = "hold_expired"
    status = 409
    template = "This hold expired at {expires_at}."


class HoldExceeded(LedgerError):
    """More than is left of the hold: `remaining` in the data."""

    code = "hold_exceeded"
    template = "{remaining} is left of this hold, less than {amount}."


class DatesTheWrongWay(Malformed):
    template = "The first date is after the last one."


class HoldsByDate(Malformed):
    template = "The steps of holds stand in recorded order: ask for them without order=date."


class NoBusinessDayBefore(Malformed):
    template = "There is no business day in the year before {day}."


class NotAPeriodEnd(PeriodClosed):
    template = "An entry of the {layer} layer is dated on the last day of a {period}, and none ends on {day}."


class NoDayAfter(Malformed):
    template = "There is no day after the last one there is."


class LineCount(Malformed):
    template = "A journal has from {least} to {most} lines, not {lines}."


class LayerUnknown(Malformed):
    template = "A layer is one of {layers}; what becomes of late journals one of {late}."


class PeriodEndNeeded(Malformed):
    template = "An entry of the {layer} layer says the last day of which period it is dated on."


class LineAmountRefused(Malformed):
    template = "An amount is not zero and has at most {digits} digits before the point."


class TransferAcrossCurrencies(CurrencyMismatch):
    template = "A transfer stays in one currency: {currency} is not {other}."


class ExpiryBeforePlacing(Malformed):
    template = "A hold expires after it is placed."


class ExpiryOver(Malformed):
    template = "A hold is extended to a moment that is still to come."


class ExpiryUnchanged(Malformed):
    template = "This is when the hold expires already."


class HoldRevised(PreconditionFailed):
    template = "The hold has changed since it was read."


class HoldNotFound(NotFound):
    template = "There is no such hold in these books."


class OffsetNeeded(Malformed):
    template = "A moment needs its offset from UTC, such as Z."


class ExpiryNotInUtc(Malformed):
    template = "The moment a hold expires at is given in UTC."


class HoldAmountRefused(Malformed):
    template = "An amount is greater than zero and has at most {digits} digits before the point."


class OpeningOfZero(Malformed):
    template = "An opening balance of zero needs no journal."


class OpeningOfItself(SameAccount):
    template = "{account} is opening equity itself."


class JournalNotFound(NotFound):
    template = "There is no such journal in these books."


class OpeningsRefused(BatchRefused):
    template = "One of these balances was refused, so none was posted."


class NeighbourRefused(BatchRefused):
    template = "Item {item} of this atomic batch was refused."


class OverrideNotPermitted(PermissionMissing):
    template = "Overriding limits or the lock of a period needs a key with the scope {scope!r}."


class FinerThanCurrency(PrecisionExceeded):
    template = "{amount} is finer than the {minor_units} decimals of {currency}."


class PartOfMore(NotReversible):
    template = "{how}"


class LayerNotReversible(NotReversible):
    template = "A journal of the {layer} layer is not reversed in the {wanted} one."


class ClosingNotReversible(NotReversible):
    template = "A closing entry is taken back by reopening its year."


class CreditsSpent(LedgerError):
    """What is left of the lot is in `unspent`; with a reason to override limits, the rest is owed."""

    code = "credits_spent"
    template = "Of the {amount} that this journal granted on {account}, {unspent} are unspent: {spent} are gone."


class LotAccountRefused(LedgerError):
    code = "lot_account_refused"
    template = "{account} keeps lots itself, so nothing of a lot can be moved to it as {role}."


class LotsMoved(LedgerError):
    """Something was spent or pinned since the journal was made ready: it is made anew."""

    code = "lots_moved"
    status = 409
    template = "The lots that were to expire on {account} have moved meanwhile."


class LotNotFound(NotFound):
    template = "There is no such lot in these books."


class LotPriorityRefused(Malformed):
    template = "The priority of a lot is a whole number from 0 to {most}."


class LotDatesCrossed(Malformed):
    template = "A lot that can be spent until {expires_on} cannot become valid on {valid_from}."


class LotExpiryUnnamed(Malformed):
    template = "A lot that expires names the account that takes what is left of it then."


class LotCostRefused(Malformed):
    template = (
        "The cost of a lot is zero, or an amount of at most {digits} digits before the point with its currency and the"
        " accounts of deferred income, income and breakage, in a journal that grants one lot."
    )


class LotWordsRefused(Malformed):
    template = "What a lot is for are at most {most} words, none of them empty."


class LotsNotKept(Malformed):
    template = "{account} keeps no lots."
