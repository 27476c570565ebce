"""Prices, lines and values of an exchange; every figure from the worksheet beside it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from fx.deals.exchange_amounts import (
    Accounts,
    Amounts,
    BaseValues,
    base_values,
    bought_lines,
    priced_by_purchase,
    priced_by_sale,
    proof_lines,
    reversed_chain,
    sold_lines,
)
from fx.rates.conversion import Leg, Rounding
from ledgerflow.core.errors import Malformed

pytestmark = pytest.mark.pure

ACCOUNTS = Accounts("sell", "buy", "clear-sell", "clear-buy", "spread", "rounding", "clear-base")
HALF_EVEN = Rounding()


def leg(base: str, quote: str, value: str, operation: str = "multiply") -> Leg:
    return Leg(base, quote, date(2026, 3, 2), "spot", Decimal(value), 1, "test", operation)  # type: ignore[arg-type]


TO_DOLLARS = [leg("EUR", "USD", "1.0892")]
TO_YEN = [leg("EUR", "JPY", "162.03")]
DOLLARS_TO_YEN = [leg("EUR", "USD", "1.0892", "divide"), leg("EUR", "JPY", "162.03")]


def numbers(*texts: str) -> list[Decimal]:
    return [Decimal(text) for text in texts]


def test_what_a_sale_buys() -> None:
    # 1,000,000.00 x 1.0892 = 1,089,200.00; 0.1 % of it is 1,089.20
    priced = priced_by_sale(Decimal("1000000.00"), TO_DOLLARS, Decimal("0.1"), 2, HALF_EVEN)
    assert list(priced) == numbers("1000000.00", "1089200.00", "1089.20", "1088110.80")


def test_what_a_purchase_costs() -> None:
    # 1,088,110.80 / 0.999 = 1,089,200.00; / 1.0892 = 1,000,000.00
    priced = priced_by_purchase(Decimal("1088110.80"), TO_DOLLARS, Decimal("0.1"), (2, 2), HALF_EVEN)
    assert list(priced) == numbers("1000000.00", "1089200.00", "1089.20", "1088110.80")


@pytest.mark.parametrize("currency, units, gross", [("JPY", 0, "16203"), ("BHD", 3, "16203.000")])
def test_a_sale_in_units_of_its_currency(currency: str, units: int, gross: str) -> None:
    chain = [leg("EUR", currency, "162.03")]
    assert str(priced_by_sale(Decimal("100.00"), chain, Decimal(0), units, HALF_EVEN).gross) == gross


def test_an_amount_too_small_to_buy_anything_is_refused() -> None:
    with pytest.raises(Malformed, match="so small") as refused:
        priced_by_sale(Decimal("0.001"), TO_YEN, Decimal(0), 0, HALF_EVEN)
    assert refused.value.pointer == "/sell_amount"
    with pytest.raises(Malformed, match="so small") as refused:
        priced_by_purchase(Decimal(1), [leg("EUR", "IRR", "45000")], Decimal(0), (2, 0), HALF_EVEN)
    assert refused.value.pointer == "/buy_amount"


def test_a_chain_runs_back_the_way_it_came() -> None:
    back = reversed_chain(DOLLARS_TO_YEN)
    assert [(one.quote, one.operation) for one in back] == [("JPY", "divide"), ("USD", "multiply")]


def test_values_of_a_sale_in_base_currency() -> None:
    # 1,088,110.80 / 1.0892 = 999,000.00; the spread of 1,089.20 is 1,000.00
    amounts = Amounts(*numbers("1000000.00", "1089200.00", "1089.20", "1088110.80"))
    base = base_values(amounts, TO_DOLLARS, [], 2, HALF_EVEN)
    assert list(base) == numbers("1000000.00", "1000000.00", "999000.00", "1000.00", "0.00")


def test_rounding_to_a_coarser_currency_leaves_something_over() -> None:
    # 100.33 USD / 1.0892 = 92.1134 EUR; x 162.03 = 14,925.14 -> 14,925 JPY, which is back at the same rates
    # 14,925 / 162.03 = 92.1126 EUR. To the cent both are 92.11: nothing is left.
    amounts = priced_by_sale(Decimal("100.33"), DOLLARS_TO_YEN, Decimal(0), 0, HALF_EVEN)
    base = base_values(amounts, DOLLARS_TO_YEN, DOLLARS_TO_YEN[:1], 2, HALF_EVEN)
    assert (str(amounts.gross), str(base.sell), str(base.gross)) == ("14925", "92.11", "92.11")
    # 100.00 EUR x 3.49 = 349 units of a currency without decimals, but 10.10 x 3.49 = 35.249 -> 35, worth 10.03
    coarse = [leg("EUR", "ZZZ", "3.49")]
    amounts = priced_by_sale(Decimal("10.10"), coarse, Decimal(0), 0, HALF_EVEN)
    assert list(base_values(amounts, coarse, [], 2, HALF_EVEN)) == numbers("10.10", "10.03", "10.03", "0.00", "0.07")


def test_values_do_not_round_in_between_under_the_regulation() -> None:
    # Through the euro at three decimals 0.01 USD would be 0.009 EUR, and 2 JPY instead of 1.4877
    amounts = Amounts(*numbers("0.01", "1", "0", "1"))
    base = base_values(amounts, DOLLARS_TO_YEN, DOLLARS_TO_YEN[:1], 6, Rounding("regulation_1103_97"))
    assert str(base.sell) == "0.009181"  # 0.01 / 1.0892 = 0.00918105…


@pytest.mark.parametrize("sign", [1, -1], ids=["debit", "credit"])
def test_lines_of_both_journals(sign: int) -> None:
    amounts = Amounts(*numbers("10.10", "35", "1", "34"))
    base = BaseValues(*numbers("10.10", "10.03", "9.74", "0.29", "0.07"))
    sold = {line.account: line.amount * sign for line in sold_lines(ACCOUNTS, amounts, sign)}
    assert sold == {"sell": Decimal("10.10"), "clear-sell": Decimal("-10.10")}
    bought = {line.account: line.amount * sign for line in bought_lines(ACCOUNTS, amounts, base, sign)}
    assert bought == {
        "clear-buy": Decimal(35), "buy": Decimal(-34), "spread": Decimal(-1),
        "clear-base": Decimal("0.07"), "rounding": Decimal("-0.07"),
    }  # fmt: skip


def test_what_is_zero_has_no_line() -> None:
    amounts, base = Amounts(*numbers("1", "2", "0", "2")), BaseValues(*numbers("1", "1", "1", "0", "0"))
    assert [line.account for line in bought_lines(ACCOUNTS, amounts, base, 1)] == ["clear-buy", "buy"]


def test_the_legs_of_a_settlement_prove() -> None:
    # -10.10 EUR and +35 ZZZ, worth 10.03, and +0.07 EUR of rounding: -10.10 + 10.03 + 0.07 = 0
    clearing = [
        ("clear-sell", "EUR", Decimal("-10.10")),
        ("clear-buy", "ZZZ", Decimal(35)),
        ("b", "EUR", Decimal("0.07")),
    ]
    proof = proof_lines(clearing, ("EUR", "ZZZ", "EUR"), [leg("EUR", "ZZZ", "3.49")], [], 2, HALF_EVEN)
    assert [str(line.base) for line in proof] == ["-10.10", "10.03", "0.07"]
