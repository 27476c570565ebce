"""The fee of an exchange: in any currency, from any account, part of the deal and posted with it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

import msgspec

from accounts.models import Account
from fx.deals.errors import FeeBetweenOneAccount, FeeIntoExchange
from fx.deals.exchange_amounts import exactly, reversed_chain
from fx.rates.conversion import Leg, Rounding, converted
from fx.rates.errors import RateMissing, RateTooOld
from fx.rates.finding import minor_units_of, rate_chain
from journals.drafts import Line
from journals.errors import CurrencyMismatch
from ledgerflow.books.models import Entity
from ledgerflow.core.errors import AmountNotPositive, LedgerError
from ledgerflow.core.money import CONTEXT, at_scale


class Fee(msgspec.Struct, frozen=True):
    """What an exchange costs beside its price: `account` gives it up on its normal side, `counter_account` takes it in.

    The amount is positive, in major units of the currency of the two accounts.
    """

    amount: Decimal
    account: str
    counter_account: str


class PlannedFee(NamedTuple):
    """A fee worked out; `side` is the side of `account` on which it stands, `base` None where no rate is known."""

    amount: Decimal
    currency: str
    account: Account
    counter_account: Account
    side: str
    base: Decimal | None

    def lines(self) -> tuple[Line, ...]:
        signed = self.amount if self.side == "debit" else CONTEXT.minus(self.amount)
        return Line(self.account.code, signed), Line(self.counter_account.code, CONTEXT.minus(signed))


class FeeValue(NamedTuple):
    """What a fee is worth in base currency: at the rates of the deal in its currencies, else at the spot rate of `on`.

    `base_chain` leads from the sold currency to the base one.
    """

    currencies: tuple[str, str]
    chain: list[Leg]
    base_chain: list[Leg]
    on: date
    base: str
    base_units: int
    rounding: Rounding

    def of(self, entity: Entity, amount: Decimal, currency: str) -> Decimal | None:
        sold, bought = self.currencies
        if currency == self.base:
            legs: list[Leg] = []
        elif currency == sold:
            legs = self.base_chain
        elif currency == bought:
            legs = [*reversed_chain(self.chain), *self.base_chain]
        else:
            try:
                legs = rate_chain(entity.id, currency, self.base, self.on)
            except (RateMissing, RateTooOld):
                return None
        return converted(amount, legs, self.base_units, exactly(self.rounding))


def planned_fee(
    entity: Entity, fee: Fee, accounts: tuple[Account, Account], exchanged: Sequence[Account], value: FeeValue
) -> PlannedFee:
    """A fee between two accounts of one currency. `exchanged` are those sold from and bought into.

    Raises `AmountNotPositive`, `PrecisionExceeded`, `CurrencyMismatch`, `Malformed`.
    """
    account, counter = accounts
    if account.id == counter.id:
        raise FeeBetweenOneAccount(pointer="/fee/counter_account")
    if counter.id in {one.id for one in exchanged}:
        raise FeeIntoExchange(pointer="/fee/counter_account", account=counter.code)
    if account.currency != counter.currency:
        raise CurrencyMismatch(
            pointer="/fee/counter_account", account=counter.code, currency=counter.currency, other=account.currency
        )
    if fee.amount <= 0:
        raise AmountNotPositive(pointer="/fee/amount")
    try:
        amount = at_scale(fee.amount, minor_units_of(entity.id, account.currency))
    except LedgerError as refusal:
        refusal.pointer = "/fee/amount"
        raise
    side = "credit" if account.normal_side == "debit" else "debit"
    return PlannedFee(amount, account.currency, account, counter, side, value.of(entity, amount, account.currency))
