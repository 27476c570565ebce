"""The short way of posting requests through the WSGI application: the same answers as the long one."""

import io
import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, connections

from ledgerflow.access.authentication import forget_callers
from ledgerflow.books.models import Entity
from ledgerflow.wsgi import application
from tests.api.client import ApiClient
from tests.builders import an_account, an_entity


@pytest.fixture(scope="module")
def entity() -> Entity:
    entity = an_entity()
    an_account(entity, "CASH")
    an_account(entity, "SALES", "income")
    return entity


@pytest.fixture
def client(entity: Entity) -> Iterator["WsgiClient"]:
    yield WsgiClient(entity)
    for each in connections.all():
        each.close()


class WsgiClient:
    """Calls the application as a server does."""

    def __init__(self, entity: Entity) -> None:
        self.secret = ApiClient(entity).secret

    def send(self, method: str, path: str, body: Any = None, **environ: Any) -> tuple[int, dict[str, str], Any]:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        started: list[Any] = []
        answer = application(
            {
                "REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": "", "SERVER_NAME": "localhost",
                "SERVER_PORT": "8000", "SERVER_PROTOCOL": "HTTP/1.1", "wsgi.url_scheme": "http",
                "wsgi.input": io.BytesIO(data), "wsgi.errors": io.StringIO(), "wsgi.input_terminated": True,
                "CONTENT_LENGTH": str(len(data)), "HTTP_AUTHORIZATION": f"Bearer {self.secret}",
                "HTTP_IDEMPOTENCY_KEY": uuid4().hex, **environ,
            },
            lambda status, headers: started.append((status, headers)),
        )  # fmt: skip
        content = b"".join(answer)
        getattr(answer, "close", bool)()
        ((status, headers),) = started
        assert int(dict(headers)["Content-Length"]) == len(content)
        return int(status.split()[0]), dict(headers), json.loads(content)


SALE = {"debit_account": "CASH", "credit_account": "SALES", "amount": "1.00"}


def test_a_transfer_takes_the_short_way(client: WsgiClient) -> None:
    status, headers, answer = client.send("POST", "/api/transfers", SALE)
    assert (status, answer["status"]) == (201, "posted")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "X-Frame-Options" not in headers  # which the middleware of the long way would have set


def test_a_chunked_body_is_read(client: WsgiClient) -> None:
    status, _, answer = client.send("POST", "/api/transfers", SALE, CONTENT_LENGTH="")
    assert (status, answer["status"]) == (201, "posted")


def test_a_batch_and_a_journal_take_it_too(client: WsgiClient) -> None:
    batch = {"mode": "each", "items": [SALE | {"idempotency_key": uuid4().hex}]}
    assert client.send("POST", "/api/journals/batch", batch)[2]["posted"] == 1
    lines = [{"account": "CASH", "side": side, "amount": "1.00"} for side in ("debit", "credit")]
    assert client.send("POST", "/api/journals", {"lines": lines})[0] == 201


def test_refusals_are_the_same_problem_documents(client: WsgiClient) -> None:
    status, headers, answer = client.send("POST", "/api/transfers", SALE | {"amount": 1})
    assert (status, headers["Content-Type"], answer["code"]) == (400, "application/problem+json", "malformed")
    status, headers, _ = client.send("POST", "/api/transfers", SALE, HTTP_AUTHORIZATION="")
    assert (status, headers["WWW-Authenticate"][:6]) == (401, "Bearer")


def test_other_methods_and_paths_go_the_long_way(client: WsgiClient) -> None:
    status, headers, answer = client.send("GET", "/api/journals", HTTP_HOST="localhost")
    assert (status, headers["X-Frame-Options"]) == (200, "DENY")
    assert answer["results"]
    assert client.send("GET", "/api/transfers", HTTP_HOST="localhost")[0] == 405
    assert client.send("POST", "/api/transfers/", SALE, HTTP_HOST="localhost")[0] == 404


def test_a_fault_is_logged_and_says_nothing_about_the_inside(
    client: WsgiClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from journals.api import views

    def broken(*_: Any, **__: Any) -> None:
        message = "secret detail"
        raise RuntimeError(message)

    monkeypatch.setattr(views, "post", broken)
    status, headers, answer = client.send("POST", "/api/transfers", SALE)
    assert (status, headers["Content-Type"], answer["code"]) == (500, "application/problem+json", "internal_error")
    assert "request_failed" in caplog.text
    assert "secret" not in json.dumps(answer)


def test_a_connection_that_broke_is_replaced_for_the_next_look_at_a_key(client: WsgiClient) -> None:
    client.send("POST", "/api/transfers", SALE)
    forget_callers()
    connection.ensure_connection()
    connection.connection.close()
    assert client.send("POST", "/api/transfers", SALE)[0] == 201
