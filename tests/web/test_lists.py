"""Every list of the API, found by the schema that the routes serve: pages, cursors, and what a page costs."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings
from django.core.signing import Signer
from django.db import connection, connections
from django.test import override_settings
from django.test.utils import CaptureQueriesContext

from journals.days.models import DayClose
from journals.posting import post_many
from ledgerflow.web.paging import Paging, page_of
from ledgerflow.web.schema_view import document
from tests.builders import a_transfer, an_account, an_entity
from tests.client import ApiClient, Reply
from tests.everything import Everything, everything
from tests.routes import all_routes


def lists() -> list[str]:
    """The names of the routes whose GET takes a cursor."""
    paths = document()["paths"]
    found = []
    for route in all_routes():
        path = "/" + re.sub(r"<\w+:(\w+)>", r"{\1}", route.template)
        parameters = paths.get(path, {}).get("get", {}).get("parameters", [])
        if any(one["name"] == "cursor" for one in parameters):
            found.append(route.name)
    return found


LISTS = lists()
every = pytest.mark.parametrize("name", LISTS)


@pytest.fixture(scope="module")
def books(_database: None) -> Everything:
    return everything()


def path_of(books: Everything, name: str) -> str:
    (route,) = (route for route in all_routes() if route.name == name)
    return route.path(books.values)


def page(books: Everything, name: str, **params: Any) -> Reply:
    reply = books.client.get(path_of(books, name), params)
    assert reply.status == 200, reply.json
    return reply


def cursor_of(reply: Reply) -> str:
    assert reply.json["next"], "give `everything` three rows of this list"
    cursor: str = parse_qs(urlsplit(reply.json["next"]).query)["cursor"][0]
    return cursor


def refused(books: Everything, name: str, cursor: str, **params: Any) -> None:
    reply = books.client.get(path_of(books, name), params | {"cursor": cursor})
    assert (reply.status, reply.code, reply.pointers) == (400, "malformed", ["/cursor"]), (cursor, reply.json)


def unsigned(*position: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(list(position)).encode()).rstrip(b"=").decode()


def test_the_lists_are_those_we_know() -> None:
    assert len(LISTS) >= 15


@every
def test_pages_of_one_row_are_together_the_whole_list(books: Everything, name: str) -> None:
    whole = page(books, name, limit=1000)
    assert whole.json["next"] is None
    found, following = [], page(books, name, limit=1)
    while True:
        found += following.json["results"]
        if following.json["next"] is None:
            break
        following = books.client.get(following.json["next"])
        assert following.status == 200
    assert found == whole.json["results"]
    assert len(found) >= 3


@every
def test_a_cursor_that_no_list_made_is_refused(books: Everything, name: str) -> None:
    own = cursor_of(page(books, name, limit=1))
    middle = len(own) // 2
    turned = own[:middle] + ("A" if own[middle] != "A" else "B") + own[middle + 1 :]
    forged = [
        "", "x", "nonsense!", "é", "\x00", "null", "W10", unsigned(1, 2), unsigned("a"), unsigned(-1), unsigned(2**63),
        unsigned("2026-03-02", "\x00"), unsigned(True), unsigned(None, None), unsigned("0001-01-01", 1),
        unsigned([]), unsigned("infinity", 1), unsigned(1e308), own[:-2], own[2:], own[1:] + own[0], own + "AAAA", turned,
        own.upper(), own * 2, own * 1000, "A" * 100_000, Signer().sign(own),
    ]  # fmt: skip
    for cursor in forged:
        refused(books, name, cursor, limit=1)


@pytest.fixture(scope="module")
def cursors(books: Everything) -> dict[str, str]:
    """One of each list."""
    return {name: cursor_of(page(books, name, limit=1)) for name in LISTS}


@every
def test_a_cursor_of_another_list_is_refused(books: Everything, cursors: dict[str, str], name: str) -> None:
    """The address is signed: of the other lists, the three that follow in a circle stand for all."""
    following = LISTS.index(name) + 1
    for other in (LISTS * 2)[following : following + 3]:
        refused(books, name, cursors[other])


@every
def test_a_cursor_of_somebody_else_is_refused(books: Everything, name: str) -> None:
    cursor = cursor_of(page(books, name, limit=1))
    reply = ApiClient(an_entity()).get(path_of(books, name), {"cursor": cursor})
    assert reply.status in {400, 404}
    with override_settings(SECRET_KEY="another"):
        refused(books, name, cursor)
    with override_settings(SECRET_KEY="another", SECRET_KEY_FALLBACKS=[settings.SECRET_KEY]):
        assert page(books, name, cursor=cursor).status == 200


def test_a_cursor_keeps_its_filters(books: Everything) -> None:
    cursor = cursor_of(page(books, "journals", limit=1, account="CASH"))
    refused(books, "journals", cursor)
    refused(books, "journals", cursor, account="SALES")
    assert page(books, "journals", cursor=cursor, account="CASH", limit=2).status == 200
    register = cursor_of(page(books, "account-register", limit=1))
    refused(books, "account-register", register, holds="true")
    refused(books, "account-register", register, order="newest")


def test_a_cursor_is_short(cursors: dict[str, str]) -> None:
    assert [name for name, cursor in cursors.items() if len(cursor) > 120] == []


# The planner would read tables of a few rows whole, and sort them: what it does when it must not, it does when they grow.
AS_IF_LARGE = "SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = off"


def nodes_of(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for inner in plan.get("Plans", []):
        yield from nodes_of(inner)


def explained(client: ApiClient, path: str, cursor: str, **params: Any) -> list[dict[str, Any]]:
    """What PostgreSQL does for the page after `cursor`: the statement of each database that has its limit, run again."""
    with CaptureQueriesContext(connection) as books, CaptureQueriesContext(connections["read_models"]) as views:
        assert client.get(path, params | {"cursor": cursor}).status == 200
    limited = re.compile(rf"LIMIT {params['limit'] + 1}\b")
    asked = [(alias, one["sql"]) for alias, queries in (("default", books), ("read_models", views)) for one in queries]
    statements = {alias: statement for alias, statement in asked if limited.search(statement)}
    return [node for alias, statement in statements.items() for node in _planned(alias, statement)]


def _planned(alias: str, statement: str) -> Iterator[dict[str, Any]]:
    with connections[alias].cursor() as run:
        run.execute(f"BEGIN; {AS_IF_LARGE}")
        row = run.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}").fetchone()
        run.execute("ROLLBACK")
    yield from nodes_of(row[0][0]["Plan"])


def is_read_by_index_alone(nodes: list[dict[str, Any]]) -> bool:
    """Whether no row was read to be thrown away or sorted, and an index found where the page begins."""
    started = any(re.search(r" [<>] ", node.get("Index Cond", "")) for node in nodes)
    sorts = any("Sort" in node["Node Type"] for node in nodes)
    return started and not sorts and not sum(node.get("Rows Removed by Filter", 0) for node in nodes)


@every
def test_a_page_is_found_by_an_index(books: Everything, name: str) -> None:
    cursor = cursor_of(page(books, name, limit=1))
    nodes = explained(books.client, path_of(books, name), cursor, limit=1)
    assert is_read_by_index_alone(nodes), json.dumps(nodes, indent=1)


@pytest.mark.parametrize("account", [None, "cash"])
def test_a_page_in_the_middle_of_a_day_reads_no_more_than_itself(account: str | None) -> None:
    entity = an_entity()
    an_account(entity, "cash")
    an_account(entity, "sales", "income")
    post_many(entity.id, [a_transfer("cash", "sales", "1.00") for _ in range(300)])
    asked = {"limit": 10} | ({"account": account} if account else {})
    client = ApiClient(entity)
    cursor = cursor_of(client.get("/api/journals", asked | {"limit": 150}))
    nodes = explained(client, "/api/journals", cursor, **asked)
    assert is_read_by_index_alone(nodes), json.dumps(nodes, indent=1)
    (start,) = (node for node in nodes if "ROW(" in node.get("Index Cond", ""))
    assert start["Actual Rows"] <= 11


@pytest.mark.parametrize("order", [["-day", "number"], ["day", "-number"]])
def test_an_order_in_two_directions_is_refused(order: list[str]) -> None:
    with pytest.raises(ValueError, match="all rising or all falling"):
        page_of(DayClose.objects.all(), Paging(1, None), order)
