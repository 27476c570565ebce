"""Answers that are held open until there is news: one page that waits, and the stream.

Each holds a thread of the web server, and no connection while it waits. So they have places of their own, which are no
other request's, and one entity takes at most half of them. The server closes an answer when its client has gone, which
it notices with the next thing that it sends: that is why something is sent in every pause.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from threading import Lock
from uuid import UUID
from weakref import WeakSet

import msgspec
import structlog
from django.conf import settings
from django.db import DatabaseError
from psycopg import Error

from ledgerflow.core.errors import LedgerError
from ledgerflow.core.stopping import stop_request
from ledgerflow.events.feed.bodies import EventPage
from ledgerflow.events.feed.errors import FeedBusy
from ledgerflow.events.feed.reading import Selection, page_after
from ledgerflow.events.feed.waiting import heads

log = structlog.get_logger(__name__)
IsWelcome = Callable[[], bool]  # whether the caller may still read

LOOK_AGAIN_SECONDS = 2.0  # at the caller's key, and whether the process stops
RETRY_MILLISECONDS = 2_000
encode = msgspec.json.encode
clock = time.monotonic

_lock = Lock()
_open: WeakSet[HeldAnswer] = WeakSet()  # weak, so that one that the server forgot gives its place back too


class HeldAnswer:
    """The body of an answer that takes its time. It has a place from the beginning, and gives it back when closed."""

    def __init__(self, entity_id: UUID, parts: Iterator[bytes]) -> None:
        """Raises `FeedBusy` when no place is free."""
        self.entity_id = entity_id
        self._parts = parts
        most: int = settings.LEDGERFLOW_FEED_PLACES
        with _lock:
            of_entity = sum(one.entity_id == entity_id for one in _open)
            if len(_open) >= most or of_entity >= (most + 1) // 2:
                raise FeedBusy(most=most)
            _open.add(self)

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        return next(self._parts)

    def close(self) -> None:
        with _lock:
            _open.discard(self)


def page_with_news(selection: Selection, position: int, seconds: float, is_welcome: IsWelcome) -> Iterator[bytes]:
    """The JSON of the page after `position`, as soon as there is one that is not empty; an empty one at the end.

    Until then white space, which JSON may begin with. The status of the answer is out by then: whatever goes wrong
    meanwhile ends in an empty page, and the next request is told.
    """
    ends_at = clock() + seconds
    while (left := ends_at - clock()) > 0 and is_welcome() and not stop_request.has_come:
        if heads.wait_beyond(selection.entity_id, position, min(left, LOOK_AGAIN_SECONDS)) and is_welcome():
            page = _news(selection, position)
            if page.events:
                yield encode(page)
                return
            position = page.after
        yield b" "
    yield encode(EventPage([], position, position))


def server_sent_events(selection: Selection, position: int, is_welcome: IsWelcome) -> Iterator[bytes]:
    """The stream, as the HTML standard has it (section 9.2, server-sent events), for a bounded time.

    A number without data moves the position that a client resumes at, and is no event to it: filters may leave nothing
    for a long time.
    """
    yield b"retry: %d\n\n" % RETRY_MILLISECONDS
    ends_at = clock() + settings.LEDGERFLOW_FEED_STREAM_SECONDS
    beats_at = clock() + settings.LEDGERFLOW_FEED_HEARTBEAT_SECONDS
    is_behind = True
    while clock() < ends_at and is_welcome() and not stop_request.has_come:
        pause = min(beats_at - clock(), ends_at - clock(), LOOK_AGAIN_SECONDS)
        if is_behind or (heads.wait_beyond(selection.entity_id, position, max(pause, 0)) and is_welcome()):
            page = _news(selection, position)
            position, is_behind = page.after, page.after < page.head
            if page.events:
                yield b"".join([_frame(one.sequence, one.type, encode(one)) for one in page.events])
        if clock() >= beats_at:
            yield b": nothing else yet\nid: %d\n\n" % position
            beats_at = clock() + settings.LEDGERFLOW_FEED_HEARTBEAT_SECONDS


def _frame(sequence: int, type_: str, data: bytes) -> bytes:
    return b"id: %d\nevent: %b\ndata: %b\n\n" % (sequence, type_.encode(), data)


def _news(selection: Selection, position: int) -> EventPage:
    """The page, or an empty one while the database is away or the log is not what it was."""
    try:
        return page_after(selection, position)
    except (DatabaseError, Error, LedgerError) as error:
        log.warning("feed_not_read", entity=str(selection.entity_id), error=str(error))
        time.sleep(LOOK_AGAIN_SECONDS)
        return EventPage([], position, position)
