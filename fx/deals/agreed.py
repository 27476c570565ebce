"""Deals at a price that two parties agreed: both amounts are given, or one and the rate, and recorded as they were.

The rates of the books only give what the deal is compared with, the reference: what the sold amount would have bought
at the rate of the day. A deal may be better than that.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal, localcontext
from typing import NamedTuple
from uuid import UUID

import msgspec

from fx.deals.errors import (
    AgreedWithSpread,
    RateBaseUnknown,
    RateBesideAmounts,
    RateOfTheFuture,
    TwoCurrenciesNeeded,
    UnusualRate,
)
from fx.deals.exchange_amounts import HUNDRED, Amounts, priced_by_purchase, priced_by_sale
from fx.deals.models import AGREED
from fx.deals.quoting import Deal, Priced, scaled, units_of
from fx.rates.conversion import PRECISE, Leg, Rounding, converted
from fx.rates.errors import RateMissing, RateTooOld
from fx.rates.finding import rate_chain
from fx.rates.policies import Fetch, policy_of
from ledgerflow.core.money import CONTEXT, ZERO

UNUSUAL_FACTOR = 10
UNLIKE_PERCENT = 5  # so far from the reference, and on the other side of one, a rate is taken for its inverse
PERCENT_PLACES = Decimal("0.0001")  # a hundredth of a basis point


class Reference(NamedTuple):
    """What the sold amount would have bought at the rates of the day; `missing` is the code of why none is known."""

    chain: list[Leg]
    amount: Decimal | None
    missing: str = ""


class DealDifference(NamedTuple):
    """What a deal brought beyond the reference, in the bought currency and in percent of it; negative when less.

    `percent` is None where the reference is so small that it is zero.
    """

    amount: Decimal
    percent: Decimal | None


def is_agreed(deal: Deal) -> bool:
    """Whether a deal brings its own price."""
    return deal.rate is not None or (deal.sell_amount is not None and deal.buy_amount is not None)


def price_as_agreed(
    entity_id: UUID, deal: Deal, business_date: date, *, is_confirmed: bool, fetch: Fetch
) -> tuple[Priced, Reference]:
    """A deal at its own price, and what it is compared with: the rates of its date.

    Raises `Malformed`, `UnknownCurrency`, `PrecisionExceeded`, `AmountTooLarge`; `UnusualRate` unless confirmed.
    """
    on = _checked(deal, business_date)
    units = units_of(entity_id, deal, fetch)
    policy, _ = policy_of(entity_id, fetch=fetch)
    rounding = Rounding(policy.rounding)
    given = {
        name: scaled(deal, name, places)
        for name, places in zip(("sell_amount", "buy_amount"), units, strict=True)
        if getattr(deal, name) is not None
    }
    if deal.rate is None:
        sell, buy = given["sell_amount"], given["buy_amount"]
        amounts, chain = Amounts(sell, buy, ZERO, buy), _ratio(deal, on, sell, buy)
    else:
        chain = [_leg(deal, on, deal.rate)]
        if "sell_amount" in given:
            amounts = priced_by_sale(given["sell_amount"], chain, ZERO, units[1], rounding)
        else:
            amounts = priced_by_purchase(given["buy_amount"], chain, ZERO, units, rounding)
    try:
        rates = rate_chain(
            entity_id, deal.sell_currency, deal.buy_currency, on, kind=deal.kind, policy=policy, fetch=fetch
        )
    except (RateMissing, RateTooOld) as refusal:
        return Priced(deal, amounts, on, chain), Reference([], None, refusal.code)
    if not is_confirmed:
        _check_usual(deal, chain, rates)
    reference = Reference(rates, converted(amounts.sell, rates, units[1], rounding))
    return Priced(deal, amounts, on, chain), reference


def base_chain_of(
    entity_id: UUID, deal: Deal, chain: list[Leg], base_currency: str, on: date, *, fetch: Fetch
) -> list[Leg]:
    """From the sold currency to the base one: by the deal itself where it is of the base currency.

    Else at the spot rate of what was sold, or where that is not known, of what was bought: what is given and what is
    got for it are worth the same. Raises `RateMissing`, `RateTooOld` where neither is known.
    """
    if deal.buy_currency == base_currency:
        return chain
    try:
        return rate_chain(entity_id, deal.sell_currency, base_currency, on, fetch=fetch)
    except (RateMissing, RateTooOld) as refusal:
        try:
            return [*chain, *rate_chain(entity_id, deal.buy_currency, base_currency, on, fetch=fetch)]
        except (RateMissing, RateTooOld):
            raise refusal from None


def difference_of(bought: Decimal, reference: Decimal | None) -> DealDifference | None:
    """What was bought beyond the reference; None where there is none."""
    if reference is None:
        return None
    more = CONTEXT.subtract(bought, reference)
    with localcontext(PRECISE):
        percent = (more * HUNDRED / reference).quantize(PERCENT_PLACES) if reference else None
    return DealDifference(more, percent)


def _checked(deal: Deal, business_date: date) -> date:
    if deal.sell_currency == deal.buy_currency:
        raise TwoCurrenciesNeeded(pointer="/buy_currency")
    if deal.rate is not None and (deal.sell_amount is None) == (deal.buy_amount is None):
        raise RateBesideAmounts(pointer="/rate")
    if deal.rate_base and (deal.rate is None or deal.rate_base not in {deal.sell_currency, deal.buy_currency}):
        raise RateBaseUnknown(pointer="/rate_base", sell=deal.sell_currency, buy=deal.buy_currency)
    if deal.spread_percent:
        raise AgreedWithSpread(pointer="/spread_percent")
    on = deal.on or business_date
    if on > business_date:
        raise RateOfTheFuture(pointer="/on", on=str(on), business_date=str(business_date))
    return on


def _leg(deal: Deal, on: date, rate: Decimal) -> Leg:
    if deal.rate_base == deal.buy_currency:
        return Leg(deal.buy_currency, deal.sell_currency, on, AGREED, rate, 0, "", "divide")
    return Leg(deal.sell_currency, deal.buy_currency, on, AGREED, rate, 0, "", "multiply")


def _ratio(deal: Deal, on: date, sell: Decimal, buy: Decimal) -> list[Leg]:
    """Times the one amount and by the other, as a rate between them need not have an end."""
    pair = deal.sell_currency, deal.buy_currency
    times = Leg(*pair, on, AGREED, buy, 0, "", "multiply")
    return [times, msgspec.structs.replace(times, value=sell, operation="divide")]


def _check_usual(deal: Deal, agreed: Sequence[Leg], rates: Sequence[Leg]) -> None:
    """A decimal point in the wrong place, or a rate that was taken the wrong way round, is refused."""
    with localcontext(PRECISE):
        rate, usual = _rate(agreed), _rate(rates)
        factor = rate / usual
        is_inverse = (rate - 1) * (usual - 1) < 0 and abs(factor - 1) * HUNDRED > UNLIKE_PERCENT
        if is_inverse or not 1 <= factor * UNUSUAL_FACTOR <= UNUSUAL_FACTOR * UNUSUAL_FACTOR:
            raise UnusualRate(
                pointer="/rate" if deal.rate is not None else "/buy_amount",
                pair=f"{deal.sell_currency}/{deal.buy_currency}",
                rate=_text(rate),
                reference=_text(usual),
            )


def _rate(legs: Sequence[Leg]) -> Decimal:
    rate = Decimal(1)
    for leg in legs:
        rate = rate * leg.value if leg.operation == "multiply" else rate / leg.value
    return rate


def _text(rate: Decimal) -> str:
    return f"{rate:.6g}"
