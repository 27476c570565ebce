"""Texts and amounts as audit files hold them. Pure.

A character that the encoding of a format lacks is replaced: by the letter without its mark where there is one (ş → s),
by what `SPELT` says of signs, else by a question mark. Control characters and line breaks become spaces.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal

from ledgerflow.core.money import at_scale, plain

REPLACEMENT = "?"
ISO_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
SPELT = str.maketrans({
    **dict.fromkeys("\u2018\u2019\u201a\u201b", "'"), **dict.fromkeys("\u201c\u201d\u201e\u00ab\u00bb", '"'),
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"), **dict.fromkeys("\u00a0\u2009\u202f", " "),
    "…": "...", "€": "EUR", "£": "GBP", "ß": "ss", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D", "ł": "l", "Ł": "L",
    "œ": "oe", "Œ": "OE", "æ": "ae", "Æ": "AE", "þ": "th", "Þ": "Th", "ð": "d", "Ð": "D", "\u0131": "i", "\u00d7": "x",
})  # fmt: skip
_CONTROLS = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028\u2029\ufeff]+")


def one_line(text: str) -> str:
    """Without line breaks, tabs and other control characters: one space for each run of them."""
    return _CONTROLS.sub(" ", text).strip()


def encodable(text: str, encoding: str) -> str:
    """The same text in characters that the encoding has."""
    if text.isascii():
        return text
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return "".join(_one(character, encoding) for character in unicodedata.normalize("NFC", text))
    return text


def _one(character: str, encoding: str) -> str:
    bare = "".join(one for one in unicodedata.normalize("NFKD", character) if not unicodedata.combining(one))
    for candidate in (character, character.translate(SPELT), bare):
        if candidate and _has(candidate, encoding):
            return candidate
    return REPLACEMENT


def _has(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def holds(currency: str, scale: int, most: int) -> bool:
    """Whether a format of ISO 4217 with so many decimals at most can hold a currency."""
    return scale <= most and ISO_CURRENCY.fullmatch(currency) is not None


def with_point(amount: Decimal, scale: int) -> str:
    """An amount with a decimal point and all its decimals, negative ones with a minus sign: -1234.50."""
    return plain(at_scale(amount, scale))


def with_comma(amount: Decimal, scale: int) -> str:
    """An amount with a decimal comma and nothing between thousands: 1234,50."""
    return with_point(amount, scale).replace(".", ",")


def passes_luhn(digits: str) -> bool:
    """Whether the last digit is the check digit of the others (ISO/IEC 7812-1 annex B: SIREN, organisationsnummer)."""
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits))]
    return sum(number - 9 if number > 9 else number for number in doubled) % 10 == 0  # noqa: PLR2004 - one digit
