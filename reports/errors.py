"""Refusals of reports."""

from __future__ import annotations

from accounts.errors import HeaderAccount
from ledgerflow.core.errors import LedgerError, Malformed
from ledgerflow.documents.errors import ReportTooLarge


class NoCashAccounts(LedgerError):
    """No account is cash, by its role or as declared, and the request names none."""

    code = "no_cash_accounts"
    template = 'No account of these books has the role "cash": name the cash accounts.'


class NothingIsCash(NoCashAccounts):
    template = 'No account of these books is cash: give one the role "cash", or say so by cash_flow on its header.'


class TranslatedCashFlows(Malformed):
    template = "Cash flows are shown per currency, or in functional currency."


class RangeTheWrongWay(Malformed):
    template = "{start} is after {end}."


class StatementOfHeader(HeaderAccount):
    template = "{account} is a header: a statement is of one account, the general ledger of all below a header."


class TooManyPeriods(ReportTooLarge):
    template = "A statement has at most {most} periods: choose fewer dates, or years."


class TooManyJsonLines(ReportTooLarge):
    template = "A JSON answer has at most {most} lines: choose dates or accounts, or CSV."


class ComparisonIncomplete(Malformed):
    template = "A comparison needs both of its dates."


class WorksheetInOneCurrency(Malformed):
    template = "A worksheet is shown in the currencies of its accounts."


class TooManyColumns(Malformed):
    template = "A report has at most {most} columns to compare or periods side by side: choose fewer."


class ComparedAndInParts(Malformed):
    template = "A report is compared with other dates or shown in periods, not both: give one of them."


class NotDates(Malformed):
    template = "Dates are written YYYY-MM-DD, with commas between."


class NotRanges(Malformed):
    template = "Ranges are written FROM..TO, with commas between, such as 2025-01-01..2025-12-31."


class OneDateOrRange(Malformed):
    template = "A trial balance is of one date, as_of, or of a range, from and to: give one of them."


class RangeOfWorksheet(Malformed):
    template = "A worksheet is of one date: ask for it with as_of."


class DimensionWithoutValue(Malformed):
    template = "A dimension is given with its value, such as cost_centre:NORTH, or with several and commas between."


class DimensionInOneCurrency(Malformed):
    template = "Values side by side are shown in the currencies of the accounts: choose one by dimension, or several."


class ByAlone(Malformed):
    template = "A statement by dimension has its own columns: it is not compared and not of one value."


class TooManyValues(ReportTooLarge):
    template = "A statement by dimension has at most {most} columns: this one would have {columns}."


class RangeInOneCurrency(Malformed):
    template = "A trial balance of a range is shown in the currencies of its accounts or in functional currency."
