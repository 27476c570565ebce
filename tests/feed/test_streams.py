"""The feed of a real web server: streams that are cut, left, revoked, too many, and a server that stops."""

from __future__ import annotations

import json
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any, Self

import pytest

from ledgerflow.access.keys import revoke_key
from ledgerflow.books.models import Entity
from tests.builders import a_transfer, an_account, an_entity, posted
from tests.client import ApiClient
from tests.services.launching import wait_for, web_server

PAGE = (Path(__file__).parents[2] / "docs" / "feed.md").read_text()
PATIENCE_SECONDS = 30
THREADS = 2  # four places of the feed, two of them for one entity
SALE = {"debit_account": "CASH", "credit_account": "SALES", "amount": "1.00"}


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory, database_url: str) -> Iterator[int]:
    folder = tmp_path_factory.mktemp("feed") / "home"
    with web_server(folder, database_url, workers=1, threads=THREADS, LEDGERFLOW_FEED_HEARTBEAT_SECONDS="1") as found:
        yield found


@pytest.fixture
def books() -> Entity:
    entity = an_entity()
    an_account(entity, "CASH")
    an_account(entity, "SALES", "income")
    return entity


@pytest.fixture
def client(books: Entity) -> ApiClient:
    return ApiClient(books)


class Stream:
    """A client of the stream that reads it line by line, as the standard has it."""

    def __init__(self, port: int, secret: str, query: str = "", **headers: str) -> None:
        self.connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
        named = {"Authorization": f"Bearer {secret}", "Accept": "text/event-stream"}
        self.connection.request("GET", f"/api/events{query}", headers=named | headers)
        self.response: HTTPResponse = self.connection.getresponse()
        self.status = self.response.status
        self.last_id = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.response.close()
        self.connection.close()

    def blocks(self) -> Iterator[dict[str, str]]:
        """Each block between empty lines, by the names of its fields; ends when the server ends the stream."""
        fields: dict[str, str] = {}
        for line in self.response:
            name, _, value = line.decode().rstrip("\n").partition(":")
            if name or value:
                fields[name] = value.removeprefix(" ")
                continue
            self.last_id = fields.get("id", self.last_id)
            yield fields
            fields = {}

    def events(self, count: int) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for block in self.blocks():
            if "data" in block:
                found.append(json.loads(block["data"]))
                assert (block["id"], block["event"]) == (str(found[-1]["sequence"]), found[-1]["type"])
            if len(found) == count:
                return found
        message = "the stream ended"
        raise AssertionError(message)


def ask(port: int, client: ApiClient, path: str, body: Any = None) -> tuple[int, Any]:
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
    headers = {"Authorization": f"Bearer {client.secret}", "Idempotency-Key": "k"}
    method, data = ("GET", None) if body is None else ("POST", json.dumps(body))
    connection.request(method, path, data, headers)
    response = connection.getresponse()
    found = response.status, json.loads(response.read())
    connection.close()
    return found


def test_a_stream_that_was_cut_goes_on_where_it_was(port: int, books: Entity, client: ApiClient) -> None:
    with Stream(port, client.secret) as stream:
        assert stream.status == 200
        assert stream.response.headers["Content-Type"] == "text/event-stream"
        seen = [one["sequence"] for one in stream.events(3)]
        posted(books, a_transfer("CASH", "SALES", "1.00"))
        seen += [one["sequence"] for one in stream.events(1)]
        last = stream.last_id
    for _ in range(3):
        posted(books, a_transfer("CASH", "SALES", "1.00"))
    # `after` is still in the address that a browser opens again.
    with Stream(port, client.secret, "?after=1", **{"Last-Event-ID": last}) as stream:
        seen += [one["sequence"] for one in stream.events(3)]
    assert seen == list(range(1, 8))


def test_a_pause_has_a_heartbeat_that_moves_the_place_to_resume_at(port: int, books: Entity, client: ApiClient) -> None:
    head = ask(port, client, "/api/events")[1]["head"]
    with Stream(port, client.secret, f"?after={head}&types=account.*") as stream:
        blocks = stream.blocks()
        assert next(blocks) == {"retry": "2000"}
        posted(books, a_transfer("CASH", "SALES", "1.00"))
        for block in blocks:
            assert "data" not in block
            assert block[""]  # a comment, which no client takes for anything
            if stream.last_id == str(head + 1):
                break
        assert stream.last_id == str(head + 1)


def test_a_revoked_key_ends_its_stream(port: int, client: ApiClient) -> None:
    with Stream(port, client.secret) as stream:
        assert len(stream.events(3)) == 3
        revoke_key(client.key)
        types = [block["event"] for block in stream.blocks() if "data" in block]  # until the server ends it
    assert set(types) <= {"api_key.created.v1", "api_key.revoked.v1"}
    with Stream(port, client.secret) as stream:
        assert stream.status == 401


def test_a_position_that_is_none_is_refused_before_the_stream_begins(port: int, client: ApiClient) -> None:
    with Stream(port, client.secret, "?after=1000") as stream:
        assert stream.status == 409


def test_streams_are_bounded_and_abandoned_ones_give_their_places_back(port: int, client: ApiClient) -> None:
    other = ApiClient(an_entity())
    with ExitStack() as open_:
        for one in (client, client, other):
            wait_for(lambda one=one: open_.enter_context(Stream(port, one.secret)).status == 200, PATIENCE_SECONDS)  # type: ignore[misc]
        with Stream(port, client.secret) as refused:
            assert (refused.status, refused.response.headers["Retry-After"]) == (503, "1")
            assert json.loads(refused.response.read())["code"] == "feed_busy"
        head = ask(port, other, "/api/events")[1]["head"]
        waiting = open_.enter_context(socket.create_connection(("127.0.0.1", port)))
        waiting.sendall(
            f"GET /api/events?after={head}&wait=30 HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {other.secret}\r\n\r\n".encode()
        )
        assert waiting.recv(100).startswith(b"HTTP/1.1 200")  # held, as the last of the four
        assert ask(port, other, f"/api/events?after={head}&wait=1")[0] == 503
        # All places are taken: whoever posts or reads without waiting is not held up.
        for number in range(3):
            key = SALE | {"description": str(number)}
            assert ask(port, client, "/api/transfers", key)[0] in {201, 422}
            assert ask(port, client, "/api/accounts")[0] == 200
            assert ask(port, other, "/api/events")[0] == 200

    def is_free() -> bool:
        with Stream(port, client.secret) as stream:
            return stream.status == 200

    wait_for(is_free, PATIENCE_SECONDS)


def test_the_warehouse_of_the_documents_follows_the_books(port: int, books: Entity, client: ApiClient) -> None:
    found: dict[str, Any] = {}
    exec(PAGE.partition("```python\n")[2].partition("```")[0], found)  # noqa: S102 - that it runs is what is tested
    with closing(sqlite3.connect(":memory:")) as warehouse:
        warehouse.execute("CREATE TABLE line (sequence, day, account, side, amount)")
        warehouse.execute("CREATE TABLE position AS SELECT 0 AS after")
        for number in range(3):
            posted(books, a_transfer("CASH", "SALES", f"{number + 1}.00"))
        for page in found["pages"](f"http://localhost:{port}", client.secret, 0):
            found["store"](warehouse, page)
            if page["after"] == page["head"]:
                break
        amounts = [
            one for (one,) in warehouse.execute("SELECT amount FROM line WHERE side = 'debit' ORDER BY sequence")
        ]
        assert amounts == ["1.00", "2.00", "3.00"]
        assert warehouse.execute("SELECT after FROM position").fetchall() == [(page["head"],)]


def test_a_server_that_stops_ends_its_streams_and_waits_for_nobody(
    tmp_path: Path, database_url: str, client: ApiClient
) -> None:
    with ExitStack() as open_:
        with web_server(
            tmp_path / "home", database_url, workers=1, threads=THREADS, LEDGERFLOW_FEED_HEARTBEAT_SECONDS="1"
        ) as own:
            stream = open_.enter_context(Stream(own, client.secret))
            assert len(stream.events(4)) == 4
            # A signal that comes while a thread is made may be that thread's, and Python's main thread sleeps on.
            assert next(stream.blocks())["id"] == "4"
        log = (tmp_path / "home" / "log" / "web.log").read_text()
        assert not any("data" in block for block in stream.blocks())
    assert "Stopped worker-1" in log
    assert "refused to gracefully stop" not in log
