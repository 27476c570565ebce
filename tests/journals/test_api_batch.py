"""POST /api/journals/batch: up to 10,000 transfers and journals, each for itself or all or nothing."""

import json
from typing import Any
from uuid import uuid4

import pytest

from journals.models import Journal
from ledgerflow.books.models import Entity, Event
from tests.builders import an_account, an_entity, balance_of
from tests.client import ApiClient, Reply

PATH = "/api/journals/batch"


@pytest.fixture
def entity() -> Entity:
    entity = an_entity()
    an_account(entity, "CASH")
    an_account(entity, "SALES", "income")
    an_account(entity, "WALLET", "liability", min_balance="0")
    return entity


@pytest.fixture
def client(entity: Entity) -> ApiClient:
    return ApiClient(entity)


def a_sale(amount: Any = "1.00", **given: Any) -> dict[str, Any]:
    transfer = {"debit_account": "CASH", "credit_account": "SALES", "amount": amount}
    return transfer | {"idempotency_key": uuid4().hex} | given


def a_payout(amount: str = "1.00", **given: Any) -> dict[str, Any]:
    return a_sale(amount, debit_account="WALLET", credit_account="CASH", **given)


def a_journal(**given: Any) -> dict[str, Any]:
    lines = [
        {"account": "CASH", "side": "debit", "amount": "2.00"},
        {"account": "SALES", "side": "credit", "amount": "2.00"},
    ]
    return {"lines": lines, "idempotency_key": uuid4().hex} | given


def send(client: ApiClient, *items: Any, mode: str = "each", **given: Any) -> Reply:
    return client.post(PATH, {"mode": mode, "items": list(items)} | given, key="")


def outcomes(reply: Reply) -> list[str]:
    return [row["error"]["code"] if row["status"] == "refused" else row["status"] for row in reply.json["results"]]


def counts(reply: Reply) -> tuple[int, int, int, int]:
    return tuple(reply.json[name] for name in ("posted", "replayed", "refused", "would_post"))


def test_transfers_and_journals_are_posted_in_order(entity: Entity, client: ApiClient) -> None:
    reply = send(client, a_sale(), a_journal(), a_sale(description='the "lines"'), a_sale(metadata={"lines": 1}))
    assert reply.status == 200
    assert outcomes(reply) == ["posted"] * 4
    assert counts(reply) == (4, 0, 0, 0)
    assert [row["journal"]["number"] for row in reply.json["results"]] == [1, 2, 3, 4]
    assert [row["journal"]["kind"] for row in reply.json["results"]] == ["transfer", "manual", "transfer", "transfer"]
    assert str(balance_of(entity, "CASH")) == "5.00"


def test_a_refused_item_does_not_disturb_its_neighbours(entity: Entity, client: ApiClient) -> None:
    reply = send(client, a_sale(), a_payout(), a_sale())
    assert outcomes(reply) == ["posted", "insufficient_funds", "posted"]
    assert counts(reply) == (2, 0, 1, 0)
    error = reply.json["results"][1]["error"]
    assert error["type"] == "urn:ledgerflow:problem:insufficient_funds"
    assert error["errors"][0]["pointer"] == "/items/1"
    assert error["data"]["account"] == "WALLET"
    assert Journal.objects.filter(entity=entity).count() == 2


@pytest.mark.parametrize(
    "item, code, pointer",
    [
        (7, "malformed", "/items/1"),
        (None, "malformed", "/items/1"),
        ([], "malformed", "/items/1"),
        ({}, "malformed", "/items/1/debit_account"),
        (a_sale(amount=1), "malformed", "/items/1/amount"),
        (a_sale(amount="NaN"), "malformed", "/items/1/amount"),
        (a_sale(colour="red"), "malformed", "/items/1/colour"),
        (a_sale(dry_run=True), "malformed", "/items/1/dry_run"),
        (a_sale(idempotency_key=""), "idempotency_key_missing", "/items/1"),
        (a_sale(idempotency_key="k" * 256), "malformed", "/items/1/idempotency_key"),
        (a_sale(idempotency_key="a\x00b"), "malformed", "/items/1/idempotency_key"),
        (a_sale(description="x\x00y"), "malformed", "/items/1/description"),
        (a_sale(metadata={"deep": json.loads("[" * 50 + "]" * 50)}), "malformed", "/items/1/metadata"),
        (a_journal(lines=[]), "malformed", "/items/1/lines"),
        (a_journal(lines=7), "malformed", "/items/1/lines"),
        (a_journal(amount="1"), "malformed", "/items/1/amount"),
        (a_sale(debit_account="NONE"), "unknown_account", "/items/1/debit_account"),
    ],
)
def test_an_item_that_is_wrong_is_refused_alone_and_pointed_at(
    client: ApiClient, item: Any, code: str, pointer: str
) -> None:
    reply = send(client, a_sale(), item, a_sale())
    assert reply.status == 200
    assert outcomes(reply) == ["posted", code, "posted"]
    assert reply.json["results"][1]["error"]["errors"][0]["pointer"] == pointer


def test_an_item_that_names_a_member_twice_is_refused_alone(client: ApiClient) -> None:
    twice = json.dumps(a_sale())[:-1] + ', "amount": "9.00"}'
    body = f'{{"mode": "each", "items": [{json.dumps(a_sale())}, {twice}]}}'
    reply = client.post(PATH, body.encode(), key="")
    assert outcomes(reply) == ["posted", "malformed"]
    assert reply.json["results"][1]["error"]["errors"][0]["pointer"] == "/items/1/amount"


def test_sent_again_every_item_replays(client: ApiClient) -> None:
    items = [a_sale(), a_journal(), a_payout()]
    first = send(client, *items)
    again = send(client, *items)
    assert outcomes(again) == ["replayed", "replayed", "insufficient_funds"]
    assert counts(again) == (0, 2, 1, 0)
    assert again.json["results"][0] == first.json["results"][0] | {"status": "replayed"}


def test_a_key_twice_in_a_batch_posts_once(entity: Entity, client: ApiClient) -> None:
    reply = send(client, a_sale(idempotency_key="k"), a_sale(idempotency_key="k"), a_sale("2.00", idempotency_key="k"))
    assert outcomes(reply) == ["posted", "replayed", "idempotency_key_reused"]
    assert str(balance_of(entity, "CASH")) == "1.00"


def test_a_dry_run_tells_of_every_item_and_writes_nothing(entity: Entity, client: ApiClient) -> None:
    before = Event.objects.filter(entity=entity).count()
    fund = a_sale(credit_account="WALLET")
    reply = send(client, a_payout(), fund, a_payout(), dry_run=True)
    assert outcomes(reply) == ["insufficient_funds", "would_post", "would_post"]
    assert counts(reply) == (0, 0, 1, 2)
    assert Event.objects.filter(entity=entity).count() == before


def test_an_atomic_batch_posts_as_one(entity: Entity, client: ApiClient) -> None:
    reply = send(client, a_sale(credit_account="WALLET"), a_payout(), mode="atomic")
    assert (reply.status, outcomes(reply)) == (200, ["posted", "posted"])
    assert len({row["recorded_at"] for row in reply.json["results"]}) == 1


@pytest.mark.parametrize("dry_run", [True, False])
def test_an_atomic_batch_with_a_refusal_is_refused_whole(entity: Entity, client: ApiClient, dry_run: bool) -> None:
    before = Event.objects.filter(entity=entity).count()
    reply = send(client, a_sale(), a_payout(), a_sale(), mode="atomic", dry_run=dry_run)
    assert (reply.status, reply.code, reply.pointers) == (422, "batch_refused", ["/items/1"])
    assert outcomes(reply) == ["batch_refused", "insufficient_funds", "batch_refused"]
    assert reply.json["data"].items() >= {"item": 1, "item_code": "insufficient_funds"}.items()
    assert Event.objects.filter(entity=entity).count() == before


@pytest.mark.parametrize(
    "item, status, code, pointer",
    [
        (a_sale(amount=1), 400, "malformed", "/items/1/amount"),
        (a_sale(description="x\x00"), 400, "malformed", "/items/1/description"),
        (a_sale(idempotency_key=""), 400, "idempotency_key_missing", "/items/1"),
    ],
)
def test_an_atomic_batch_with_a_malformed_item_is_malformed(
    entity: Entity, client: ApiClient, item: Any, status: int, code: str, pointer: str
) -> None:
    reply = send(client, a_sale(), item, mode="atomic")
    assert (reply.status, reply.code, reply.pointers) == (status, code, [pointer])
    assert not Journal.objects.filter(entity=entity).exists()


def test_overriding_limits_in_an_item_takes_the_scope_manage(entity: Entity, client: ApiClient) -> None:
    item = a_payout(override_limits="chargeback")
    poster = ApiClient(entity, "post")
    assert outcomes(send(poster, a_sale(), item)) == ["posted", "permission_missing"]
    atomic = send(poster, a_sale(), item, mode="atomic")
    assert (atomic.status, atomic.code, atomic.pointers) == (403, "permission_missing", ["/items/1/override_limits"])
    assert outcomes(send(client, item)) == ["posted"]


@pytest.mark.parametrize(
    "body, pointer",
    [
        ({"items": [{}]}, "/mode"),
        ({"mode": "some", "items": [{}]}, "/mode"),
        ({"mode": "each"}, "/items"),
        ({"mode": "each", "items": []}, "/items"),
        ({"mode": "each", "items": {}}, "/items"),
        ({"mode": "each", "items": [{}] * 10_001}, "/items"),
        ({"mode": "each", "items": [{}], "dry_run": 1}, "/dry_run"),
        ({"mode": "each", "items": [{}], "idempotency_key": "k"}, "/idempotency_key"),
    ],
)
def test_a_batch_that_is_wrong_itself_is_refused(client: ApiClient, body: Any, pointer: str) -> None:
    reply = client.post(PATH, body, key="")
    assert (reply.status, reply.code, reply.pointers) == (400, "malformed", [pointer])


def test_ten_thousand_items_are_taken(client: ApiClient) -> None:
    reply = send(client, *[a_sale(debit_account="NONE") for _ in range(10_000)])
    assert counts(reply) == (0, 0, 10_000, 0)
