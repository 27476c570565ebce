"""Texts as audit files hold them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from reports.audit_files.texts import encodable, holds, one_line, passes_luhn, with_comma, with_point

pytestmark = pytest.mark.pure


@pytest.mark.parametrize(
    "text, encoding, found",
    [
        ("plain", "cp437", "plain"),
        ("Året räknas \u2013 5 €", "cp437", "Året räknas - 5 EUR"),
        ("Œuvre à 5 €", "iso8859-15", "Œuvre à 5 €"),
        ("„Straße“ — Łódź", "cp1252", "„Straße“ — Lódz"),
        ("Ştefan ø ð 日本 \U0001f600", "cp437", "Stefan o d ?? ?"),
        ("e\u0301", "cp437", "é"),
    ],
)
def test_what_an_encoding_lacks_is_replaced(text: str, encoding: str, found: str) -> None:
    assert encodable(text, encoding) == found
    found.encode(encoding)


def test_texts_are_one_line_and_amounts_have_all_their_decimals() -> None:
    assert one_line(" a\tb\r\n\u2028c\x7f\u200bd ") == "a b c d"
    assert with_point(Decimal("-1234.5"), 2) == "-1234.50"
    assert with_comma(Decimal("1E+3"), 2) == "1000,00"
    assert with_comma(Decimal(5), 0) == "5"


def test_check_digits() -> None:
    assert passes_luhn("732829320")
    assert not passes_luhn("732829321")


def test_formats_hold_currencies_of_iso_4217_with_few_decimals() -> None:
    assert [holds(*one, 2) for one in (("USD", 2), ("JPY", 0), ("KWD", 3), ("USDT", 2), ("usd", 2))] == [
        True, True, False, False, False,
    ]  # fmt: skip
