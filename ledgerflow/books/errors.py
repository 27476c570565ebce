"""Refusals of the writing transaction, and of a machine that is busy."""

from __future__ import annotations

from ledgerflow.core.errors import LedgerError, TryAgain


class EntityExists(LedgerError):
    code = "entity_exists"
    status = 409
    constraints = ("books_entity_code_key",)


class RefusedByDatabase(LedgerError):
    """A constraint or trigger said no to something the application had let through."""

    code = "refused_by_database"


class ClockSuspect(LedgerError):
    """Nothing was written. Not retryable: somebody has to set the clock of this machine first."""

    code = "clock_suspect"
    status = 503
    template = (
        "The clock of this machine says {clock}, {seconds} seconds more than the database's and the last event; "
        "nothing was written."
    )


class QueueFull(TryAgain):
    code = "queue_full"


class WriterBusy(TryAgain):
    code = "writer_busy"


class ReportsBusy(TryAgain):
    code = "reports_busy"
    template = (
        "No more than {most} reports are made here at once, and half as many of one entity: try again in a moment."
    )


class ReportTimedOut(LedgerError):
    """Nothing was written. Not retryable: the same report would take as long."""

    code = "report_timed_out"
    status = 503
    template = "This report took more than {seconds} seconds, so it was stopped: ask for fewer dates or accounts."


class BusinessDateLeap(LedgerError):
    """Further than one person moves the business date: it is proposed, and another approves it."""

    code = "business_date_leap"
    template = "From {business_date} to {to} is more than a month ahead: that takes a proposal and another person."
