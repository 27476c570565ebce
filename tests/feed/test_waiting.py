"""Answers that are held until there is news, within one process: what they say, and what they take."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.db import connections
from django.test import Client

from ledgerflow.access.authentication import forget_callers
from ledgerflow.access.keys import revoke_key
from ledgerflow.books.models import Entity, Event
from ledgerflow.core.stopping import stop_request
from ledgerflow.events.feed import rows, waiting
from ledgerflow.events.feed.answers import HeldAnswer, server_sent_events
from ledgerflow.events.feed.errors import FeedBusy
from ledgerflow.events.feed.reading import Selection
from ledgerflow.events.feed.waiting import Heads, heads
from ledgerflow.wsgi import application
from tests.builders import a_transfer, an_account, an_entity, posted
from tests.client import ApiClient
from tests.services.launching import wait_for

PATIENCE_SECONDS = 60


@pytest.fixture
def books() -> Entity:
    entity = an_entity()
    an_account(entity, "CASH")
    an_account(entity, "SALES", "income")
    return entity


@pytest.fixture
def client(books: Entity) -> ApiClient:
    return ApiClient(books)


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as pool:
        yield pool


def head_of(client: ApiClient) -> int:
    head: int = client.get("/api/events?limit=1").json["head"]
    return head


def held(client: ApiClient, **query: Any) -> bytes:
    """The whole of an answer that is held; its thread's connection is closed, as it is in no web server."""
    headers = {"authorization": f"Bearer {client.secret}"}
    try:
        response: Any = Client().get(f"/api/events?{urlencode(query)}", headers=headers)
        assert response.status_code == 200, response.content
        assert response.streaming, "it was answered at once"
        return b"".join(response.streaming_content)
    finally:
        connections.close_all()


def wait_until_held(entity: Entity, answer: Future[bytes]) -> None:
    """An answer that came instead is shown."""
    wait_for(lambda: answer.done() or any(one.entity_id == entity.id for one in list(heads._waits)))
    assert not answer.done(), answer.result()


def test_an_answer_comes_with_what_is_posted(books: Entity, client: ApiClient, threads: ThreadPoolExecutor) -> None:
    head = head_of(client)
    answer = threads.submit(held, client, after=head, wait=30)
    wait_until_held(books, answer)
    posted(books, a_transfer("CASH", "SALES", "1.00"))
    found = json.loads(answer.result())
    assert [one["type"] for one in found["events"]] == ["journal.posted.v1"]
    assert (found["after"], found["head"]) == (head + 1, head + 1)


def test_what_the_same_process_commits_is_seen_at_once(
    books: Entity, monkeypatch: pytest.MonkeyPatch, threads: ThreadPoolExecutor
) -> None:
    """Long before the next look."""
    monkeypatch.setattr(waiting, "LOOK_SECONDS", 600)
    watched = Heads()
    an_account(books, "BANK")
    head = Event.objects.filter(entity=books).count()
    news = threads.submit(watched.wait_beyond, books.id, head, PATIENCE_SECONDS)
    while not news.done():
        posted(books, a_transfer("CASH", "SALES", "1.00"))
    assert news.result() is True


def test_what_a_filter_leaves_out_is_no_news_and_is_not_read_again(
    books: Entity, client: ApiClient, threads: ThreadPoolExecutor
) -> None:
    head = head_of(client)
    answer = threads.submit(held, client, after=head, wait=30, types="account.*")
    wait_until_held(books, answer)
    posted(books, a_transfer("CASH", "SALES", "1.00"))
    wait_for(lambda: any(one.position == head + 1 for one in list(heads._waits)))
    assert not answer.done()
    an_account(books, "BANK")
    found = json.loads(answer.result())
    assert [one["type"] for one in found["events"]] == ["account.opened.v1"]
    assert found["after"] == head + 2


def test_nothing_is_an_empty_page(client: ApiClient) -> None:
    head = head_of(client)
    assert json.loads(held(client, after=head, wait=1)) == {"events": [], "after": head, "head": head}


def test_what_is_there_is_not_waited_for(client: ApiClient) -> None:
    assert len(client.get("/api/events?after=0&wait=30&limit=1").json["events"]) == 1


def test_a_head_request_is_not_held(client: ApiClient) -> None:
    head = head_of(client)
    for accept in ("application/json", "text/event-stream"):
        headers = {"authorization": f"Bearer {client.secret}", "accept": accept}
        response = Client().head(f"/api/events?after={head}&wait=30", headers=headers)
        assert (response.status_code, response.streaming) == (200, False)


def test_a_revoked_key_is_told_nothing_more(books: Entity, client: ApiClient, threads: ThreadPoolExecutor) -> None:
    head = head_of(client)
    answer = threads.submit(held, client, after=head, wait=30)
    wait_until_held(books, answer)
    revoke_key(client.key)
    forget_callers()
    assert json.loads(answer.result())["events"] == []
    assert client.get("/api/events").status == 401


def test_a_process_that_stops_answers_those_who_wait(
    books: Entity, client: ApiClient, threads: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    head = head_of(client)
    answer = threads.submit(held, client, after=head, wait=30)
    wait_until_held(books, answer)
    monkeypatch.setattr(stop_request, "_has_come", True)
    monkeypatch.setattr(stop_request, "_reader", -1)
    assert json.loads(answer.result()) == {"events": [], "after": head, "head": head}


def test_places_are_bounded_and_one_entity_has_half_of_them(
    books: Entity, client: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "LEDGERFLOW_FEED_PLACES", 4)
    head = head_of(client)
    own = [HeldAnswer(books.id, iter(())) for _ in range(2)]
    for accept, query in (("text/event-stream", ""), ("application/json", f"?after={head}&wait=30")):
        reply = client.get(f"/api/events{query}", accept=accept)
        assert (reply.status, reply.code, reply.headers["Retry-After"]) == (503, "feed_busy", "1")
    assert client.get(f"/api/events?after={head}").status == 200
    sale = {"debit_account": "CASH", "credit_account": "SALES", "amount": "1.00"}
    assert client.post("/api/transfers", sale).status == 201
    others = [HeldAnswer(an_entity().id, iter(())) for _ in range(2)]
    with pytest.raises(FeedBusy):
        HeldAnswer(an_entity().id, iter(()))
    own.pop().close()
    others.append(HeldAnswer(an_entity().id, iter(())))
    del own[:]  # one that nobody closed, and nobody has any more
    HeldAnswer(an_entity().id, iter(())).close()
    for one in others:
        one.close()


def test_what_is_held_keeps_neither_a_connection_nor_the_place_of_a_read(
    client: ApiClient, threads: ThreadPoolExecutor
) -> None:
    """As a thread of the web server sends it."""
    head = head_of(client)
    asked = {
        "REQUEST_METHOD": "GET", "PATH_INFO": "/api/events", "QUERY_STRING": f"after={head}&wait=30", "SERVER_NAME": "localhost",
        "SERVER_PORT": "8000", "wsgi.url_scheme": "http", "wsgi.input": io.BytesIO(), "HTTP_AUTHORIZATION": f"Bearer {client.secret}",
    }  # fmt: skip

    def send() -> list[Any]:
        body = application(asked, lambda _status, _headers: None)
        found = [connections.all(initialized_only=True)]
        assert next(iter(body)) == b" "  # after a look at the log and at the key
        found.append(connections.all(initialized_only=True))
        body.close()
        return found

    taken = application._reading._taken
    assert threads.submit(send).result() == [[], []]
    assert application._reading._taken == taken


def test_a_stream_has_an_end_and_comes_to_it_with_all_that_there_was(
    books: Entity, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "LEDGERFLOW_FEED_STREAM_SECONDS", 1)
    text = b"".join(server_sent_events(Selection(books.id, None, [], None, 2), 0, lambda: True)).decode()
    assert text.startswith("retry: ")
    lines = [line for line in text.splitlines() if line.startswith("data: ")]
    assert [json.loads(line.removeprefix("data: "))["sequence"] for line in lines] == [1, 2, 3]


def test_heads_are_looked_at_again_after_the_database_was_away(
    books: Entity, monkeypatch: pytest.MonkeyPatch, threads: ThreadPoolExecutor
) -> None:
    monkeypatch.setattr(waiting, "AGAIN_SECONDS", 0.01)
    statement = rows.HEADS
    monkeypatch.setattr(waiting, "HEADS", "SELECT nonsense, %s::uuid[]")
    watched = Heads()
    waiting_thread: Future[bool] = threads.submit(watched.wait_beyond, books.id, 0, 60)
    wait_for(lambda: watched._thread is not None)
    assert not waiting_thread.done()
    monkeypatch.setattr(waiting, "HEADS", statement)
    assert waiting_thread.result() is True
