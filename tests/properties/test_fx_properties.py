"""Conversion against exact fractions: no cent is lost or made, whatever the rates."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fx.rates.conversion import MODES, Leg, Rounding, converted

pytestmark = pytest.mark.pure

rates = st.decimals("0.000000000001", "9999999.999999", places=12).filter(lambda value: value > 0)
near_one = st.decimals("0.1", "9.99", places=6)
amounts = st.decimals("-9999999999.99", "9999999999.99", places=2)
small_units = st.integers(0, 6)
operations = st.sampled_from(["multiply", "divide"])


def leg(value: Decimal, operation: Any = "multiply") -> Leg:
    way: Literal["multiply", "divide"] = operation
    return Leg("AAA", "BBB", date(2026, 3, 2), "spot", value, 1, "test", way)


chains = st.lists(st.builds(leg, near_one, operations), min_size=1, max_size=2)


def exact(amount: Decimal, chain: list[Leg]) -> Fraction:
    """What the chain gives without any rounding."""
    found = Fraction(amount)
    for one in chain:
        found = found * Fraction(one.value) if one.operation == "multiply" else found / Fraction(one.value)
    return found


def rounded(value: Fraction, minor_units: int, mode: str) -> Fraction:
    """Rounding by the book, on integers: an independent second opinion."""
    scale = 10**minor_units
    units, rest = divmod(abs(value) * scale, 1)
    half = Fraction(1, 2)
    up = {
        "half_even": rest > half or (rest == half and units % 2 == 1),
        "half_up": rest >= half,
        "regulation_1103_97": rest >= half,
        "half_down": rest > half,
        "down": False,
        "up": rest > 0,
    }[mode]
    size = Fraction(units + up, scale)
    return size if value >= 0 else -size


@given(amounts, chains, small_units, st.sampled_from(sorted(set(MODES) - {"regulation_1103_97"})))
def test_a_conversion_is_the_exact_value_rounded_once(
    amount: Decimal, chain: list[Leg], minor_units: int, mode: str
) -> None:
    found = converted(amount, chain, minor_units, Rounding(mode))
    assert Fraction(found) == rounded(exact(amount, chain), minor_units, mode)
    assert found.as_tuple().exponent == -minor_units


@given(amounts, near_one, near_one, small_units, st.integers(3, 8))
def test_the_regulation_rounds_in_between_and_at_the_end(
    amount: Decimal, away: Decimal, towards: Decimal, minor_units: int, between: int
) -> None:
    chain = [leg(away, "divide"), leg(towards)]
    euro = rounded(exact(amount, chain[:1]), between, "half_up")
    expected = rounded(euro * Fraction(towards), minor_units, "half_up")
    assert Fraction(converted(amount, chain, minor_units, Rounding("regulation_1103_97", between))) == expected


@given(amounts, rates)
def test_there_and_back_at_full_precision_is_no_journey(amount: Decimal, rate: Decimal) -> None:
    """Multiplied and divided by the same rate in one chain: the very amount, to the cent."""
    assert converted(amount, [leg(rate), leg(rate, "divide")], 2) == amount


@given(amounts, near_one, st.integers(2, 6))
def test_there_and_back_is_off_by_no_more_than_the_rounding_there(
    amount: Decimal, rate: Decimal, minor_units: int
) -> None:
    there = converted(amount, [leg(rate)], minor_units)
    back = converted(there, [leg(rate, "divide")], 2)
    most = Fraction(1, 2 * 10**minor_units) / Fraction(rate) + Fraction(1, 200)
    assert abs(Fraction(back) - Fraction(amount)) <= most


@given(amounts, near_one, near_one, near_one)
def test_triangles_close(amount: Decimal, first: Decimal, second: Decimal, third: Decimal) -> None:
    """By way of the euro from A to B, from B to C and from C to A, unrounded in between: nothing is won by going round."""
    there = [leg(first, "divide"), leg(second), leg(second, "divide"), leg(third), leg(third, "divide"), leg(first)]
    assert converted(amount, there, 2) == amount
