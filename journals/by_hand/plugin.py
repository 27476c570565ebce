"""What posting by hand adds to the whole."""

from __future__ import annotations

from ledgerflow.core.plugins import Command, Plugin

PLUGIN = Plugin(
    room="by_hand",
    commands=(
        Command("new_journal", "New journal", "journals_journal_add", "post entry manual", "journals.add_journal", "n"),
    ),
)
