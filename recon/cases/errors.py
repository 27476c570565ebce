"""Refusals of what is done with exceptions of reconciliation."""

from __future__ import annotations

from ledgerflow.core.errors import LedgerError, Malformed, NotFound


class ReconExceptionNotFound(NotFound):
    template = "There is no such exception in these books."


class ReconExceptionResolved(LedgerError):
    """What is resolved is opened again before anything else is done with it."""

    code = "exception_resolved"
    status = 409
    template = "The exception {number} is resolved: open it again first."


class ReconExceptionNotResolved(LedgerError):
    code = "exception_not_resolved"
    status = 409
    template = "The exception {number} is not resolved, so it cannot be opened again."


class ReconExceptionOpenAlready(LedgerError):
    """A line, a posting and a statement each have one exception that is not resolved."""

    code = "exception_open_already"
    status = 409
    template = "Another exception of the same line, posting or statement is open."
    constraints = (
        "recon_exception_of_line_once",
        "recon_exception_of_posting_once",
        "recon_exception_of_statement_once",
    )


class ReconExceptionsCount(Malformed):
    template = "Give from 1 to {most} exceptions, each once."


class CommentMissing(Malformed):
    template = "A comment has from 1 to {most} characters."


class ResolutionRefused(Malformed):
    template = "A person resolves an exception as one of: {choices}."


class ReconciledAccountNotFound(NotFound):
    template = "There is no such bank account in these books."


class MemberOfAnotherAction(Malformed):
    template = "{member} does not go with the action {action}."
