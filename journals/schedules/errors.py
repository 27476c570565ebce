"""Refusals of recurring journals."""

from __future__ import annotations

from ledgerflow.core.errors import LedgerError, Malformed, NotFound


class RecurringEnded(LedgerError):
    code = "recurring_ended"
    status = 409
    template = "It has ended; make a new one."


class AccrualLayerRefused(Malformed):
    template = "An accrual is an ordinary journal or an adjustment."


class AccrualNotLater(Malformed):
    template = "An accrual of {effective_date} reverses itself on a later day."


class LineUnreadable(Malformed):
    template = "{typed!r} is no line such as: debit 5100 1200.00"


class NoBusinessDayAfter(Malformed):
    template = "There is no business day in the year after {day}."


class ScheduleWithoutDate(Malformed):
    template = "This does not make a schedule with a date in it."


class InstalmentTooSmall(Malformed):
    template = "{amount} cannot be divided into {times} parts that are all more than nothing."


class TimesNotGiven(Malformed):
    template = "Amounts are divided over the `times` of a schedule, and have no other `last_amount`."


class EndGivenTwice(Malformed):
    template = "A schedule ends on a day or after a number of times."


class RecurringNotFound(NotFound):
    template = "There is no such recurring journal in these books."
