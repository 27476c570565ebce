"""The log of events in pages: all of it, in order, and nobody else's."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import msgspec
import pytest

from journals.posting import post_many
from ledgerflow.books.eventlog import GENESIS, EventRow, chain_hash
from ledgerflow.books.models import Entity, Event
from ledgerflow.core import clocks
from ledgerflow.events.cloudevents import as_recorded, as_versioned
from ledgerflow.events.feed import reading
from ledgerflow.events.feed.bodies import EventPage, EventResponse
from tests.builders import a_transfer, an_account, an_entity, posted
from tests.client import ApiClient
from tests.eventful import eventful_books

pytestmark = pytest.mark.every_server


@pytest.fixture(scope="module")
def books(_database: None) -> Entity:
    return eventful_books()


@pytest.fixture(scope="module")
def client(books: Entity) -> ApiClient:
    return ApiClient(books)


def page(client: ApiClient, **query: Any) -> EventPage:
    reply = client.get("/api/events", query)
    assert reply.status == 200, reply.json
    return msgspec.json.decode(reply.content, type=EventPage)


def everything(client: ApiClient, **query: Any) -> list[EventResponse]:
    """As a reader goes through: on from where the last page came to, until that is the end."""
    found, after = [], 0
    while True:
        one = page(client, after=after, **query)
        found += one.events
        assert after < one.after <= one.head
        after = one.after
        if after == one.head:
            return found


def log_of(entity: Entity) -> list[Event]:
    return list(Event.objects.filter(entity=entity).order_by("sequence"))


@pytest.mark.parametrize("limit", [1, 4, 1000])
def test_pages_are_together_the_log(books: Entity, client: ApiClient, limit: int) -> None:
    found = everything(client, limit=limit)
    rows = log_of(books)
    assert [one.sequence for one in found] == list(range(1, len(rows) + 1))
    for one, row in zip(found, rows, strict=True):
        assert (one.id, one.type, one.version) == (str(row.id), as_versioned(row.type), 1)
        assert (one.subject, one.actor) == (row.subject, row.actor)
        assert bytes(one.data).decode() == row.data
        assert (one.recorded_at, one.hash) == (clocks.as_text(row.recorded_at), bytes(row.hash).hex())


def test_a_reader_can_check_the_chain_by_what_it_gets(books: Entity, client: ApiClient) -> None:
    previous = GENESIS
    for one in everything(client, limit=7):
        moment = one.recorded_at.replace("Z", "+00:00")
        data = bytes(one.data).decode()
        row = EventRow(
            books.id, one.sequence, UUID(one.id), as_recorded(one.type), one.subject, data, one.actor, moment
        )
        previous = chain_hash(previous, row)
        assert previous.hex() == one.hash


@pytest.mark.parametrize(
    "types, begins",
    [
        ("journal.posted.v1", "journal.posted"),
        ("account.*", "account."),
        ("entity.*,account.opened.v1", ("entity.", "account.opened")),
    ],
)
def test_types_are_filtered(books: Entity, client: ApiClient, types: str, begins: str | tuple[str, ...]) -> None:
    expected = [one.sequence for one in log_of(books) if one.type.startswith(begins)]
    assert [one.sequence for one in everything(client, types=types, limit=2)] == expected
    assert expected


def test_a_subject_is_filtered(books: Entity, client: ApiClient) -> None:
    subject = next(one.subject for one in log_of(books) if one.type == "account.closed")
    found = everything(client, subject=subject)
    assert [one.type for one in found] == ["account.opened.v1", "account.closed.v1"]
    assert [one.type for one in everything(client, subject=subject, types="account.closed.v1")] == ["account.closed.v1"]


def test_a_filter_that_leaves_nothing_moves_on_in_bounded_steps(
    books: Entity, client: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "SCANNED_AT_ONCE", 5)
    first = page(client, subject="nobody")
    assert (first.events, first.after) == ([], 5)
    assert everything(client, subject="nobody") == []
    closed = [one.sequence for one in log_of(books) if one.type == "account.closed"]
    assert [one.sequence for one in everything(client, types="account.closed.v1")] == closed


def test_a_page_is_bounded_in_bytes_and_never_empty(
    books: Entity, client: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = log_of(books)
    sizes = [len(one.data.encode()) for one in rows]
    monkeypatch.setattr(reading, "PAGE_BYTES", 1)
    one = page(client)
    assert ([event.sequence for event in one.events], one.after) == ([1], 1)
    monkeypatch.setattr(reading, "PAGE_BYTES", sizes[0] + sizes[1])
    assert len(page(client).events) == 2
    assert [event.sequence for event in everything(client)] == [row.sequence for row in rows]


@pytest.mark.parametrize(
    "query, pointer",
    [
        ({"after": "-1"}, "/after"), ({"after": "1_0"}, "/after"), ({"after": "٣"}, "/after"), ({"after": "1" * 19}, "/after"),
        ({"after": "x" * 10_000}, "/after"), ({"limit": "0"}, "/limit"), ({"limit": "1001"}, "/limit"), ({"wait": "31"}, "/wait"),
        ({"types": "journal.posted"}, "/types"), ({"types": "journal.posted.v2"}, "/types"), ({"types": "*"}, "/types"),
        ({"types": ".*"}, "/types"), ({"types": "journal.posted.v1,"}, "/types"), ({"types": "nobody.*"}, "/types"),
        ({"types": ""}, "/types"), ({"types": "a," * 5000}, "/types"), ({"types": "a\x00"}, "/types"),
        ({"subject": ""}, "/subject"), ({"subject": "x" * 501}, "/subject"), ({"type": "journal.posted.v1"}, "/type"),
    ],
)  # fmt: skip
def test_nonsense_is_refused_by_name(client: ApiClient, query: dict[str, str], pointer: str) -> None:
    reply = client.get(f"/api/events?{urlencode(query)}")
    assert (reply.status, reply.code, reply.pointers) == (400, "malformed", [pointer])


@pytest.mark.parametrize("given", ["x", "-1", "1,2", "1" * 19])
def test_a_last_event_id_that_is_none_is_refused(client: ApiClient, given: str) -> None:
    reply = client.get("/api/events", last_event_id=given)
    assert (reply.status, reply.pointers) == (400, ["/last_event_id"])


def test_a_last_event_id_counts_and_not_the_address(client: ApiClient) -> None:
    reply = client.get("/api/events?after=3&limit=1", last_event_id="5")
    assert reply.json["events"][0]["sequence"] == 6


@pytest.mark.parametrize("after", [1, 10**18 - 1])
def test_a_position_that_the_log_never_came_to_is_refused(after: int) -> None:
    """A backup was restored, or the position is of other books: going on in silence would leave a hole."""
    entity = an_entity()
    client = ApiClient(entity)
    head = page(client).head
    beyond = max(after, head + 1)
    reply = client.get("/api/events", {"after": beyond})
    assert (reply.status, reply.code) == (409, "position_beyond_log")
    assert reply.json["data"] == {"after": beyond, "head": head}
    assert page(client, after=head).events == []


@pytest.mark.parametrize("accept", ["text/csv", "text/html;q=0.9, image/*"])
def test_what_it_cannot_answer_with_is_refused(client: ApiClient, accept: str) -> None:
    reply = client.get("/api/events", accept=accept)
    assert (reply.status, reply.code) == (406, "not_acceptable")


@pytest.mark.parametrize("accept", ["*/*", "application/json", "text/event-stream, application/json;q=0.5"])
def test_who_takes_json_gets_json(client: ApiClient, accept: str) -> None:
    assert client.get("/api/events?limit=1", accept=accept).json["after"] == 1


def test_nobody_sees_the_events_of_others() -> None:
    """Two sets of books that post in turn: each reader sees his own, without a gap."""
    clients = []
    for _ in range(2):
        entity = an_entity()
        an_account(entity, "CASH")
        an_account(entity, "SALES", "income")
        clients.append((entity, ApiClient(entity)))
    for _ in range(3):
        for entity, _client in clients:
            posted(entity, a_transfer("CASH", "SALES", "1.00"))
    (one, first), (other, second) = clients
    for entity, client in clients:
        found = everything(client, limit=3)
        assert [event.sequence for event in found] == list(range(1, len(found) + 1))
        assert {event.id for event in found} == {str(row.id) for row in log_of(entity)}
    subject = str(Event.objects.filter(entity=other, type="journal.posted").first().subject)  # type: ignore[union-attr]
    assert everything(first, subject=subject) == []
    assert len(everything(second, subject=subject)) == 1
    assert one != other


def test_a_key_is_shown_no_more_than_it_may_read_elsewhere() -> None:
    """The URL of a webhook may be a secret, so reading it takes `manage`."""
    entity = an_entity()
    manager, reader = ApiClient(entity), ApiClient(entity, "read")
    asked = {"url": "https://example.com/secret-path", "event_types": ["*"]}
    assert manager.post("/api/webhooks", asked).status == 201
    assert "webhook.created.v1" in {one.type for one in everything(manager)}
    assert {one.type for one in everything(reader)} == {"entity.created.v1", "api_key.created.v1"}
    assert page(reader).head == page(manager).head
    assert b"secret-path" not in reader.get("/api/events").content
    reply = reader.get("/api/events", {"types": "webhook.*"})
    assert (reply.status, reply.code, reply.json["data"]) == (403, "permission_missing", {"scope": "manage"})


def test_many_events_of_one_moment_keep_their_order() -> None:
    entity = an_entity()
    an_account(entity, "CASH")
    an_account(entity, "SALES", "income")
    post_many(entity.id, [a_transfer("CASH", "SALES", "1.00") for _ in range(250)])
    found = everything(ApiClient(entity), types="journal.*")
    assert [one.sequence for one in found] == sorted(one.sequence for one in found)
    assert len(found) == 250
    assert len({one.recorded_at for one in found}) == 1
