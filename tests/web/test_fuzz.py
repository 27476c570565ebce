"""Nonsense in any parameter of any GET, and in fields of bodies, is never a fault of ours, and never slow."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode
from uuid import uuid4

import pytest
from django.db import connection
from pytest_django import Settings

from ledgerflow.books.models import Event
from tests.client import Reply
from tests.everything import Everything, everything
from tests.operations import Operation, operations, resolved, sample

NONSENSE = (
    "", " ", "x", "\x00", "a\x00b", "-1", "0", "1e999", "9" * 30, "Infinity", "-inf", "NaN", "null", "true", "[]", "{}",
    "x" * 100_000, "\u202e\U0001f4a5" * 40, "0001-01-01", "9999-12-31T23:59:59Z", "2026-02-30", "infinity",
    "' OR 1=1 --", "%", "\\", "../../etc/passwd", "0190a000-0000-7000-8000-000000000000",
)  # fmt: skip
PATHS = ("x", "\x00", "-1", "9" * 30, "\U0001f4a5", "x" * 3000, "2026-02-30", "0001-01-01", "..", "%2e", "'")
FIELDS = (
    b"null", b"-1", b"9" * 40, b"1e400", b"true", b"[]", b'{"a": 1}', b'""', b'"a\\u0000b"', b'"\\ud800"', b'"\xff"',
    b'"' + b"x" * 10_000 + b'"', b'"0001-01-01"', b'"9999-12-31"', b'"-1.00"', b'"99999999999999999999"',
    b'"0190a000-0000-7000-8000-000000000000"',
)  # fmt: skip
# Bodies of other rooms have tests of their own.
ROOMS = ("/open-items/", "/budgets/", "/dimensions")
BODIES = [one for one in operations() if one.body and any(room in one.path for room in ROOMS)]
GETS = [one for one in operations() if one.method == "GET"]
# All lists read these two alike, so one list is asked; cursors that no list made meet each of them in test_lists.py.
PAGING, PAGED = {"limit", "cursor"}, "/api/journals"


def described(parameter: dict[str, Any]) -> str:
    return json.dumps([parameter["name"], parameter["schema"]], sort_keys=True)


ADDRESSES: dict[str, list[str]] = {}
for operation in GETS:
    for parameter in operation.query:
        ADDRESSES.setdefault(described(parameter), []).append(operation.path)


@pytest.fixture(scope="module")
def books(_database: None) -> Everything:
    return everything()


@pytest.fixture(autouse=True)
def patience(books: Everything) -> Iterator[None]:
    """No statement may take long: one that did would be stopped, and answered as a 503."""
    assert books.values
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = '10s'")
        yield
        cursor.execute("RESET statement_timeout")


@pytest.fixture(autouse=True)
def no_waiting(settings: Settings) -> None:
    """For events that a read model will never know of."""
    settings.LEDGERFLOW_READ_MODEL_WAIT_SECONDS = 0


def is_answered(reply: Reply) -> bool:
    return reply.status < 500 or reply.code == "read_model_behind"


def nonsense_for(one: Operation, parameter: dict[str, Any]) -> tuple[str, ...]:
    """A third of it where three addresses or more describe a parameter alike: together they meet all of it."""
    alike = ADDRESSES[described(parameter)]
    apart = min(len(alike), 3)
    return NONSENSE[alike.index(one.path) % apart :: apart]


def name_of(one: Operation) -> str:
    return one.path


@pytest.mark.parametrize("one", [one for one in GETS if one.query], ids=name_of)
def test_nonsense_in_a_parameter_is_no_fault_of_ours(books: Everything, one: Operation) -> None:
    path = one.at(books.values)
    names = [parameter["name"] for parameter in one.query]
    own = {each["name"]: nonsense_for(one, each) for each in one.query}
    own |= dict.fromkeys(PAGING & own.keys(), NONSENSE if one.path == PAGED else ())
    needed = {each["name"]: sample(each["schema"], "2026-03-02") for each in one.query if each.get("required")}
    for value in NONSENSE:
        alone = [needed | {name: value} for name, values in own.items() if value in values]
        for asked in (*alone, dict.fromkeys(names, value)):
            query = urlencode(asked)
            reply = books.client.get(f"{path}?{query}")
            assert is_answered(reply), (path, query, reply.json)
    for query in (
        "=",
        "&&&",
        f"{names[0]}={names[0]}&{names[0]}=",
        f"{names[0]}[]=1",
        "%00=%00",
        "%ff=%ff",
        "x" * 9000,
    ):
        assert books.client.get(f"{path}?{query}").status < 500, (path, query)


@pytest.mark.parametrize("one", [one for one in GETS if "{" in one.path], ids=name_of)
def test_nonsense_in_an_address_is_no_fault_of_ours(books: Everything, one: Operation) -> None:
    for value in PATHS:
        path = one.at(dict.fromkeys(books.values, quote(value, safe="")))
        reply = books.client.get(path)
        assert reply.status < 500, (path, reply.json)


def with_a_mark(schema: dict[str, Any]) -> Iterator[bytes]:
    """Bodies of this form with all their fields, each with FIELD in the place of another one."""
    made = in_full(schema)
    todo: list[Any] = [made]
    while todo:
        one = todo.pop()
        for key in list(one) if isinstance(one, dict) else range(len(one)):
            before, one[key] = one[key], "FIELD"
            yield json.dumps(made).encode()
            one[key] = before
            if isinstance(before, dict | list):
                todo.append(before)


def in_full(schema: dict[str, Any]) -> Any:
    schema = resolved(schema)
    if "properties" in schema:
        return {name: in_full(inner) for name, inner in schema["properties"].items()}
    return [in_full(schema["items"])] if "items" in schema else sample(schema, "2026-03-06")


@pytest.mark.parametrize("one", BODIES, ids=lambda one: f"{one.method} {one.path}")
def test_nonsense_in_a_field_is_refused_and_leaves_nothing(books: Everything, one: Operation) -> None:
    path, events = one.at(books.values), Event.objects.filter(entity=books.entity)
    before = events.count()
    for body in with_a_mark(one.body or {}):
        for nonsense in FIELDS:
            data = body.replace(b'"FIELD"', nonsense)
            reply = books.client.send(one.method, path, data, idempotency_key=uuid4().hex, if_match="*")
            after = events.count()
            assert reply.status < 500, (path, data[:500], reply.json)
            assert reply.status < 300 or (reply.code and after == before), (path, data[:500], reply.json)
            before = after
