"""What commands add to the whole."""

from __future__ import annotations

from ledgerflow.core.page_help import PageHelp
from ledgerflow.core.plugins import Plugin, Verifier
from ledgerflow.events.commands.events import CommandCompletedFact, CommandFailedFact
from ledgerflow.events.commands.proof import check_commands

FACTS = (CommandCompletedFact, CommandFailedFact)

PLUGIN = Plugin(
    room="commands",
    events=FACTS,
    verifiers=(Verifier("commands", check_commands, facts=FACTS),),
    never_deleted_tables={
        "commands_command": (
            "status", "tries", "due_at", "result_sequence", "error", "event_sequence", "finished_at",
        ),
    },
    scope_permissions={"read": ("commands.view_command",)},
    helps=(
        PageHelp(
            "commands_command",
            "A command was asked for by a program and is carried out by itself, in its order.",
            "Look here for how it ended and what it was refused for.",
            "It is done once, however often it was sent.",
            "commands.md#how-it-ended",
        ),
    ),
)  # fmt: skip
