"""Accounts that are asked for as commands: many are opened in one transaction, and end in it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any
from uuid import UUID

import msgspec

from accounts.bodies import AccountRequest
from accounts.errors import AccountExists
from accounts.opening import Opened, open_accounts
from accounts.specs import AccountSpec
from ledgerflow.access.scopes import MANAGE
from ledgerflow.books.writing import Transaction
from ledgerflow.core.money import normalised
from ledgerflow.core.plugins import CommandKind
from ledgerflow.events.commands.ending import CommandEnding, CommandOutcome, PendingCommand


def content_of_account(body: AccountRequest) -> list[Any]:
    """What is asked for, with defaults filled in. Raises `Malformed`."""
    spec = body.spec().complete()
    limits = {name: _limit(spec, name) for name in ("min_balance", "max_balance")}
    return ["account.open", msgspec.structs.asdict(spec) | limits]


def open_by_commands(entity_id: UUID, commands: Sequence[PendingCommand], ending: CommandEnding) -> None:
    """Open the accounts that commands ask for, those of one actor in one transaction that ends the commands as well.

    One that is there already is refused, as the endpoint does: whoever sent the command twice sent one command.
    """
    for actor, group in groupby(commands, key=lambda command: command.actor):
        together = list(group)

        def hook(tx: Transaction, opened: Sequence[Opened], together: Sequence[PendingCommand] = together) -> None:
            ending.within(tx, [_outcome(*pair) for pair in zip(together, opened, strict=True)])

        open_accounts(entity_id, [command.body.spec() for command in together], actor=actor, hook=hook)


def _outcome(command: PendingCommand, opened: Opened) -> CommandOutcome:
    if opened.status == "existing":
        return CommandOutcome(command, refusal=AccountExists(pointer="/code", account=command.body.code))
    return CommandOutcome(command, opened.event_sequence, opened.refusal)


def _limit(spec: AccountSpec, name: str) -> str | None:
    value = getattr(spec, name)
    return None if value is None else normalised(value)


KINDS = (CommandKind("CREATE_ACCOUNT", AccountRequest, MANAGE, content_of_account, open_by_commands),)
