"""The chart of accounts over HTTP: opening, listing, changing, freezing and closing."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from ledgerflow.books.models import Entity
from tests.builders import a_transfer, an_account, an_entity, posted
from tests.client import ApiClient, Reply


@pytest.fixture(scope="module")
def api() -> ApiClient:
    return ApiClient(an_entity())


@pytest.fixture
def books() -> Entity:
    return an_entity()


def opened(api: ApiClient, code: str, **given: Any) -> Reply:
    reply = api.post("/api/accounts", {"code": code, "name": code, "currency": "EUR"} | given)
    assert reply.status == 201, reply.json
    return reply


def codes(reply: Reply) -> list[str]:
    assert reply.status == 200, reply.json
    return [row["code"] for row in reply.json["results"]]


# --- opening -------------------------------------------------------------------------------------


def test_three_fields_open_an_asset_account(api: ApiClient) -> None:
    reply = api.post("/api/accounts", {"code": "1001-CASH", "name": "Cash", "ccy": "EUR"})
    assert reply.status == 201
    revision = reply.json.pop("revision")
    assert reply.json.pop("id")
    assert reply.json == {
        "code": "1001-CASH", "name": "Cash", "type": "asset", "currency": "EUR", "normal_side": "debit",
        "parent": None, "is_header": False, "monetary": True, "owner_id": "", "role": "", "metadata": {},
        "min_balance": None, "max_balance": None, "outflow_frozen": False, "inflow_frozen": False, "closed": False,
        "cash_flow": "", "term": "", "keeps_lots": False,
    }  # fmt: skip
    assert reply.headers["ETag"] == f'"{revision}"'
    assert reply.headers["Location"] == "/api/accounts/1001-CASH"


def test_every_field_may_be_given(api: ApiClient) -> None:
    opened(api, "Fixed", is_header=True)
    given = {
        "type": "asset", "normal_side": "credit", "parent": "Fixed", "monetary": False, "owner_id": "plant/7",
        "role": "valuation", "metadata": {"a": [1, {"b": None}]}, "min_balance": "-1.5", "max_balance": "0",
        "cash_flow": "investing", "term": "non_current", "keeps_lots": True,
    }  # fmt: skip
    shown = opened(api, "Depreciation", **given).json
    assert {name: shown[name] for name in given} == given | {"min_balance": "-1.50", "max_balance": "0.00"}


def test_what_was_opened_can_be_read_back(api: ApiClient) -> None:
    for code in ("Assets:Bank.Giro 1", "现金 €", "a?b#c%d&e=f", "100%25"):
        made = opened(api, code, currency="JPY", metadata={"x": "y"})
        read = api.get(made.headers["Location"])
        assert (read.status, read.json, read.headers["ETag"]) == (200, made.json, made.headers["ETag"])
        assert made.headers["Location"] == f"/api/accounts/{quote(code, safe='')}"


@pytest.mark.parametrize(
    "wrong, status, code, pointers",
    [
        ({"code": "a/b"}, 400, "malformed", ["/code"]),
        ({"code": ""}, 400, "malformed", ["/code"]),
        ({"code": "x" * 101}, 400, "malformed", ["/code"]),
        ({"code": 7}, 400, "malformed", ["/code"]),
        ({"name": None}, 400, "malformed", ["/name"]),
        ({"name": "nul\x00"}, 400, "malformed", None),
        ({"name": "x" * 201}, 400, "malformed", ["/name"]),
        ({"currency": None}, 400, "malformed", ["/currency"]),
        ({"currency": "XXY"}, 422, "unknown_currency", ["/currency"]),
        ({"currency": "EUR", "ccy": "USD"}, 400, "malformed", ["/currency", "/ccy"]),
        ({"type": "thing"}, 400, "malformed", ["/type"]),
        ({"normal_side": "left"}, 400, "malformed", ["/normal_side"]),
        ({"is_header": "yes"}, 400, "malformed", ["/is_header"]),
        ({"parent": "Nowhere"}, 422, "parent_refused", ["/parent"]),
        ({"role": "Bad Role"}, 400, "malformed", ["/role"]),
        ({"metadata": []}, 400, "malformed", ["/metadata"]),
        ({"metadata": {"big": "x" * 16_400}}, 400, "malformed", ["/metadata"]),
        ({"min_balance": 5}, 400, "malformed", ["/min_balance"]),
        ({"min_balance": "1e3"}, 400, "malformed", ["/min_balance"]),
        ({"max_balance": "NaN"}, 400, "malformed", ["/max_balance"]),
        ({"max_balance": "9" * 65}, 400, "malformed", ["/max_balance"]),
        ({"min_balance": "0.001"}, 422, "precision_exceeded", [""]),
        ({"min_balance": "1"}, 422, "limit_below_balance", ["/min_balance"]),
        ({"colour": "red"}, 400, "malformed", ["/colour"]),
        ({"id": "x"}, 400, "malformed", ["/id"]),
    ],
)
def test_what_cannot_be_opened_names_the_field(
    api: ApiClient, wrong: dict[str, Any], status: int, code: str, pointers: list[str] | None
) -> None:
    reply = api.post("/api/accounts", {"code": "Wrong", "name": "Wrong", "currency": "EUR"} | wrong)
    assert (reply.status, reply.code) == (status, code)
    if pointers is not None:
        assert reply.pointers == pointers
    assert api.get("/api/accounts/Wrong").status == 404


@pytest.mark.parametrize("body", [None, b"", b"[]", b"null", b'"x"', b"{", b'{"code":"\\ud800","name":"n"}', b"\xff"])
def test_a_body_that_is_no_account_is_malformed(api: ApiClient, body: bytes | None) -> None:
    assert api.post("/api/accounts", body).code == "malformed"


def test_a_code_is_opened_once(api: ApiClient) -> None:
    opened(api, "Once")
    again = api.post("/api/accounts", {"code": "Once", "name": "Once", "currency": "EUR"})
    assert (again.status, again.code) == (409, "account_exists")
    other = api.post("/api/accounts", {"code": "Once", "name": "Other", "currency": "USD"})
    assert other.json["data"]["different"] == ["currency", "name"]


# --- listing -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def chart() -> ApiClient:
    """Seven accounts, one of them closed."""
    api = ApiClient(an_entity())
    opened(api, "A", is_header=True)
    opened(api, "A1", parent="A")
    opened(api, "A2", parent="A", currency="USD", role="transit")
    opened(api, "B", type="liability", owner_id="u1")
    opened(api, "C", type="liability", owner_id="u2")
    old = opened(api, "Old")
    assert api.post("/api/accounts/Old/close", if_match=old.headers["ETag"]).status == 200
    opened(api, "Z", type="expense")
    return api


@pytest.mark.parametrize(
    "query, expected",
    [
        ({}, "A A1 A2 B C Old Z"),
        ({"type": "liability"}, "B C"),
        ({"currency": "USD"}, "A2"),
        ({"owner_id": "u2"}, "C"),
        ({"role": "transit"}, "A2"),
        ({"parent": "A"}, "A1 A2"),
        ({"parent": "None"}, ""),
        ({"is_header": "true"}, "A"),
        ({"is_header": "false", "type": "asset"}, "A1 A2 Old"),
        ({"closed": "true"}, "Old"),
        ({"closed": "false", "type": "asset"}, "A A1 A2"),
        ({"parent": "A", "currency": "EUR"}, "A1"),
    ],
)
def test_accounts_are_listed_by_code_and_filtered(chart: ApiClient, query: dict[str, str], expected: str) -> None:
    reply = chart.get("/api/accounts", query)
    assert codes(reply) == expected.split()
    assert reply.json["next"] is None


@pytest.mark.parametrize("limit", [1, 2, 3, 7])
def test_pages_of_any_size_make_the_whole(chart: ApiClient, limit: int) -> None:
    found: list[str] = []
    url = f"/api/accounts?limit={limit}"
    while url:
        reply = chart.get(url)
        assert len(reply.json["results"]) <= limit
        found += codes(reply)
        url = reply.json["next"]
    assert found == ["A", "A1", "A2", "B", "C", "Old", "Z"]


def test_a_page_keeps_its_filters(chart: ApiClient) -> None:
    first = chart.get("/api/accounts", {"type": "asset", "closed": "false", "limit": 2})
    assert codes(first) == ["A", "A1"]
    assert codes(chart.get(first.json["next"])) == ["A2"]


@pytest.mark.parametrize(
    "query, pointer",
    [
        ({"type": "thing"}, "/type"),
        ({"type": ""}, "/type"),
        ({"currency": "nul\x00"}, "/currency"),
        ({"owner_id": "x" * 501}, "/owner_id"),
        ({"role": ""}, "/role"),
        ({"parent": "\x00"}, "/parent"),
        ({"is_header": "maybe"}, "/is_header"),
        ({"closed": "1"}, "/closed"),
        ({"limit": "0"}, "/limit"),
        ({"limit": "1001"}, "/limit"),
        ({"limit": "99999999999999999999"}, "/limit"),
        ({"limit": "-1"}, "/limit"),
        ({"limit": "ten"}, "/limit"),
        ({"cursor": "nonsense"}, "/cursor"),
        ({"cursor": "WyJhIiwiYiJd"}, "/cursor"),  # ["a","b"]
        ({"colour": "red"}, "/colour"),
        ({"type": ["asset", "asset"]}, "/type"),
    ],
)
def test_a_query_that_makes_no_sense_is_refused(chart: ApiClient, query: dict[str, Any], pointer: str) -> None:
    reply = chart.get("/api/accounts", query)
    assert (reply.status, reply.code, reply.pointers) == (400, "malformed", [pointer])


# --- changing ------------------------------------------------------------------------------------


def test_fields_that_are_sent_change(api: ApiClient) -> None:
    tag = opened(api, "Mutable", metadata={"a": 1}, min_balance="-5").headers["ETag"]
    opened(api, "Head", is_header=True)
    given = {
        "name": "New",
        "owner_id": "u1",
        "role": "suspense",
        "cash_flow": "non_cash",
        "term": "current",
        "parent": "Head",
        "max_balance": "7",
        "monetary": False,
    }
    reply = api.patch("/api/accounts/Mutable", given | {"reason": "tidying"}, if_match=tag)
    assert reply.status == 200
    assert {name: reply.json[name] for name in given} == given | {"max_balance": "7.00"}
    assert (reply.json["metadata"], reply.json["min_balance"]) == ({"a": 1}, "-5.00")
    assert reply.headers["ETag"] == f'"{reply.json["revision"]}"' != tag
    assert api.get("/api/accounts/Mutable").json == reply.json


def test_null_takes_away(api: ApiClient) -> None:
    opened(api, "Above", is_header=True)
    made = opened(api, "Emptied", parent="Above", min_balance="0", max_balance="9", metadata={"a": 1})
    gone = {"parent": None, "min_balance": None, "max_balance": None, "metadata": None}
    reply = api.patch("/api/accounts/Emptied", gone, if_match=made.headers["ETag"])
    assert {name: reply.json[name] for name in gone} == gone | {"metadata": {}}


@pytest.mark.parametrize("action, body", [
    ("", {"name": "x"}), ("/freeze", {"outflow": True}), ("/unfreeze", {}), ("/close", {}),
])  # fmt: skip
def test_a_change_names_the_revision_it_is_based_on(api: ApiClient, action: str, body: dict[str, Any]) -> None:
    code = f"Tagged{action.replace('/', '-')}"
    made = opened(api, code)
    method, path = "POST" if action else "PATCH", f"/api/accounts/{code}{action}"
    assert (missing := api.send(method, path, body)).status == 428
    assert missing.code == "precondition_required"
    for tag in ('"1"', "1", 'W/"1"', '"x"', f"W/{made.headers['ETag']}", '"99999999999999999999999"'):
        assert (stale := api.send(method, path, body, if_match=tag)).status == 412, tag
        assert stale.code == "precondition_failed"
    assert api.get(f"/api/accounts/{code}").json == made.json
    assert (done := api.send(method, path, body, if_match=made.headers["ETag"])).status == 200
    assert api.send(method, path, body, if_match=made.headers["ETag"]).status == 412
    assert api.get(f"/api/accounts/{code}").json == done.json


def test_a_star_matches_any_revision(api: ApiClient) -> None:
    opened(api, "Any")
    assert api.patch("/api/accounts/Any", {"name": "B"}, if_match="*").status == 200


@pytest.mark.parametrize(
    "change, status, code, pointers",
    [
        ({}, 400, "malformed", [""]),
        ({"reason": "only"}, 400, "malformed", [""]),
        ({"name": None}, 400, "malformed", ["/name"]),
        ({"name": " "}, 400, "malformed", ["/name"]),
        ({"owner_id": None}, 400, "malformed", ["/owner_id"]),
        ({"min_balance": "x"}, 400, "malformed", ["/min_balance"]),
        ({"max_balance": "0.001"}, 422, "precision_exceeded", [""]),
        ({"currency": "USD"}, 400, "malformed", ["/currency"]),
        ({"code": "x"}, 400, "malformed", ["/code"]),
        ({"outflow_frozen": True}, 400, "malformed", ["/outflow_frozen"]),
        ({"parent": "Fixture"}, 422, "parent_refused", ["/parent"]),
        ({"parent": "No"}, 422, "parent_refused", ["/parent"]),
        ({"min_balance": "1"}, 422, "limit_below_balance", ["/min_balance"]),
        ({"name": "x", "reason": "x" * 501}, 400, "malformed", ["/reason"]),
    ],
)
def test_a_change_that_cannot_be_made_names_the_field(
    books: Entity, change: dict[str, Any], status: int, code: str, pointers: list[str]
) -> None:
    api = ApiClient(books)
    made = opened(api, "Fixture")
    reply = api.patch("/api/accounts/Fixture", change, if_match=made.headers["ETag"])
    assert (reply.status, reply.code, reply.pointers) == (status, code, pointers)
    assert api.get("/api/accounts/Fixture").json == made.json


def test_an_account_as_it_stood_at_a_moment(api: ApiClient) -> None:
    made = opened(api, "Historic", min_balance="0")
    entity = api.key.entity
    opened_at = entity.accounts.get(code="Historic").opened_at
    api.patch("/api/accounts/Historic", {"name": "Renamed"}, if_match=made.headers["ETag"])
    at = {"at": opened_at.isoformat()}
    assert api.get("/api/accounts/Historic", at).json == made.json
    assert api.get("/api/accounts/Historic", {"at": "2999-12-31T23:59:59Z"}).json["name"] == "Renamed"
    before = api.get("/api/accounts/Historic", {"at": "2001-01-01T00:00:00+01:00"})
    assert (before.status, before.code, before.pointers) == (404, "not_found", ["/at"])


@pytest.mark.parametrize(
    "moment", ["", "yesterday", "2026-03-02", "2026-03-02T10:00:00", "2026-13-01T00:00:00Z", "\x00"]
)
def test_a_moment_needs_its_offset(api: ApiClient, moment: str) -> None:
    reply = api.get("/api/accounts/1001-CASH", {"at": moment})
    assert (reply.status, reply.pointers) == (400, ["/at"])


# --- freezing and closing ------------------------------------------------------------------------


def test_a_freeze_names_its_directions(books: Entity) -> None:
    api = ApiClient(books)
    opened(api, "Bank")
    opened(api, "Wallet", type="liability")
    frozen = api.post("/api/accounts/Wallet/freeze", {"outflow": True, "reason": "fraud"}, if_match="*")
    assert (frozen.json["outflow_frozen"], frozen.json["inflow_frozen"]) == (True, False)
    posted(books, a_transfer("Bank", "Wallet", "5"))
    out = api.post("/api/transfers", {"debit_account": "Wallet", "credit_account": "Bank", "amount": "5"})
    assert (out.status, out.code) == (422, "account_frozen")
    free = api.post("/api/accounts/Wallet/unfreeze", if_match=frozen.headers["ETag"])
    assert (free.json["outflow_frozen"], free.json["inflow_frozen"]) == (False, False)
    posted(books, a_transfer("Wallet", "Bank", "5"))


@pytest.mark.parametrize("body", [None, {}, {"outflow": False}, {"outflow": 1}, {"sideways": True}])
def test_a_freeze_that_freezes_nothing_is_refused(api: ApiClient, body: Any) -> None:
    assert api.post("/api/accounts/1001-CASH/freeze", body, if_match="*").code == "malformed"


def test_an_account_closes_once_and_at_zero(books: Entity) -> None:
    api = ApiClient(books)
    opened(api, "Bank")
    opened(api, "Wallet", type="liability")
    posted(books, a_transfer("Bank", "Wallet", "5"))
    full = api.post("/api/accounts/Wallet/close", if_match="*")
    assert (full.status, full.code, full.json["data"]["balance"]) == (422, "account_not_empty", "-5.00")
    posted(books, a_transfer("Wallet", "Bank", "5"))
    closed = api.post("/api/accounts/Wallet/close", {"reason": "left"}, if_match="*")
    assert (closed.status, closed.json["closed"]) == (200, True)
    assert api.post("/api/accounts/Wallet/close", if_match="*").code == "account_closed"
    assert api.post("/api/accounts/Wallet/freeze", {"inflow": True}, if_match="*").code == "account_closed"
    assert api.patch("/api/accounts/Wallet", {"name": "Gone"}, if_match="*").json["name"] == "Gone"


# --- who may -------------------------------------------------------------------------------------

CHANGES: list[tuple[str, str, dict[str, Any]]] = [
    ("POST", "/api/accounts", {"code": "New", "name": "New", "currency": "EUR"}),
    ("PATCH", "/api/accounts/Cash", {"name": "x"}),
    ("POST", "/api/accounts/Cash/freeze", {"inflow": True}),
    ("POST", "/api/accounts/Cash/unfreeze", {}),
    ("POST", "/api/accounts/Cash/close", {}),
    ("PATCH", "/api/entity", {"business_date": "2027-01-01"}),
    ("POST", "/api/currencies", {"code": "USDC", "name": "Coin", "minor_units": 6}),
    ("POST", "/api/opening-balances", {"items": [{"account": "Cash", "amount": "1"}]}),
]
READS = [
    "/api/accounts", "/api/accounts/Cash", "/api/accounts/Cash/balance", "/api/accounts/Cash/register", "/api/entity",
    "/api/currencies", "/api/owners/u1/balances",
]  # fmt: skip


@pytest.mark.parametrize("method, path, body", CHANGES)
def test_a_change_needs_the_scope_manage(books: Entity, method: str, path: str, body: dict[str, Any]) -> None:
    an_account(books, "Cash")
    reply = ApiClient(books, "read", "post").send(method, path, body, if_match="*")
    assert (reply.status, reply.code) == (403, "permission_missing")
    assert ApiClient(books, "manage").send(method, path, body, if_match="*").status in (200, 201)


@pytest.mark.parametrize("path", READS)
def test_a_look_needs_the_scope_read(books: Entity, path: str) -> None:
    an_account(books, "Cash")
    assert ApiClient(books, "post", "manage").get(path).code == "permission_missing"
    assert ApiClient(books, "read").get(path).status == 200


@pytest.mark.parametrize("method, path, body", [*CHANGES[1:5], *(("GET", path, None) for path in READS[1:4])])
def test_books_do_not_see_each_other(books: Entity, method: str, path: str, body: Any) -> None:
    an_account(an_entity(), "Cash")
    reply = ApiClient(books).send(method, path, body, if_match="*")
    assert (reply.status, reply.code) == (404, "not_found")


@pytest.mark.parametrize("code", ["Nowhere", "nul%00", "%FF", "%ED%A0%80"])
@pytest.mark.parametrize("action", ["", "/balance", "/register", "/balance?rollup=true", "/balance?as_of=2026-01-01"])
def test_an_account_that_is_not_there_is_not_found(api: ApiClient, code: str, action: str) -> None:
    reply = api.get(f"/api/accounts/{code}{action}")
    assert (reply.status, reply.code) == (404, "not_found")
