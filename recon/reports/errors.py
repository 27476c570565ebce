"""Refusals of what a reconciliation statement is given, and of finishing one."""

from __future__ import annotations

from ledgerflow.core.errors import LedgerError, Malformed, NotFound


class TiedItemTwice(Malformed):
    template = "The item {id} was given twice, and a balance holds it once."


class ReconciliationNotFinished(LedgerError):
    """A statement that does not tie, or that rests on what is not proven, is shown and never finished."""

    code = "reconciliation_not_finished"
    status = 409
    template = "The reconciliation of {account} at {day} cannot be finished: {reasons}"


class ReconRunNotFound(NotFound):
    template = "There is no such reconciliation in these books."


class NoBankAccounts(NotFound):
    template = "These books have no bank accounts."
