"""POST /api/transfers: one amount from one account to another."""

from typing import Any

import pytest

from journals.models import Journal, Posting
from ledgerflow.books.models import Entity, Event
from tests.builders import an_account, an_entity, balance_of
from tests.client import ApiClient


@pytest.fixture
def entity() -> Entity:
    entity = an_entity(dimensions=["cost_centre"])
    an_account(entity, "CASH")
    an_account(entity, "SALES", "income")
    an_account(entity, "WALLET", "liability", min_balance="0")
    an_account(entity, "DOLLARS", currency="USD")
    an_account(entity, "ASSETS", is_header=True)
    return entity


@pytest.fixture
def client(entity: Entity) -> ApiClient:
    return ApiClient(entity)


def a_sale(**given: Any) -> dict[str, Any]:
    return {"debit_account": "CASH", "credit_account": "SALES", "amount": "12.3"} | given


def test_a_transfer_is_posted_and_answered_with_the_balances(entity: Entity, client: ApiClient) -> None:
    reply = client.post("/api/transfers", a_sale(), key="sale-1")
    assert reply.status == 201
    assert reply.headers["Content-Type"] == "application/json"
    assert "Idempotent-Replayed" not in reply.headers
    assert reply.json["status"] == "posted"
    assert reply.json["recorded_at"].endswith("Z")
    journal = reply.json["journal"]
    assert (journal["kind"], journal["number"], journal["idempotency_key"]) == ("transfer", 1, "sale-1")
    assert [(line["account"], line["side"], line["amount"]) for line in journal["lines"]] == [
        ("CASH", "debit", "12.30"),
        ("SALES", "credit", "12.30"),
    ]
    assert [(row["account"], row["balance"], row["version"]) for row in journal["balances"]] == [
        ("CASH", "12.30", 1),
        ("SALES", "12.30", 1),
    ]
    assert str(balance_of(entity, "CASH")) == "12.30"


def test_the_answer_is_the_event_and_names_the_key_that_posted(entity: Entity, client: ApiClient) -> None:
    reply = client.post("/api/transfers", a_sale())
    event = Event.objects.get(entity=entity, sequence=reply.json["event_sequence"])
    assert f'"journal":{event.data}'.encode() in reply.content
    assert event.actor == f"key:{client.key.id}"


def test_everything_a_transfer_can_carry_is_in_the_books(entity: Entity, client: ApiClient) -> None:
    given = {
        "effective_date": "2026-02-27", "description": "Invoice 7: paid in €", "external_reference": "INV-7",
        "metadata": {"order": {"lines": [1, 2]}}, "currency": "EUR", "dimensions": {"cost_centre": "north"},
    }  # fmt: skip
    journal = client.post("/api/transfers", a_sale(**given, confirm_unusual_date=True)).json["journal"]
    for name in ("effective_date", "description", "external_reference", "metadata"):
        assert journal[name] == given[name]
    row = Journal.objects.get(id=journal["id"])
    assert (row.external_reference, row.metadata) == ("INV-7", given["metadata"])
    assert list(Posting.objects.filter(journal=row).values_list("dimensions", flat=True)) == [given["dimensions"]] * 2


def test_without_an_idempotency_key_nothing_is_posted(entity: Entity, client: ApiClient) -> None:
    reply = client.post("/api/transfers", a_sale(), key="")
    assert (reply.status, reply.code) == (400, "idempotency_key_missing")
    assert not Journal.objects.filter(entity=entity).exists()


@pytest.mark.parametrize("key", ["k" * 256, "schlüssel", "a\tb"])
def test_an_idempotency_key_is_short_visible_ascii(client: ApiClient, key: str) -> None:
    reply = client.post("/api/transfers", a_sale(), key=key)
    assert (reply.status, reply.pointers) == (400, ["/idempotency_key"])


def test_the_same_key_and_content_replays_the_first_answer(entity: Entity, client: ApiClient) -> None:
    first = client.post("/api/transfers", a_sale(amount="12.30"), key="k")
    client.post("/api/transfers", a_sale(amount="1.00"))
    again = client.post("/api/transfers", a_sale(amount="12.300"), key="k")
    assert (again.status, again.headers["Idempotent-Replayed"]) == (201, "true")
    assert again.json == first.json | {"status": "replayed"}
    assert str(balance_of(entity, "CASH")) == "13.30"


def test_the_same_key_with_other_content_is_refused(client: ApiClient) -> None:
    client.post("/api/transfers", a_sale(), key="k")
    reply = client.post("/api/transfers", a_sale(amount="99.00"), key="k")
    assert (reply.status, reply.code) == (422, "idempotency_key_reused")


def test_a_refusal_is_not_remembered(entity: Entity, client: ApiClient) -> None:
    payout = {"debit_account": "WALLET", "credit_account": "CASH", "amount": "5.00"}
    assert client.post("/api/transfers", payout, key="k").code == "insufficient_funds"
    client.post("/api/transfers", {"debit_account": "CASH", "credit_account": "WALLET", "amount": "5.00"})
    assert client.post("/api/transfers", payout, key="k").status == 201


def test_a_dry_run_says_what_would_happen_and_writes_nothing(entity: Entity, client: ApiClient) -> None:
    before = Event.objects.filter(entity=entity).count()
    reply = client.post("/api/transfers", a_sale(dry_run=True), key="k")
    assert reply.status == 200
    assert (reply.json["status"], reply.json["event_sequence"], reply.json["recorded_at"]) == ("would_post", None, None)
    assert reply.json["journal"]["balances"][0]["balance"] == "12.30"
    assert client.post("/api/transfers", a_sale(credit_account="?", dry_run=True)).code == "unknown_account"
    assert Event.objects.filter(entity=entity).count() == before
    assert client.post("/api/transfers", a_sale(), key="k").json["status"] == "posted"


@pytest.mark.parametrize(
    "given, status, code, pointer, data",
    [
        ({"debit_account": "NONE"}, 422, "unknown_account", "/debit_account", {"account": "NONE"}),
        ({"credit_account": "CASH"}, 422, "same_account", "", {"account": "CASH"}),
        ({"credit_account": "ASSETS"}, 422, "header_account", "/credit_account", {"account": "ASSETS"}),
        ({"credit_account": "DOLLARS"}, 422, "currency_mismatch", "", {"account": "DOLLARS"}),
        ({"currency": "USD"}, 422, "currency_mismatch", "/currency", {"account": "CASH"}),
        ({"amount": "1.001"}, 422, "precision_exceeded", "/amount", {"currency": "EUR", "minor_units": 2}),
        ({"dimensions": {"planet": "mars"}}, 422, "unknown_dimension", "/dimensions", {"dimension": "planet"}),
        ({"effective_date": "2026-03-03"}, 422, "future_date", "/effective_date", {"business_date": "2026-03-02"}),
        (
            {"debit_account": "WALLET"}, 422, "insufficient_funds", "",
            {"account": "WALLET", "available": "0.00", "min_balance": "0.00"},
        ),
    ],
)  # fmt: skip
def test_a_refusal_is_a_problem_document(
    client: ApiClient, given: dict[str, Any], status: int, code: str, pointer: str, data: dict[str, Any]
) -> None:
    reply = client.post("/api/transfers", a_sale(**given))
    assert (reply.status, reply.code) == (status, code)
    assert reply.json["type"] == f"urn:ledgerflow:problem:{code}"
    assert reply.json["errors"] == [{"pointer": pointer, "detail": reply.json["detail"]}]
    assert reply.json["data"].items() >= data.items()
    assert reply.json["retryable"] is False


def test_overriding_limits_takes_a_reason_and_the_scope_manage(entity: Entity, client: ApiClient) -> None:
    overdraw = {"debit_account": "WALLET", "credit_account": "CASH", "amount": "5.00", "override_limits": "chargeback"}
    assert ApiClient(entity, "post").post("/api/transfers", overdraw).code == "permission_missing"
    reply = ApiClient(entity, "post", "manage").post("/api/transfers", overdraw)
    assert reply.json["journal"]["override_limits"] == "chargeback"
    assert str(balance_of(entity, "WALLET")) == "-5.00"


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_a_transfer_can_only_be_posted(client: ApiClient, method: str) -> None:
    reply = client.send(method, "/api/transfers")
    assert (reply.status, reply.code) == (405, "method_not_allowed")
    assert "POST" in reply.headers["Allow"]
