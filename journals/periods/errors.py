"""Refusals of the fiscal calendar and of the year end."""

from __future__ import annotations

from journals.errors import PeriodClosed
from ledgerflow.core.errors import LedgerError, Malformed, NotFound, TryAgain


class PeriodsOverlap(LedgerError):
    """A day would lie in two fiscal years; `data` names the year that is there."""

    code = "periods_overlap"
    status = 409
    template = "There are fiscal years from {first_day} to {last_day} already."


class PeriodsGap(LedgerError):
    """A fiscal year follows, or comes before, those there are; `data` names the days it may start on."""

    code = "periods_gap"
    status = 409
    template = "A fiscal year goes on where the others end: they are from {first_day} to {last_day}."


class EarlierYearsOpen(PeriodsGap):
    """Income or expense before the calendar would be swallowed by its first year end."""

    template = (
        "The first income or expense is dated {first_journal}, before the fiscal calendar, which begins {first_day}: "
        "make the fiscal years from then on first, or declare the earlier years closed."
    )
    constraints = ("period_after_first_journal",)


class PeriodNameTaken(LedgerError):
    """Each period of the calendar has a name of its own; the request may give one to the year."""

    code = "period_name_taken"
    status = 409
    template = "There is a fiscal year {name} already: give this one another name."
    constraints = ("period_name_unique",)


class PeriodDaysOpen(LedgerError):
    """A period closes after all its days; `closed_through` in the data is the last closed one."""

    code = "period_days_open"
    status = 409
    template = "A period closes after all its days, and {until}."


class PeriodsOpen(LedgerError):
    """A year closes after its months and after the years before it; `data` names one that is open."""

    code = "periods_open"
    status = 409
    template = "The {which} is {status}: a year closes after its months and the years before it."


class LaterPeriodClosed(LedgerError):
    """What is closed over it must be reopened first: its year, or the year after it."""

    code = "later_period_closed"
    status = 409
    template = "The {which} is closed over it and is reopened first."


class PeriodNotClosed(LedgerError):
    code = "period_not_closed"
    status = 409
    template = "The {period} is {status}."


class YearEndNeeded(LedgerError):
    """A year is closed by its year end, which takes income and expense to retained earnings."""

    code = "year_end_needed"
    status = 409
    template = "A year is closed by its year end, which takes income and expense to retained earnings."


class RetainedEarningsMissing(LedgerError):
    """No open equity account of the currency has the role retained_earnings."""

    code = "retained_earnings_missing"
    template = "No open equity account in {currency} has the role {role!r}."


class RetainedEarningsAmbiguous(LedgerError):
    code = "retained_earnings_ambiguous"
    template = "More than one account in {currency} has the role {role!r}: {first}."


class NotAFiscalYear(Malformed):
    template = "A fiscal year has one day to {most} months, which {first_day} to {last_day} are not."


class PeriodsOfNoYear(Malformed):
    template = (
        "A fiscal year is given as its months, which follow each other from its first day to its last, its special "
        "period on the last day where it has one, and the year itself, each with a name of its own."
    )


class NotTheEndOfWeeks(Malformed):
    template = "The weeks end on {weeks_end}, not on {last_day}."


class NameIsBlank(Malformed):
    template = "A fiscal year has a name of 1 to {most} characters, or none is given."


class EarlierYearsUnbookable(Malformed):
    template = "Earlier years end after the first day that books take, {earliest}."


class PeriodStaysClosed(PeriodClosed):
    template = "The {period} is closed: it takes two people to reopen it."


class YearEndOvertaken(TryAgain):
    template = "Journals of the year keep coming in while it is closed."


class NotAYear(Malformed):
    template = "The {period} is no year: income and expense are taken to retained earnings once a year."


class YearIsClosed(PeriodClosed):
    template = "The {period} is closed."


class PeriodNotFound(NotFound):
    template = "There is no such period in these books."
