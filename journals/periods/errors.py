"""Refusals of the fiscal calendar and of the year end."""

from __future__ import annotations

from ledgerflow.core.errors import LedgerError


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
