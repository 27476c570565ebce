"""The carrying amount of a foreign monetary position, and what a revaluation posts to it. Pure.

IAS 21 paragraphs 21, 23 and 28: a movement comes in at the rate of its own date, the position is worth the closing
rate, and the difference goes to profit or loss. Of the difference so far, what belongs to amounts that have left the
position is realised; what the rest is worth more or less than it came in at, its average cost, is not.
Amounts are debit-positive; cost and values are in base currency.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal, localcontext
from typing import NamedTuple

from fx.rates.conversion import PRECISE
from journals.drafts import Line
from ledgerflow.core.money import CONTEXT, ZERO, quantum


class ValuedMovement(NamedTuple):
    """A change of the position (foreign currency) and what it was worth then (base currency)."""

    amount: Decimal
    value: Decimal


class ForeignPosition(NamedTuple):
    """What stands on the account, what it came in at, and what was gained on what has left."""

    amount: Decimal = ZERO
    cost: Decimal = ZERO
    realised: Decimal = ZERO


START = ForeignPosition()


class ResultAmounts(NamedTuple):
    """What earlier runs have posted for an account: unrealised gains and losses (both positive), realised (signed)."""

    gain: Decimal = ZERO
    loss: Decimal = ZERO
    realised: Decimal = ZERO

    @property
    def unrealised(self) -> Decimal:
        return CONTEXT.subtract(self.gain, self.loss)


class ResultAccounts(NamedTuple):
    """The codes of the accounts in profit or loss."""

    unrealised_gain: str
    unrealised_loss: str
    realised_gain: str
    realised_loss: str


def carried(
    days: Iterable[Sequence[ValuedMovement]], minor_units: int, position: ForeignPosition = START
) -> ForeignPosition:
    """`position` after the movements of each day, in order; of one day, what adds to the position comes first.

    What leaves takes its share of the cost along, rounded to `minor_units` of the base currency; a movement through
    zero closes one position and opens another. cost - realised is always the sum of the values.
    """
    for movements in days:
        sign = position.amount or sum((one.amount for one in movements), ZERO)
        for movement in sorted(movements, key=lambda one: one.amount * sign < 0):
            position = _moved(position, movement, minor_units)
    return position


def change(position: ForeignPosition, closing_value: Decimal, posted_so_far: ResultAmounts) -> ResultAmounts:
    """What to post so that the account stands at `closing_value` and profit or loss agrees with the position."""
    unrealised = CONTEXT.subtract(closing_value, position.cost)
    return ResultAmounts(
        CONTEXT.subtract(max(unrealised, ZERO), posted_so_far.gain),
        CONTEXT.subtract(max(CONTEXT.minus(unrealised), ZERO), posted_so_far.loss),
        CONTEXT.subtract(position.realised, posted_so_far.realised),
    )


def taken_back(posted_so_far: ResultAmounts) -> ResultAmounts:
    """What to post so that nothing unrealised stands; what is realised stays."""
    return ResultAmounts(CONTEXT.minus(posted_so_far.gain), CONTEXT.minus(posted_so_far.loss))


def lines_of(posted: ResultAmounts, valuation: str, accounts: ResultAccounts, description: str) -> list[Line]:
    """The lines of a change: the valuation account against profit or loss; none for what is zero."""
    realised = accounts.realised_gain if posted.realised > 0 else accounts.realised_loss
    amounts = [
        (valuation, CONTEXT.add(posted.unrealised, posted.realised)),
        (accounts.unrealised_gain, CONTEXT.minus(posted.gain)),
        (accounts.unrealised_loss, posted.loss),
        (realised, CONTEXT.minus(posted.realised)),
    ]
    return [Line(account, amount, description=description) for account, amount in amounts if amount]


def _moved(position: ForeignPosition, movement: ValuedMovement, minor_units: int) -> ForeignPosition:
    amount, cost, realised = position
    with localcontext(CONTEXT):
        if amount * movement.amount >= 0:
            return ForeignPosition(amount + movement.amount, cost + movement.value, realised)
        if movement.amount.copy_abs() <= amount.copy_abs():
            relieved = _share(cost, movement.amount, amount, minor_units)
            gained = -movement.value - relieved
            return ForeignPosition(amount + movement.amount, cost - relieved, realised + gained)
        closing = _share(movement.value, amount, movement.amount, minor_units)
        return ForeignPosition(amount + movement.amount, movement.value - closing, realised - closing - cost)


def _share(whole: Decimal, part: Decimal, of: Decimal, minor_units: int) -> Decimal:
    """`whole` in proportion to two amounts, whatever their signs, rounded half to even."""
    with localcontext(PRECISE):
        share = whole * part.copy_abs() / of.copy_abs()
        return CONTEXT.plus(share.quantize(quantum(minor_units)))
