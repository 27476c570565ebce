"""Money by property: what is accepted, what is refused, and that nothing is ever rounded."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal, Inexact, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledgerflow.core.errors import Malformed, PrecisionExceeded
from ledgerflow.core.money import (
    CONTEXT,
    at_scale,
    normalised,
    normalised_texts,
    parse_amount,
    parse_signed,
    plain,
    quantum,
)

pytestmark = pytest.mark.pure

WHOLE = st.text("0123456789", min_size=1, max_size=20)
FRACTION = st.text("0123456789", min_size=1, max_size=18).map(lambda digits: f".{digits}")
TEXTS = st.builds(lambda whole, fraction: whole + fraction, WHOLE, st.just("") | FRACTION)
POSITIVE = TEXTS.filter(lambda text: text.strip("0.") != "")
DECIMALS = st.decimals(min_value="-1e20", max_value="1e20", places=18, allow_nan=False, allow_infinity=False)

NOT_AMOUNTS = [
    "", " ", ".", "1.", ".5", "1..2", "1,5", "1 000", " 1", "1 ", "1\n", "1_000", "0x10", "1e3", "1E+2", "1e400",
    "NaN", "nan", "sNaN", "Infinity", "inf", "+1", "--1", "\u0661\u0662", "\uff11", "1.\u0665", "\u00b2", "1\x00", "€1", "1.2.3",
    "123456789012345678901", "0.1234567890123456789", "9" * 10_000,
]  # fmt: skip


@given(POSITIVE)
def test_an_amount_reads_back_as_it_was_written(text: str) -> None:
    whole, _, fraction = text.partition(".")
    expected = (whole.lstrip("0") or "0") + (f".{fraction}" if fraction else "")
    assert plain(parse_amount(text)) == expected


@given(TEXTS)
def test_no_digit_is_lost_in_signed_amounts(text: str) -> None:
    assert parse_signed(text).as_tuple() == Decimal(text).as_tuple()
    assert parse_signed(f"-{text}").copy_abs().as_tuple() == Decimal(text).as_tuple()


@pytest.mark.parametrize("text", [*NOT_AMOUNTS, "-1", "0", "0.00", "-0"])
def test_what_is_no_positive_amount_is_malformed(text: str) -> None:
    with pytest.raises(Malformed) as refused:
        parse_amount(text, "/amount")
    assert refused.value.pointer == "/amount"


@pytest.mark.parametrize("text", NOT_AMOUNTS)
def test_what_is_no_signed_amount_is_malformed(text: str) -> None:
    with pytest.raises(Malformed) as refused:
        parse_signed(text, "/min_balance")
    assert refused.value.pointer == "/min_balance"


def test_the_message_does_not_repeat_a_long_text_in_full() -> None:
    with pytest.raises(Malformed) as refused:
        parse_amount("9" * 10_000)
    assert "…" in refused.value.message
    assert len(refused.value.message) < 200


@given(st.text(alphabet=st.characters(categories=["Nd"]), min_size=1, max_size=20))
def test_only_ascii_digits_are_digits(text: str) -> None:
    if text.isascii():
        assert parse_signed(text) == int(text)
    else:
        with pytest.raises(Malformed):
            parse_signed(text)


@pytest.mark.parametrize("text", ["-0", "-0.00", "-00000"])
def test_minus_zero_is_zero(text: str) -> None:
    assert str(parse_signed(text)).strip("0.") == ""
    assert not parse_signed(text).is_signed()


def test_negative_limits_keep_all_38_digits() -> None:
    text = "-12345678901234567890.123456789012345678"
    assert str(parse_signed(text)) == text


@given(DECIMALS, st.integers(0, 18))
def test_at_scale_is_exact_or_refused(amount: Decimal, minor_units: int) -> None:
    fits = CONTEXT.remainder(amount, quantum(minor_units)) == 0
    if fits:
        scaled = at_scale(amount, minor_units)
        assert scaled == amount
        assert scaled.as_tuple().exponent == -minor_units
    else:
        with pytest.raises(PrecisionExceeded) as refused:
            at_scale(amount, minor_units)
        assert refused.value.data == {"amount": plain(amount), "minor_units": minor_units}


@pytest.mark.parametrize(
    "minor_units, smallest",
    [(0, "1"), (2, "0.01"), (3, "0.001"), (18, "0.000000000000000001")],
)
def test_the_quantum_of_a_currency(minor_units: int, smallest: str) -> None:
    assert plain(quantum(minor_units)) == smallest


@given(DECIMALS, st.integers(0, 18))
def test_zeros_at_the_end_do_not_count(amount: Decimal, more: int) -> None:
    padded = CONTEXT.quantize(amount, Decimal(1).scaleb(-18 - more))
    assert normalised(padded) == normalised(amount)
    assert Decimal(normalised(amount)) == amount


@given(DECIMALS, DECIMALS)
def test_different_values_are_written_differently(one: Decimal, other: Decimal) -> None:
    assert (normalised(one) == normalised(other)) == (one == other)


@pytest.mark.parametrize(
    "amount, text",
    [("1.250", "1.25"), ("1.25", "1.25"), ("1E+2", "100"), ("100", "100"), ("0.00", "0"), ("-0.00", "0"), ("-5.10", "-5.1"),
     ("0E+5", "0"), ("1E-18", "0.000000000000000001")],
)  # fmt: skip
def test_one_string_per_value(amount: str, text: str) -> None:
    assert normalised(Decimal(amount)) == text


def test_several_amounts_keep_their_order() -> None:
    amounts = [Decimal(text) for text in ("2.50", "1E+2", "-0.00", "2.5")]
    assert normalised_texts(iter(amounts)) == ["2.5", "100", "0", "2.5"]


def test_plain_has_no_exponent() -> None:
    assert plain(Decimal("1E+2")) == "100"
    assert plain(Decimal("1E-7")) == "0.0000001"


@given(st.lists(st.decimals(min_value="0.01", max_value="99999999999999999999.99", places=2), min_size=1, max_size=50))
def test_sums_are_exact(amounts: list[Decimal]) -> None:
    with localcontext(CONTEXT):
        total = sum(amounts, Decimal(0))
    assert plain(total) == plain(
        Decimal(sum(int(plain(amount).replace(".", "")) for amount in amounts)).scaleb(-2, CONTEXT)
    )


def test_a_sum_that_would_be_rounded_raises_instead() -> None:
    with localcontext(CONTEXT), pytest.raises(Inexact):
        sum((Decimal("1E+50"), Decimal("1E-18")), Decimal(0))


def test_the_largest_amount_fits_ten_to_the_22_times() -> None:
    largest = Decimal("9" * 20 + "." + "9" * 18)
    with localcontext(CONTEXT):
        assert largest * 10**22 / 10**22 == largest


def test_outside_of_the_context_no_amount_is_rounded_in_any_thread() -> None:
    largest = Decimal("9" * 20 + "." + "9" * 18)

    def worked() -> list[str]:
        return [plain(-largest), plain(abs(-largest)), plain(sum([largest] * 11, Decimal(0)))]

    exact = [f"-{largest}", str(largest), plain(CONTEXT.multiply(largest, Decimal(11)))]
    with ThreadPoolExecutor(1) as pool:
        assert [worked(), pool.submit(worked).result()] == [exact, exact]
