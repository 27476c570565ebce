"""What the books add to the whole."""

from __future__ import annotations

from ledgerflow.books.events import (
    BusinessDateAdvanced,
    EntityCreated,
    ProposalApproved,
    ProposalMade,
    ProposalRejected,
    ProposalWithdrawn,
)
from ledgerflow.core.plugins import Plugin

PLUGIN = Plugin(
    room="books",
    events=(
        EntityCreated,
        BusinessDateAdvanced,
        ProposalMade,
        ProposalApproved,
        ProposalRejected,
        ProposalWithdrawn,
    ),
    history_tables=frozenset({"books_event", "books_idempotencykey", "books_proposal", "books_proposaldecision"}),
    never_deleted_tables=frozenset({"books_entity"}),
)
