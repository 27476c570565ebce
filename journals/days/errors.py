"""Refusals of closing and reopening days."""

from __future__ import annotations

from ledgerflow.core.errors import LedgerError, Malformed, NotFound, TryAgain


class OpeningEquityOpen(LedgerError):
    code = "opening_equity_not_zero"
    template = "Opening equity is not zero: opening balances are incomplete."
    constraints = ("opening_equity_is_zero",)


class CloseInProgress(LedgerError):
    """Somebody else is closing a day of these books, or one is cut off and not closed yet."""

    code = "close_in_progress"
    status = 409
    template = "Somebody else is closing a day of these books."
    constraints = ("day_cut_off_in_order", "day_close_step_once", "days_daysnapshot_pkey")


class DayNotNext(LedgerError):
    """Days close one at a time in order; `next` in the data is the one whose turn it is."""

    code = "day_not_next"
    status = 409
    template = "The day to close next is {next}, not {day}."


class DayNotClosed(LedgerError):
    code = "day_not_closed"
    status = 409
    template = "{day} is not closed."


class CloseBlocked(LedgerError):
    """A check stands in the way; `findings` in the data says which and why. The day stays cut off."""

    code = "close_blocked"
    status = 409
    template = "{day} does not close: {checks}."


class CloseFailed(LedgerError):
    """A proof did not hold: the books are not what they should be, and the day is not closed."""

    code = "close_failed"
    status = 409
    template = "{day} does not close: {fault}"


class NotADayInAnAddress(NotFound):
    template = "A day in an address is YYYY-MM-DD."


class JournalSlippedIn(CloseFailed):
    template = "Journal {journal} was dated into the day after its snapshot: cancel this close and start again."


class DayNotClosing(DayNotClosed):
    template = "{day} is not closing."


class VersionNotClosed(DayNotClosed):
    template = "{day}, version {version}, is not closed."


class CancelReasonNeeded(Malformed):
    template = "Giving up a close needs a reason."


class CheckUnknown(Malformed):
    template = "There is no check {check!r}: {known}."


class SettingUnknown(Malformed):
    template = "There is no such setting."


class CutOffOutOfRange(Malformed):
    template = "A cut-off is from 1 to {most} minutes after the local midnight of the day."


class WeekendRefused(Malformed):
    template = "A weekend is up to six different weekdays, Monday 1 to Sunday 7."


class TooManyHolidays(Malformed):
    template = "A calendar has at most {most} holidays."


class CloseNotFound(NotFound):
    template = "There is no close of {day}."


class CloseVersionNotFound(NotFound):
    template = "There is no close of {day}, version {version}."


class CloseOvertaken(CloseInProgress):
    template = "Somebody else has gone on with this close."


class StepCutShort(TryAgain):
    template = "The step {step} was cut off: {reason}"


class StepFailed(CloseFailed):
    template = "{day} does not close: the step {step} could not be carried out: {reason}"
