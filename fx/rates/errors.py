"""Refusals of exchange rates and of converting with them."""

from __future__ import annotations

from accounts.errors import NotMoney, UnknownCurrency
from ledgerflow.core.errors import LedgerError, Malformed


class RateMissing(LedgerError):
    """No rate of this pair was ever recorded up to the date; `data` names pair, date and kind."""

    code = "rate_missing"
    template = "There is no {kind} rate of {pair} on or before {on}."


class RateTooOld(LedgerError):
    """The newest rate is older than the entity's policy allows; `data` names it and the limit."""

    code = "rate_too_old"
    template = (
        "The newest {kind} rate of {pair} for {on} is of {rate_date}, and a rate is used for {max_age_days} days."
    )


class UnitHasRates(NotMoney):
    """Rates need no currency of the books: one that has some already is money when it is added."""

    constraints = ("fx_unit_without_rates",)
    template = "These books have rates of {currency}: it is money."


class RateOfUnit(NotMoney):
    constraints = ("fx_pair_of_money",)


class RateJump(LedgerError):
    """A rate too far from those around it for the policy, not confirmed; `data` has all that it is measured from."""

    code = "rate_jump"
    template = (
        "{pair} of {rate_date} is {percent} % away from {previous} of {previous_date}, and the limit is "
        "{max_jump_percent} %. Confirm the jump if it is real."
    )


class FirstRate(LedgerError):
    """A rate typed by a person that nothing in the books can be compared with, not confirmed; `data` has its inverse.

    No other rate of the pair is known, in no kind, and no two other pairs lead from one of its currencies to the other.
    """

    code = "first_rate"
    template = (
        "{pair} of {rate_date} would be the first rate of the pair, and nothing can be compared with {value}, which is "
        "{inverse} the other way round. Confirm it if it is right."
    )


class RateDirection(LedgerError):
    """The pair is stored the other way round: one direction per pair, the other is a division."""

    code = "rate_direction"
    template = "These books keep this pair as {stored}: record it that way, the inverse is computed."


class AmountTooLarge(LedgerError):
    """A converted amount with more digits than the books can hold."""

    code = "amount_too_large"
    template = "The result has more than {digits} digits before the point."


class AutoReversalsOpen(LedgerError):
    """Unrealised amounts wait for their reversal: the method of revaluation cannot change meanwhile."""

    code = "auto_reversals_open"
    status = 409
    template = "Unrealised amounts wait for their reversal: change the method once they are taken back."


class CurrencyParameterRefused(Malformed):
    template = "The parameter {name!r} is a currency code, such as USD."


class CellsUnlikeHeader(Malformed):
    template = "{cells} cells, and the first line names {columns} columns."


class DateUnreadable(Malformed):
    template = "{text!r} is not a date such as 2026-03-02."


class RowUnreadable(Malformed):
    template = "The row cannot be read: {reason}."


class CurrencyWithoutUnits(UnknownCurrency):
    template = "These books have no currency {currency!r}: without its minor units nothing rounds to it."


class RateAgeOutOfRange(Malformed):
    template = "A rate is used from 0 to {most} days."


class RevaluationDaysUnknown(Malformed):
    template = "A close revalues on one of {choices}."


class JumpOutOfRange(Malformed):
    template = "A jump is a percentage, more than 0 and at most {most}, with two decimals at most."


class NotARate(Malformed):
    template = (
        "{text!r} is not a rate: digits with an optional point, at most {whole_digits} before it and "
        "{decimals} after it, more than zero."
    )


class OneCurrencyTwice(Malformed):
    template = "A rate needs two currencies, not {currency} twice."


class SourceLength(Malformed):
    template = "A source has 1 to {most} characters."


class NotACurrencyCode(Malformed):
    template = "{currency!r} is not a currency code: a capital letter, then at most 11 of A-Z, 0-9, '.', '_', '-'."
