"""The endpoints of operations, as clients see them."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest

from apps.operations.versions import PERMISSION as ACTIVATE
from journals.lots.expiring import expire_lots
from journals.posting import post
from ledgerflow.books.entities import advance_business_date
from ledgerflow.books.models import Entity
from tests.approving import a_person
from tests.client import ApiClient
from tests.lots.granting import credit_books, day, grant, left
from tests.templates.templating import activated, books_with_roles, moving, top_up


@pytest.fixture(scope="module")
def books(_database: None) -> Entity:
    entity = books_with_roles(["bank"])
    activated(entity, "top-up", top_up())
    activated(entity, "careful", top_up(scope="manage", four_eyes=True))
    return entity


@pytest.fixture
def client(books: Entity) -> ApiClient:
    return ApiClient(books)


def asked(**parameters: Any) -> dict[str, Any]:
    return {"parameters": {"amount": "5.00", "customer": "anna"} | parameters}


def item(key: str, **parameters: Any) -> dict[str, Any]:
    return {"operation": "top-up", "idempotency_key": key} | asked(**parameters)


def test_which_operations_there_are_and_what_they_take(client: ApiClient) -> None:
    first, second = client.get("/api/operations").json["results"]
    assert [(one["code"], one["version"], one["scope"], one["four_eyes"]) for one in (first, second)] == [
        ("careful", 1, "manage", True), ("top-up", 1, "post", False),
    ]  # fmt: skip
    assert second["parameters"][0] == {"name": "amount", "kind": "amount", "label": "", "required": True}
    page = client.get("/api/operations", {"limit": "1"}).json
    assert client.get(page["next"]).json["results"][0]["code"] == "top-up"
    schema = client.get("/api/operations/top-up/schema", {"version": "1"}).json
    validator = jsonschema.Draft202012Validator(schema)
    assert (schema["title"], validator.is_valid(asked()["parameters"]), validator.is_valid({})) == (
        "Top-up",
        True,
        False,
    )
    assert client.get("/api/operations/none/schema").code == "not_found"
    assert client.get("/api/operations/top-up/schema", {"version": "7"}).code == "not_found"


def test_versions_are_drafted_compared_and_made_active_over_http(books: Entity) -> None:
    one, other = (ApiClient(books, person=a_person(ACTIVATE)) for _ in range(2))
    url = "/api/operations/gift/versions"
    assert one.get(url).code == "not_found"
    first = one.post(url, {"definition": top_up()})
    assert (first.status, first.json["outcome"], first.headers["Location"]) == (201, "new", f"{url}/1")
    assert one.post(url, {"definition": top_up()}).json == first.json | {"outcome": "same"}
    changed = top_up(name="Gift", lines=[top_up()["lines"][0], top_up()["lines"][1] | {"amount": "amount + 0"}])
    assert one.post(url, {"definition": changed}).json["outcome"] == "changed"
    proposal = one.post(f"{url}/2/activate", {"reason": "New name"})
    assert (proposal.status, proposal.json["kind"], proposal.json["subject"]) == (201, "template.activate", "gift 2")
    assert other.post(f"/api/proposals/{proposal.json['id']}/approve", {}).json["failure"] is None
    assert one.post(f"{url}/2/activate", {"reason": "again"}).code == "version_active"
    statuses = [(row["version"], row["status"], row["name"]) for row in one.get(url).json["results"]]
    assert statuses == [(2, "active", "Gift"), (1, "draft", "Top-up")]
    assert one.get(f"{url}/2").json["definition"]["lines"][1]["amount"] == "amount + 0"
    same = {"code": "gift", "version": 2, "compared_with": 1}
    assert one.get(f"{url}/2/differences").json == same | {
        "differences": [
            {"at": "/name", "before": "Top-up", "after": "Gift"},
            {"at": "/lines/1/amount", "before": "amount", "after": "amount + 0"},
        ]
    }
    assert one.get(f"{url}/2/differences", {"with": "2"}).json["differences"] == []
    alone = one.get("/api/operations/top-up/versions/1/differences").json
    assert (alone["compared_with"], {row["before"] for row in alone["differences"]}) == (None, {""})
    for address in (f"{url}/3", f"{url}/3/differences", f"{url}/{10**20}", "/api/operations/none/versions/1"):
        assert one.get(address).code == "not_found"
    assert one.get(f"{url}/2/differences", {"with": "3"}).code == "not_found"
    assert one.post(f"{url}/2/retire", {}).json["status"] == "retired"
    assert one.post(f"{url}/2/retire", {}).code == "version_not_active"
    assert ApiClient(books, "post").post(url, {"definition": top_up()}).code == "permission_missing"


@pytest.mark.parametrize(
    "code, definition, status, refusal, pointer",
    [
        ("gift", top_up(kind="transfer"), 422, "definition_refused", "/definition/kind"),
        ("gift", top_up(lines=[{"amount": "1 +", "side": "debit", "account": "x"}]), 422, "definition_refused",
         "/definition/lines/0/amount"),
        ("gift", top_up(lines=[{"amount": 5, "side": "debit"}]), 400, "malformed", "/definition/lines/0/amount"),
        ("gift", {}, 400, "malformed", "/definition/name"),
        ("batch", top_up(), 422, "definition_refused", "/code"),
    ],
    ids=["kind", "expression", "number", "nothing", "code"],
)  # fmt: skip
def test_a_draft_that_makes_no_sense_is_refused_at_its_place(
    client: ApiClient, code: str, definition: Any, status: int, refusal: str, pointer: str
) -> None:
    reply = client.post(f"/api/operations/{code}/versions", {"definition": definition})
    assert (reply.status, reply.code, reply.pointers) == (status, refusal, [pointer])


def test_an_operation_is_posted_rehearsed_and_replayed(client: ApiClient) -> None:
    rehearsed = client.post("/api/operations/top-up", asked() | {"dry_run": True}, key="k")
    assert (rehearsed.status, rehearsed.json["status"]) == (200, "would_post")
    first = client.post("/api/operations/top-up", asked(), key="k")
    assert (first.status, first.json["journal"]["template"]) == (201, "top-up")
    again = client.post("/api/operations/top-up", asked(), key="k")
    assert (again.status, again.headers["Idempotent-Replayed"]) == (201, "true")
    assert again.json["journal"] == first.json["journal"]
    pinned = client.post("/api/operations/top-up?version=1", asked(), key="k")
    assert pinned.code == "idempotency_key_reused"
    assert client.post("/api/operations/top-up?version=1", asked()).json["status"] == "posted"
    found = client.get("/api/journals", {"template": "top-up"}).json["results"]
    assert {row["journal"]["template_version"] for row in found} == {1}


def test_a_retry_is_replayed_after_a_version_or_the_end_of_a_lot_came_between() -> None:
    books = credit_books()
    one, other = (ApiClient(books, person=a_person(ACTIVATE)) for _ in range(2))
    activated(books, "spend", moving("wallet", "used"))
    post(books.id, grant("100", expires_on=0))
    spends = {"parameters": {"amount": "60"}}
    first = one.post("/api/operations/spend", spends, key="k")
    assert first.json["status"] == "posted"
    stricter = moving("wallet", "used", parameters=[{"name": "amount", "kind": "amount", "most": "50"}])
    one.post("/api/operations/spend/versions", {"definition": stricter})
    proposal = one.post("/api/operations/spend/versions/2/activate", {"reason": "50 at most"}).json
    assert other.post(f"/api/proposals/{proposal['id']}/approve", {}).json["executed"] is True
    advance_business_date(books, day(1), actor="test")
    expire_lots(books.id, day(1), "test")
    assert left(books) == "0"
    again = one.post("/api/operations/spend", spends, key="k")
    assert (again.status, again.headers["Idempotent-Replayed"]) == (201, "true")
    assert again.json == first.json | {"status": "replayed"}
    items = [{"operation": "spend", "idempotency_key": key} | spends for key in ("k", "new")]
    batch = one.post("/api/operations/batch", {"mode": "each", "items": items}, key="").json["results"]
    assert [row["status"] for row in batch] == ["replayed", "refused"]
    assert batch[1]["error"]["code"] == "parameter_refused"
    less = {"parameters": {"amount": "5"}}
    assert one.post("/api/operations/spend", less, key="l").code == "insufficient_funds"


@pytest.mark.parametrize(
    "body, status, code, pointer",
    [
        (asked(amount="1e3"), 422, "parameter_refused", "/parameters/amount"),
        (asked(amount=5), 422, "parameter_refused", "/parameters/amount"),
        (asked(amount=True), 422, "parameter_refused", "/parameters/amount"),
        (asked(amount="-5"), 422, "parameter_refused", "/parameters/amount"),
        (asked(amount="5.001"), 422, "rounding_needed", ""),
        (asked(other="x"), 422, "parameter_refused", "/parameters/other"),
        (asked(customer="a/b"), 400, "malformed", "/parameters/customer"),
        ({"parameters": []}, 400, "malformed", "/parameters"),
        ({"more": 1}, 400, "malformed", "/more"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(client: ApiClient, body: Any, status: int, code: str, pointer: str) -> None:
    reply = client.post("/api/operations/top-up", body)
    assert (reply.status, reply.code, reply.pointers) == (status, code, [pointer])


@pytest.mark.parametrize(
    "text", [b'{"parameters": {"amount": NaN}}', b'{"parameters": {"amount": 1, "amount": "1"}}', b"["]
)
def test_what_is_no_json_of_one_meaning_is_refused(client: ApiClient, text: bytes) -> None:
    reply = client.send("POST", "/api/operations/top-up", text, idempotency_key="x")
    assert (reply.status, reply.code) == (400, "malformed")


def test_what_it_takes_of_its_caller(books: Entity, client: ApiClient) -> None:
    assert client.post("/api/operations/careful", asked()).code == "four_eyes_needed"
    poster = ApiClient(books, "post", person=a_person("operations.propose_operation"))
    assert poster.post("/api/operations/careful", asked()).code == "permission_missing"
    assert poster.post("/api/operations/careful/proposals", asked() | {"reason": "x"}).code == "permission_missing"
    one, other = (ApiClient(books, person=a_person("operations.propose_operation")) for _ in range(2))
    assert one.post("/api/operations/top-up/proposals", asked() | {"reason": "x"}).code == "four_eyes_not_needed"
    proposal = one.post("/api/operations/careful/proposals", asked() | {"reason": "March"})
    assert (proposal.status, proposal.json["kind"]) == (201, "operation.run")
    approved = other.post(f"/api/proposals/{proposal.json['id']}/approve", {}).json
    assert (approved["status"], approved["executed"], approved["failure"]) == ("approved", True, None)


def test_a_batch_runs_each_for_itself_or_all_or_nothing(client: ApiClient) -> None:
    items = [item("b-1"), item("b-2", amount=5), {"operation": "top-up", "x": 1}, item("b-3", customer="eve"), item("")]
    each = client.post("/api/operations/batch", {"mode": "each", "items": items}, key="").json
    assert [one["status"] for one in each["results"]] == ["posted", "refused", "refused", "posted", "refused"]
    errors = [(one["error"]["code"], one["error"]["errors"][0]["pointer"]) for one in each["results"] if "error" in one]
    assert errors == [
        ("parameter_refused", "/items/1/parameters/amount"), ("malformed", "/items/2/x"),
        ("idempotency_key_missing", "/items/4"),
    ]  # fmt: skip
    atomic = client.post("/api/operations/batch", {"mode": "atomic", "items": [item("b-4"), items[1]]}, key="")
    assert (atomic.code, atomic.pointers) == ("parameter_refused", ["/items/1/parameters/amount"])
    atomic = client.post("/api/operations/batch", {"mode": "atomic", "items": [item("b-4"), items[2]]}, key="")
    assert (atomic.code, atomic.pointers) == ("malformed", ["/items/1/x"])
    mixed = [item("b-4"), item("b-1", amount="6")]
    refused = client.post("/api/operations/batch", {"mode": "atomic", "items": mixed}, key="")
    assert (refused.code, [one["status"] for one in refused.json["results"]]) == (
        "batch_refused",
        ["refused", "refused"],
    )
    done = client.post("/api/operations/batch", {"mode": "atomic", "items": [item("b-4"), item("b-1")]}, key="").json
    assert (done["posted"], done["replayed"]) == (1, 1)
