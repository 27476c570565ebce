"""Refusals of foreign exchange."""

from __future__ import annotations

from ledgerflow.core.errors.base import LedgerError

# Exchange rates


class RateMissing(LedgerError):
    """No rate of this pair was ever recorded up to the date; `data` names pair, date and kind."""

    code = "rate_missing"


class RateTooOld(LedgerError):
    """The newest rate is older than the entity's policy allows; `data` names it and the limit."""

    code = "rate_too_old"


class RateJump(LedgerError):
    """A rate that differs from the one before it by more than the entity's policy allows, and is not confirmed."""

    code = "rate_jump"


class RateDirection(LedgerError):
    """The pair is stored the other way round: one direction per pair, the other is a division."""

    code = "rate_direction"


class AmountTooLarge(LedgerError):
    """A converted amount with more digits than the books can hold."""

    code = "amount_too_large"


# Settlements and revaluations


class FxAccountMissing(LedgerError):
    """No open account has the role that is needed, in the currency that is needed; `data` names both."""

    code = "fx_account_missing"


class FxAccountAmbiguous(LedgerError):
    """Several open accounts have the role that only one may have in a currency; `data` names them."""

    code = "fx_account_ambiguous"


class QuoteExpired(LedgerError):
    code = "quote_expired"
    status = 409


class QuoteUsed(LedgerError):
    """A quote settles once; `settlement` in the data is the one that used it."""

    code = "quote_used"
    status = 409


class ValuationPairRefused(LedgerError):
    """These two accounts cannot be a foreign monetary account and the one that carries its valuation."""

    code = "valuation_pair_refused"


class AutoReversalsOpen(LedgerError):
    """Unrealised amounts wait for their reversal: the method of revaluation cannot change meanwhile."""

    code = "auto_reversals_open"
    status = 409
