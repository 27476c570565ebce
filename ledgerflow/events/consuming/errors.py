"""Refusals of consumers and their dead letters."""

from __future__ import annotations

from ledgerflow.core.errors import LedgerError, Malformed, NotFound


class ConsumerUnknown(Malformed):
    template = "There is no consumer {name!r}. The consumers are: {known}."


class DeadLetterNotFound(NotFound):
    template = "There is no such dead letter."


class DeadLetterDecided(LedgerError):
    """It was replayed or discarded already, as the data say."""

    code = "dead_letter_decided"
    status = 409
    template = "This dead letter was {status} already."


class DeadLetterNotFirst(LedgerError):
    """The consumer waits for another event: only the one after its position can be discarded."""

    code = "dead_letter_not_first"
    status = 409
    template = "The consumer stands at event {position}, so event {sequence} is not the next one that it waits for."


class DeadLetterReason(Malformed):
    template = "A reason of 1 to {most} characters says why."
