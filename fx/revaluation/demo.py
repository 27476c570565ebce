"""Foreign exchange in the demo books: a few rates, a bank account in dollars, and dollars bought for it."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal

from accounts.opening import open_accounts
from accounts.specs import AccountSpec
from fx.deals.plan import Order
from fx.deals.quoting import Deal
from fx.deals.role_accounts import VALUATION, open_missing
from fx.deals.settlement import settle
from fx.rates.models import Rate
from fx.rates.quotes import SPOT, Quote
from fx.rates.recording import record_rates
from fx.revaluation.valuation_pairs import pair_valuation
from journals.dating import ONE_DAY
from ledgerflow.books.models import Entity, IdempotencyKey
from ledgerflow.core.errors import LedgerError

SOURCE = "demo"
BANK, BANK_VALUE = "1011-BANK-USD", "1012-BANK-USD-VALUE"
KEY = "demo:buy-dollars"

ACCOUNTS = (
    AccountSpec(BANK, "Bank, dollar account", "USD", "asset", parent="1000-ASSETS", role="cash"),
    AccountSpec(BANK_VALUE, "Valuation of the dollar account", "EUR", "asset", parent="1000-ASSETS", role=VALUATION),
)
# What one euro costs on the day before the first business date, and from then on.
BEFORE = {"USD": "1.1685", "GBP": "0.8741", "CHF": "0.9312", "JPY": "176.24"}
SINCE = {"USD": "1.1712", "GBP": "0.8755", "CHF": "0.9305", "JPY": "176.90"}


def demo_exchange(entity: Entity, actor: str) -> None:
    """Add what is missing. Where somebody rearranged the accounts or rates since, what can be had of it."""
    _rates(entity, actor)
    open_accounts(entity.id, ACCOUNTS, actor=actor)
    with suppress(LedgerError):
        open_missing(entity.id, ["USD"], actor=actor)
        pair_valuation(entity.id, BANK, BANK_VALUE, actor=actor)
        _buy_dollars(entity, actor)


def _rates(entity: Entity, actor: str) -> None:
    """Those of the business date, the first time also those of the day before; what people corrected stays."""
    today = entity.business_date
    rates_by_day = [(today, SINCE)]
    if not Rate.objects.filter(entity=entity, source=SOURCE).exists():
        rates_by_day.append((today - ONE_DAY, BEFORE))
    quotes = [
        Quote("EUR", code, day, SPOT, Decimal(value)) for day, rates in rates_by_day for code, value in rates.items()
    ]
    record_rates(entity.id, quotes, source=SOURCE, actor=actor, keep_corrections=True)


def _buy_dollars(entity: Entity, actor: str) -> None:
    """Dealt at the rate of the day before, so that the first close has something to revalue."""
    if IdempotencyKey.objects.filter(entity=entity, key=KEY, issuer=SOURCE).exists():
        return
    deal = Deal("EUR", "USD", sell_amount=Decimal("2000.00"), on=entity.business_date - ONE_DAY)
    order = Order(deal=deal, sell_account="1010-BANK", buy_account=BANK, description="Dollars for a supplier")
    settle(entity.id, order, key=KEY, may_choose_rate=True, issuer=SOURCE, actor=actor)
