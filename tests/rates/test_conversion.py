"""Worked examples of conversion. Every expected figure comes from a worksheet and was typed in by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal, localcontext
from typing import Literal

import msgspec
import pytest

from fx.rates.conversion import FIXED, Leg, Rounding, converted
from fx.rates.errors import AmountTooLarge

pytestmark = pytest.mark.pure

REGULATION = Rounding("regulation_1103_97")


def leg(pair: str, value: str, operation: Literal["multiply", "divide"] = "multiply") -> Leg:
    base, quote = pair.split("/")
    return Leg(base, quote, date(1999, 1, 4), "spot", Decimal(value), 1, "worksheet", operation)


# The irrevocable rates of Regulation (EC) 2866/98: six significant figures, 1 euro = ...
DEM, FRF, ITL, ESP, LUF = "1.95583", "6.55957", "1936.27", "166.386", "40.3399"


def to_euro(currency: str, rate: str) -> Leg:
    return leg(f"EUR/{currency}", rate, "divide")


def from_euro(currency: str, rate: str) -> Leg:
    return leg(f"EUR/{currency}", rate)


@pytest.mark.parametrize(
    "amount, chain, minor_units, expected",
    [
        # Article 4(3): the rate itself is used, both ways. 100 / 1.95583 = 51.12918...
        ("100", [to_euro("DEM", DEM)], 2, "51.13"),
        ("1", [to_euro("DEM", DEM)], 2, "0.51"),
        ("100", [from_euro("DEM", DEM)], 2, "195.58"),
        # 1000 / 6.55957 = 152.44901...; 1000000 / 1936.27 = 516.45689...
        ("1000", [to_euro("FRF", FRF)], 2, "152.45"),
        ("1000000", [to_euro("ITL", ITL)], 2, "516.46"),
        # Article 4(4): by way of the euro, there with three decimals. 100 DEM = 51.129 EUR; x 6.55957 = 335.38425...
        ("100", [to_euro("DEM", DEM), from_euro("FRF", FRF)], 2, "335.38"),
        # 1000 FRF = 152.449 EUR; x 1936.27 = 295182.42523; the lira has no minor unit in use.
        ("1000", [to_euro("FRF", FRF), from_euro("ITL", ITL)], 0, "295182"),
        # 1 ITL = 0.00051645... EUR = 0.001 EUR; x 166.386 = 0.166386: the three decimals show.
        ("1", [to_euro("ITL", ITL), from_euro("ESP", ESP)], 2, "0.17"),
        ("5000", [to_euro("ESP", ESP), from_euro("LUF", LUF)], 0, "1212"),
    ],
    ids=["DEM-EUR", "one DEM", "EUR-DEM", "FRF-EUR", "ITL-EUR", "DEM-FRF", "FRF-ITL", "ITL-ESP", "ESP-LUF"],
)  # fmt: skip
def test_the_rules_of_regulation_1103_97(amount: str, chain: list[Leg], minor_units: int, expected: str) -> None:
    assert str(converted(Decimal(amount), chain, minor_units, REGULATION)) == expected


def test_an_inverse_rate_would_be_wrong() -> None:
    """1 / 1.95583 = 0.511292 to six figures: on a million marks that is twelve cents off, hence article 4(3)."""
    assert converted(Decimal(1_000_000), [to_euro("DEM", DEM)], 2, REGULATION) == Decimal("511291.88")
    assert converted(Decimal(1_000_000), [leg("DEM/EUR", "0.511292")], 2, REGULATION) == Decimal("511292.00")


def test_without_the_regulation_nothing_is_rounded_in_between() -> None:
    """1 ITL = 0.000516457... EUR x 166.386 = 0.0859312... ESP, where three decimals in between make 0.17."""
    chain = [to_euro("ITL", ITL), from_euro("ESP", ESP)]
    assert converted(Decimal(1), chain, 2) == Decimal("0.09")
    assert converted(Decimal(1), chain, 2, Rounding("regulation_1103_97", between=6)) == Decimal("0.09")


def test_the_regulation_allows_no_fewer_than_three_decimals_in_between() -> None:
    chain = [to_euro("ITL", ITL), from_euro("ESP", ESP)]
    assert converted(Decimal(1), chain, 2, Rounding("regulation_1103_97", between=0)) == Decimal("0.17")


@pytest.mark.parametrize(
    "mode, expected",
    [
        ("half_even", ["0.12", "0.14", "-0.12", "0.13", "0.12"]),
        ("half_up", ["0.13", "0.14", "-0.13", "0.13", "0.12"]),
        ("half_down", ["0.12", "0.13", "-0.12", "0.13", "0.12"]),
        ("down", ["0.12", "0.13", "-0.12", "0.12", "0.12"]),
        ("up", ["0.13", "0.14", "-0.13", "0.13", "0.13"]),
        ("regulation_1103_97", ["0.13", "0.14", "-0.13", "0.13", "0.12"]),
    ],
)
def test_a_result_half_way_goes_where_the_policy_says(mode: str, expected: list[str]) -> None:
    """Halves of 0.25, 0.27 and -0.25, then just above and just below a half."""
    halves = ["0.25", "0.27", "-0.25", "0.2500000001", "0.2499999999"]
    found = [converted(Decimal(amount), [leg("AAA/BBB", "0.5")], 2, Rounding(mode)) for amount in halves]
    assert [str(amount) for amount in found] == expected


def test_a_cross_divides_the_amount_and_rounds_once() -> None:
    """The ECB on 15 September 2008: 1 EUR = 1.4151 USD = 149.87 JPY. 1000 / 1.4151 x 149.87 = 105907.7097..."""
    chain = [leg("EUR/USD", "1.4151", "divide"), leg("EUR/JPY", "149.87")]
    assert str(converted(Decimal(1000), chain, 0)) == "105908"
    assert str(converted(Decimal(1000), chain, 4)) == "105907.7097"
    assert [one.to for one in chain] == ["EUR", "JPY"]


def test_two_rates_against_the_way_divide_twice() -> None:
    """100 / 1.25 / 0.8 = 100 exactly."""
    chain = [leg("BBB/AAA", "1.25", "divide"), leg("CCC/BBB", "0.8", "divide")]
    assert str(converted(Decimal(100), chain, 2)) == "100.00"


def test_ias_21_a_purchase_on_credit_and_its_payment() -> None:
    """IAS 21.21, .23 and .28. A machine for 12,000.00 USD when 1 EUR = 1.0500 USD: 11,428.57 EUR. Unpaid at the end of
    the year at 1.0800: 11,111.11, a gain of 317.46. Paid at 1.1000: 10,909.09, another 202.02."""
    owed = Decimal(12_000)
    bought, closing, paid = (
        converted(owed, [leg("EUR/USD", rate, "divide")], 2) for rate in ("1.0500", "1.0800", "1.1000")
    )
    assert [str(amount) for amount in (bought, closing, paid)] == ["11428.57", "11111.11", "10909.09"]
    assert (str(bought - closing), str(closing - paid)) == ("317.46", "202.02")


def test_one_currency_needs_no_rate_and_rounds_all_the_same() -> None:
    assert str(converted(Decimal("2.345"), [], 2)) == "2.34"
    assert str(converted(Decimal("-0.001"), [], 2)) == "0.00"


def test_the_callers_context_has_no_say() -> None:
    with localcontext() as context:
        context.prec = 3
        assert str(converted(Decimal("123456.78"), [leg("EUR/USD", "2")], 2)) == "246913.56"


def test_the_largest_amounts_convert_exactly_or_not_at_all() -> None:
    most = Decimal("99999999999999999999.999999999999999999")
    same = [leg("AAA/BBB", "1234567890123456.123456789012", "divide"), leg("AAA/CCC", "1234567890123456.123456789012")]
    assert converted(most, same, 18) == most
    with pytest.raises(AmountTooLarge):
        converted(most, [leg("AAA/BBB", "9999999999999999")], 2)


# --- parts and shares --------------------------------------------------------------------------


def test_at_a_fixed_rate_halves_go_up_whatever_the_mode() -> None:
    """Regulation (EC) 1103/97 article 5: 0.03 at 1.5 is 0.045."""
    fixed = msgspec.structs.replace(leg("EUR/XXX", "1.50000"), kind=FIXED)
    assert converted(Decimal("0.03"), [fixed], 2) == Decimal("0.05")
    assert converted(Decimal("0.03"), [leg("EUR/XXX", "1.50000")], 2) == Decimal("0.04")
