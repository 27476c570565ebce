"""Cash flows of all currencies in functional currency: each at the rate of its day (IAS 7 paragraphs 25 to 28).

Legs of settlements stay at the rate of their deal. FX clearing counts as cash here, so that an exchange is no cash
flow and a foreign bill paid over it is one. What rates did to the cash that was held is what is left between the
balances of cash and its flows.

What was before a change of the base currency is the statement in the currency of before, each line at the fixed rate.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from decimal import Decimal, localcontext
from functools import partial
from uuid import UUID

from accounts.bases.eras import Era
from fx.functional.day_rates import Chains, FunctionalBooks, at_fixed_rate, day_rates
from fx.functional.moves import Special, special_moves
from fx.rates.conversion import converted
from ledgerflow.core.dates import day_before
from ledgerflow.core.errors import LedgerError
from ledgerflow.core.money import CONTEXT, ZERO
from reports.currencies.functional import books_before, functional_books, functional_range, worth_on
from reports.flows.figures import CashFlows, Moved, adjustments_of, flows_of, total
from reports.flows.legs import Legs
from reports.flows.places import CASH, CLEARING, FINANCING, INVESTING, OPENING, OPERATING
from reports.reading.figures import Reader


def in_functional_currency(
    reader: Reader,
    start: date,
    end: date,
    layers: Collection[str],
    places: Mapping[UUID, str],
    legs: Collection[Legs],
    era: Era,
) -> CashFlows:
    """The cash flows of all currencies together in the currency of an era, from legs read `with_clearing`.

    Raises `RateMissing` and `RateTooOld` with pair and date.
    """
    books, adjusted = functional_books(reader, era), "adjustment" in layers
    opening = worth_on(reader, books, day_before(start), with_adjustments=adjusted) if start > date.min else {}
    closing = worth_on(reader, books, end, with_adjustments=adjusted)
    moved = Moved(opening, closing, in_base(reader, books, legs), places)
    result = functional_range(reader, start, end, layers, era=era)
    with localcontext(CONTEXT):
        profit = result.exchange - sum(result.amounts.values(), ZERO)
        flows = flows_of(moved)
        adjustments, working_capital = adjustments_of(reader, moved)
        sums = {place: sum((one.net for one in mine.values()), ZERO) for place, mine in flows.items()}
        paid = sum((sums.get(one, ZERO) for one in (OPERATING, INVESTING, FINANCING, OPENING)), ZERO)
        known = sum((*adjustments.values(), *working_capital.values()), profit)
        cash = moved.placed(CASH)
        first, last = total(moved.opening, cash), total(moved.closing, cash)
        exchanged = -sum((moved.change(one) for one in moved.placed(CLEARING)), ZERO)
    return CashFlows(
        first,
        last,
        flows,
        sums.get(OPENING, ZERO),
        exchanged,
        CONTEXT.subtract(CONTEXT.subtract(CONTEXT.subtract(last, first), paid), exchanged),
        profit,
        adjustments,
        CONTEXT.subtract(sums[OPERATING], known),
        working_capital,
    )


def with_clearing(places: Mapping[UUID, str]) -> dict[UUID, str]:
    """The places with those of clearing as cash."""
    return {one: CASH if place == CLEARING else place for one, place in places.items()}


def in_base(reader: Reader, books: FunctionalBooks, legs: Iterable[Legs]) -> list[Legs]:
    """The legs in base currency, at the rates of their days; of those of before its era one for each account."""
    base, since = books.base, books.era.starts_on or date.min
    mine = [one for one in legs if one.day >= since]
    earlier = [one for one in legs if one.day < since]
    found = _brought_over(reader, books, earlier) if earlier else []
    found += [one for one in mine if reader.accounts[one.account].currency == base]
    foreign = [one for one in mine if reader.accounts[one.account].currency != base]
    if foreign:
        rates = day_rates(books, {(reader.accounts[one.account].currency, one.day) for one in foreign})
        special = special_moves(books, {one.day for one in foreign})
        for leg in foreign:
            worth = _Worth(books, rates, reader.accounts[leg.account].currency, leg.day)
            found.append(_converted(leg, worth, special.get((leg.account, leg.day))))
    return found


def _brought_over(reader: Reader, books: FunctionalBooks, legs: Iterable[Legs]) -> list[Legs]:
    before, summed = books_before(reader, books), dict[UUID, Legs]()
    for leg in in_base(reader, before, legs):
        so_far = summed.get(leg.account)
        amounts = leg[2:] if so_far is None else map(CONTEXT.add, so_far[2:], leg[2:])
        summed[leg.account] = Legs(leg.account, leg.day, *amounts)
    bring = partial(at_fixed_rate, books, before)
    return [Legs(leg.account, leg.day, *map(bring, leg[2:])) for leg in summed.values()]


class _Worth:
    def __init__(self, books: FunctionalBooks, rates: Chains, currency: str, day: date) -> None:
        self._books = books
        self._chain = rates[currency, day]

    def of(self, amount: Decimal) -> Decimal:
        if not amount:
            return ZERO
        if isinstance(self._chain, LedgerError):
            raise self._chain
        return converted(amount, self._chain, self._books.minor_units, self._books.rounding)


def _converted(leg: Legs, worth: _Worth, special: Special | None) -> Legs:
    """What has a base amount of its own is taken for cash where cash moved, else for what was crossing."""
    received, paid = worth.of(leg.received), worth.of(leg.paid)
    crossing, not_cash, unpaid = (worth.of(one) for one in (leg.crossing, leg.not_cash, leg.unpaid))
    with localcontext(CONTEXT):
        if special is not None and special.amount:
            more = special.value - worth.of(special.amount)
            if leg.paid > leg.received:
                paid += more
            elif leg.received:
                received -= more
            else:
                crossing, not_cash = crossing + (more if leg.crossing else ZERO), not_cash + more
        return leg._replace(received=received, paid=paid, crossing=crossing, not_cash=not_cash, unpaid=unpaid)
