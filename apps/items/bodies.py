"""Bodies of the endpoints of items. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec

MAX_NAME = 200
MAX_DESCRIPTION = 2_000


class ItemRequest(msgspec.Struct, forbid_unknown_fields=True):
    """An item to create; the payload of the command CREATE_ITEM as well."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_NAME, pattern=r"\S")]
    description: Annotated[str, msgspec.Meta(max_length=MAX_DESCRIPTION)] = ""


class ItemAcceptedResponse(msgspec.Struct):
    """What the item is called from now on; it can be read when it has been created."""

    id: UUID
    status: Literal["accepted"]
    name: str
    description: str


class ItemResponse(msgspec.Struct):
    """An item, and the event that created it."""

    id: UUID
    name: str
    description: str
    created_at: datetime
    created_by: str
    event_sequence: int
