"""Expressions of templates: what is taken, what it comes to, and that neither takes long."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from math import floor

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from apps.operations.errors import ExpressionFailed, ExpressionRefused, RoundingNeeded
from apps.operations.expressions import MAX_DEPTH, MAX_LENGTH, ROUNDINGS, evaluate, parse, shares

pytestmark = pytest.mark.pure


def come_to(text: str, rounding: str = "exact", values: dict[str, str] | None = None, *, minor_units: int = 2) -> str:
    numbers = {name: Decimal(value) for name, value in (values or {}).items()}
    return f"{evaluate(parse(text), numbers, minor_units, rounding):f}"


@pytest.mark.parametrize(
    "text, values, rounding, expected",
    [
        ("amount", {"amount": "12.3"}, "exact", "12.30"),
        ("-amount", {"amount": "12.3"}, "exact", "-12.30"),
        (" (a + b) * 2 - 1.5 ", {"a": "1", "b": "2"}, "exact", "4.50"),
        ("a - a", {"a": "7"}, "exact", "0"),
        ("0.1 + 0.2", {}, "exact", "0.30"),
        ("percent(amount, rate)", {"amount": "0.50", "rate": "2.9"}, "half_up", "0.01"),
        ("percent(amount, 2.9) + 0.30", {"amount": "100"}, "half_even", "3.20"),
        ("max(percent(a, 1), 0.35)", {"a": "10"}, "half_up", "0.35"),
        ("min(a, b, 3)", {"a": "5", "b": "4"}, "exact", "3.00"),
        ("a / 3 * 3", {"a": "1"}, "down", "1.00"),  # the sixtieth digit of a quotient is no cent
        ("a / 3 * 3", {"a": "1"}, "exact", "1.00"),
        ("a / 3 * 3", {"a": "1"}, "up", "1.00"),
        ("a / 7", {"a": "1"}, "up", "0.15"),
        ("-a / 7", {"a": "1"}, "up", "-0.15"),
        ("-a / 7", {"a": "1"}, "down", "-0.14"),
        ("a", {"a": "0.125"}, "half_even", "0.12"),
        ("a", {"a": "0.125"}, "half_up", "0.13"),
        ("share(a, [1, 1, 1], 1)", {"a": "100"}, "exact", "33.34"),
        ("share(a, [1, 1, 1], n)", {"a": "100", "n": "3"}, "exact", "33.33"),
        ("share(-a, [1, 2], 1)", {"a": "100"}, "exact", "-33.33"),
        ("share(a, [0, 2.5], 1)", {"a": "100"}, "exact", "0"),
        ("share(a / 3, [1, 1], 2)", {"a": "0.1"}, "half_up", "0.01"),
    ],
)
def test_what_an_expression_comes_to(text: str, values: dict[str, str], rounding: str, expected: str) -> None:
    assert come_to(text, rounding, values) == expected


def test_an_expression_names_its_parameters_and_whether_it_takes_what_is_left() -> None:
    assert parse("min(a, b) + percent(a, rate)").names == {"a", "b", "rate"}
    assert (parse("rest()").is_rest, parse("a").is_rest) == (True, False)


@pytest.mark.parametrize(
    "text, column, reason",
    [
        ("", 0, "this is not an expression"),
        ("a +", 0, "this is not an expression"),
        ("a b", 0, "this is not an expression"),
        ("1e3", 1, "no name, no decimal"),
        ("1_000", 1, "no name, no decimal"),
        ("0x10", 1, "no name, no decimal"),
        ("1if", 1, "no name, no decimal"),
        ("a + .5", 4, "no name, no decimal"),
        ("a; b", 2, "no name, no decimal"),
        ("A", 1, "no name, no decimal"),
        ("ä", 1, "no name, no decimal"),
        ("a\n+ b", 2, "no name, no decimal"),
        ("__import__", 1, "no name, no decimal"),
        ("a.real", 2, "no name, no decimal"),
        ("007", 0, "this is not an expression"),
        ("1" * 21, 1, "a number has at most"),
        ("0." + "1" * 19, 1, "a number has at most"),
        ("a ** b", 1, "only names, decimals"),
        ("2 + a // b", 5, "only names, decimals"),
        ("+a", 1, "only names, decimals"),
        ("not a", 1, "only names, decimals"),
        ("a if b else c", 1, "only names, decimals"),
        ("lambda", 0, "this is not an expression"),
        ("[a for a in b]", 1, "only names, decimals"),
        ("(a, b)", 1, "only names, decimals"),
        ("a[1]", 1, "only names, decimals"),
        ("f(a)(b)", 1, "only names, decimals"),
        ("max(*a, b)", 5, "only names, decimals"),
        ("min", 1, "min is a function"),
        ("round(a)", 1, "there is no function round"),
        ("max(a)", 1, "two numbers or more"),
        ("percent(a)", 1, "percent takes two numbers"),
        ("share(a, b, 1)", 1, "share takes the total"),
        ("share(a, [], 1)", 1, "share takes the total"),
        ("share(a, [1])", 1, "share takes the total"),
        ("rest() + 1", 1, "rest() stands alone"),
        ("rest(a)", 1, "rest() stands alone"),
        ("1" + " + 1" * 25, 0, "nested more than"),
        ("(" * 300 + "a" + ")" * 100, 0, "this is not an expression"),
        ("-" * 499 + "1", 21, "nested more than"),
        ("max(1" + ",1" * 200 + ")", 0, "at most 200 parts"),
        ("a" * (MAX_LENGTH + 1), MAX_LENGTH, "at most 500 characters"),
    ],
)
def test_all_else_is_refused_with_its_place(text: str, column: int, reason: str) -> None:
    with pytest.raises(ExpressionRefused) as refused:
        parse(text)
    assert reason in refused.value.message
    if column:  # where Python finds no expression is told by each version in its own way
        assert refused.value.data["column"] == column


def test_python_s_own_limits_of_nesting_are_refusals(monkeypatch: pytest.MonkeyPatch) -> None:
    def too_deep(*_given: object, **_more: object) -> None:
        raise RecursionError

    monkeypatch.setattr("ast.parse", too_deep)
    with pytest.raises(ExpressionRefused, match="nested more than"):
        parse("a + 12345")


@pytest.mark.parametrize(
    "text, column, reason",
    [
        ("1 + a / b", 5, "divides by zero"),
        ("b / b", 1, "divides by zero"),
        ("a * a * a * a * a * a", 1, "99 places"),
        ("1 / a / a / a / a / a / a", 1, "99 places"),
        ("a * a", 1, "20 digits before the point"),
        ("share(10, [1, 2], 3)", 1, "none of number 3"),
        ("share(10, [1, 2], 0.5)", 1, "none of number 0.5"),
        ("share(10, [1, b - 2], 1)", 1, "not negative"),
        ("share(10, [b, 0], 1)", 1, "not all zero"),
    ],
)
def test_what_has_no_value_says_where(text: str, column: int, reason: str) -> None:
    with pytest.raises(ExpressionFailed, match=reason) as failed:
        come_to(text, "half_up", {"a": "99999999999999999999", "b": "0"})
    assert failed.value.data["column"] == column


def test_nothing_is_rounded_that_no_mode_allows() -> None:
    with pytest.raises(RoundingNeeded, match=r"comes to 0\.333333333333333333333333333333, which has more than 2"):
        come_to("1 / 3")
    with pytest.raises(RoundingNeeded, match=r"comes to 0\.125"):
        come_to("a", values={"a": "0.125"})
    with pytest.raises(RoundingNeeded):
        come_to("share(0.125, [1, 1], 1)")
    assert come_to("0.3", "down", minor_units=0) == "0"


amounts = st.decimals(0, 10**8, places=2)


@given(amounts, amounts, st.decimals(0, 100, places=4), st.decimals("0.01", 1000, places=2))
def test_it_is_the_exact_value_rounded_once(a: Decimal, b: Decimal, rate: Decimal, by: Decimal) -> None:
    exact = (Fraction(a) - Fraction(b) * Fraction(rate) / 100) / Fraction(by)
    values = {"a": a, "b": b, "rate": rate, "by": by}
    expression = parse("(a - percent(b, rate)) / by")
    down = evaluate(expression, values, 2, "down")
    up = evaluate(expression, values, 2, "up")
    whole = floor(abs(exact) * 100)
    sign = -1 if exact < 0 else 1
    assert Fraction(down) == Fraction(sign * whole, 100)
    assert Fraction(up) == Fraction(sign * (whole + (abs(exact) * 100 != whole)), 100)
    for mode in ("half_up", "half_even"):
        found = Fraction(evaluate(expression, values, 2, mode))
        assert abs(found - exact) <= Fraction(1, 200)


@given(st.integers(-(10**12), 10**12), st.lists(st.decimals(0, 1000, places=3), min_size=1, max_size=12).filter(any))
def test_shares_sum_to_their_total_and_none_is_a_unit_off(total: int, weights: list[Decimal]) -> None:
    unit = Decimal("0.01")
    found = shares(total * unit, weights, unit)
    assert sum(found) == total * unit
    for part, weight in zip(found, weights, strict=True):
        exact = Fraction(total, 100) * Fraction(weight) / Fraction(sum(weights))
        assert abs(Fraction(part) - exact) < Fraction(1, 100)
        assert weight or not part


PIECES = ["a", "b", "n", "1", "2.5", "0", "+", "-", "*", "/", "(", ")", "[", "]", ",", "min(", "max(", "percent(",
          "share(", "rest()", " ", "1e3", "if", "**", "9" * 20]  # fmt: skip


@settings(max_examples=300)
@given(st.lists(st.sampled_from(PIECES), max_size=40), st.sampled_from(ROUNDINGS))
@example(["a", "*", "a"] * 3, "exact")
def test_whatever_is_written_has_a_value_or_a_named_refusal(pieces: list[str], rounding: str) -> None:
    values = {"a": "0.01", "b": "99999999999999999999", "n": "2"}
    try:
        expression = parse("".join(pieces))
        if expression.names <= values.keys() and not expression.is_rest:
            come_to(expression.text, rounding, values)
    except (ExpressionRefused, ExpressionFailed, RoundingNeeded):
        pass


def test_the_deepest_and_longest_are_taken() -> None:
    deep = "-" * (MAX_DEPTH - 1) + "a"
    assert come_to(deep, values={"a": "5"}) == "-5.00"
    assert come_to("min(" + ", ".join(["a"] * 150) + ")", values={"a": "5"}) == "5.00"
