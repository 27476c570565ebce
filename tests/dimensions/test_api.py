"""Values, lists and requirements over HTTP, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.dimensions.reading import Party, parties
from ledgerflow.books.models import Entity
from tests.builders import an_entity
from tests.client import ApiClient
from tests.dimensions.branches import branches

CENTRES = "/api/dimensions/cost_centre/values"
PARTIES = "/api/dimensions/party/values"


@pytest.fixture(scope="module")
def books(_database: None) -> Entity:
    return branches()


@pytest.fixture(scope="module")
def client(books: Entity) -> ApiClient:
    return ApiClient(books)


def test_a_value_is_declared_changed_and_closed(client: ApiClient) -> None:
    made = client.post(CENTRES, {"code": "LEEDS", "name": "Leeds", "parent": "NORTH", "valid_from": "2026-01-01"})
    assert (made.status, made.json["parent"], made.json["closed"]) == (201, "NORTH", False)
    assert client.get(made.headers["Location"]).json == made.json
    again = client.post(CENTRES, {"code": "LEEDS", "name": "Leeds"})
    assert (again.status, again.json["code"]) == (409, "dimension_value_exists")
    url = f"{CENTRES}/LEEDS"
    changed = client.send(
        "PATCH", url, {"parent": None, "closed": True, "reason": "sold"}, if_match=made.headers["ETag"]
    )
    assert (changed.status, changed.json["parent"], changed.json["closed"]) == (200, None, True)
    assert client.send("PATCH", url, {"name": "L"}, if_match=made.headers["ETag"]).status == 412
    assert client.send("PATCH", url, {"closed": False, "valid_from": None}, if_match="*").json["valid_from"] is None
    assert [one["code"] for one in client.get(f"{CENTRES}?parent=NORTH").json["results"]] == ["OSLO"]
    assert [one["code"] for one in client.get(f"{CENTRES}?closed=true").json["results"]] == ["WEST"]


@pytest.mark.parametrize(
    "url, body, refusal",
    [
        (CENTRES, {"code": "", "name": "x"}, (400, "/code")),
        (CENTRES, {"code": "a/b", "name": "x"}, (400, "/code")),
        (CENTRES, {"code": "X", "name": " "}, (400, "/name")),
        (CENTRES, {"code": "X", "name": "x", "parent": "NOBODY"}, (422, "/parent")),
        (CENTRES, {"code": "X", "name": "x", "parent": "X"}, (422, "/parent")),
        (CENTRES, {"code": "X", "name": "x", "country": "DE"}, (400, "/country")),
        (CENTRES, {"code": "X", "name": "x", "valid_from": "2026-02-01", "valid_to": "2026-01-31"}, (400, "/valid_to")),
        (PARTIES, {"code": "X", "name": "x", "country": "de"}, (400, "/country")),
        (PARTIES, {"code": "X", "name": "x", "payment_terms_days": 3651}, (400, "/payment_terms_days")),
        (PARTIES, {"code": "X", "name": "x", "payment_terms_days": -1}, (400, "/payment_terms_days")),
        (PARTIES, {"code": "X", "name": "x", "party_kind": "friend"}, (400, "/party_kind")),
        ("/api/dimensions/colour/values", {"code": "X", "name": "x"}, (404, "")),
    ],
)
def test_what_no_value_can_be(client: ApiClient, url: str, body: dict[str, Any], refusal: tuple[int, str]) -> None:
    reply = client.post(url, body)
    assert (reply.status, reply.pointers) == (refusal[0], [refusal[1]])


def test_a_value_is_not_its_own_ancestor(client: ApiClient) -> None:
    reply = client.send("PATCH", f"{CENTRES}/NORTH", {"parent": "OSLO"}, if_match="*")
    assert (reply.status, reply.json["code"]) == (422, "parent_refused")
    assert client.send("PATCH", f"{CENTRES}/NORTH", {}, if_match="*").status == 400
    assert client.send("PATCH", f"{CENTRES}/NOBODY", {"name": "x"}, if_match="*").status == 404
    assert client.get(f"{CENTRES}/NOBODY").status == 404


def test_a_dimension_becomes_a_list_and_none_again(client: ApiClient) -> None:
    url = "/api/dimensions/project"
    before = client.get(url)
    assert before.json == {"name": "project", "values": "any", "revision": 0}
    done = client.send("PATCH", url, {"values": "declared"}, if_match=before.headers["ETag"])
    assert (done.status, done.json["values"], client.get(url).json) == (200, "declared", done.json)
    assert client.send("PATCH", url, {"values": "any"}, if_match=before.headers["ETag"]).status == 412
    assert client.send("PATCH", url, {"values": "any"}, if_match="*").json["values"] == "any"
    assert client.get("/api/dimensions/colour").status == 404


def test_an_account_requires_dimensions(client: ApiClient) -> None:
    url = "/api/accounts/SALES/dimensions"
    assert client.get(url).json == {"account": "SALES", "required": [], "revision": 0}
    done = client.send("PATCH", url, {"required": ["party", "cost_centre"]}, if_match="*")
    assert (done.status, done.json["required"]) == (200, ["cost_centre", "party"])
    assert client.get(url).json == done.json
    for wrong in (["colour"], ["party", "party"]):
        assert client.send("PATCH", url, {"required": wrong}, if_match="*").status == 400
    assert client.send("PATCH", "/api/accounts/NOBODY/dimensions", {"required": []}, if_match="*").status == 404


def test_an_account_is_opened_with_what_it_requires(client: ApiClient) -> None:
    account = {"code": "HOTELS", "name": "Hotels", "type": "expense", "currency": "EUR"}
    wrong = client.post("/api/accounts", account | {"required_dimensions": ["colour"]})
    assert (wrong.status, wrong.pointers, client.get("/api/accounts/HOTELS").status) == (
        400,
        ["/required_dimensions"],
        404,
    )
    assert client.post("/api/accounts", account | {"required_dimensions": ["project"]}).status == 201
    assert client.get("/api/accounts/HOTELS/dimensions").json["required"] == ["project"]
    assert client.post("/api/accounts", account | {"required_dimensions": ["party"]}).code == "account_exists"
    assert client.get("/api/accounts/HOTELS/dimensions").json["required"] == ["project"]
    transfer = {"debit_account": "HOTELS", "credit_account": "CASH", "amount": "1.00"}
    assert client.post("/api/transfers", transfer).code == "dimension_required"


def test_parties_are_read_from_their_register(books: Entity, client: ApiClient) -> None:
    terms = {"payment_terms_days": 30, "party_kind": "customer", "country": "NO", "tax_id": "NO1", "reference": "C-1"}
    assert client.post(PARTIES, {"code": "NORDIC", "name": "Nordic AS", **terms}).status == 201
    nordic = Party("NORDIC", "Nordic AS", "customer", "NO1", "C-1", "NO", 30, closed=False)
    assert parties(books.id, ["NORDIC", "NOBODY"]) == {"NORDIC": nordic} == parties(books.id)
    assert [one["code"] for one in client.get(f"{PARTIES}?party_kind=customer").json["results"]] == ["NORDIC"]
    assert client.get(f"{PARTIES}?party_kind=supplier").json["results"] == []


def test_a_line_is_refused_with_its_place() -> None:
    client = ApiClient(branches())
    transfer = {"debit_account": "TRAVEL", "credit_account": "CASH", "amount": "1.00"}
    reply = client.post("/api/transfers", transfer | {"dimensions": {"cost_centre": "NROTH"}})
    assert (reply.status, reply.json["code"]) == (422, "unknown_dimension_value")
    assert ApiClient(an_entity()).get("/api/dimensions/cost_centre").status == 404
