"""What a rate is, checked for form. Pure."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from fx.rates.errors import NotACurrencyCode, NotARate, OneCurrencyTwice, SourceLength
from ledgerflow.core.dates import check_day
from ledgerflow.core.errors import NotOneOf
from ledgerflow.core.money import CURRENCY_CODE
from ledgerflow.core.texts import check_text

SPOT, CLOSING, AVERAGE = "spot", "closing", "average"
KINDS = (SPOT, CLOSING, AVERAGE)
WHOLE_DIGITS, DECIMALS = 16, 12  # numeric(28,12)
MAX_SOURCE = 40
_RATE = re.compile(rf"[0-9]{{1,{WHOLE_DIGITS}}}(?:\.[0-9]{{1,{DECIMALS}}})?", re.ASCII)


class Quote(NamedTuple):
    """1 `base` = `value` `quote` on a date. The codes need form only: a rate of a withdrawn currency is a rate too."""

    base: str
    quote: str
    rate_date: date
    kind: str
    value: Decimal


def parse_rate(text: str, pointer: str = "") -> Decimal:
    """A rate from its decimal string, without zeros at its end.

    Raises `Malformed` for anything but digits with a point (16 before it, 12 after it at most), and for zero.
    """
    if _RATE.fullmatch(text) is None or not (value := Decimal(text)):
        raise NotARate(pointer=pointer, text=text[:50], whole_digits=WHOLE_DIGITS, decimals=DECIMALS)
    return Decimal(text.rstrip("0")) if "." in text else value


def check_quote(quote: Quote) -> None:
    """Raise `Malformed` for codes that are none, one currency twice, an unknown kind, or a date no book takes."""
    for name in ("base", "quote"):
        code = getattr(quote, name)
        if CURRENCY_CODE.fullmatch(code) is None:
            raise NotACurrencyCode(pointer=f"/{name}", currency=code[:50])
    if quote.base == quote.quote:
        raise OneCurrencyTwice(pointer="/quote", currency=quote.base)
    check_day(quote.rate_date, "/date")
    if quote.kind not in KINDS:
        raise NotOneOf(pointer="/kind", choices=", ".join(KINDS), what="kind of rate")


def check_source(source: str) -> None:
    """Raise `Malformed` unless a source has 1 to 40 characters."""
    if not source.strip():
        raise SourceLength(pointer="/source", most=MAX_SOURCE)
    check_text(source, MAX_SOURCE, "/source")


def pair_of(base: str, quote: str) -> str:
    """How a pair is written: EUR/USD is the price of one euro in dollars."""
    return f"{base}/{quote}"
