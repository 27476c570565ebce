"""What an exchange comes to: price, spread, lines of its two journals, and its proof in base currency. Pure.

The two journals pass through clearing accounts, one per currency, which carry the position. Valued at the pinned rates
in base currency, what goes into clearing and what comes out of it are equal: what rounding left between them is posted
to the account with the role `rounding`, so that nothing is lost in clearing.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, localcontext
from typing import NamedTuple

import msgspec

from fx.deals.errors import TooSmallToExchange
from fx.rates.conversion import MODES, PRECISE, REGULATION, Leg, Rounding, converted
from journals.drafts import Line
from ledgerflow.core.money import CONTEXT, ZERO, quantum

HUNDRED = Decimal(100)


class Amounts(NamedTuple):
    """`sell` is given for `gross`, of which `spread` is kept and `buy` comes out; in major units, none negative."""

    sell: Decimal
    gross: Decimal
    spread: Decimal
    buy: Decimal


class BaseValues(NamedTuple):
    """The legs in base currency: gross = buy + spread, sell = gross + rounding."""

    sell: Decimal
    gross: Decimal
    buy: Decimal
    spread: Decimal
    rounding: Decimal


class Accounts(msgspec.Struct, frozen=True, omit_defaults=True):
    """Codes of the accounts a settlement posts to; from `spread` on only where there is something to post."""

    sell: str
    buy: str
    sell_clearing: str
    buy_clearing: str
    spread: str = ""
    rounding: str = ""
    base_clearing: str = ""
    fee: str = ""
    fee_counter: str = ""


class ProofLine(NamedTuple):
    """A line in clearing, as posted (debit positive), and what it is worth in base currency."""

    account: str
    currency: str
    amount: Decimal
    base: Decimal


def priced_by_sale(
    sell: Decimal, chain: Sequence[Leg], spread_percent: Decimal, buy_units: int, rounding: Rounding
) -> Amounts:
    """What a sold amount buys. `spread_percent` is taken of the gross amount, in the bought currency.

    Raises `Malformed` where nothing is left to buy, `AmountTooLarge`.
    """
    gross = converted(sell, chain, buy_units, rounding)
    with localcontext(PRECISE):
        spread = (gross * spread_percent / HUNDRED).quantize(quantum(buy_units), rounding=MODES[rounding.mode])
    return _checked(Amounts(sell, gross, spread, CONTEXT.subtract(gross, spread)), "/sell_amount")


def priced_by_purchase(
    buy: Decimal, chain: Sequence[Leg], spread_percent: Decimal, units: tuple[int, int], rounding: Rounding
) -> Amounts:
    """What has to be sold so that `buy` comes out net of the spread. `units` are those of the sold and bought currency.

    Raises as `priced_by_sale`.
    """
    sell_units, buy_units = units
    with localcontext(PRECISE):
        gross = (buy * HUNDRED / (HUNDRED - spread_percent)).quantize(quantum(buy_units), rounding=MODES[rounding.mode])
    sell = converted(gross, reversed_chain(chain), sell_units, rounding)
    return _checked(Amounts(sell, gross, CONTEXT.subtract(gross, buy), buy), "/buy_amount")


def reversed_chain(chain: Sequence[Leg]) -> list[Leg]:
    """The same rates the other way: what was multiplied is divided, in the other order."""
    return [
        msgspec.structs.replace(leg, operation="divide" if leg.operation == "multiply" else "multiply")
        for leg in reversed(chain)
    ]


def base_values(
    amounts: Amounts, chain: Sequence[Leg], base_chain: Sequence[Leg], base_units: int, rounding: Rounding
) -> BaseValues:
    """The legs in base currency, all by the deal's own rates: the bought ones back along `chain`, then to base."""
    exact = exactly(rounding)
    back = [*reversed_chain(chain), *base_chain]
    sell = converted(amounts.sell, base_chain, base_units, exact)
    gross = converted(amounts.gross, back, base_units, exact)
    buy = converted(amounts.buy, back, base_units, exact)
    return BaseValues(sell, gross, buy, CONTEXT.subtract(gross, buy), CONTEXT.subtract(sell, gross))


def exactly(rounding: Rounding) -> Rounding:
    """Rounding for values in base currency: Regulation (EC) 1103/97 is about conversions, and rounds in between."""
    return Rounding("half_up") if rounding.mode == REGULATION else rounding


def sold_lines(accounts: Accounts, amounts: Amounts, sign: int) -> tuple[Line, ...]:
    """The journal in the sold currency; `sign` 1 debits the account sold from, -1 credits it."""
    return _signed(sign, [(accounts.sell, amounts.sell), (accounts.sell_clearing, CONTEXT.minus(amounts.sell))])


def bought_lines(accounts: Accounts, amounts: Amounts, base: BaseValues, sign: int) -> tuple[Line, ...]:
    """The journal in the bought currency, with two lines in base currency where rounding has left something over."""
    lines = [
        (accounts.buy_clearing, amounts.gross),
        (accounts.buy, CONTEXT.minus(amounts.buy)),
        (accounts.spread, CONTEXT.minus(amounts.spread)),
        (accounts.base_clearing, base.rounding),
        (accounts.rounding, CONTEXT.minus(base.rounding)),
    ]
    return _signed(sign, lines)


def proof_lines(
    clearing: Sequence[tuple[str, str, Decimal]],
    currencies: tuple[str, str, str],
    chain: Sequence[Leg],
    base_chain: Sequence[Leg],
    base_units: int,
    rounding: Rounding,
) -> list[ProofLine]:
    """What a settlement has put into clearing (account, currency, amount), valued at its pinned rates.

    `currencies` are the sold, the bought and the base one. The values of a settlement that proves add up to zero.
    """
    sold, bought, base = currencies
    back = [*reversed_chain(chain), *base_chain]
    ways: dict[str, Sequence[Leg]] = {bought: back, sold: base_chain, base: ()}
    exact = exactly(rounding)
    return [
        ProofLine(account, currency, amount, converted(amount, ways[currency], base_units, exact))
        for account, currency, amount in clearing
    ]


def _signed(sign: int, lines: Sequence[tuple[str, Decimal]]) -> tuple[Line, ...]:
    return tuple(Line(account, amount if sign > 0 else CONTEXT.minus(amount)) for account, amount in lines if amount)


def _checked(amounts: Amounts, pointer: str) -> Amounts:
    if amounts.sell <= ZERO or amounts.buy <= ZERO:
        raise TooSmallToExchange(pointer=pointer)
    return amounts
