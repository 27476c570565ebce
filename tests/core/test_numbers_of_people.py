from __future__ import annotations

import re
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledgerflow.core.errors import LedgerError, Malformed
from ledgerflow.core.locales.errors import (
    AmountAmbiguous,
    AmountOfOtherCurrency,
    AmountOfOtherFormat,
    AmountUnreadable,
    AmountWithoutCurrency,
    RateUnreadable,
)
from ledgerflow.core.locales.numbers import (
    FORMATS,
    Format,
    read_amount,
    read_rate,
    unmistakable_decimals,
    write_amount,
    write_rate,
)
from ledgerflow.core.money import at_scale, plain

pytestmark = pytest.mark.pure

formats = st.sampled_from(list(FORMATS.values()))
decimals = st.integers(0, 4) | st.just(18)
numbers = st.integers(-(10**9), 10**9) | st.integers(-(10**20) + 1, 10**20 - 1)


@given(numbers, decimals, formats, formats)
def test_what_is_written_for_somebody_is_read_as_the_same_and_by_nobody_as_another(
    units: int, scale: int, written: Format, other: Format
) -> None:
    amount = at_scale(Decimal(units).scaleb(-scale), scale)
    text = write_amount(amount, written, scale)
    sure = write_amount(amount, written, unmistakable_decimals(amount))
    assert [read_amount(sure, written, decimals=known) for known in (None, 0, 2, 3, 4, scale)] == [amount] * 6
    assert read_amount(text, written, decimals=scale) == amount
    assert read_amount(f"{text} KWD", written, decimals=scale, currency="KWD") == amount
    accountant = f"({text[1:]})" if amount < 0 else f"+{text}"
    assert read_amount(accountant, written, decimals=scale) == amount
    for reader, known in ((other, scale), (other, None), (written, None)):
        for known_text in (text, plain(amount)):
            try:
                assert read_amount(known_text, reader, decimals=known) == amount
            except Malformed as refusal:
                # And what a refusal proposes is taken, one of it being the amount.
                proposed = re.findall(r"[-0-9.,]+[0-9]", refusal.message.rpartition(": write ")[2])
                assert abs(amount) in [read_amount(one, reader, decimals=known) for one in proposed]


@given(st.integers(0, 10**12), st.integers(0, 12), formats, formats)
def test_a_rate_is_read_as_it_is_written_and_never_as_another(
    units: int, scale: int, written: Format, other: Format
) -> None:
    rate = Decimal(units).scaleb(-scale)
    assert read_rate(write_rate(rate, written), written) == rate
    for text in (write_rate(rate, other), plain(rate)):
        with suppress(AmountAmbiguous, AmountOfOtherFormat):
            assert read_rate(text, written) == rate


@given(st.text(max_size=100) | st.text("0123456789., '-+()E\u2212\u202f", max_size=20), formats, decimals)
def test_whatever_is_typed_is_a_number_or_refused_by_name(text: str, written: Format, scale: int) -> None:
    with suppress(LedgerError):
        assert read_amount(text, written, decimals=scale, currency="E").is_finite()
    with suppress(LedgerError):
        assert read_amount(text, written).is_finite()
    with suppress(LedgerError):
        assert read_rate(text, written).is_finite()


EN, DE, CH, FR, IN = (FORMATS[code] for code in ("en", "de", "ch", "fr", "in"))


def test_amounts_are_written_with_true_minus_groups_and_all_decimals() -> None:
    longest = Decimal("-12345678901234567890.123456789012345678")
    assert write_amount(longest, EN) == "\u221212,345,678,901,234,567,890.123456789012345678"
    assert write_rate(longest, DE) == "\u221212345678901234567890,123456789012345678"
    amount = Decimal("-1234567.5")
    assert [write_amount(amount, one, 2) for one in (EN, DE, CH, FR, IN)] == [
        "\u22121,234,567.50",
        "\u22121.234.567,50",
        "\u22121\u2019234\u2019567.50",
        "\u22121\u202f234\u202f567,50",
        "\u221212,34,567.50",
    ]
    assert [write_amount(Decimal(10) ** place, IN) for place in (2, 3, 5)] == ["100", "1,000", "1,00,000"]
    assert write_amount(Decimal("-0.00"), EN, 2) == "0.00"
    assert write_amount(Decimal("0.125"), EN, 2) == "0.125"  # nothing is rounded away
    assert [write_rate(Decimal("-1160.500"), one) for one in (EN, DE)] == ["\u22121160.5", "\u22121160,5"]
    assert DE.example == "25.000,00"


@pytest.mark.parametrize(
    "text, written, amount",
    [
        ("25,000.00", EN, "25000"),
        ("25.000,00", DE, "25000"),
        ("25 000", EN, "25000"),
        ("25\u00a0000,5", DE, "25000.5"),
        ("25\u202f000,50", FR, "25000.5"),
        ("25'000.50", CH, "25000.5"),
        ("25\u2019000.50", EN, "25000.5"),
        ("1,00,000.00", IN, "100000"),
        (" - 12 ", EN, "-12"),
        ("12-", EN, "-12"),
        ("(1,234.50)", EN, "-1234.5"),
        ("\u22121.234,50", DE, "-1234.5"),
        ("+7", DE, "7"),
        (".5", EN, "0.5"),
        ("1234.5", DE, "1234.5"),  # as a machine writes it, and to be read in one way only
        ("1,160", EN, "1160"),  # nobody writes three decimals of a currency with two
        ("0.000", EN, "0"),
        ("EUR 5", EN, "5"),
        ("5eur", EN, "5"),
    ],
)
def test_an_amount_of_a_currency_with_two_decimals(text: str, written: Format, amount: str) -> None:
    assert read_amount(text, written, decimals=2, currency="EUR") == Decimal(amount)


@pytest.mark.parametrize(
    "text, written, scale, refusal, words",
    [
        ("1,160", EN, None, AmountAmbiguous, "1,160 can be read as 1160.00 or as 1.16: write 1160.00 or 1.16."),
        ("1.160", EN, 2, AmountAmbiguous, "1.160 can be read as 1160.00 or as 1.16: write 1160.00 or 1.16."),
        ("1.160", FR, 2, AmountAmbiguous, "1.160 can be read as 1160,00 or as 1,16: write 1160,00 or 1,16."),
        ("-1,165", DE, 3, None, "-1.165"),  # three decimals, as the currency has
        ("1.165", DE, 3, AmountAmbiguous, "1.165 can be read as 1165,000 or as 1,165: write 1165,000 or 1,165."),
        ("1,165", EN, None, AmountAmbiguous, "1,165 can be read as 1165.00 or as 1.1650: write 1165.00 or 1.1650."),
        ("1.160", EN, 0, AmountOfOtherFormat, "1.160 would be 1160 with '.' between thousands, and your numbers have a decimal point, as 25,000.00: write 1160."),
        ("1,1602", EN, None, AmountOfOtherFormat, "1,1602 would be 1.1602 with a decimal comma, and your numbers have a decimal point, as 25,000.00: write 1.1602."),
        ("25.000,00", EN, 2, AmountOfOtherFormat, "25.000,00 would be 25000.00 with a decimal comma, and your numbers have a decimal point, as 25,000.00: write 25000.00."),
        ("25,000.00", DE, 2, AmountOfOtherFormat, "25,000.00 would be 25000,00 with a decimal point, and your numbers have a decimal comma, as 25.000,00: write 25000,00."),
        ("1,160", CH, 2, AmountAmbiguous, "1,160 can be read as 1160.00 or as 1.16: write 1160.00 or 1.16."),
        ("1e3", EN, 2, AmountUnreadable, "'1e3' is not an amount: write it as 25,000.00."),
        ("1,2,3", EN, 2, AmountUnreadable, "'1,2,3' is not an amount: write it as 25,000.00."),
        ("(-5)", EN, 2, AmountUnreadable, "'(-5)' is not an amount: write it as 25,000.00."),
        ("1 23", DE, 2, AmountUnreadable, "'1 23' is not an amount: write it as 25.000,00."),
        ("", EN, 2, AmountUnreadable, "'' is not an amount: write it as 25,000.00."),
        ("5 EUR", EN, 2, AmountWithoutCurrency, "5 EUR: the currency does not stand with the amount here: write 25,000.00 alone."),
    ],
)  # fmt: skip
def test_what_could_be_another_amount_is_refused_with_what_to_write(
    text: str, written: Format, scale: int | None, refusal: Any, words: Any
) -> None:
    if refusal is None:
        assert read_amount(text, written, decimals=scale) == Decimal(words)
        return
    with pytest.raises(refusal) as found:
        read_amount(text, written, decimals=scale)
    assert found.value.message == words


def test_another_currency_and_rates_that_may_be_thousands_are_refused() -> None:
    with pytest.raises(AmountOfOtherCurrency, match="5 USD is in USD, and an amount in EUR is asked for"):
        read_amount("5 USD", EN, decimals=2, currency="EUR")
    assert read_rate("1.160", EN) == read_rate("1,160", DE) == Decimal("1.16")
    assert read_rate("1 160", EN) == read_rate("1.160,0", DE) == 1160
    with pytest.raises(AmountAmbiguous, match=r"1,160 can be read as 1160.00 or as 1.16: write 1160.00 or 1.16"):
        read_rate("1,160", EN)
    with pytest.raises(AmountOfOtherFormat, match=r"1,1602 would be 1.1602 with a decimal comma"):
        read_rate("1,1602", EN)
    assert read_rate("1.1602", DE) == Decimal("1.1602")
    for text in ("one", "1.1.1", ""):
        with pytest.raises(RateUnreadable, match="is not a rate: write it as 1,0845"):
            read_rate(text, DE)
