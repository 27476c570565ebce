"""Refusals of the calendar: days, periods, what is dated by them, and reports."""

from __future__ import annotations

from ledgerflow.core.errors.base import LedgerError

# Closing days


class CloseInProgress(LedgerError):
    """Somebody else is closing a day of these books, or one is cut off and not closed yet."""

    code = "close_in_progress"
    status = 409
    constraints = ("day_cut_off_in_order", "day_close_step_once", "days_daysnapshot_pkey")


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


# Reports as files


class ReportTooLarge(LedgerError):
    """A report has more rows than this kind of file takes; `data` says how many, and which format takes them."""

    code = "report_too_large"


class NoCashAccounts(LedgerError):
    """No account has the role "cash", and the request names none."""

    code = "no_cash_accounts"
