"""Amounts in the cells of lists, which machines can read as well: rows that are selected are summed by them."""

from __future__ import annotations

from decimal import Decimal

from django.utils.html import format_html
from django.utils.safestring import SafeString

from ledgerflow.core.locales.current import amount_text
from ledgerflow.core.money import plain


def amount_element(amount: Decimal, currency: str) -> SafeString:
    """An amount as who is looking writes it; what it is for machines, and in which currency, is in its element."""
    return format_html('<data value="{}" data-currency="{}">{}</data>', plain(amount), currency, amount_text(amount))
