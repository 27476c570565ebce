"""How the pages of quotes and settlements say amounts, rates and lines."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_noop

from fx.deals.models import FxQuote, Settlement
from fx.deals.quoting import chain_from
from journals.models import Journal, Posting
from ledgerflow.core.locales.current import rate_text
from ledgerflow.web.admin_base import amount_text

ISSUER = "admin"
NO_BOOKS = "An exchange needs an entity: add one first."


def sold(row: FxQuote | Settlement) -> str:
    return f"{amount_text(row.sell_amount)} {row.sell_currency}"


def bought(row: FxQuote | Settlement) -> str:
    return f"{amount_text(row.buy_amount)} {row.buy_currency}"


DONE = {"multiply": gettext_noop("multiplied"), "divide": gettext_noop("divided")}


def chain_of(stored: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rates of a chain, as people read them."""
    return [
        {
            "rate": f"1 {leg.base} = {rate_text(leg.value)} {leg.quote}", "date": leg.rate_date, "kind": leg.kind,
            "version": leg.version, "source": leg.source, "operation": DONE[leg.operation],
        }
        for leg in chain_from(stored)
    ]  # fmt: skip


def lines_of(journal: Journal) -> list[tuple[Posting, str, str]]:
    """The lines of a journal: posting, debit, credit."""
    rows = journal.postings.select_related("account").order_by("line")
    return [
        (
            row,
            amount_text(row.amount) if row.amount > 0 else "",
            "" if row.amount > 0 else amount_text(row.amount.copy_negate()),
        )
        for row in rows
    ]
