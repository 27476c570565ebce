"""Bodies of the change feed. Pure."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

Sequence = Annotated[int, msgspec.Meta(ge=0)]


class EventResponse(msgspec.Struct, gc=False):
    """One event of the log.

    `type` ends in its version, and `version` is that number. `data` is the fact as the schema of its type describes
    it, `hash` the link of the chain at this event in hexadecimal, `recorded_at` a moment with six decimals.
    """

    sequence: int
    id: str
    type: str
    version: int
    subject: str
    data: msgspec.Raw
    actor: str
    recorded_at: str
    hash: str


class EventPage(msgspec.Struct, gc=False):
    """Events in their order. `after` is where the next request goes on, `head` the last event of the log.

    There is more as long as `after` is below `head`, however few events the page has.
    """

    events: list[EventResponse]
    after: Sequence
    head: Sequence


class EventTypeResponse(msgspec.Struct):
    """A type of events: what it says happened, which room records it, and the JSON Schema of its `data`.

    A key that lacks one of the `scopes` is shown no event of the type, as if it were filtered out.
    """

    type: str
    version: int
    room: str
    description: str
    scopes: list[str]
    schema: dict[str, Any]


class EventTypeList(msgspec.Struct):
    """All types of events, by name."""

    results: list[EventTypeResponse]
