"""Every address of the API is described, and the description is what is served."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import RequestFactory
from django.urls import get_resolver

from ledgerflow.access.scopes import READ, SCOPES
from ledgerflow.core.errors import Malformed
from ledgerflow.web.endpoints import OPEN, Call, Endpoint, Endpoints, endpoints_of, view
from ledgerflow.web.hotpath import HotPathHandler
from ledgerflow.web.queries import a_choice, a_date, a_family, a_flag, a_text, a_whole_number, read_query
from tests.client import ApiClient
from tests.everything import Everything, everything
from tests.routes import OPEN as OPEN_ROUTES
from tests.routes import Route, all_routes, callback_of, guarded

PAGES = {"docs", "swagger", "redoc"}  # those of Swagger and ReDoc


@pytest.fixture(scope="module")
def books(_database: None) -> Everything:
    return everything()


def described() -> list[tuple[Route, Endpoint]]:
    return [(route, one) for route in all_routes() for one in endpoints_of(callback_of(route)).values()]


def test_every_address_has_an_endpoint_for_each_method() -> None:
    for route in all_routes():
        if route.name not in PAGES:
            assert tuple(sorted(endpoints_of(callback_of(route)))) == tuple(sorted(route.methods)), route.template


def test_every_endpoint_names_a_scope_or_is_known_to_be_open() -> None:
    for route, one in described():
        assert one.scope in SCOPES or (one.scope == OPEN and route.name in OPEN_ROUTES), one.name
        assert one.method == "GET" or one.scope != READ, f"{one.name} changes something, which `read` must not"


def test_every_endpoint_has_a_name_and_a_description_of_its_own() -> None:
    endpoints = [one for _, one in described()]
    assert len({one.name for one in endpoints}) == len(endpoints)
    assert all(one.description for one in endpoints)


def test_an_endpoint_without_a_scope_cannot_be_described() -> None:
    describe: Any = Endpoints("accounts").get
    with pytest.raises(TypeError, match="scope"):
        describe(answer=dict)


def test_a_key_needs_the_scope_that_is_described(books: Everything) -> None:
    clients: dict[frozenset[str], ApiClient] = {}  # by the scopes that they lack
    for route, method in guarded():
        endpoint = endpoints_of(callback_of(route))[method]
        lacking = frozenset((endpoint.scope, endpoint.or_scope or endpoint.scope))
        if lacking not in clients:
            clients[lacking] = ApiClient(books.entity, *(one for one in SCOPES if one not in lacking))
        reply = clients[lacking].send(method, route.path(books.values), {}, idempotency_key="k")
        refusal = (403, "permission_missing", {"scope": endpoint.scope})
        assert (reply.status, reply.code, reply.json["data"]) == refusal, (method, route.template)


def test_a_key_of_an_application_writes_nothing_but_operations(books: Everything) -> None:
    client = ApiClient(books.entity, application="content")
    for route, method in guarded():
        endpoint = endpoints_of(callback_of(route))[method]
        if method != "GET" and not endpoint.for_bound_keys:
            reply = client.send(method, route.path(books.values), {}, idempotency_key="k")
            refusal = (403, "application_of_key", {"application": "content"})
            assert (reply.status, reply.code, reply.json["data"]) == refusal, (method, route.template)
    assert {one.name for _, one in described() if one.for_bound_keys} == {
        "credit_operation", "credit_operation_batch", "ledger_post", "ledger_entry_post", "content_write", "content_access",
    }  # fmt: skip
    assert client.get("/api/accounts").status == 200


def test_the_short_way_leads_to_the_endpoints_that_say_so() -> None:
    short = {f"/{route.template}" for route, one in described() if one.short}
    handler = HotPathHandler()
    posting = {"/api/transfers", "/api/journals", "/api/journals/batch"}
    accepting = {"/api/commands", "/api/commands/batch", "/items"}
    crediting = {"/api/credits/operations", "/api/credits/operations/batch", "/ledger", "/ledger/entry"}
    assert set(handler._find_views()) == short == posting | accepting | crediting


def test_a_view_of_our_own_is_no_endpoint() -> None:
    assert endpoints_of(get_resolver().resolve("/admin/login/").func) == {}


KNOWN = [
    a_text("name"), a_date("on"), a_choice("order", ["newest", "oldest"]), a_flag("all"), a_whole_number("version"),
    a_family("dimension."), a_text("account", required=True),
]  # fmt: skip


def read(query: str) -> dict[str, Any]:
    return read_query(RequestFactory().get(f"/?{query}"), KNOWN, paged=True)


def test_parameters_are_read_as_described() -> None:
    found = read("account=A&order=newest&all=false&version=3&dimension.region=north&limit=5")
    expected = {"name": None, "on": None, "order": "newest", "all": False, "version": 3, "account": "A"}
    assert found == expected | {"dimension.{name}": {"region": "north"}}


@pytest.mark.parametrize(
    "query, pointer",
    [
        ("", "/account"), ("account=A&acount=B", "/acount"), ("account=A&account=B", "/account"),
        ("account=A&order=best", "/order"), ("account=A&all=yes", "/all"), ("account=A&version=0", "/version"),
        ("account=A&version=1_0", "/version"), ("account=A&on=today", "/on"), ("account=A&dimension.region=", "/dimension.region"),
        ("account=A&name=", "/name"),
    ],
)  # fmt: skip
def test_what_is_no_such_parameter_is_refused(query: str, pointer: str) -> None:
    with pytest.raises(Malformed) as refusal:
        read(query)
    assert refusal.value.pointer == pointer


def test_a_head_is_answered_as_a_get() -> None:
    @Endpoints("accounts").get(scope=OPEN, answer=dict)
    def something(_call: Call[None]) -> dict[str, int]:
        """Something."""
        return {"number": 1}

    response = view(something)(RequestFactory().head("/"))
    assert (response.status_code, response["Content-Type"]) == (200, "application/json")
