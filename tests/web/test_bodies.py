"""Request bodies: nonsense, sizes, and what a refusal points at."""

import io
import json
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIRequest
from django.test import RequestFactory, override_settings

from ledgerflow.books.models import Entity, Event
from ledgerflow.core.errors import BodyTooLarge, Malformed
from ledgerflow.web.body import read_body
from tests.builders import an_account, an_entity
from tests.client import ApiClient

TRANSFER = {"debit_account": "CASH", "credit_account": "SALES", "amount": "1.00"}
LINES = [
    {"account": "CASH", "side": "debit", "amount": "1.00"},
    {"account": "SALES", "side": "credit", "amount": "1.00"},
]


@pytest.fixture(scope="module")
def entity() -> Entity:
    entity = an_entity()
    an_account(entity, "CASH")
    an_account(entity, "SALES", "income")
    return entity


@pytest.fixture(scope="module")
def client(entity: Entity) -> ApiClient:
    return ApiClient(entity)


def line(**given: Any) -> dict[str, Any]:
    return {"lines": [LINES[0], LINES[1] | given]}


@pytest.mark.parametrize(
    "given, pointer",
    [
        ({"amount": 1}, "/amount"),
        ({"amount": 1.5}, "/amount"),
        ({"amount": None}, "/amount"),
        ({"amount": True}, "/amount"),
        ({"amount": ["1"]}, "/amount"),
        ({"amount": ""}, "/amount"),
        ({"amount": "0"}, "/amount"),
        ({"amount": "0.00"}, "/amount"),
        ({"amount": "-1"}, "/amount"),
        ({"amount": "+1"}, "/amount"),
        ({"amount": " 1"}, "/amount"),
        ({"amount": "1,5"}, "/amount"),
        ({"amount": "1_0"}, "/amount"),
        ({"amount": "٣"}, "/amount"),
        ({"amount": "1e3"}, "/amount"),
        ({"amount": "1e400"}, "/amount"),
        ({"amount": "NaN"}, "/amount"),
        ({"amount": "Infinity"}, "/amount"),
        ({"amount": "9" * 21}, "/amount"),
        ({"amount": "9" * 5000}, "/amount"),
        ({"debit_account": 7}, "/debit_account"),
        ({"debit_account": ""}, "/debit_account"),
        ({"credit_account": "x" * 101}, "/credit_account"),
        ({"credit_account": "a\x00b"}, "/credit_account"),
        ({"currency": 978}, "/currency"),
        ({"currency": "E" * 13}, "/currency"),
        ({"effective_date": "yesterday"}, "/effective_date"),
        ({"effective_date": "2026-02-30"}, "/effective_date"),
        ({"effective_date": 20260302}, "/effective_date"),
        ({"description": "x" * 501}, "/description"),
        ({"description": "a\x00b"}, "/description"),
        ({"external_reference": "x" * 201}, "/external_reference"),
        ({"metadata": []}, "/metadata"),
        ({"metadata": {"long": "x" * 17_000}}, "/metadata"),
        ({"metadata": {"a": {"b": "a\x00b"}}}, "/metadata/a/b"),
        ({"dimensions": {"cost_centre": 7}}, "/dimensions"),
        ({"dimensions": "north"}, "/dimensions"),
        ({"override_limits": True}, "/override_limits"),
        ({"override_limits": "  "}, "/override_limits"),
        ({"dry_run": "yes"}, "/dry_run"),
        ({"amout": "1"}, "/amout"),
        ({"a/b~c": "1"}, "/a~1b~0c"),
        ({"lines": LINES}, "/lines"),
        ({"idempotency_key": "k"}, "/idempotency_key"),
    ],
)
def test_a_wrong_member_of_a_transfer_is_named(client: ApiClient, given: dict[str, Any], pointer: str) -> None:
    reply = client.post("/api/transfers", TRANSFER | given)
    assert (reply.status, reply.code) == (400, "malformed")
    assert reply.pointers == [pointer]


@pytest.mark.parametrize("name", ["debit_account", "credit_account", "amount"])
def test_a_missing_member_is_named(client: ApiClient, name: str) -> None:
    reply = client.post("/api/transfers", {key: value for key, value in TRANSFER.items() if key != name})
    assert (reply.status, reply.pointers) == (400, [f"/{name}"])


@pytest.mark.parametrize(
    "body, pointer",
    [
        ({}, "/lines"),
        ({"lines": []}, "/lines"),
        ({"lines": LINES[:1]}, "/lines"),
        ({"lines": LINES * 501}, "/lines"),
        ({"lines": [LINES[0], 7]}, "/lines/1"),
        (line(side="left"), "/lines/1/side"),
        (line(amount="-1.00"), "/lines/1/amount"),
        (line(amount=1), "/lines/1/amount"),
        (line(expected_version=-1), "/lines/1/expected_version"),
        (line(expected_version=2**63), "/lines/1/expected_version"),
        (line(expected_version="1"), "/lines/1/expected_version"),
        (line(expected_balance="much"), "/lines/1/expected_balance"),
        (line(expected_balance=1.5), "/lines/1/expected_balance"),
        (line(colour="red"), "/lines/1/colour"),
        (line(dimensions={"cost_centre": "x" * 101}), "/lines/1/dimensions"),
        (line(description="x" * 501), "/lines/1/description"),
    ],
)
def test_a_wrong_member_of_a_journal_is_named(client: ApiClient, body: Any, pointer: str) -> None:
    reply = client.post("/api/journals", body)
    assert (reply.status, reply.code) == (400, "malformed")
    assert reply.pointers == [pointer]


@pytest.mark.parametrize("path", ["/api/transfers", "/api/journals", "/api/journals/batch"])
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'"text"',
        b"7",
        b"{",
        b"nonsense",
        b"\xff\xfe",
        b'{"amount": "\xff"}',
        b'{"amount": NaN}',
        b'{"amount": 1e400}',
        b'{"amount": "\\ud800"}',
        b'{"metadata": {"x": 1e400}}',
        b'{"metadata": {"x": NaN}}',
        b'{"metadata": {"x": ' + b"9" * 5000 + b"}}",
        b'{"metadata": ' + b'{"a":' * 100_000 + b"1" + b"}" * 100_000 + b"}",
        b'{"items": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b"[" * 1_000_000,
        b'{"amount": "1"} {"amount": "2"}',
    ],
    ids=lambda body: repr(body[:24]),
)
def test_what_is_no_request_at_all_is_refused(client: ApiClient, path: str, body: bytes) -> None:
    reply = client.post(path, body)
    assert (reply.status, reply.code) == (400, "malformed")


@pytest.mark.parametrize(
    "path, text, pointer",
    [
        ("transfers", '{"debit_account":"CASH","credit_account":"SALES","amount":"1","amount":"2"}', "/amount"),
        ("transfers", '{"debit_account":"CASH","credit_account":"SALES","amount":"1","am\\u006funt":"2"}', "/amount"),
        ("transfers", '{"amount":"1","debit_account":"CASH","credit_account":"SALES","dry_run":true,"dry_run":false}', "/dry_run"),
        ("transfers", '{"amount":"1","debit_account":"CASH","credit_account":"SALES","description":"","description":""}', "/description"),
        ("transfers", '{"amount":"1","debit_account":"CASH","credit_account":"SALES","metadata":{"a":[{"b":1,"b":2}]}}', "/metadata/a/0/b"),
        ("journals", json.dumps({"lines": LINES})[:-3] + ', "side": "debit"}]}', "/lines/1/side"),
        ("journals/batch", '{"mode":"each","items":[{}],"items":[{}]}', "/items"),
        ("journals/batch", '{"mode":"each","mode":"atomic","items":[{}]}', "/mode"),
    ],
)  # fmt: skip
def test_a_member_named_twice_is_refused_and_named(client: ApiClient, path: str, text: str, pointer: str) -> None:
    reply = client.post(f"/api/{path}", text.encode())
    assert (reply.status, reply.code) == (400, "malformed")
    assert reply.pointers == [pointer]


def test_a_refused_body_leaves_no_trace(entity: Entity, client: ApiClient) -> None:
    before = Event.objects.filter(entity=entity).count()
    client.post("/api/transfers", TRANSFER | {"amount": "1e400"})
    client.post("/api/journals", line(amount="NaN"))
    assert Event.objects.filter(entity=entity).count() == before


def test_spaces_escapes_and_defaults_spelt_out_are_fine(client: ApiClient) -> None:
    body: dict[str, Any] = TRANSFER | {
        "description": 'say "é" \\u0000', "currency": "", "metadata": None, "dimensions": {}, "dry_run": False,
        "effective_date": None, "external_reference": "", "override_limits": "",
    }  # fmt: skip
    reply = client.post("/api/transfers", json.dumps(body, indent=4).encode())
    assert reply.status == 201
    assert reply.json["journal"]["description"] == 'say "é" \\u0000'


@pytest.mark.parametrize("amount", ["0.01", "00001.10", "12345678901234567890.12"])
def test_amounts_are_exact(entity: Entity, amount: str) -> None:
    fresh = an_entity()
    an_account(fresh, "CASH")
    an_account(fresh, "SALES", "income")
    reply = ApiClient(fresh).post("/api/transfers", TRANSFER | {"amount": amount})
    assert [row["amount"] for row in reply.json["journal"]["lines"]] == [amount.lstrip("0").rjust(4, "0")] * 2


# Sizes


class Unreadable(io.RawIOBase):
    """A stream that must not be touched."""

    def read(self, size: int = -1) -> bytes:
        raise AssertionError(size)


class Trickle(io.BytesIO):
    """A stream that gives a little at a time, as a socket does, and counts what it gave."""

    given = 0

    def read(self, size: int | None = -1) -> bytes:
        part = super().read(min(size, 7) if size is not None and size >= 0 else 7)
        self.given += len(part)
        return part


def a_request(stream: Any, **environ: Any) -> WSGIRequest:
    base = RequestFactory().generic("POST", "/api/transfers").environ
    return WSGIRequest(base | {"wsgi.input": stream, "CONTENT_LENGTH": ""} | environ)


@override_settings(LEDGERFLOW_MAX_BODY_BYTES=1000)
@pytest.mark.parametrize("length", ["1001", "99999999999", "9" * 5000])
def test_a_body_that_says_it_is_too_large_is_not_read(length: str) -> None:
    with pytest.raises(BodyTooLarge) as refusal:
        read_body(a_request(Unreadable(), CONTENT_LENGTH=length))
    assert refusal.value.data == {"limit": 1000}


def test_a_body_that_comes_in_pieces_is_read_whole() -> None:
    assert read_body(a_request(Trickle(b"abc" * 100), CONTENT_LENGTH="300")) == b"abc" * 100


def test_without_a_length_nothing_is_read_from_a_stream_that_may_not_end() -> None:
    assert read_body(a_request(Unreadable())) == b""


def test_a_body_that_breaks_off_is_refused() -> None:
    with pytest.raises(Malformed, match="after 5 of 10"):
        read_body(a_request(io.BytesIO(b"12345"), CONTENT_LENGTH="10"))


@pytest.mark.parametrize("length", ["ten", "-5", "1.5", "٣"])
def test_a_length_that_is_no_number_is_refused(length: str) -> None:
    with pytest.raises(Malformed):
        read_body(a_request(Unreadable(), CONTENT_LENGTH=length))


@override_settings(LEDGERFLOW_MAX_BODY_BYTES=1000)
@pytest.mark.parametrize("path", ["/api/transfers", "/api/journals", "/api/journals/batch", "/api/accounts"])
def test_a_large_body_is_a_413(client: ApiClient, path: str) -> None:
    reply = client.post(path, b" " * 1001)
    assert (reply.status, reply.code) == (413, "body_too_large")
