"""What the books add to the whole."""

from __future__ import annotations

from ledgerflow.books.events import BusinessDateAdvancedFact, EntityCreatedFact
from ledgerflow.core.plugins import Permission, Plugin

PLUGIN = Plugin(
    room="books",
    events=(EntityCreatedFact, BusinessDateAdvancedFact),
    permissions=(Permission("books.leap_business_date", "Can propose and approve a leap of the business date"),),
    history_tables=frozenset({"books_event", "books_idempotencykey"}),
    never_deleted_tables={
        "books_entity": ("business_date", "calendar_version"),
    },
)
