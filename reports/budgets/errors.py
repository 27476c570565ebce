"""Refusals of budgets."""

from __future__ import annotations

from ledgerflow.core.errors import LedgerError, Malformed, NotFound


class BudgetRefused(LedgerError):
    """A line cannot be part of this budget."""

    code = "budget_refused"
    template = "This line cannot be part of the budget."


class BudgetOverlaps(BudgetRefused):
    template = "{account} is budgeted from {start} to {end} already, and these days overlap with it."


class BudgetTwice(BudgetRefused):
    template = "{account} is budgeted twice for {start} to {end} in this request."


class BudgetByAnother(BudgetRefused):
    template = "{account} is budgeted by {other} over these days: it cannot be budgeted by {dimension} as well."


class PeriodUnknown(BudgetRefused):
    template = "{period!r} is neither a month such as 2026-03 nor a period of these books."


class RangeCutsBudget(BudgetRefused):
    template = "The budget of {account} from {start} to {end} is cut by the dates of the report."


class BudgetNotFound(NotFound):
    template = "There is no budget {version!r} in these books."


class BudgetNameRefused(Malformed):
    template = "A budget's name is a-z, A-Z, 0-9, '.', '_' or '-', at most 40."


class BudgetLineCount(Malformed):
    template = "A request has from 1 to {most} lines."


class ValueOfNoDimension(Malformed):
    template = "A dimension and its value are given together."
