"""Exchanges at the price that a bank made: recorded as they were, compared with the rates of the day, with their fee."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from fx.deals.bodies import reference_response
from fx.deals.errors import AgreedPrice, RateBaseUnknown, RateBesideAmounts, UnusualRate
from fx.deals.fees import Fee
from fx.deals.models import Settlement
from fx.deals.plan import Order
from fx.deals.quoting import Deal
from fx.deals.role_accounts import open_missing
from fx.deals.settlement import reverse_settlement, settle
from fx.deals.settlement_proof import proof_of
from fx.rates.errors import RateMissing
from journals.errors import CurrencyMismatch, InsufficientFunds
from journals.models import Journal
from ledgerflow.books.models import Entity, Event
from ledgerflow.core.errors import AmountNotPositive, LedgerError, Malformed, PrecisionExceeded
from tests.builders import TODAY, a_transfer, an_account, balance_of, posted
from tests.trading import a_rate, a_trading_house, lines, proven

BEFORE = TODAY - timedelta(days=1)


@pytest.fixture
def house() -> Entity:
    """The euro at 1.1045 dollars and 162.03 yen; francs without a rate."""
    entity = a_trading_house("USD", "JPY", "CHF")
    a_rate(entity, "1.1045")
    a_rate(entity, "162.03", quote="JPY")
    for currency in ("EUR", "USD", "CHF"):
        an_account(entity, f"FEES-{currency}", "expense", currency=currency)
        posted(entity, a_transfer(f"BANK-{currency}", f"WALLET-{currency}", "2000.00"))
    return entity


def agreed(entity: Entity, sell: str, buy: str, **given: Any) -> Settlement:
    """An exchange between bank accounts: `sell` and `buy` are such as "1000.00 EUR", or a currency alone."""
    (sold, sell_amount), (bought, buy_amount) = _split(sell), _split(buy)
    rate = given.pop("rate", None)
    deal = Deal(
        sold, bought, sell_amount, buy_amount, spread_percent=given.pop("spread_percent", Decimal(0)),
        rate=rate and Decimal(rate), rate_base=given.pop("rate_base", ""),
    )  # fmt: skip
    fee = given.pop("fee", None)
    given = {"sell_account": f"BANK-{sold}", "buy_account": f"BANK-{bought}", "key": uuid4().hex} | given
    key, may = given.pop("key"), given.pop("may", True)
    order = Order(deal=deal, fee=fee and Fee(Decimal(fee[0]), *fee[1:]), **given)
    return settle(entity.id, order, key=key, may_choose_rate=may, actor="test").settlement


def _split(text: str) -> tuple[str, Decimal | None]:
    amount, _, currency = text.rpartition(" ")
    return currency, Decimal(amount) if amount else None


def compared(row: Settlement) -> tuple[str | None, ...]:
    """The reference, the difference to it, that in percent, and why there is none."""
    found = reference_response(row)
    assert found is not None
    return found.amount, found.difference, found.difference_percent, found.missing


def test_both_amounts_are_recorded_as_they_were(house: Entity) -> None:
    # The reference: 1,000.00 x 1.1045 = 1,104.50; 1,101.37 is 3.13 less, 3.13 / 1,104.50 = 0.28339 %
    done = agreed(house, "1000.00 EUR", "1101.37 USD")
    assert lines(done.sell_journal) == {"BANK-EUR": "-1000.00", "FX-CLEARING-EUR": "1000.00"}
    assert lines(done.buy_journal) == {"FX-CLEARING-USD": "-1101.37", "BANK-USD": "1101.37"}
    assert compared(done) == ("1104.50", "-3.13", "-0.2834", None)
    assert (str(done.sell_base), str(done.buy_base), str(proof_of(done).total)) == ("1000.00", "1000.00", "0.00")
    assert proof_of(done).agrees
    # Better than the reference is no error: 5.50 more, 5.50 / 1,104.50 = 0.49796 %
    assert compared(agreed(house, "1000.00 EUR", "1110.00 USD")) == ("1104.50", "5.50", "0.498", None)
    assert proven(house)


@pytest.mark.parametrize(
    "sell, buy, given, sold, bought, based",
    [
        ("1000.00 EUR", "USD", {"rate": "1.10137"}, "1000.00", "1101.37", "1000.00"),
        ("EUR", "1101.37 USD", {"rate": "1.10137"}, "1000.00", "1101.37", "1000.00"),
        # The bank's EUR/USD where dollars are sold: 1,101.37 / 1.10137
        ("1101.37 USD", "EUR", {"rate": "1.10137", "rate_base": "EUR"}, "1101.37", "1000.00", "1000.00"),
        ("1101.37 USD", "999.99 EUR", {}, "1101.37", "999.99", "999.99"),
        # Neither is the base currency: both are worth what was sold, 1,104.50 / 1.1045
        ("1104.50 USD", "162000 JPY", {}, "1104.50", "162000", "1000.00"),
        # No rate of what was sold: what was bought tells, 1,104.50 / 1.1045
        ("1000.00 CHF", "1104.50 USD", {}, "1000.00", "1104.50", "1000.00"),
        # One yen that cost more than any rate says
        ("0.01 EUR", "1 JPY", {}, "0.01", "1", "0.01"),
    ],
)
def test_what_a_deal_comes_to(
    house: Entity, sell: str, buy: str, given: dict[str, str], sold: str, bought: str, based: str
) -> None:
    done = agreed(house, sell, buy, **given)
    found = [str(one) for one in (done.sell_amount, done.buy_amount, done.sell_base, done.buy_base)]
    assert found == [sold, bought, based, based]
    proof = proof_of(done)
    assert (str(proof.total), proof.agrees, str(done.rounding_base)) == ("0.00", True, "0.00")
    assert proven(house)


def test_without_a_rate_the_deal_stands_and_says_why_nothing_compares(house: Entity) -> None:
    done = agreed(house, "1000.00 EUR", "950.00 CHF")
    assert compared(done) == (None, None, None, "rate_missing")
    a_rate(house, "0.95", TODAY - timedelta(days=30), quote="CHF")
    assert compared(agreed(house, "1000.00 EUR", "950.00 CHF")) == (None, None, None, "rate_too_old")
    assert proven(house)


def test_a_deal_dated_back_is_compared_with_the_rates_of_its_day(house: Entity) -> None:
    a_rate(house, "1.2000", BEFORE)
    # 1,000.00 x 1.2 = 1,200.00
    done = agreed(house, "1000.00 EUR", "1194.00 USD", effective_date=BEFORE, confirm_unusual_date=True)
    assert (done.effective_date, done.rate_on) == (BEFORE, BEFORE)
    assert compared(done) == ("1200.00", "-6.00", "-0.5", None)


def test_a_fee_is_part_of_the_deal(house: Entity) -> None:
    # From the account that was bought into, at the deal's rate: 5.00 USD / 1.10137 = 4.5398
    done = agreed(house, "1000.00 EUR", "1101.37 USD", fee=("5.00", "BANK-USD", "FEES-USD"))
    posted_lines = list(done.buy_journal.postings.order_by("line").values_list("account__code", "amount"))
    assert posted_lines[1:] == [
        ("BANK-USD", Decimal("1101.37")), ("BANK-USD", Decimal("-5.00")), ("FEES-USD", Decimal("5.00")),
    ]  # fmt: skip
    assert (done.fee_side, str(done.fee_base)) == ("credit", "4.54")
    assert proof_of(done).agrees
    # A third currency, without a rate; of a customer's wallet, on its own side.
    third = agreed(house, "100.00 EUR", "110.00 USD", fee=("2.50", "WALLET-CHF", "FEES-CHF"))
    assert (third.fee_side, third.fee_base, third.fee_currency) == ("debit", None, "CHF")
    assert balance_of(house, "FEES-CHF") == Decimal("-2.50")
    # Of a deal at the rates of now too.
    order = Order(
        deal=Deal("EUR", "USD", sell_amount=Decimal(100)), sell_account="BANK-EUR", buy_account="BANK-USD",
        fee=Fee(Decimal("1.50"), "BANK-EUR", "FEES-EUR"),
    )  # fmt: skip
    priced = settle(house.id, order, key="fee", actor="test").settlement
    assert (str(priced.fee_base), reference_response(priced)) == ("1.50", None)
    back = reverse_settlement(house.id, done.id, key="back", actor="test").settlement
    assert lines(back.reversal.buy_journal)["FEES-USD"] == "-5.00"
    assert Event.objects.filter(entity=house, type="fx.settled").count() == 3
    assert Journal.objects.filter(entity=house, kind="fx_settlement").count() == 6
    assert proven(house)


FEE_USD = ("5.00", "BANK-USD", "FEES-USD")


@pytest.mark.parametrize(
    "sell, buy, given, refusal, pointer",
    [
        ("0.00 EUR", "1.00 USD", {}, AmountNotPositive, "/direct/sell_amount"),
        ("1.00 EUR", "-1.00 USD", {}, AmountNotPositive, "/direct/buy_amount"),
        ("1.00 EUR", "1.00 EUR", {}, Malformed, "/direct/buy_currency"),
        ("1.001 EUR", "1.10 USD", {}, PrecisionExceeded, "/direct/sell_amount"),
        ("1.00 EUR", "162.5 JPY", {}, PrecisionExceeded, "/direct/buy_amount"),
        ("1.00 EUR", "1.10 USD", {"rate": "1.1"}, RateBesideAmounts, "/direct/rate"),
        ("EUR", "USD", {"rate": "1.1"}, RateBesideAmounts, "/direct/rate"),
        ("1.00 EUR", "USD", {"rate": "1.1", "rate_base": "CHF"}, RateBaseUnknown, "/direct/rate_base"),
        ("1.00 EUR", "1.10 USD", {"rate_base": "EUR"}, RateBaseUnknown, "/direct/rate_base"),
        ("1.00 EUR", "1.10 USD", {"spread_percent": Decimal(1)}, Malformed, "/direct/spread_percent"),
        ("1.00 EUR", "1.10 USD", {"may": False}, AgreedPrice, "/direct/sell_amount"),
        ("1.00 EUR", "USD", {"rate": "1.1", "may": False}, AgreedPrice, "/direct/rate"),
        ("1.00 XXX", "1.10 USD", {}, LedgerError, "/direct/sell_currency"),
        # Ten times the reference and a little; the rate the wrong way round, as the price of a dollar, or of an euro
        ("1000.00 EUR", "11045.01 USD", {}, UnusualRate, "/direct/buy_amount"),
        ("1000.00 EUR", "110.44 USD", {}, UnusualRate, "/direct/buy_amount"),
        ("1000.00 EUR", "USD", {"rate": "0.90539"}, UnusualRate, "/direct/rate"),
        ("1101.37 USD", "EUR", {"rate": "1.10137"}, UnusualRate, "/direct/rate"),
        ("1000.00 EUR", "900.00 CHF", {"sell_account": "BANK-USD"}, CurrencyMismatch, "/sell_account"),
        # Neither in euro, and no rate of either
        ("1000.00 CHF", "800.00 GBP", {}, RateMissing, "/on"),
        ("1.00 EUR", "1.10 USD", {"fee": ("0", *FEE_USD[1:])}, AmountNotPositive, "/fee/amount"),
        ("1.00 EUR", "1.10 USD", {"fee": ("0.001", *FEE_USD[1:])}, PrecisionExceeded, "/fee/amount"),
        ("1.00 EUR", "1.10 USD", {"fee": ("1", "BANK-USD", "FEES-EUR")}, CurrencyMismatch, "/fee/counter_account"),
        ("1.00 EUR", "1.10 USD", {"fee": ("1", "BANK-USD", "BANK-USD")}, Malformed, "/fee/counter_account"),
        ("1.00 EUR", "1.10 USD", {"fee": ("1", "WALLET-USD", "BANK-USD")}, Malformed, "/fee/counter_account"),
        ("1.00 EUR", "1.10 USD", {"fee": ("1", "FX-CLEARING-USD", "FEES-USD")}, Malformed, "/fee/account"),
        ("1.00 EUR", "1.10 USD", {"fee": ("1", "NONE", "FEES-USD")}, LedgerError, "/fee/account"),
    ],
)
def test_nonsense_is_refused_by_name(
    house: Entity, sell: str, buy: str, given: dict[str, Any], refusal: type[LedgerError], pointer: str
) -> None:
    an_account(house, "BANK-GBP", currency="GBP")
    open_missing(house.id, ["GBP"], actor="test")
    with pytest.raises(refusal) as refused:
        agreed(house, sell, buy, **given)
    assert refused.value.pointer == pointer
    assert not Journal.objects.filter(entity=house, kind="fx_settlement").exists()


def test_an_unusual_rate_that_is_meant_is_confirmed_once_and_for_its_key(house: Entity) -> None:
    with pytest.raises(UnusualRate, match=r"EUR/USD at 12 is far from the reference, 1\.1045"):
        agreed(house, "1.00 EUR", "12.00 USD", key="one")
    done = agreed(house, "1.00 EUR", "12.00 USD", key="one", confirm_unusual_rate=True)
    assert agreed(house, "1.00 EUR", "12.00 USD", key="one") == done
    # Near to one, on the other side of it and not far: no inverse
    a_rate(house, "1.02")
    agreed(house, "1000.00 EUR", "985.00 USD")


def test_limits_hold_for_the_fee_as_well(house: Entity) -> None:
    an_account(house, "TILL-USD", currency="USD", min_balance=Decimal(0))
    with pytest.raises(InsufficientFunds):
        agreed(house, "1.00 EUR", "1.10 USD", fee=("5.00", "TILL-USD", "FEES-USD"))
    assert not Settlement.objects.filter(entity=house).exists()
