"""What posting by hand adds to the whole."""

from __future__ import annotations

from django.utils.translation import gettext_noop

from ledgerflow.core.page_help import PageHelp
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
    helps=(
        PageHelp(
            "journals_journal_add",
            "Here you post a journal by hand.",
            "Write accounts, amounts or calculations, and = for what is missing; Check says what would happen.",
            "What you type is kept as a draft, and one page posts one journal however often it is sent.",
            "desk.md#posting-by-hand",
        ),
        PageHelp(
            "journals_journal_reverse",
            "Here you take a journal back with its opposite.",
            "Look at the balances after it, and give the date and the reason.",
            "A journal can be reversed once, and what is a part of something is taken back there.",
            "desk.md#posting-by-hand",
        ),
    ),
)
