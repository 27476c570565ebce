"""Working a settlement out: price, accounts, sides and values, before anything is written."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from decimal import Decimal
from functools import partial
from typing import NamedTuple
from uuid import UUID

import msgspec

from accounts.bases.eras import base_currency_on
from accounts.errors import UnknownAccount
from accounts.models import Account
from fx.deals import kinds
from fx.deals.agreed import Reference, base_chain_of, is_agreed, price_as_agreed
from fx.deals.errors import (
    AccountNeeded,
    AccountOfTheSystem,
    AgreedPrice,
    DatedBeforeRate,
    NormalSidesDiffer,
    NotTheQuotedAccount,
    QuoteOrDealNeeded,
)
from fx.deals.exchange_amounts import Accounts, Amounts, BaseValues, base_values, bought_lines, sold_lines
from fx.deals.fees import Fee, FeeValue, PlannedFee, planned_fee
from fx.deals.models import AGREED, FxQuote
from fx.deals.quoting import MANAGE, Deal, Priced, chain_from, check_rate_not_chosen, price, quote_of
from fx.deals.role_accounts import CLEARING, RESULTS, ROUNDING, SPREAD, VALUATION, account_with
from fx.rates.conversion import Leg, Rounding
from fx.rates.errors import RateMissing, RateTooOld
from fx.rates.events import FxPolicyFact
from fx.rates.finding import minor_units_of, rate_chain
from fx.rates.policies import fetch_default, policy_of
from journals.drafts import Draft
from journals.errors import CurrencyMismatch
from ledgerflow.books.models import Entity
from ledgerflow.core.errors import LedgerError
from ledgerflow.core.money import plain
from ledgerflow.core.texts import is_storable

ISSUER = "settlements"
SIDES = {"debit": 1, "credit": -1}
POSTED_TO = frozenset({CLEARING, SPREAD, ROUNDING, VALUATION, *RESULTS})


class Order(msgspec.Struct, frozen=True):
    """What to settle: a quote, or a deal: at the rates of now or as it was agreed. `fee` is posted with it.

    The account sold from gives up the sold amount on its normal side, the one bought into takes the other in. Where
    their normal sides differ (a customer pays into our bank and is credited in his wallet), `sell_side` must say on
    which side the sold amount stands. `effective_date` None means the business date.
    """

    quote: UUID | None = None
    deal: Deal | None = None
    sell_account: str = ""
    buy_account: str = ""
    sell_side: str = ""
    effective_date: date | None = None
    description: str = ""
    external_reference: str = ""
    confirm_unusual_date: bool = False
    fee: Fee | None = None
    confirm_unusual_rate: bool = False


class Plan(NamedTuple):
    """A settlement worked out, before anything is written."""

    quote: FxQuote | None
    spread_percent: Decimal
    rate_kind: str
    rate_on: date
    chain: list[Leg]
    base_chain: list[Leg]
    amounts: Amounts
    base: BaseValues
    rounding: Rounding
    accounts: Accounts
    sell_side: str
    ids: tuple[UUID, UUID]  # of the two accounts
    currencies: tuple[str, str]
    reference: Reference | None = None  # of a price that was agreed
    fee: PlannedFee | None = None


_Price = tuple[FxQuote | None, Priced, Reference | None]


def planned(entity_id: UUID, order: Order, *, may_choose_rate: bool = False) -> Plan:
    """Work a settlement out at today's state; nothing is written. Raises as `fx.settlement.settle`."""
    entity = Entity.objects.get(id=entity_id)
    found, priced, reference = _priced(entity, order, may_choose_rate=may_choose_rate)
    deal, amounts, chain = priced.deal, priced.amounts, priced.chain
    sell_code = _one_of(order.sell_account, found.sell_account if found else "", "/sell_account")
    buy_code = _one_of(order.buy_account, found.buy_account if found else "", "/buy_account")
    sell = _account(entity_id, sell_code, deal.sell_currency, "/sell_account")
    buy = _account(entity_id, buy_code, deal.buy_currency, "/buy_account")
    policy, _ = policy_of(entity_id)
    own = base_currency_on(entity_id, order.effective_date or entity.business_date)
    if reference is not None:
        base_chain = base_chain_of(entity_id, deal, chain, own, priced.on, fetch=fetch_default)
    else:
        base_chain = _base_chain(entity, found, priced, policy, own) if deal.buy_currency != own else chain
    units = minor_units_of(entity_id, own)
    rounding = Rounding(policy.rounding)
    base = base_values(amounts, chain, base_chain, units, rounding)
    currencies = deal.sell_currency, deal.buy_currency
    value = FeeValue(currencies, chain, base_chain, order.effective_date or entity.business_date, own, units, rounding)
    fee = _fee(entity, order.fee, [sell, buy], value) if order.fee is not None else None
    kind = AGREED if reference is not None else deal.kind
    return Plan(
        found, deal.spread_percent, kind, priced.on, chain, base_chain, amounts, base, rounding,
        _accounts(entity_id, (sell, buy), amounts, base, own, fee), _side(order, sell, buy), (sell.id, buy.id),
        currencies, reference, fee,
    )  # fmt: skip


def _priced(entity: Entity, order: Order, *, may_choose_rate: bool) -> _Price:
    if (order.quote is None) == (order.deal is None):
        raise QuoteOrDealNeeded(pointer="/quote")
    if order.quote is None:
        assert order.deal is not None  # noqa: S101 - one of the two is there
        return None, *_priced_now(entity, order, order.deal, may_choose_rate=may_choose_rate)
    found = quote_of(entity.id, order.quote)
    if not may_choose_rate and order.effective_date is not None and order.effective_date < found.rate_on:
        # The price of a quote stands for its own day and those after it: dated back, it would stand in for the rate
        # that was known on that earlier day.
        raise DatedBeforeRate(pointer="/effective_date", scope=MANAGE, rate_on=str(found.rate_on))
    deal = Deal(found.sell_currency, found.buy_currency, spread_percent=found.spread_percent, kind=found.rate_kind)
    amounts = Amounts(found.sell_amount, found.gross_amount, found.spread_amount, found.buy_amount)
    return found, Priced(deal, amounts, found.rate_on, chain_from(found.chain)), None


def _priced_now(entity: Entity, order: Order, deal: Deal, *, may_choose_rate: bool) -> tuple[Priced, Reference | None]:
    """A deal without a quote: as it was agreed, or at the rates of the date that it is effective on."""
    due = order.effective_date or entity.business_date
    try:
        if not may_choose_rate:
            check_rate_not_chosen(deal, due)
        if not is_agreed(deal):
            deal = msgspec.structs.replace(deal, on=deal.on or due)
            return price(entity.id, deal, entity.business_date, fetch=fetch_default), None
        if not may_choose_rate:
            raise AgreedPrice(pointer="/rate" if deal.rate is not None else "/sell_amount", scope=MANAGE, due=str(due))
        deal = msgspec.structs.replace(deal, on=deal.on or due)
        is_confirmed = order.confirm_unusual_rate
        return price_as_agreed(entity.id, deal, entity.business_date, is_confirmed=is_confirmed, fetch=fetch_default)
    except LedgerError as refusal:
        refusal.pointer = f"/direct{refusal.pointer}"
        raise


def _base_chain(entity: Entity, found: FxQuote | None, priced: Priced, policy: FxPolicyFact, own: str) -> list[Leg]:
    """From the sold currency to the base one, of a quote at the rates it was made of; later ones where it knew none."""
    find = partial(
        rate_chain, entity.id, priced.deal.sell_currency, own, priced.on, kind=priced.deal.kind,
        policy=policy,
    )  # fmt: skip
    if found is not None:
        with suppress(RateMissing, RateTooOld):
            return find(known_at=found.recorded_at)
    return find()


def _one_of(asked: str, quoted: str, pointer: str) -> str:
    if asked and quoted and asked != quoted:
        raise NotTheQuotedAccount(pointer=pointer, quoted=quoted)
    if not asked and not quoted:
        raise AccountNeeded(pointer=pointer)
    return asked or quoted


def _fee(entity: Entity, fee: Fee, exchanged: list[Account], value: FeeValue) -> PlannedFee:
    pair = (
        _known_account(entity.id, fee.account, "/fee/account"),
        _known_account(entity.id, fee.counter_account, "/fee/counter_account"),
    )
    return planned_fee(entity, fee, pair, exchanged, value)


def _account(entity_id: UUID, code: str, currency: str, pointer: str) -> Account:
    account = _known_account(entity_id, code, pointer)
    if account.currency != currency:
        raise CurrencyMismatch(pointer=pointer, account=code, currency=account.currency, other=currency)
    return account


def _known_account(entity_id: UUID, code: str, pointer: str) -> Account:
    account = Account.objects.filter(entity_id=entity_id, code=code).first() if is_storable(code) else None
    if account is None:
        raise UnknownAccount(pointer=pointer, account=code)
    if account.role in POSTED_TO:
        raise AccountOfTheSystem(pointer=pointer, account=code, role=account.role)
    return account


def _accounts(
    entity_id: UUID, pair: tuple[Account, Account], amounts: Amounts, base: BaseValues, own: str, fee: PlannedFee | None
) -> Accounts:
    """Raises `FxAccountMissing`, `FxAccountAmbiguous` for what is needed; `own` is the base currency."""
    sell, buy = pair
    return Accounts(
        sell=sell.code,
        buy=buy.code,
        sell_clearing=account_with(entity_id, CLEARING, sell.currency),
        buy_clearing=account_with(entity_id, CLEARING, buy.currency),
        spread=account_with(entity_id, SPREAD, buy.currency) if amounts.spread else "",
        rounding=account_with(entity_id, ROUNDING, own) if base.rounding else "",
        base_clearing=account_with(entity_id, CLEARING, own) if base.rounding else "",
        fee=fee.account.code if fee else "",
        fee_counter=fee.counter_account.code if fee else "",
    )


def _side(order: Order, sell: Account, buy: Account) -> str:
    """On which side the sold amount stands: where it goes out, when both accounts have the same normal side."""
    if order.sell_side:
        return order.sell_side
    if sell.normal_side != buy.normal_side:
        raise NormalSidesDiffer(pointer="/sell_side", sell_account=sell.code, buy_account=buy.code)
    return "credit" if sell.normal_side == "debit" else "debit"


def drafts_of(plan: Plan, order: Order, settlement_id: UUID, actor: str) -> list[Draft]:
    """The two journals: in the sold currency, and in the bought one with the fee.

    Their keys are the settlement's, not the caller's.
    """
    sign = SIDES[plan.sell_side]
    amounts, (sold, bought) = plan.amounts, plan.currencies
    words = f"{plain(amounts.sell)} {sold} for {plain(amounts.buy)} {bought}"
    fee = plan.fee.lines() if plan.fee else ()
    pairs = [
        (f"{settlement_id}:sell", sold_lines(plan.accounts, amounts, sign)),
        (f"{settlement_id}:buy", (*bought_lines(plan.accounts, amounts, plan.base, sign), *fee)),
    ]
    return [
        Draft(
            key=key,
            issuer=ISSUER,
            lines=lines,
            kind=kinds.SETTLEMENT.name,
            effective_date=order.effective_date,
            description=order.description or words,
            external_reference=order.external_reference,
            actor=actor,
            confirm_unusual_date=order.confirm_unusual_date,
        )
        for key, lines in pairs
    ]
