"""The endpoints of items: created by a command, read from the read model."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from apps.items.bodies import ItemAcceptedResponse, ItemRequest, ItemResponse
from apps.items.commands import CREATE_ITEM, content_of_item
from apps.items.reading import find_items, read_item
from ledgerflow.access.scopes import POST, READ
from ledgerflow.books.idempotency import claim_of
from ledgerflow.core.ids import uuid7
from ledgerflow.events.commands.api import accepted
from ledgerflow.events.commands.checking import new_command
from ledgerflow.events.read_models.reading import wait_for
from ledgerflow.web.endpoints import IF_GIVEN, Call, Endpoints, Reply
from ledgerflow.web.queries import a_whole_number
from ledgerflow.web.schema import a_page

items = Endpoints("items")
MIN_SEQUENCE = a_whole_number(
    "min_sequence", "Answer only when event `min_sequence` is in it; 503 `read_model_behind` where that takes too long."
)


@items.post(
    ItemRequest, scope=POST, answer=ItemAcceptedResponse, statuses=(202,), problems=(422,), key=IF_GIVEN, short=True
)
def item_create(call: Call[ItemRequest]) -> Reply:
    """Accept the command that creates an item."""
    wanted = call.body
    claim = claim_of(call.key or uuid7().hex, content_of_item(wanted))
    new = new_command(call.entity_id, CREATE_ITEM, call.text, claim, call.actor)
    response = ItemAcceptedResponse(new.id, "accepted", wanted.name, wanted.description)
    return accepted(new, f"{call.request.path}/{new.id}", lambda _: response)


@items.get(scope=READ, answer=a_page(ItemResponse), query=[MIN_SEQUENCE], paged=True)
def item_list(call: Call[None]) -> dict[str, Any]:
    """Items, the newest first."""
    _wait(call)
    return call.results(*find_items(call.entity_id, *call.paging))


@items.get(scope=READ, answer=ItemResponse, problems=(404,), query=[MIN_SEQUENCE])
def item_show(call: Call[None], item_id: UUID) -> ItemResponse:
    """One item."""
    _wait(call)
    return read_item(call.entity_id, item_id)


def _wait(call: Call[None]) -> None:
    if call.query["min_sequence"] is not None:
        wait_for(call.entity_id, call.query["min_sequence"])
