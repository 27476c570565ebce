"""Quotes: a price, the rates it was made of, and until when it stands."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from psycopg.types.json import Jsonb

from fx.deals.errors import (
    OneAmountNeeded,
    OtherKindOfRate,
    QuoteLifetime,
    QuoteNotFound,
    RateOfAnotherDay,
    RateOfTheFuture,
    SpreadOutOfRange,
    TwoCurrenciesNeeded,
)
from fx.deals.events import FxQuotedFact
from fx.deals.exchange_amounts import Amounts, priced_by_purchase, priced_by_sale
from fx.deals.models import MOST_SPREAD, FxQuote
from fx.rates.conversion import Leg, Rounding
from fx.rates.finding import minor_units_of, rate_chain
from fx.rates.policies import Fetch, fetch_within, policy_of
from fx.rates.quotes import SPOT
from ledgerflow.books.writing import Transaction, write
from ledgerflow.core.errors import AmountNotPositive, PrecisionExceeded
from ledgerflow.core.ids import uuid7
from ledgerflow.core.money import at_scale, normalised, plain

LONGEST = timedelta(days=7)
SPREAD_DECIMALS = 4
MANAGE = "manage"  # the scope that chooses a rate; in the admin, the permission to change settlements

INSERT = """
    INSERT INTO deals_fxquote (id, entity_id, sell_account, sell_currency, sell_amount, buy_account, buy_currency,
        gross_amount, buy_amount, spread_percent, spread_amount, rate_on, rate_kind, chain, expires_at, event_sequence,
        recorded_at, actor)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""


class Deal(msgspec.Struct, frozen=True):
    """What somebody wants exchanged: exactly one of the two amounts, which are in major units and positive.

    `spread_percent` is taken of what is bought. Rates are of `on`, the business date when None. A deal that was agreed
    has both amounts, or one and `rate`: the price of one unit of `rate_base`, of the sold currency unless given.
    """

    sell_currency: str
    buy_currency: str
    sell_amount: Decimal | None = None
    buy_amount: Decimal | None = None
    spread_percent: Decimal = Decimal(0)
    kind: str = SPOT
    on: date | None = None
    rate: Decimal | None = None
    rate_base: str = ""


class Priced(msgspec.Struct, frozen=True):
    """A deal at the rates of a date."""

    deal: Deal
    amounts: Amounts
    on: date
    chain: list[Leg]


def quote(
    entity_id: UUID,
    deal: Deal,
    *,
    expires_in: timedelta,
    sell_account: str = "",
    buy_account: str = "",
    may_choose_rate: bool = False,
    actor: str,
) -> FxQuote:
    """Price a deal and keep the price until it expires, at most seven days. Event `fx.quoted`.

    Accounts that are given are those it must be settled with; they are looked at when it is settled.
    Without `may_choose_rate` the only rate to be had is the spot rate of the business date. Raises `PermissionMissing`
    otherwise, `Malformed`, `UnknownCurrency`, `PrecisionExceeded`, `RateMissing`, `RateTooOld`, `AmountTooLarge`.
    """
    if not timedelta(0) < expires_in <= LONGEST:
        raise QuoteLifetime(pointer="/expires_in", most=int(LONGEST.total_seconds()))

    def work(tx: Transaction, _: None) -> UUID:
        if not may_choose_rate:
            check_rate_not_chosen(deal, tx.entity.business_date)
        priced = price(entity_id, deal, tx.entity.business_date, fetch=fetch_within(tx))
        fact = _fact(priced, sell_account, buy_account, tx.recorded_at + expires_in)
        sequence = tx.record(fact, str(fact.id), actor)
        _insert(tx, fact, sequence, actor)
        return fact.id

    return FxQuote.objects.get(id=write(entity_id, work))


def quote_of(entity_id: UUID, quote_id: UUID) -> FxQuote:
    """A quote of these books. Raises `NotFound`."""
    found = FxQuote.objects.filter(entity_id=entity_id, id=quote_id).first()
    if found is None:
        raise QuoteNotFound(pointer="/quote")
    return found


def price(entity_id: UUID, deal: Deal, business_date: date, *, fetch: Fetch) -> Priced:
    """A deal at the rates of its date, rounded per the entity's policy. Raises as `quote` does."""
    spread = _checked(deal)
    on = deal.on or business_date
    if on > business_date:
        raise RateOfTheFuture(pointer="/on", on=str(on), business_date=str(business_date))
    policy, _ = policy_of(entity_id, fetch=fetch)
    rounding = Rounding(policy.rounding)
    units = units_of(entity_id, deal, fetch)
    chain = rate_chain(entity_id, deal.sell_currency, deal.buy_currency, on, kind=deal.kind, policy=policy, fetch=fetch)
    if deal.sell_amount is not None:
        amounts = priced_by_sale(scaled(deal, "sell_amount", units[0]), chain, spread, units[1], rounding)
    else:
        buy = scaled(deal, "buy_amount", units[1])
        amounts = priced_by_purchase(buy, chain, spread, units, rounding)
    return Priced(deal, amounts, on, chain)


def check_rate_not_chosen(deal: Deal, due: date) -> None:
    """Raise `PermissionMissing` unless the deal is at the spot rate of `due`, the date that it is for.

    Whoever picks the day or the kind of a rate picks the price, and with it who loses on the exchange.
    """
    if deal.kind != SPOT:
        raise OtherKindOfRate(pointer="/kind", scope=MANAGE, due=str(due))
    if deal.on is not None and deal.on != due:
        raise RateOfAnotherDay(pointer="/on", scope=MANAGE, due=str(due))


def chain_json(chain: list[Leg]) -> list[dict[str, Any]]:
    """A chain of rates as it is stored and shown."""
    found: list[dict[str, Any]] = msgspec.to_builtins(chain)
    return found


def chain_from(stored: list[dict[str, Any]]) -> list[Leg]:
    """A stored chain as values."""
    return msgspec.convert(stored, list[Leg])


def _checked(deal: Deal) -> Decimal:
    if deal.sell_currency == deal.buy_currency:
        raise TwoCurrenciesNeeded(pointer="/buy_currency")
    if deal.rate is not None or (deal.sell_amount is None) == (deal.buy_amount is None):
        raise OneAmountNeeded(pointer="/sell_amount")
    if not 0 <= deal.spread_percent < MOST_SPREAD or at_most_decimals(deal.spread_percent) > SPREAD_DECIMALS:
        raise SpreadOutOfRange(pointer="/spread_percent", most=str(MOST_SPREAD), decimals=SPREAD_DECIMALS)
    return deal.spread_percent


def at_most_decimals(number: Decimal) -> int:
    """How many decimals a number has, without zeros at its end."""
    return len(normalised(number).partition(".")[2])


def units_of(entity_id: UUID, deal: Deal, fetch: Fetch) -> tuple[int, int]:
    """Decimal places of the sold and of the bought currency. Raises `UnknownCurrency`."""
    return _units(entity_id, deal, "sell_currency", fetch), _units(entity_id, deal, "buy_currency", fetch)


def _units(entity_id: UUID, deal: Deal, name: str, fetch: Fetch) -> int:
    try:
        return minor_units_of(entity_id, getattr(deal, name), fetch=fetch)
    except Exception as error:
        if hasattr(error, "pointer"):
            error.pointer = f"/{name}"
        raise


def scaled(deal: Deal, name: str, minor_units: int) -> Decimal:
    """One of its amounts at the decimals of its currency. Raises `AmountNotPositive`, `PrecisionExceeded`."""
    amount: Decimal = getattr(deal, name)
    if amount <= 0:
        raise AmountNotPositive(pointer=f"/{name}")
    try:
        return at_scale(amount, minor_units)
    except PrecisionExceeded as refusal:
        refusal.pointer = f"/{name}"
        raise


def _fact(priced: Priced, sell_account: str, buy_account: str, expires_at: datetime) -> FxQuotedFact:
    deal, amounts = priced.deal, priced.amounts
    return FxQuotedFact(
        uuid7(), sell_account, deal.sell_currency, plain(amounts.sell), buy_account, deal.buy_currency,
        plain(amounts.gross), plain(amounts.buy), normalised(deal.spread_percent), plain(amounts.spread), priced.on,
        deal.kind, chain_json(priced.chain), expires_at,
    )  # fmt: skip


def _insert(tx: Transaction, fact: FxQuotedFact, sequence: int, actor: str) -> None:
    tx.query(
        INSERT,
        (fact.id, tx.entity_id, fact.sell_account, fact.sell_currency, Decimal(fact.sell_amount), fact.buy_account,
         fact.buy_currency, Decimal(fact.gross_amount), Decimal(fact.buy_amount), Decimal(fact.spread_percent),
         Decimal(fact.spread_amount), fact.rate_on, fact.rate_kind, Jsonb(fact.chain), fact.expires_at, sequence,
         tx.recorded_at, actor),
    )  # fmt: skip
