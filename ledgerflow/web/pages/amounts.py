"""Amounts in the cells of lists, which machines can read as well: rows that are selected are summed by them."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from ledgerflow.core.locales.current import amount_text
from ledgerflow.core.money import plain


def amount_element(amount: Decimal, currency: str) -> SafeString:
    """An amount as who is looking writes it; what it is for machines, and in which currency, is in its element."""
    return format_html('<data value="{}" data-currency="{}">{}</data>', plain(amount), currency, amount_text(amount))


def money_elements(amounts: Iterable[tuple[Decimal, str]]) -> SafeString:
    """Amounts in one cell, each with its currency beside it: "5.00 EUR, 7.00 USD"."""
    return format_html_join(", ", "{} {}", ((amount_element(amount, code), code) for amount, code in amounts))
