"""Refusals of exchange rates and of converting with them."""

from __future__ import annotations

from ledgerflow.core.errors import LedgerError


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


class AutoReversalsOpen(LedgerError):
    """Unrealised amounts wait for their reversal: the method of revaluation cannot change meanwhile."""

    code = "auto_reversals_open"
    status = 409
