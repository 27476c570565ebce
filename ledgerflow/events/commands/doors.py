"""Accepting commands: whatever the door, a command is safe when its sender is told so."""

from __future__ import annotations

from collections.abc import Sequence

from ledgerflow.core.errors import LedgerError
from ledgerflow.events.commands.checking import NewCommand, Receipt
from ledgerflow.events.commands.table_door import accept_in_table


def accept(commands: Sequence[NewCommand]) -> list[Receipt | LedgerError]:
    """Take commands in, in their order; a receipt or a refusal (`IdempotencyKeyReused`) for each.

    Raises `TryAgain` kinds when nobody could write them down: sent again they get the same answers.
    """
    return accept_in_table(commands)
