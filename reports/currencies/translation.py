"""Reports in another currency, as IAS 21 paragraphs 39 to 41 translate a foreign operation. No reads.

Every currency of the books balances by itself, so each is translated like an operation in that currency: assets and
liabilities at the closing rate, income and expenses at the average rate of their fiscal year, equity at the closing
rate of the day it moved (its historical rate); what a closing entry carries to retained earnings, at the average rate
of the year that it closes. The exchange differences are computed year by year:

    opening net assets * (closing rate - closing rate a year before)
  + result             * (closing rate - average rate)
  + each equity movement * (closing rate - rate of its day)

All in fractions, so that nothing is rounded before the end: a balance sheet that is then off by anything is refused.
"""

from __future__ import annotations

import decimal
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Context, Decimal, localcontext
from fractions import Fraction
from typing import NamedTuple

from fx.rates.report_rates import Rates, RateWanted
from ledgerflow.core.money import CONTEXT, quantum
from reports.reading.tree import must_be_zero
from reports.reading.years import Year

# More digits than a tie between two roundings could hide behind: factors are of rates with at most 28 digits.
_PRECISE = Context(prec=200, traps=[decimal.InvalidOperation, decimal.DivisionByZero, decimal.Overflow])
NOTHING = Fraction(0)


class Piece(NamedTuple):
    """A part of an account's balance (debit positive) with the rate it is translated at."""

    amount: Decimal
    rate: RateWanted


class YearOf(NamedTuple):
    """A fiscal year of one currency. Net assets debit positive, result and equity movements credit positive.

    `result` is that of the year whether it was carried to equity or not; `equity` (date, amount) without it.
    """

    year: Year
    opening_net_assets: Decimal
    closing_net_assets: Decimal
    result: Decimal
    equity: Sequence[tuple[date, Decimal]]


class Differences(NamedTuple):
    """The exchange differences of one currency up to a date, credit positive, by what they came from."""

    currency: str
    net_assets: Fraction
    result: Fraction
    equity: Fraction

    @property
    def total(self) -> Fraction:
        """What equity shows on its own line."""
        return self.net_assets + self.result + self.equity


class Factors:
    """The factors of `rates`; one unit of the target is one unit."""

    def __init__(self, target: str, rates: Rates) -> None:
        self._target = target
        self.rates = rates

    def of(self, wanted: RateWanted) -> Fraction:
        """The factor of a rate."""
        return Fraction(1) if wanted.currency == self._target else self.rates.used[wanted].factor

    def value(self, pieces: Iterable[Piece]) -> Fraction:
        """The pieces in the target currency, exactly."""
        return sum((Fraction(piece.amount) * self.of(piece.rate) for piece in pieces), NOTHING)


def closing(currency: str, on: date) -> RateWanted:
    """The rate of a date."""
    return RateWanted(currency, "closing", on)


def average(currency: str, year: Year) -> RateWanted:
    """The rate of a year, or of its part so far."""
    return RateWanted(currency, "average", year.end, year.start)


def terms(currency: str, years: Sequence[YearOf]) -> Iterator[tuple[str, Piece]]:
    """What the exchange differences of a currency are the sum of, by what they come from; zero amounts are left out.

    Raises `ReportsDisagreeError` when the net assets of a year are not those before it plus what moved them.
    """
    before = None
    for one in years:
        end = closing(currency, one.year.end)
        moved = [one.opening_net_assets, one.result, *(amount for _, amount in one.equity)]
        with localcontext(CONTEXT):
            gap = sum(moved, -one.closing_net_assets)
        must_be_zero([gap], f"Net assets in {currency} do not follow from what moved them in {one.year.name}.")
        if before is not None and one.opening_net_assets:
            yield from _difference("net_assets", one.opening_net_assets, end, closing(currency, before.end))
        if one.result:
            yield from _difference("result", one.result, end, average(currency, one.year))
        for day, amount in one.equity:
            yield from _difference("equity", amount, end, closing(currency, day))
        before = one.year


def differences(currency: str, years: Sequence[YearOf], factors: Factors) -> Differences:
    """The exchange differences of a currency over its years, exactly. Raises as `terms`."""
    parts = {"net_assets": NOTHING, "result": NOTHING, "equity": NOTHING}
    for part, piece in terms(currency, years):
        parts[part] += factors.value([piece])
    return Differences(currency, **parts)


def rounded(amount: Fraction, minor_units: int, rounding: str) -> Decimal:
    """The amount at a currency's scale."""
    quotient = _PRECISE.divide(Decimal(amount.numerator), Decimal(amount.denominator))
    return CONTEXT.plus(quotient.quantize(quantum(minor_units), rounding=rounding, context=_PRECISE))


def _difference(part: str, amount: Decimal, end: RateWanted, start: RateWanted) -> Iterator[tuple[str, Piece]]:
    yield part, Piece(amount, end)
    yield part, Piece(amount.copy_negate(), start)
