"""The web server under clients that hold what they took: half-sent bodies, and books that somebody has locked."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from ledgerflow.books.models import Entity
from ledgerflow.embedded.run import options_from_environment, web_program
from ledgerflow.web.hanging_up import DESCRIPTORS, connections_of, end_stuck_connections
from ledgerflow.web.response_headers import HEADERS
from tests.builders import an_account, an_entity
from tests.client import ApiClient
from tests.services.launching import wait_for, web_server

HALF_SENT = 40
ABANDONED = 34
BUSY_CLIENTS = 48
AT_ONCE_SECONDS = 15  # a client of these tests waits for nothing longer; before, it took half a minute
SALE = {"debit_account": "CASH", "credit_account": "SALES", "amount": "1.00"}


class Server:
    def __init__(self, port: int) -> None:
        self.port = port

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=AT_ONCE_SECONDS)

    def ask(self, method: str, path: str, secret: str = "", body: Any = None) -> tuple[int, dict[str, str], Any]:
        """An answer, or a TimeoutError."""
        data = json.dumps(body).encode() if body is not None else b""
        with self.connect() as connection:
            connection.sendall(head(method, path, len(data), secret) + data)
            return answer_from(connection)


def head(method: str, path: str, length: int, secret: str = "") -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", "Connection: close", f"Idempotency-Key: {uuid4().hex}"]
    lines += [f"Authorization: Bearer {secret}"] if secret else []
    lines += [
        f"Cookie: csrftoken={'a' * 32}",
        "Content-Type: application/x-www-form-urlencoded",
    ]  # Django reads it then
    lines += [f"Content-Length: {length}"] if method == "POST" else []
    return "\r\n".join([*lines, "", ""]).encode()


def answer_from(connection: socket.socket) -> tuple[int, dict[str, str], Any]:
    content = b""
    while part := connection.recv(65536):
        content += part
    first, _, body = content.partition(b"\r\n\r\n")
    lines = first.decode().split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines[1:])
    return int(lines[0].split()[1]), headers, json.loads(body) if body.startswith(b"{") else body


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, database_url: str) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("web") / "home"
    with web_server(folder, database_url, workers=2, threads=16) as port:
        yield Server(port)


def books() -> tuple[Entity, str]:
    entity = an_entity()
    an_account(entity, "CASH")
    an_account(entity, "SALES", "income")
    return entity, ApiClient(entity).secret


def test_half_sent_bodies_hold_nobody(server: Server) -> None:
    """Without a key to pages and with one to postings"""
    _, secret = books()
    with ExitStack() as open_:
        halves = [open_.enter_context(server.connect()) for _ in range(2 * HALF_SENT)]
        for number, half in enumerate(halves):
            path, key = ("/admin/login/", "") if number % 2 else ("/api/transfers", secret)
            half.sendall(head("POST", path, 1000, key) + b"csrfmiddl")
        _, other = books()
        for _ in range(6):  # to both processes
            assert server.ask("GET", "/api/health/live")[0] == 200
            assert server.ask("GET", "/api/health/ready")[0] == 200
            assert server.ask("GET", "/api/accounts", other)[0] == 200
        # In the first second this address has sent too many, in whichever of the two processes has most of them.
        assert {server.ask("POST", "/api/transfers", other, SALE)[0] for _ in range(10)} <= {201, 503}
        wait_for(lambda: {server.ask("POST", "/api/transfers", other, SALE)[0] for _ in range(6)} == {201})


def test_a_body_that_does_not_come_is_answered_and_its_connection_closed(server: Server) -> None:
    with server.connect() as connection:
        connection.settimeout(60)
        connection.sendall(head("POST", "/admin/login/", 1000) + b"csrfmiddl")
        status, headers, body = answer_from(connection)  # reads until the connection ends
    assert (status, body["code"]) == (408, "body_too_slow")
    assert {name.lower(): value.lower() for name, value in HEADERS}.items() <= headers.items()


def test_looking_for_a_connection_leaves_no_descriptor_open() -> None:
    """Files, pipes and pollers are no connections, and a copy of each that stayed open would double them every time."""
    before = len(list(DESCRIPTORS.iterdir()))
    for _ in range(3):
        with connections_of("127.0.0.1"):
            pass
    assert len(list(DESCRIPTORS.iterdir())) == before


def test_connections_of_a_server_end_when_their_client_takes_nothing() -> None:
    """The kernel does it, told by an option that a connection has from the socket it came by."""
    with socket.create_server(("127.0.0.1", 0)) as listening, ExitStack() as open_:
        before = [open_.enter_context(socket.create_connection(listening.getsockname())), listening.accept()[0]]
        end_stuck_connections(7)
        client = open_.enter_context(socket.create_connection(listening.getsockname()))
        after = listening.accept()[0]
        for one in (before[1], after):
            open_.enter_context(one)
        found = [one.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) for one in (*before, after, client)]
    assert found == [0, 7000, 7000, 0]


def test_a_form_that_breaks_off_is_not_taken_as_whole(server: Server) -> None:
    with server.connect() as connection:
        connection.sendall(head("POST", "/admin/login/", 1000) + b"username=a&password=b")
        connection.shutdown(socket.SHUT_WR)
        status = answer_from(connection)[0]
    assert status >= 400


def test_a_chunked_body_whose_end_never_comes_is_refused(server: Server) -> None:
    entity, secret = books()
    begun = head("POST", "/api/transfers", 0, secret).replace(b"Content-Length: 0", b"Transfer-Encoding: chunked")
    data = json.dumps(SALE).encode()
    with server.connect() as connection:
        connection.sendall(begun + b"%x\r\n%b\r\n" % (len(data), data))
        status, _, body = answer_from(connection)
    assert (status, body["code"]) == (411, "length_required")
    assert not entity.events.filter(type="journal.posted").exists()


def test_books_that_are_locked_hold_nobody_else(server: Server, database_url: str) -> None:
    busy, busy_secret = books()
    _, other = books()
    with psycopg.connect(database_url) as lock, ThreadPoolExecutor(BUSY_CLIENTS) as clients:
        lock.execute("SELECT FROM books_entity WHERE id = %s FOR UPDATE", (busy.id,))
        kinds = [("/api/transfers", SALE), ("/api/holds", {"account": "CASH", "amount": "1.00"})]
        waiting = [clients.submit(patiently, server, *kinds[number % 2], busy_secret) for number in range(BUSY_CLIENTS)]
        for _ in range(6):
            assert server.ask("GET", "/api/health/live")[0] == 200
            assert server.ask("POST", "/api/transfers", other, SALE)[0] == 201
            assert server.ask("GET", "/api/accounts", other)[0] == 200
            assert server.ask("GET", "/api/accounts", busy_secret)[0] == 200
        lock.rollback()
        assert {future.result() for future in waiting} <= {201, 503}


def test_who_comes_when_too_many_wait_is_told_at_once(server: Server, database_url: str) -> None:
    busy, secret = books()
    with psycopg.connect(database_url) as lock, ThreadPoolExecutor(4 * BUSY_CLIENTS) as clients:
        lock.execute("SELECT FROM books_entity WHERE id = %s FOR UPDATE", (busy.id,))
        waiting = [clients.submit(patiently, server, "/api/transfers", SALE, secret) for _ in range(3 * BUSY_CLIENTS)]
        wait_for(lambda: any(future.done() for future in waiting))
        assert next(future for future in waiting if future.done()).result() == 503
        lock.rollback()
        assert {future.result() for future in waiting} == {201, 503}


def patiently(server: Server, path: str, body: Any, secret: str) -> int:
    data = json.dumps(body).encode()
    with server.connect() as connection:
        connection.settimeout(60)
        connection.sendall(head("POST", path, len(data), secret) + data)
        return answer_from(connection)[0]


def test_the_server_does_not_tell_an_underscore_from_a_hyphen(server: Server) -> None:
    """Why a proxy has to drop such headers (docs/operations.md). A server that learns to tell them shows here."""
    _, secret = books()
    data = json.dumps(SALE).encode()
    for key, status in ((b"Idempotency_Key", "posted"), (b"Idempotency-Key", "replayed")):
        begun = head("POST", "/api/transfers", len(data), secret)
        lines = [line for line in begun.split(b"\r\n") if not line.startswith(b"Idempotency-Key")]
        with server.connect() as connection:
            connection.sendall(b"\r\n".join([lines[0], key + b": q-1", *lines[1:]]) + data)
            assert answer_from(connection)[2]["status"] == status


def test_reports_that_are_asked_for_and_abandoned_stop_nobody(server: Server) -> None:
    """A thousand months each, as often as a key that only reads likes, and gone before the answer."""
    entity, secret = books()
    reader = ApiClient(entity, "read").secret
    old = SALE | {"effective_date": "1930-01-01", "confirm_unusual_date": True}
    assert server.ask("POST", "/api/transfers", secret, old)[0] == 201
    asked = "/api/reports/statement?account=CASH&from=1930-01-01&per=month"
    assert server.ask("GET", "/api/reports/trial-balance", reader)[0] == 200
    for _ in range(ABANDONED):
        with server.connect() as connection:
            connection.sendall(head("GET", asked, 0, reader))
    for _ in range(6):  # to both processes
        assert server.ask("POST", "/api/transfers", secret, SALE)[0] == 201
        assert server.ask("GET", "/api/health/live")[0] == 200
        assert server.ask("GET", "/api/accounts", reader)[0] == 200
    wait_for(lambda: {server.ask("GET", "/api/reports/trial-balance", reader)[0] for _ in range(6)} == {200})


def test_places_are_fewer_than_threads(tmp_path: Path) -> None:
    from django.conf import settings

    from ledgerflow.embedded.run import THREADS_FOR_EACH_PLACE

    places = (
        settings.LEDGERFLOW_POSTING_PLACES
        + settings.LEDGERFLOW_CHANGING_PLACES
        + settings.LEDGERFLOW_READING_PLACES
        + settings.LEDGERFLOW_FEED_PLACES
    )
    assert places < THREADS_FOR_EACH_PLACE * settings.LEDGERFLOW_WEB_THREADS
    options = options_from_environment()
    command = web_program(tmp_path, options).command
    threads = command[command.index("--blocking-threads") + 1]
    assert threads == str(THREADS_FOR_EACH_PLACE * options.web_threads)
    dockerfile = (Path(__file__).parents[2] / "deploy" / "Dockerfile").read_text()
    assert f'"--blocking-threads", "{THREADS_FOR_EACH_PLACE * 16}"' in dockerfile
