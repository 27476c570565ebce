"""What the books add to the whole."""

from __future__ import annotations

from ledgerflow.books.events import BusinessDateAdvancedFact, EntityCreatedFact
from ledgerflow.core.page_help import PageHelp
from ledgerflow.core.plugins import Permission, Plugin

PLUGIN = Plugin(
    room="books",
    events=(EntityCreatedFact, BusinessDateAdvancedFact),
    permissions=(Permission("books.leap_business_date", "Can propose and approve a leap of the business date"),),
    history_tables=frozenset({"books_event", "books_idempotencykey"}),
    never_deleted_tables={
        "books_entity": ("business_date", "calendar_version"),
    },
    helps=(
        PageHelp(
            "books_entity",
            "An entity is one set of books: its accounts, its journals, its business date and its base currency.",
            "Choose one to see how it is set up.",
            "Nothing of an entity can be deleted, and no journal crosses from one to another.",
            "concepts.md#entity",
        ),
    ),
)
