"""What the journals add to the whole."""

from __future__ import annotations

from ledgerflow.core.plugins import JournalKind, Plugin

KINDS = (
    JournalKind("transfer", "Transfer"),
    JournalKind("manual", "Manual"),
    JournalKind("reversal", "Reversal"),
    JournalKind("opening", "Opening"),
    JournalKind("hold_capture", "Hold capture"),
    JournalKind("accrual", "Accrual"),
    JournalKind("recurring", "Recurring"),
    JournalKind("closing", "Closing", passes_freeze=True),
)

PLUGIN = Plugin(room="journals", journal_kinds=KINDS)
