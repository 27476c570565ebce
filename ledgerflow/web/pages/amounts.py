"""Figures in the cells of pages: as who is looking writes them, and for machines in the element that they stand in.

Zero is quiet. A balance that stands against the side of its account is red, and has its minus for whoever sees no
colour; any other figure below zero is not red, because nothing is unusual about it.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from ledgerflow.core.locales.current import amount_text, rate_text
from ledgerflow.core.money import normalised, plain

ZERO, AGAINST = "lf-zero", "lf-against"  # classes of static/ledgerflow/admin.css
MOST_PADDED = 8  # decimals of a rate that others are padded to; one with more sticks out


def money_elements(amounts: Iterable[tuple[Decimal, str]]) -> SafeString:
    """Amounts in one cell, each with its currency beside it: "5.00 EUR, 7.00 USD"."""
    return format_html_join(", ", "{} {}", ((amount_element(amount, code), code) for amount, code in amounts))


def amount_element(amount: Decimal, currency: str = "", decimals: int | None = None) -> SafeString:
    """An amount; rows that are selected are summed by the currency in its element."""
    return _element(amount, currency, decimals, "" if amount else ZERO)


def balance_element(balance: Decimal, currency: str = "", decimals: int | None = None) -> SafeString:
    """A balance, positive on the side of its account."""
    return _element(balance, currency, decimals, class_of_balance(balance))


def class_of_balance(balance: Decimal) -> str:
    return AGAINST if balance < 0 else "" if balance else ZERO


def rate_element(rate: Decimal) -> SafeString:
    """A rate in a column of rates: padded on the right, so that their points stand below each other."""
    _, point, decimals = normalised(rate).partition(".")
    padding = f"lf-pad-{max(0, MOST_PADDED - len(decimals))}" + ("" if point else " lf-no-point")
    return format_html('<data value="{}" class="{}">{}</data>', normalised(rate), padding, rate_text(rate))


def _element(amount: Decimal, currency: str, decimals: int | None, look: str) -> SafeString:
    of_currency = format_html(' data-currency="{}"', currency) if currency else ""
    looking = format_html(' class="{}"', look) if look else ""
    text = amount_text(amount, decimals)
    return format_html('<data value="{}"{}{}>{}</data>', plain(amount), of_currency, looking, text)
