"""Cash flows of all currencies in functional currency: each at the rate of its day (IAS 7 paragraphs 25 to 28).

Legs of settlements stay at the rate of their deal. FX clearing counts as cash here, so that an exchange is no cash
flow and a foreign bill paid over it is one. What rates did to the cash that was held is what is left between the
balances of cash and its flows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from decimal import Decimal, localcontext
from uuid import UUID

from fx.functional.base_amounts import base_totals
from fx.functional.day_rates import Chains, FunctionalBooks, day_rates
from fx.functional.moves import Special, special_moves
from fx.rates.conversion import converted
from ledgerflow.core.dates import day_before
from ledgerflow.core.errors import LedgerError
from ledgerflow.core.money import CONTEXT, ZERO
from reports.currencies.functional import books_of_first_era, functional_range, own_accounts
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
) -> CashFlows:
    """The cash flows of all currencies together, from legs read `with_clearing`.

    Raises `RateMissing` and `RateTooOld` with pair and date.
    """
    books = books_of_first_era(reader, end)
    opening = _balances(reader, books, day_before(start), layers) if start > date.min else {}
    moved = Moved(opening, _balances(reader, books, end, layers), in_base(reader, books, legs), places)
    result = functional_range(reader, start, end, layers)
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
    """The legs in base currency, at the rates of their days."""
    base = books.base
    found = [one for one in legs if reader.accounts[one.account].currency == base]
    foreign = [one for one in legs if reader.accounts[one.account].currency != base]
    if foreign:
        rates = day_rates(books, {(reader.accounts[one.account].currency, one.day) for one in foreign})
        special = special_moves(books, {one.day for one in foreign})
        for leg in foreign:
            worth = _Worth(books, rates, reader.accounts[leg.account].currency, leg.day)
            found.append(_converted(leg, worth, special.get((leg.account, leg.day))))
    return found


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


def _balances(reader: Reader, books: FunctionalBooks, day: date, layers: Collection[str]) -> dict[UUID, Decimal]:
    figures = reader.figures(day, layers, accounts=own_accounts(reader, books))
    own = {id_: one.net for id_, one in figures.items()}
    return own | base_totals(books, day, with_adjustments="adjustment" in layers)
