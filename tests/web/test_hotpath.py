"""The short way of posting requests through the WSGI application: the same answers as the long one."""

import io
import json
import re
from collections.abc import Iterator
from typing import Any
from uuid import uuid4
from wsgiref.util import FileWrapper

import pytest
from django.conf import settings
from django.db import connection, connections

from ledgerflow.access.authentication import forget_callers
from ledgerflow.books.borrowing import close_borrowed
from ledgerflow.books.connections import close_idle
from ledgerflow.books.models import Entity
from ledgerflow.web.response_headers import HEADERS
from ledgerflow.wsgi import application
from tests.builders import an_account, an_entity
from tests.client import ApiClient


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


STRANGER = "stranger.example"  # a host that is not ours: a middleware refuses it, which the short way does not meet
SALE = {"debit_account": "CASH", "credit_account": "SALES", "amount": "1.00"}


def test_a_transfer_takes_the_short_way(client: WsgiClient) -> None:
    status, headers, answer = client.send("POST", "/api/transfers", SALE, HTTP_HOST=STRANGER)
    assert (status, answer["status"]) == (201, "posted")
    assert headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("path", ["/api/transfers", "/api/accounts", "/admin/login/"])
def test_a_chunked_body_is_refused_on_both_ways(client: WsgiClient, path: str) -> None:
    status, _, answer = client.send("POST", path, SALE, CONTENT_LENGTH="", HTTP_TRANSFER_ENCODING="chunked")
    assert (status, answer["code"]) == (411, "length_required")


def test_two_idempotency_keys_are_refused(client: WsgiClient) -> None:
    status, _, answer = client.send("POST", "/api/transfers", SALE, HTTP_IDEMPOTENCY_KEY="one,two")
    assert (status, answer["errors"][0]["pointer"]) == (400, "/idempotency_key")


SHORT = ("POST", "/api/transfers")
LONG = [("GET", "/api/accounts"), ("GET", "/api/health/live"), ("GET", "/api/nothing"), ("POST", "/api/accounts")]


@pytest.mark.parametrize("method, path", LONG)
def test_both_ways_pass_the_same_steps(client: WsgiClient, method: str, path: str) -> None:
    """What every answer has, the short way's answer has too, and the other way round."""
    short = client.send(*SHORT, SALE)[1]
    long = client.send(method, path, {}, HTTP_HOST="localhost")[1]
    for name, value in HEADERS:
        assert short[name] == long[name] == value
    assert set(long) - set(short) <= {"Allow", "Vary", "Cache-Control"}


@pytest.mark.parametrize("path", ["/static/admin/css/base.css", "/admin/login/", "/nothing", "/api/docs", "/docs"])
def test_pages_and_files_have_them_too(path: str) -> None:
    headers = page(path)[1]
    assert {name: headers.get(name) for name, _ in HEADERS} == dict(HEADERS)


def test_no_page_has_a_script_of_its_own() -> None:
    """The policy would stop it."""
    for path in ["/admin/login/", "/api/docs", "/docs", "/redoc"]:
        assert not re.search(rb"<script(?![^>]*\bsrc=)", page(path)[2]), path


@pytest.fixture
def _https(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "LEDGERFLOW_HTTPS", True)
    monkeypatch.setattr(settings, "SECURE_PROXY_SSL_HEADER", ("HTTP_X_FORWARDED_PROTO", "https"))


@pytest.mark.usefixtures("_https")
@pytest.mark.parametrize("method, path", [SHORT, ("GET", "/admin/login/"), ("GET", "/static/admin/css/base.css")])
def test_https_redirects_whatever_came_without_it(method: str, path: str) -> None:
    status, headers, _ = page(path, REQUEST_METHOD=method, QUERY_STRING="a=b")
    assert (status, headers["Location"]) == (308, f"https://localhost:8000{path}?a=b")
    assert page(path, REQUEST_METHOD=method, HTTP_X_FORWARDED_PROTO="https")[0] != 308
    assert page(path, REQUEST_METHOD=method, HTTP_HOST="evil.example")[0] != 308


@pytest.mark.usefixtures("_https")
def test_health_is_asked_without_https_by_the_machine_itself() -> None:
    assert page("/api/health/live")[0] == page("/health")[0] == 200


def test_a_database_without_connections_is_a_503_everywhere(entity: Entity) -> None:
    """psycopg's own error and the one Django wraps, in endpoints, reports and pages."""
    client = ApiClient(entity)
    auth = {"HTTP_AUTHORIZATION": f"Bearer {client.secret}"}
    assert page("/api/accounts", **auth)[0] == 200  # the key is known now
    found = [connections.settings[alias] for alias in ("default", "writer")]
    before = [dict(settings_dict) for settings_dict in found]
    connections["default"].close()
    close_borrowed()
    close_idle()
    for settings_dict in found:
        settings_dict.update({"HOST": "127.0.0.1", "PORT": "1"})
    try:
        for path in ["/api/accounts", "/api/journals", "/api/days", "/api/days/next", "/api/reports/trial-balance"]:
            status, headers, content = page(path, **auth)
            assert (status, headers["Retry-After"]) == (503, "1"), path
            assert json.loads(content)["code"] == "try_again", path
        status, headers, _ = page("/admin/login/", REQUEST_METHOD="GET", HTTP_COOKIE="sessionid=" + "a" * 32)
        assert (status, headers["Content-Type"]) == (503, "text/html; charset=utf-8")
    finally:
        for settings_dict, kept in zip(found, before, strict=True):
            settings_dict.update(kept)


def page(path: str, **environ: Any) -> tuple[int, dict[str, str], bytes]:
    """What the application answers, as it is."""
    started: list[Any] = []
    answer = application(
        {
            "REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": "", "SERVER_NAME": "localhost",
            "SERVER_PORT": "8000", "SERVER_PROTOCOL": "HTTP/1.1", "wsgi.url_scheme": "http", "HTTP_HOST": "localhost:8000",
            "wsgi.input": io.BytesIO(), "wsgi.errors": io.StringIO(), **environ,
        },
        lambda status, headers: started.append((status, headers)),
    )  # fmt: skip
    content = b"".join(answer)
    getattr(answer, "close", bool)()
    ((status, headers),) = started
    return int(status.split()[0]), dict(headers), content


def test_a_server_that_sends_files_itself_gets_the_file() -> None:
    """As gunicorn, uWSGI and `manage.py runserver` do."""
    status, headers, content = page("/static/desk/css/frame.css", **{"wsgi.file_wrapper": FileWrapper})
    assert (status, headers["Content-Length"]) == (200, str(len(content)))


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
    status, _, answer = client.send("GET", "/api/journals", HTTP_HOST="localhost")
    assert status == 200
    assert answer["results"]
    assert page("/api/journals", HTTP_HOST=STRANGER)[0] == 400
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
