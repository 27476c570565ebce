"""Refusals of the writing transaction, and of a machine that is busy."""

from __future__ import annotations

from ledgerflow.core.errors import LedgerError, Malformed, NotFound, OutcomeUnknown, TryAgain


class EntityExists(LedgerError):
    code = "entity_exists"
    status = 409
    template = "There is an entity {entity!r} already."
    constraints = ("books_entity_code_key",)


class RefusedByDatabase(LedgerError):
    """A constraint or trigger said no to something the application had let through."""

    code = "refused_by_database"
    template = "The database refused this."


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
    template = "Too many requests are waiting for these books; nothing was written."


class WriterBusy(TryAgain):
    code = "writer_busy"
    template = "The books of this entity are busy; nothing was written."


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


class EntityNotFound(NotFound):
    template = "There is no such entity."


class BusyElsewhere(TryAgain):
    template = "Somebody else is doing this at the moment."


class BusinessDateBackwards(Malformed):
    template = "The business date is {business_date} and only moves forward."


class BusinessDateTooFar(Malformed):
    template = "{to} is more than a year ahead, and the business date cannot go back."


class EntityCodeRefused(Malformed):
    template = "A code is 1 to 64 letters, digits, - or _, and starts with a letter or digit."


class TooManyDimensions(Malformed):
    template = "At most {most} dimensions, each once."


class TimeZoneUnknown(Malformed):
    template = "{time_zone!r} is not a time zone of the IANA database."


class DimensionNameRefused(Malformed):
    template = "{dimension!r} is not a dimension name: a-z, then a-z, 0-9 or _, at most 40."


class BatchUnfinished(OutcomeUnknown):
    template = "The batch that holds this request has not finished: repeat it with the same key."


class BusyTooLong(QueueFull):
    template = "The books of this entity were busy for too long; nothing was written."


class KeyRefused(Malformed):
    template = "An idempotency key has 1 to {most} visible ASCII characters and does not begin with a quote."


class TooManyConflicts(TryAgain):
    template = "Too many conflicts with other writers; nothing was written."


class TooManyWriters(WriterBusy):
    template = "Too many wait for the books of this entity; nothing was written."


class DatabaseAway(TryAgain):
    template = "The database cannot be reached; nothing was written."


class WriterFailed(OutcomeUnknown):
    template = "The writer of this batch failed: repeat the request with the same key."


class CommitInDoubt(OutcomeUnknown):
    template = "The connection was lost while committing: the same key tells whether it is in the books."
