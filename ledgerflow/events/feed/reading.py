"""Reading the log of one entity from a position on, a bounded piece at a time.

Numbers have no gap and are given under the entity's lock, so whoever sees event n sees all before it: a position of one
entity loses nothing, whatever commits beside it.
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
import psycopg
from django.db import close_old_connections, connection

from ledgerflow.books.borrowing import borrowed_connection
from ledgerflow.core import clocks
from ledgerflow.events.feed.bodies import EventPage, EventResponse
from ledgerflow.events.feed.errors import PositionBeyondLog
from ledgerflow.events.feed.event_types import named
from ledgerflow.events.feed.rows import HEAD, PAGE

SCANNED_AT_ONCE = 50_000  # events that are looked through for one page
PAGE_BYTES = 8 * 1024 * 1024  # of data; an event may be as large as a body


class Selection(NamedTuple):
    """Which events of an entity are wanted. Types are those of the log; `types` None is all but the hidden ones."""

    entity_id: UUID
    types: list[str] | None
    hidden: list[str]
    subject: str | None
    limit: int


def page_after(selection: Selection, after: int) -> EventPage:
    """The next events after a position; its own `after` moves on also when a filter leaves nothing of a long range.

    Raises `PositionBeyondLog` for a position that the log has not come to.
    """
    with borrowed_connection():
        close_old_connections()  # a stream meets none of the signals that would drop a broken one
        with connection.cursor() as own:
            # Past Django's cursor: its texts and moments are made in Python, one at a time.
            cursor = psycopg.Cursor(own.connection)
            (head,) = cursor.execute(HEAD, (selection.entity_id,), binary=True).fetchone() or (0,)
            if after > head:
                raise PositionBeyondLog(pointer="/after", after=after, head=head)
            through = min(head, after + SCANNED_AT_ONCE)
            rows = cursor.execute(PAGE, _parameters(selection, after, through), binary=True).fetchall()
    events = [_event(*row[:-1]) for row in rows]
    is_cut = bool(rows) and (len(rows) == selection.limit or rows[-1][-1] >= PAGE_BYTES)
    return EventPage(events, events[-1].sequence if is_cut else through, head)


def _parameters(selection: Selection, after: int, through: int) -> dict[str, Any]:
    return {
        "entity": selection.entity_id, "after": after, "through": through, "types": selection.types,
        "hidden": selection.hidden, "subject": selection.subject, "limit": selection.limit, "bytes": PAGE_BYTES,
    }  # fmt: skip


def _event(
    sequence: int, id_: str, type_: str, subject: str, data: str, actor: str, recorded_at: datetime, hash_: str
) -> EventResponse:
    name, version = named(type_)
    # The data goes out as the text that was hashed: nothing is decoded on the way.
    raw = msgspec.Raw(data)
    return EventResponse(sequence, id_, name, version, subject, raw, actor, _moment(recorded_at), hash_)


@lru_cache(maxsize=1_000)
def _moment(recorded_at: datetime) -> str:
    """As text. A batch has one moment for all its events."""
    return clocks.as_text(recorded_at)
