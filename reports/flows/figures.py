"""The figures of a statement of cash flows in one currency: cash, what was paid, and how profit leads to it.

Cash flows come from the journals that moved cash, by counter account, and are the same in both methods. The indirect
method takes profit, what of it is no operating cash flow, and what moved the other operating accounts, but for journals
without cash that led out of these (depreciation, goods paid by a loan): such a journal changed no operating cash.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal, localcontext
from typing import NamedTuple
from uuid import UUID

from ledgerflow.core.money import CONTEXT, ZERO
from reports.flows.legs import Legs
from reports.flows.places import (
    CASH,
    CLEARING,
    EXCHANGE,
    FINANCING,
    INVESTING,
    NON_CASH,
    NON_CASH_RESULT,
    OPENING,
    OPERATING,
)
from reports.reading.figures import RESULT_TYPES, Reader
from reports.reading.tree import must_be_zero

OPERATING_PLACES = (OPERATING, NON_CASH, NON_CASH_RESULT)


class Paid(NamedTuple):
    """What came in and what went out, both positive."""

    received: Decimal
    paid: Decimal

    @property
    def net(self) -> Decimal:
        return CONTEXT.subtract(self.received, self.paid)


class CashFlows(NamedTuple):
    """Of one currency. Adjustments and changes as they lead from profit to the cash flow from operating activities."""

    opening: Decimal
    closing: Decimal
    flows: dict[str, dict[UUID, Paid]]  # by activity and counter account
    taken_over: Decimal
    exchanged: Decimal
    rate_effect: Decimal
    profit: Decimal
    adjustments: dict[UUID, Decimal]
    exchange: Decimal
    working_capital: dict[UUID, Decimal]

    def of(self, activity: str) -> Decimal:
        """The cash flow from an activity."""
        with localcontext(CONTEXT):
            return sum((one.net for one in self.flows[activity].values()), ZERO)


class Moved(NamedTuple):
    """What was read of a range, in one currency: opening, closing and movements of accounts, debit positive; legs."""

    opening: Mapping[UUID, Decimal]
    closing: Mapping[UUID, Decimal]
    legs: Collection[Legs]
    places: Mapping[UUID, str]

    def change(self, account: UUID) -> Decimal:
        """What moved an account."""
        return CONTEXT.subtract(self.closing.get(account, ZERO), self.opening.get(account, ZERO))

    def placed(self, *places: str) -> list[UUID]:
        """The accounts with one of some places."""
        return [one for one in self.closing if self.places[one] in places]


def per_currency(
    reader: Reader,
    start: date,
    end: date,
    layers: Collection[str],
    places: Mapping[UUID, str],
    legs: Collection[Legs],
) -> dict[str, CashFlows]:
    """The cash flows in each currency that has cash, from the legs of the range."""
    opening = {id_: total.net for id_, total in reader.before(start, layers).items()}
    closing = {id_: total.net for id_, total in reader.figures(end, layers).items()}
    found = {}
    for currency in sorted({reader.accounts[one].currency for one, place in places.items() if place == CASH}):
        mine = {id_ for id_ in closing if reader.accounts[id_].currency == currency}
        moved = Moved(
            {id_: net for id_, net in opening.items() if id_ in mine},
            {id_: net for id_, net in closing.items() if id_ in mine},
            [one for one in legs if one.account in mine],
            places,
        )
        profit, flows = _profit(reader, moved), flows_of(moved)
        exact = _in_books(reader, moved, flows, profit)
        must_be_zero(
            [_gap(exact), CONTEXT.subtract(_indirect(exact), _operating(exact))],
            f"The cash flows in {currency} do not add up.",
        )
        found[currency] = exact
    return found


def flows_of(moved: Moved) -> dict[str, dict[UUID, Paid]]:
    """What was paid, by the place of the counter account; the three places that are operating are one."""
    found: dict[str, dict[UUID, Paid]] = {place: {} for place in (OPERATING, INVESTING, FINANCING)}
    with localcontext(CONTEXT):
        for leg in moved.legs:
            place = moved.places[leg.account]
            of_place = found.setdefault(OPERATING if place in OPERATING_PLACES else place, {})
            before = of_place.get(leg.account, Paid(ZERO, ZERO))
            of_place[leg.account] = Paid(before.received + leg.received, before.paid + leg.paid)
    return found


def adjustments_of(reader: Reader, moved: Moved) -> tuple[dict[UUID, Decimal], dict[UUID, Decimal]]:
    """What profit is adjusted by, and the changes in working capital, by account; without exchange differences."""
    crossing: dict[UUID, Decimal] = {}
    not_cash: dict[UUID, Decimal] = {}
    with localcontext(CONTEXT):
        for leg in moved.legs:
            crossing[leg.account] = crossing.get(leg.account, ZERO) + leg.crossing
            not_cash[leg.account] = not_cash.get(leg.account, ZERO) + leg.not_cash
        adjustments: dict[UUID, Decimal] = {}
        working_capital: dict[UUID, Decimal] = {}
        for id_ in moved.closing:
            place = moved.places[id_]
            if reader.accounts[id_].type in RESULT_TYPES:
                if place == OPERATING:
                    adjustments[id_] = crossing.get(id_, ZERO)
                elif place == NON_CASH_RESULT:
                    adjustments[id_] = not_cash.get(id_, ZERO)
                elif place != EXCHANGE:
                    adjustments[id_] = moved.change(id_)
            elif place in {OPERATING, NON_CASH}:
                into = working_capital if place == OPERATING else adjustments
                into[id_] = crossing.get(id_, ZERO) - moved.change(id_)
    return adjustments, working_capital


def total(amounts: Mapping[UUID, Decimal], accounts: Collection[UUID]) -> Decimal:
    """The sum over some accounts."""
    with localcontext(CONTEXT):
        return sum((amounts.get(one, ZERO) for one in accounts), ZERO)


def _in_books(reader: Reader, moved: Moved, flows: dict[str, dict[UUID, Paid]], profit: Decimal) -> CashFlows:
    cash = moved.placed(CASH)
    adjustments, working_capital = adjustments_of(reader, moved)
    of_result = [one for one in moved.placed(EXCHANGE) if reader.accounts[one].type in RESULT_TYPES]
    with localcontext(CONTEXT):
        sums = {place: sum((one.net for one in mine.values()), ZERO) for place, mine in flows.items()}
        valuations = [one for one in cash if reader.accounts[one].role == "valuation"]
        return CashFlows(
            total(moved.opening, cash),
            total(moved.closing, cash),
            flows,
            sums.get(OPENING, ZERO),
            sums.get(CLEARING, ZERO),
            sums.get(EXCHANGE, ZERO) + sum((moved.change(one) for one in valuations), ZERO),
            profit,
            adjustments,
            sum((moved.change(one) for one in of_result), ZERO),
            working_capital,
        )


def _profit(reader: Reader, moved: Moved) -> Decimal:
    with localcontext(CONTEXT):
        changes = (moved.change(one) for one in moved.closing if reader.accounts[one].type in RESULT_TYPES)
        return -sum(changes, ZERO)


def _operating(found: CashFlows) -> Decimal:
    return found.of(OPERATING)


def _indirect(found: CashFlows) -> Decimal:
    with localcontext(CONTEXT):
        parts = (*found.adjustments.values(), *found.working_capital.values())
        return found.profit + found.exchange + sum(parts, ZERO)


def _gap(found: CashFlows) -> Decimal:
    with localcontext(CONTEXT):
        paid = sum((found.of(one) for one in (OPERATING, INVESTING, FINANCING)), ZERO)
        return found.opening + paid + found.taken_over + found.exchanged + found.rate_effect - found.closing
