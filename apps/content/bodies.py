"""Bodies of the endpoints of content."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec

from apps.content.models import MAX_TITLE
from apps.credits.bodies import OwnerId


class ContentRequest(msgspec.Struct, forbid_unknown_fields=True):
    """A piece of content to write."""

    owner_id: OwnerId
    title: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_TITLE, pattern=r"\S")]
    premium: bool = False


class ContentResponse(msgspec.Struct):
    """A piece of content, and what was paid for it, in credits."""

    id: UUID
    owner_id: str
    title: str
    premium: bool
    cost: int
    created_at: datetime


class AccessRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Who wants to open it."""

    owner_id: OwnerId


class AccessResponse(msgspec.Struct):
    """The piece that was opened, and what was paid now: 1, or 0 for a reader who has paid before."""

    id: UUID
    owner_id: str
    title: str
    cost: int
