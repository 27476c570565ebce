"""The command CREATE_ITEM."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from apps.items.bodies import ItemRequest
from apps.items.use_cases import create_item, item_content
from ledgerflow.access.scopes import POST
from ledgerflow.core.plugins import CommandKind
from ledgerflow.events.commands.ending import CommandEnding, PendingCommand, one_by_one

CREATE_ITEM = "CREATE_ITEM"


def create_items(entity_id: UUID, commands: Sequence[PendingCommand], ending: CommandEnding) -> None:
    """Create the items that commands ask for, one after the other."""

    def create(command: PendingCommand) -> int:
        wanted: ItemRequest = command.body
        return create_item(entity_id, wanted.name, wanted.description, key=command.key, actor=command.actor)

    one_by_one(ending, commands, create)


def content_of_item(body: ItemRequest) -> list[str]:
    """What a command asks for. Raises `Malformed`."""
    return item_content(body.name, body.description)


KINDS = (CommandKind(CREATE_ITEM, ItemRequest, POST, content_of_item, create_items),)
