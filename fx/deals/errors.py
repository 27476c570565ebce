"""Refusals of quotes and settlements."""

from __future__ import annotations

from journals.errors import NotReversible
from ledgerflow.core.errors import LedgerError, Malformed, NotFound, PermissionMissing


class FxAccountMissing(LedgerError):
    """No open account has the role that is needed, in the currency that is needed; `data` names both."""

    code = "fx_account_missing"
    template = "There is no open account in {currency} with the role {role!r}."


class FxAccountAmbiguous(LedgerError):
    """Several open accounts have the role that only one may have in a currency; `data` names them."""

    code = "fx_account_ambiguous"
    template = "Only one open account in {currency} may have the role {role!r}: {first}."


class QuoteExpired(LedgerError):
    code = "quote_expired"
    status = 409
    template = "This quote stood until {until}."


class SettledInOldBase(NotReversible):
    template = (
        "The base currency has changed between {settled_on} and {day}: what was exchanged then is exchanged back by a"
        " settlement of now."
    )


class QuoteUsed(LedgerError):
    """A quote settles once; `settlement` in the data is the one that used it."""

    code = "quote_used"
    status = 409
    template = "This quote has been settled."


class TooSmallToExchange(Malformed):
    template = "The amount is so small that nothing is exchanged for it."


class OneAmountNeeded(Malformed):
    template = "Give either the amount to sell or the amount to buy."


class QuoteOrDealNeeded(Malformed):
    template = "Settle either a quote or a deal."


class DatedBeforeRate(PermissionMissing):
    template = "The quote is at the rate of {rate_on}; dating it before that takes the scope {scope!r}."


class NotTheQuotedAccount(Malformed):
    template = "The quote was made for {quoted}."


class AccountNeeded(Malformed):
    template = "Say which account."


class AccountOfTheSystem(Malformed):
    template = "{account} has the role {role!r}: settlements and revaluations post to it themselves."


class NormalSidesDiffer(Malformed):
    template = "{sell_account} and {buy_account} have different normal sides: say on which side the sold amount stands."


class QuoteLifetime(Malformed):
    template = "A quote stands for 1 to {most} seconds."


class QuoteNotFound(NotFound):
    template = "There is no such quote in these books."


class RateOfTheFuture(Malformed):
    template = "{on} is after the business date, {business_date}: its rates are not known."


class OtherKindOfRate(PermissionMissing):
    template = "An exchange is made at the spot rate of {due}; another kind of rate takes the scope {scope!r}."


class RateOfAnotherDay(PermissionMissing):
    template = "An exchange is made at the spot rate of {due}; the rate of another day takes the scope {scope!r}."


class AgreedPrice(PermissionMissing):
    template = "An exchange is made at the spot rate of {due}; a price that was agreed takes the scope {scope!r}."


class UnusualRate(LedgerError):
    """The same request with `confirm_unusual_rate` is not refused for this."""

    code = "unusual_rate"
    template = "{pair} at {rate} is far from the reference, {reference}, or the wrong way round: say that it is meant."


class RateBesideAmounts(Malformed):
    template = "Beside the rate give one of the two amounts: the other one follows from it."


class RateBaseUnknown(Malformed):
    template = "A rate is the price of one unit of {sell} or of {buy}."


class AgreedWithSpread(Malformed):
    template = "A price that was agreed has its spread within: give none."


class FeeBetweenOneAccount(Malformed):
    template = "A fee goes from one account to another one."


class FeeIntoExchange(Malformed):
    template = "{account} is sold from or bought into: a fee goes to another account."


class TwoCurrenciesNeeded(Malformed):
    template = "An exchange needs two currencies."


class SpreadOutOfRange(Malformed):
    template = "A spread is from 0 to less than {most} percent, with at most {decimals} decimals."


class SettlementNotFound(NotFound):
    template = "There is no such settlement in these books."
