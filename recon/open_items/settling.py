"""How much of an item is free, and which amounts settle each other. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from typing import NamedTuple

from fx.rates.conversion import PRECISE
from ledgerflow.core.money import CONTEXT, ZERO, quantum


class Part(NamedTuple):
    """An amount of a debit and of a credit, named by their versions."""

    debit: int
    credit: int
    amount: Decimal


def free_on(amount: Decimal, moves: Mapping[date, Decimal], day: date) -> Decimal:
    """What can be allocated of an item from `day` on for ever.

    `moves` is what was allocated of it by date, less what was undone: an allocation that stands until later takes of it
    too. `amount` is that of the item without its sign.
    """
    running = most = ZERO
    for on in sorted(moves):
        if on > day:
            most = max(most, running)
        running = CONTEXT.add(running, moves[on])
    return CONTEXT.subtract(amount, max(most, running))


def paired(debits: Sequence[tuple[int, Decimal]], credits_: Sequence[tuple[int, Decimal]]) -> Iterator[Part]:
    """Debits and credits settle each other in their order, until one side is used up; amounts are above zero."""
    left, right = iter(debits), iter(credits_)
    debit, credit = next(left, None), next(right, None)
    while debit is not None and credit is not None:
        amount = min(debit[1], credit[1])
        yield Part(debit[0], credit[0], amount)
        debit = (debit[0], CONTEXT.subtract(debit[1], amount)) if debit[1] > amount else next(left, None)
        credit = (credit[0], CONTEXT.subtract(credit[1], amount)) if credit[1] > amount else next(right, None)


def shares(whole: Decimal, total: Decimal, parts: Iterable[Decimal], minor_units: int) -> Iterator[Decimal]:
    """What each part of `total` is of `whole`, at the minor units of a currency: the parts of all of it add up to it.

    Each is what is reached with it, rounded half even, less what was reached before.
    """
    from_before, reached = ZERO, ZERO
    for part in parts:
        reached = CONTEXT.add(reached, part)
        with localcontext(PRECISE):
            now = (whole * reached / total).quantize(quantum(minor_units), rounding=ROUND_HALF_EVEN)
        yield CONTEXT.subtract(now, from_before)
        from_before = now
