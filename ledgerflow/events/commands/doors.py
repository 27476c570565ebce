"""Accepting commands: whatever the door, a command is safe when its sender is told so."""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings

from ledgerflow.core.errors import LedgerError
from ledgerflow.events.commands.checking import NewCommand, Receipt
from ledgerflow.events.commands.table_door import accept_in_table
from ledgerflow.events.commands.topic_door import accept_on_topic

DOORS = {"table": accept_in_table, "topic": accept_on_topic}


def accept(commands: Sequence[NewCommand]) -> list[Receipt | LedgerError]:
    """Take commands in, in their order; a receipt or a refusal (`IdempotencyKeyReused`) for each.

    Raises `TryAgain` kinds when nobody could write them down: sent again they get the same answers.
    """
    return DOORS[settings.LEDGERFLOW_COMMANDS_DOOR](commands)
