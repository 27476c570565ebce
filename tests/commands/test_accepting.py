"""What is accepted as a command: its form, its scopes, its key; and what a batch makes of bad items."""

from __future__ import annotations

from threading import Thread
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connections

from ledgerflow.access.scopes import SCOPES
from ledgerflow.books.models import Entity
from ledgerflow.core.plugins import registry
from ledgerflow.events.commands.checking import MAX_PAYLOAD_BYTES, command_id_of
from ledgerflow.events.commands.models import Command
from ledgerflow.web.endpoints import endpoints_of
from tests.builders import an_entity
from tests.client import NO_JOURNAL, ApiClient, Reply
from tests.commands.commanding import SALE, a_shop_with_cash, process, refusal, sale, sent, statuses
from tests.routes import all_routes, callback_of

ACCOUNT = {"code": "cash", "name": "Cash", "currency": "EUR"}
# A payload of each kind that can be accepted, and the endpoint that does the same at once.
KINDS: dict[str, tuple[dict[str, Any], str]] = {
    "CREATE_ACCOUNT": (ACCOUNT, "account_open"),
    "TRANSFER_MONEY": (SALE, "transfer_post"),
    "POST_JOURNAL": (
        {"lines": [{"account": one, "side": side, "amount": "1"} for one, side in (("a", "debit"), ("b", "credit"))]},
        "journal_post",
    ),
    "REVERSE_JOURNAL": ({"journal": NO_JOURNAL}, "journal_reverse"),
    "PLACE_HOLD": ({"account": "cash", "amount": "1.00"}, "hold_place"),
    "EXTEND_HOLD": ({"hold": NO_JOURNAL, "expires_at": None}, "hold_extend"),
    "CAPTURE_HOLD": ({"hold": NO_JOURNAL, "counter_account": "sales"}, "hold_capture"),
    "RELEASE_HOLD": ({"hold": NO_JOURNAL}, "hold_release"),
    "CREATE_ITEM": ({"name": "Chair"}, "item_create"),
}


@pytest.fixture(scope="module")
def entity(_database: None) -> Entity:
    return a_shop_with_cash()


@pytest.fixture(scope="module")
def client(entity: Entity) -> ApiClient:
    return ApiClient(entity)


def post(client: ApiClient, type_: str, payload: Any, key: str | None = None) -> Reply:
    return client.post("/api/commands", {"type": type_, "payload": payload}, key=key)


def test_the_kinds_are_those_we_know() -> None:
    assert registry.command_kinds.keys() == KINDS.keys()


def test_a_command_says_where_its_outcome_will_be(client: ApiClient) -> None:
    reply = post(client, "TRANSFER_MONEY", SALE, key="first")
    assert reply.status == 202
    assert reply.headers["Location"] == f"/api/commands/{reply.json['id']}"
    assert reply.json.keys() == {"id", "type", "status", "idempotency_key", "received_at"}
    assert (reply.json["status"], reply.json["idempotency_key"]) == ("accepted", "first")


@pytest.mark.parametrize("type_", KINDS)
def test_a_command_needs_the_scope_of_the_endpoint_that_does_the_same(entity: Entity, type_: str) -> None:
    payload, endpoint = KINDS[type_]
    (scope,) = {
        one.scope for route in all_routes() for one in endpoints_of(callback_of(route)).values() if one.name == endpoint
    }
    others = [one for one in SCOPES if one != scope]
    reply = post(ApiClient(entity, *others), type_, payload)
    assert (reply.status, reply.code, reply.json["data"]) == (403, "permission_missing", {"scope": scope})
    assert post(ApiClient(entity, scope), type_, payload).status == 202


@pytest.mark.parametrize("type_", ["TRANSFER_MONEY", "POST_JOURNAL", "REVERSE_JOURNAL"])
@pytest.mark.parametrize("name", ["override_limits", "override_lock"])
def test_what_overrides_is_the_work_of_a_manager(entity: Entity, type_: str, name: str) -> None:
    payload = KINDS[type_][0] | {name: "because"}
    reply = post(ApiClient(entity, "post"), type_, payload)
    assert (reply.status, reply.json["data"]) == (403, {"scope": "manage"})
    assert post(ApiClient(entity, "post", "manage"), type_, payload).status == 202


@pytest.mark.parametrize(
    "body, pointers",
    [
        ({"type": "STEAL_MONEY", "payload": {}}, ["/type"]),
        ({"type": "X" * 100, "payload": {}}, ["/type"]),
        ({"type": 5, "payload": {}}, ["/type"]),
        ({"type": "TRANSFER_MONEY"}, ["/payload"]),
        ({"type": "TRANSFER_MONEY", "payload": SALE, "more": 1}, ["/more"]),
        ({"type": "TRANSFER_MONEY", "payload": None}, ["/payload"]),
        ({"type": "TRANSFER_MONEY", "payload": []}, ["/payload"]),
        ({"type": "TRANSFER_MONEY", "payload": {}}, ["/payload/debit_account"]),
        ({"type": "TRANSFER_MONEY", "payload": SALE | {"amount": 5}}, ["/payload/amount"]),
        ({"type": "TRANSFER_MONEY", "payload": SALE | {"amount": "0"}}, ["/payload/amount"]),
        ({"type": "TRANSFER_MONEY", "payload": SALE | {"amount": "-1"}}, ["/payload/amount"]),
        ({"type": "TRANSFER_MONEY", "payload": SALE | {"dry_run": True}}, ["/payload/dry_run"]),
        ({"type": "TRANSFER_MONEY", "payload": SALE | {"effective_date": "0001-01-01"}}, ["/payload/effective_date"]),
        ({"type": "TRANSFER_MONEY", "payload": SALE | {"description": "x" * 501}}, ["/payload/description"]),
        ({"type": "POST_JOURNAL", "payload": {"lines": []}}, ["/payload/lines"]),
        (
            {"type": "POST_JOURNAL", "payload": {"lines": [{"account": "a", "side": "debit", "amount": "x"}] * 2}},
            ["/payload/lines/0/amount"],
        ),
        (
            {"type": "POST_JOURNAL", "payload": KINDS["POST_JOURNAL"][0] | {"layer": "adjustment"}},
            ["/payload/effective_date"],
        ),
        ({"type": "REVERSE_JOURNAL", "payload": {}}, ["/payload/journal"]),
        ({"type": "REVERSE_JOURNAL", "payload": {"journal": "7"}}, ["/payload/journal"]),
        ({"type": "CREATE_ACCOUNT", "payload": {"code": "a", "name": "A"}}, ["/payload/currency"]),
        (
            {"type": "CREATE_ACCOUNT", "payload": ACCOUNT | {"ccy": "USD"}},
            ["/payload/ccy", "/payload/currency"],
        ),
        ({"type": "CREATE_ACCOUNT", "payload": ACCOUNT | {"code": "a/b"}}, ["/payload/code"]),
        ({"type": "CREATE_ACCOUNT", "payload": ACCOUNT | {"min_balance": "x"}}, ["/payload/min_balance"]),
        ({"type": "PLACE_HOLD", "payload": {"account": "cash", "amount": "0"}}, ["/payload/amount"]),
        (
            {"type": "PLACE_HOLD", "payload": {"account": "cash", "amount": "1", "expires_at": "2030-01-01T00:00:00"}},
            ["/payload/expires_at"],
        ),
        ({"type": "CAPTURE_HOLD", "payload": {"counter_account": "a"}}, ["/payload/hold"]),
        ({"type": "RELEASE_HOLD", "payload": {"hold": NO_JOURNAL, "reason": "x" * 501}}, ["/payload/reason"]),
        ({"type": "CREATE_ITEM", "payload": {"name": " "}}, ["/payload/name"]),
        ({"type": "CREATE_ITEM", "payload": {"name": "x" * 201}}, ["/payload/name"]),
    ],
)
def test_a_malformed_command_is_refused_at_once(client: ApiClient, body: Any, pointers: list[str]) -> None:
    before = Command.objects.count()
    reply = client.post("/api/commands", body)
    assert (reply.status, sorted(reply.pointers)) == (400, pointers), reply.json
    assert Command.objects.count() == before


@pytest.mark.parametrize(
    "text, pointers",
    [
        (b"{", [""]),
        (b'{"type": "TRANSFER_MONEY", "payload": {"amount": "1", "amount": "2"}}', ["/payload/debit_account"]),
        (
            b'{"type": "CREATE_ITEM", "payload": {"name": "a", "name": "b"}}',
            ["/payload/name"],
        ),
        (b'{"type": "CREATE_ITEM", "payload": {"name": "a\\u0000"}}', ["/payload/name"]),
        (b'{"type": "CREATE_ITEM", "payload": {"name": "a\\ud800"}}', [""]),
        (b'{"type": "CREATE_ITEM", "payload": ' + b"[" * 50_000 + b"]" * 50_000 + b"}", [""]),
    ],
)
def test_bad_json_is_refused(client: ApiClient, text: bytes, pointers: list[str]) -> None:
    reply = client.post("/api/commands", text)
    assert reply.status == 400
    if len(text) < 1000:
        assert reply.pointers in (pointers, ["/payload/name"], ["/payload/amount"]), reply.json


def test_a_payload_has_a_bound(client: ApiClient) -> None:
    reply = post(client, "TRANSFER_MONEY", SALE | {"description": "x" * MAX_PAYLOAD_BYTES})
    assert refusal(reply) == (400, "malformed", ["/payload"])


def test_a_command_needs_a_key(client: ApiClient) -> None:
    assert post(client, "TRANSFER_MONEY", SALE, key="").code == "idempotency_key_missing"
    assert refusal(post(client, "TRANSFER_MONEY", SALE, key="ü")) == (400, "malformed", ["/idempotency_key"])


@pytest.mark.parametrize("type_", KINDS)
def test_the_same_key_and_content_is_the_same_command(entity: Entity, type_: str) -> None:
    client, (payload, _), key = ApiClient(entity), KINDS[type_], uuid4().hex
    first, again = (post(client, type_, payload, key) for _ in range(2))
    assert (again.status, again.json) == (202, first.json)
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    other = post(client, "CREATE_ITEM", {"name": "Another"}, key)
    assert refusal(other)[:2] == (422, "idempotency_key_reused")


def test_what_means_the_same_is_the_same(client: ApiClient) -> None:
    same = [SALE, SALE | {"amount": "5"}, SALE | {"amount": "5.000", "description": ""}, SALE | {"metadata": {}}]
    assert len({post(client, "TRANSFER_MONEY", payload, "same").json["id"] for payload in same}) == 1
    assert post(client, "TRANSFER_MONEY", SALE | {"amount": "5.01"}, "same").status == 422


def test_the_id_follows_from_the_books_and_the_key() -> None:
    entity = UUID(int=7)
    made = command_id_of(entity, "k")
    assert (made.version, made.variant) == (8, "specified in RFC 4122")
    others = {command_id_of(UUID(int=8), "k"), command_id_of(entity, "l"), command_id_of(entity, "k", "admin")}
    assert len({made, *others}) == 4


def test_a_replay_long_after_is_answered_the_same() -> None:
    entity = a_shop_with_cash()
    client = ApiClient(entity)
    first = post(client, "TRANSFER_MONEY", SALE, "k")
    process(entity)
    assert post(client, "TRANSFER_MONEY", SALE, "k").json == first.json
    assert statuses(entity) == ["completed"]


def test_another_entity_has_the_same_key_for_itself() -> None:
    one, other = ApiClient(a_shop_with_cash()), ApiClient(a_shop_with_cash())
    first, second = sale(one, key="k"), sale(other, key="k")
    assert first != second
    assert other.get(f"/api/commands/{first}").status == 404


def test_the_same_key_from_eight_threads_is_one_command(entity: Entity) -> None:
    replies: list[Reply] = []

    def send() -> None:
        try:
            replies.append(post(ApiClient(entity), "TRANSFER_MONEY", SALE, "crowd"))
        finally:
            connections.close_all()

    threads = [Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert [reply.status for reply in replies] == [202] * 8
    assert len({reply.content for reply in replies}) == 1
    assert sum("Idempotent-Replayed" not in reply.headers for reply in replies) == 1
    assert Command.objects.filter(entity=entity, key="crowd").count() == 1


# Batches


def batch(client: ApiClient, *items: Any) -> Reply:
    return client.post("/api/commands/batch", {"items": list(items)}, key="")


def an_item(key: str, **given: Any) -> dict[str, Any]:
    return {"type": "TRANSFER_MONEY", "payload": SALE | given, "idempotency_key": key}


def test_a_batch_keeps_its_order_and_each_item_is_for_itself() -> None:
    entity = a_shop_with_cash()
    client = ApiClient(entity)
    reply = batch(
        client,
        an_item("b1"), an_item("b1"), an_item("b1", amount="6.00"), an_item(""), {"type": "X", "payload": {}}, 7,
        {"type": "CREATE_ITEM", "payload": {"name": "Chair"}, "idempotency_key": "b2"},
        an_item("b3", override_limits="x"),
    )  # fmt: skip
    assert reply.status == 202
    results = reply.json["results"]
    assert [one["status"] for one in results] == ["accepted"] * 2 + ["refused"] * 4 + ["accepted"] * 2
    assert [one.get("is_replayed") for one in results[:2]] == [False, True]
    assert results[0]["id"] == results[1]["id"]
    codes = [one["error"]["code"] for one in results[2:6]]
    assert codes == ["idempotency_key_reused", "idempotency_key_missing", "malformed", "malformed"]
    assert results[4]["error"]["errors"][0]["pointer"] == "/items/4/type"
    assert (reply.json["accepted"], reply.json["refused"]) == (4, 4)
    kept = list(Command.objects.filter(entity=entity).order_by("number").values_list("key", flat=True))
    assert kept == ["b1", "b2", "b3"]


def test_a_batch_asks_for_scopes_item_by_item(entity: Entity) -> None:
    account = {"type": "CREATE_ACCOUNT", "payload": ACCOUNT, "idempotency_key": uuid4().hex}
    reply = batch(ApiClient(entity, "post"), an_item(uuid4().hex), account, an_item(uuid4().hex, override_lock="x"))
    assert [one["status"] for one in reply.json["results"]] == ["accepted", "refused", "refused"]
    assert [one["error"]["code"] for one in reply.json["results"][1:]] == ["permission_missing"] * 2


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"items": []},
        {"items": 5},
        {"items": [{}] * 10_001},
        {"items": [{}], "more": 1},
        [],
        b'{"items":[7],"items":[8]}',
    ],
)
def test_a_batch_that_is_none_is_refused(client: ApiClient, body: Any) -> None:
    assert client.post("/api/commands/batch", body).status == 400


def test_thousands_of_commands_are_accepted_at_once() -> None:
    entity = a_shop_with_cash()
    keys = [f"k{number}" for number in range(3_000)]
    reply = batch(ApiClient(entity), *map(an_item, keys))
    assert reply.json["accepted"] == 3_000
    assert list(Command.objects.filter(entity=entity).order_by("number").values_list("key", flat=True)) == keys


def test_a_command_that_nobody_sent_is_not_found(client: ApiClient) -> None:
    assert client.get(f"/api/commands/{NO_JOURNAL}").code == "not_found"


def test_accepting_waits_for_no_posting() -> None:
    """The books are locked all the while."""
    from tests.attacks import connect

    entity = an_entity()
    client = ApiClient(entity)
    with connect() as holder:
        holder.execute("SELECT FROM books_entity WHERE id = %s FOR NO KEY UPDATE", (entity.id,))
        assert sent(client, "CREATE_ITEM", {"name": "Chair"})
