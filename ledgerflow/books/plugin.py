"""What the books add to the whole."""

from __future__ import annotations

from ledgerflow.core.plugins import Plugin

PLUGIN = Plugin(
    room="books",
    history_tables=frozenset({"books_event", "books_idempotencykey", "books_proposal", "books_proposaldecision"}),
    never_deleted_tables=frozenset({"books_entity"}),
)
