"""Refusals of revaluation."""

from __future__ import annotations

from accounts.errors import UnknownAccount
from ledgerflow.core.errors import LedgerError, NotFound, TryAgain


class ValuationPairRefused(LedgerError):
    """These two accounts cannot be a foreign monetary account and the one that carries its valuation."""

    code = "valuation_pair_refused"
    template = "These two accounts cannot be such a pair."


class RevaluationOvertaken(TryAgain):
    template = "Somebody else keeps revaluing these books; nothing was written."


class RevaluationNotFound(NotFound):
    template = "There is no such revaluation in these books."


class NotForeignMonetary(ValuationPairRefused):
    template = "{account} is no foreign monetary account: only such accounts are revalued, and not those of clearing."


class NotAValuationAccount(ValuationPairRefused):
    template = "{account} must be of type {type}, in {currency}, with the role {role!r}."


class PairInUse(ValuationPairRefused):
    template = "{account} has been revalued: what was posted stands on its valuation account."


class NoSuchAccount(UnknownAccount):
    template = "There is no such account in these books."
