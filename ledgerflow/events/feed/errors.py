"""Refusals of the change feed."""

from __future__ import annotations

from ledgerflow.core.errors import LedgerError, Malformed, NotFound, TryAgain


class FeedBusy(TryAgain):
    code = "feed_busy"
    template = (
        "No more than {most} answers of the change feed are held open here at once, and half as many of one entity:"
        " try again in a moment, or ask without waiting."
    )


class PositionBeyondLog(LedgerError):
    """Who knows more events than there are has read a log that is gone, such as the one before a restored backup."""

    code = "position_beyond_log"
    status = 409
    template = "The log ends at {head}: no event {after} was ever in it, or it was restored to an earlier state since."


class EventTypeUnknown(Malformed):
    template = "There is no type of events {type!r}; GET /api/event-types lists them all, with their versions."


class NoSuchEventType(NotFound):
    template = "There is no type of events {type!r}; GET /api/event-types lists them all, with their versions."


class LastEventIdRefused(Malformed):
    template = "The header Last-Event-ID is a whole number: the sequence of the last event you have."
