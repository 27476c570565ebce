"""What the first page of the desk shows: how each set of books stands."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from journals.reading import overview
from ledgerflow.web.admin_base import MOST_ROWS, amount_text
from ledgerflow.web.pages.books_of_page import chosen_entity, named_books, suggested_entity

CARDS = 12
JOURNALS_A_CARD = 5


def cards_for(request: HttpRequest) -> list[dict[str, Any]]:
    """What the index page shows of each set of books, in five queries however many there are."""
    entity = chosen_entity(request) if "entity" in request.GET else named_books(request) or suggested_entity(request)
    books = overview.books_at_a_glance(first=entity.pk if entity else None, limit=CARDS, most_accounts=MOST_ROWS)
    latest = {}
    if request.user.has_perm("journals.view_journal"):
        latest = overview.latest_journals([one.id for one in books], JOURNALS_A_CARD)
    days = overview.days_at_a_glance([one.id for one in books])
    totals = overview.totals_of(journal.id for journals in latest.values() for journal in journals)
    shown = {
        journal: ", ".join(f"{amount_text(amount)} {currency}" for amount, currency in amounts)
        for journal, amounts in totals.items()
    }
    return [
        {
            "books": one,
            "days": days.get(one.id),
            "events": f"{one.head_sequence or 0:,}",
            "accounts": f"more than {MOST_ROWS:,}" if one.accounts > MOST_ROWS else f"{one.accounts:,}",
            "journals": [(journal, shown.get(journal.id, "")) for journal in latest.get(one.id, [])],
        }
        for one in books
    ]
