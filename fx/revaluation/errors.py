"""Refusals of revaluation."""

from __future__ import annotations

from ledgerflow.core.errors import LedgerError


class ValuationPairRefused(LedgerError):
    """These two accounts cannot be a foreign monetary account and the one that carries its valuation."""

    code = "valuation_pair_refused"
