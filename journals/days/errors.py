"""Refusals of closing and reopening days."""

from __future__ import annotations

from ledgerflow.core.errors import LedgerError


class OpeningEquityOpen(LedgerError):
    code = "opening_equity_not_zero"
    constraints = ("opening_equity_is_zero",)


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
