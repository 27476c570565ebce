"""What posting by hand adds to the whole."""

from __future__ import annotations

from django.utils.translation import gettext_noop

from ledgerflow.core.plugins import Command, Plugin

PLUGIN = Plugin(
    room="by_hand",
    commands=(
        Command(
            "new_journal",
            gettext_noop("New journal"),
            "journals_journal_add",
            "post entry manual",
            "journals.add_journal",
            "n",
        ),
    ),
)
