"""What the books add to the whole."""

from __future__ import annotations

from ledgerflow.books.events import BusinessDateAdvancedFact, EntityCreatedFact
from ledgerflow.core.plugins import Plugin

PLUGIN = Plugin(
    room="books",
    events=(EntityCreatedFact, BusinessDateAdvancedFact),
    history_tables=frozenset({"books_event", "books_idempotencykey"}),
    never_deleted_tables=frozenset({"books_entity"}),
)
