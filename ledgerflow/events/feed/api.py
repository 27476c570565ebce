"""The endpoints of the change feed: the log of the caller's entity in pages or as a stream, and its types."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache, partial
from typing import Any

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, StreamingHttpResponse
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from psycopg import Error

from ledgerflow.access.scopes import READ
from ledgerflow.core.errors import LedgerError, NotAcceptable
from ledgerflow.events.feed import event_types
from ledgerflow.events.feed.answers import HeldAnswer, page_with_news, server_sent_events
from ledgerflow.events.feed.bodies import EventPage, EventTypeList, EventTypeResponse
from ledgerflow.events.feed.errors import LastEventIdRefused
from ledgerflow.events.feed.reading import Selection, page_after
from ledgerflow.web.callers import caller_of
from ledgerflow.web.endpoints import ANY_JSON, Call, Endpoints
from ledgerflow.web.hanging_up import end_stuck_connections
from ledgerflow.web.paging import DEFAULT_LIMIT, MAX_LIMIT
from ledgerflow.web.queries import a_number, a_text
from ledgerflow.web.schema import JSON

events = Endpoints("events")

STREAM = "text/event-stream"
MOST_DIGITS = 18
MOST = 10**MOST_DIGITS - 1
MAX_WAIT_SECONDS = 30
STUCK_SECONDS = 60
QUERY = (
    a_number("after", 0, MOST, "The sequence of the last event you have; 0, the default, is before the first."),
    a_text(
        "types",
        "Types with their versions, comma separated, such as `journal.posted.v1,hold.*`; all unless given.",
        schema={"maxLength": 500},
    ),
    a_text("subject", "Events about this account, journal, hold, day …"),
    a_number("limit", 1, MAX_LIMIT, f"How many events a page has at most; {DEFAULT_LIMIT} unless given."),
    a_number("wait", 0, MAX_WAIT_SECONDS, "How many seconds an answer without an event may be held back for one."),
)
RESUME = OpenApiParameter(
    "Last-Event-ID",
    {"type": "integer", "minimum": 0, "maximum": MOST},
    OpenApiParameter.HEADER,
    description="What a stream that was cut resumes after; it counts instead of `after`.",
)
TYPE = OpenApiParameter(
    "event_type",
    {"type": "string", "pattern": r"^[a-z_.]+\.v[0-9]+$"},
    OpenApiParameter.PATH,
    description="With its version.",
)
AS_STREAM: Mapping[Any, Any] = {
    (200, STREAM): OpenApiResponse({"type": "string", "description": "Server-sent events, one for each event."})
}
# Neither a cache nor a proxy that waits for the whole may keep it back.
HELD = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


@events.get(scope=READ, answer=EventPage, problems=(409,), files=AS_STREAM, query=QUERY, headers=[RESUME])
def event_list(call: Call[None]) -> EventPage | StreamingHttpResponse:
    """The log of events in order, a page at a time or as a stream.

    The next request goes on `after` the position of the answer. There is more as long as `after` is below `head`.
    With `Accept: text/event-stream` events come as they happen, each with its sequence as `id`.
    """
    query, may_hold = call.query, call.request.method != "HEAD"
    hidden = event_types.hidden_types(call.caller.scopes)
    types = None if query["types"] is None else event_types.recorded_types(query["types"], hidden, "/types")
    selection = Selection(call.entity_id, types, hidden, query["subject"], query["limit"] or DEFAULT_LIMIT)
    is_welcome = partial(_is_welcome, call.request, hidden)
    resumed = _last_event_id(call.request)
    after = (query["after"] or 0) if resumed is None else resumed
    if _wants_stream(call.request) and may_hold:
        page_after(selection._replace(limit=1), after)  # a position that is none is refused while there is a status
        return _held(call, STREAM, server_sent_events(selection, after, is_welcome))
    page = page_after(selection, after)
    seconds = min(query["wait"] or 0, settings.LEDGERFLOW_FEED_WAIT_SECONDS) if may_hold else 0
    if seconds and not page.events and page.after == page.head:
        return _held(call, JSON, page_with_news(selection, page.after, seconds, is_welcome))
    return page


def _held(call: Call[None], content_type: str, parts: Iterator[bytes]) -> StreamingHttpResponse:
    _end_stuck_connections()
    return StreamingHttpResponse(HeldAnswer(call.entity_id, parts), content_type=content_type, headers=HELD)


@cache
def _end_stuck_connections() -> None:
    """Once in a process: a client that has gone is noticed at once, and one that stays and does not read by this."""
    end_stuck_connections(STUCK_SECONDS)


def _wants_stream(request: HttpRequest) -> bool:
    """Whether `Accept` names the stream and not JSON. Raises `NotAcceptable` where neither will do."""
    accept = request.META.get("HTTP_ACCEPT")
    kinds = {part.partition(";")[0].strip() for part in accept.split(",")} if accept else ANY_JSON
    if ANY_JSON.isdisjoint(kinds) and STREAM not in kinds:
        raise NotAcceptable(accepted=f"{JSON} or {STREAM}")
    return ANY_JSON.isdisjoint(kinds)


def _last_event_id(request: HttpRequest) -> int | None:
    text = request.META.get("HTTP_LAST_EVENT_ID")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS):
        raise LastEventIdRefused(pointer="/last_event_id")
    return int(text)


def _is_welcome(request: HttpRequest, hidden: list[str]) -> bool:
    """Whether the key behind a request may still read what it is shown; asked anew while an answer is held."""
    try:
        caller = caller_of(request)
        caller.require(READ)
    except LedgerError:
        return False
    except (DatabaseError, Error):  # nobody can be asked, and nothing can be read meanwhile
        return True
    return event_types.hidden_types(caller.scopes) == hidden


@events.get(scope=READ, answer=EventTypeList)
def event_type_list(_call: Call[None]) -> EventTypeList:
    """The types of events that this release records, each with the JSON Schema of its `data`.

    Members may be added to a schema. Any other change is a new type beside the old one, with the next version.
    """
    return EventTypeList(event_types.event_types())


@events.get(scope=READ, answer=EventTypeResponse, problems=(404,), path=[TYPE])
def event_type_show(_call: Call[None], event_type: str) -> EventTypeResponse:
    """One type of events."""
    return event_types.event_type(event_type)
