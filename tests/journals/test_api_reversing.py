"""POST /api/journals/{id}/reverse: correcting a journal by its mirror image."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from journals.errors import NotReversible
from journals.reversal import reverse_journal
from ledgerflow.books.entities import advance_business_date
from ledgerflow.books.models import Entity
from ledgerflow.core.errors import NotFound
from tests.builders import TODAY, an_account, an_entity, balance_of
from tests.client import NO_JOURNAL, ApiClient, Reply


@pytest.fixture
def entity() -> Entity:
    entity = an_entity(dimensions=["cost_centre"])
    an_account(entity, "CASH")
    an_account(entity, "SALES", "income")
    an_account(entity, "WALLET", "liability", min_balance="0")
    return entity


@pytest.fixture
def client(entity: Entity) -> ApiClient:
    return ApiClient(entity)


def journal_of(reply: Reply) -> str:
    assert reply.status == 201, reply.json
    return str(reply.json["journal"]["id"])


def a_deposit(client: ApiClient, **given: Any) -> str:
    body = {"debit_account": "CASH", "credit_account": "WALLET", "amount": "5.00"} | given
    return journal_of(client.post("/api/transfers", body))


def reverse(client: ApiClient, journal: str, *, key: str | None = None, **body: Any) -> Reply:
    return client.post(f"/api/journals/{journal}/reverse", body, key=key)


def test_a_reversal_turns_the_sides_and_is_linked_both_ways(entity: Entity, client: ApiClient) -> None:
    original = a_deposit(client)
    reversal = reverse(client, original, description="Entered twice").json["journal"]
    assert (reversal["kind"], reversal["reverses"], reversal["description"]) == ("reversal", original, "Entered twice")
    assert [(line["account"], line["side"], line["amount"]) for line in reversal["lines"]] == [
        ("CASH", "credit", "5.00"),
        ("WALLET", "debit", "5.00"),
    ]
    # Nothing is left, on either side; "-0.00" once was.
    assert [(row["balance"], row["available"]) for row in reversal["balances"]] == [("0.00", "0.00")] * 2
    assert client.get(f"/api/journals/{original}").json["reversed_by"] == reversal["id"]
    assert client.get(f"/api/journals/{reversal['id']}").json["journal"]["reverses"] == original
    assert client.get("/api/journals").json["results"][1]["reversed_by"] == reversal["id"]


def test_descriptions_and_dimensions_of_lines_go_with_them(client: ApiClient) -> None:
    lines = [
        {"account": "CASH", "side": "debit", "amount": "1", "description": "till 3"},
        {"account": "SALES", "side": "credit", "amount": "1", "dimensions": {"cost_centre": "north"}},
    ]
    original = journal_of(client.post("/api/journals", {"lines": lines}))
    reversed_ = reverse(client, original).json["journal"]["lines"]
    assert reversed_[0]["description"] == "till 3"
    assert reversed_[1]["dimensions"] == {"cost_centre": "north"}


def test_a_body_is_not_needed(client: ApiClient) -> None:
    assert client.post(f"/api/journals/{a_deposit(client)}/reverse").status == 201


def test_large_amounts_are_reversed_to_the_last_digit(entity: Entity, client: ApiClient) -> None:
    lines = [
        {"account": "CASH", "side": "debit", "amount": "12345678901234567890.12"},
        {"account": "SALES", "side": "credit", "amount": "12345678901234567890.12"},
    ]
    reverse(client, journal_of(client.post("/api/journals", {"lines": lines})))
    assert str(balance_of(entity, "CASH")) == "0.00"


def test_a_journal_is_reversed_once(client: ApiClient) -> None:
    original = a_deposit(client)
    reverse(client, original)
    reply = reverse(client, original)
    assert (reply.status, reply.code) == (422, "already_reversed")


def test_a_retry_replays_although_the_journal_is_reversed_by_then(client: ApiClient) -> None:
    original = a_deposit(client)
    first = reverse(client, original, key="k")
    again = reverse(client, original, key="k")
    assert (again.status, again.headers["Idempotent-Replayed"]) == (201, "true")
    assert again.json == first.json | {"status": "replayed"}


def test_the_same_key_for_another_journal_is_refused(client: ApiClient) -> None:
    reverse(client, a_deposit(client), key="k")
    assert reverse(client, a_deposit(client), key="k").code == "idempotency_key_reused"


def test_a_reversal_cannot_be_reversed(client: ApiClient) -> None:
    reversal = journal_of(reverse(client, a_deposit(client)))
    reply = reverse(client, reversal)
    assert (reply.status, reply.code) == (422, "not_reversible")


@pytest.mark.parametrize("journal", [NO_JOURNAL, "7"])
def test_an_unknown_journal_is_not_found(client: ApiClient, journal: str) -> None:
    reply = reverse(client, journal)
    assert (reply.status, reply.code) == (404, "not_found")


def test_without_an_idempotency_key_nothing_is_reversed(client: ApiClient) -> None:
    assert reverse(client, a_deposit(client), key="").code == "idempotency_key_missing"


def test_a_reversal_is_dated_on_the_business_date(entity: Entity, client: ApiClient) -> None:
    original = a_deposit(client)
    advance_business_date(entity, TODAY + timedelta(days=3), actor="test")
    assert reverse(client, original).json["journal"]["effective_date"] == "2026-03-05"


def test_a_reversal_is_never_dated_before_its_original(client: ApiClient) -> None:
    original = a_deposit(client)
    reply = reverse(client, original, effective_date="2026-03-01")
    assert (reply.code, reply.pointers) == ("before_original", ["/effective_date"])
    assert reverse(client, original, effective_date="2026-03-02").status == 201


def test_a_reversal_obeys_limits_unless_they_are_overridden(entity: Entity, client: ApiClient) -> None:
    original = a_deposit(client)
    client.post("/api/transfers", {"debit_account": "WALLET", "credit_account": "CASH", "amount": "4.00"})
    assert reverse(client, original).code == "insufficient_funds"
    assert reverse(ApiClient(entity, "post"), original, override_limits="spent").code == "permission_missing"
    assert reverse(client, original, override_limits="spent").status == 201
    assert str(balance_of(entity, "WALLET")) == "-4.00"


@pytest.mark.parametrize(
    "body, pointer",
    [
        ({"effective_date": "soon"}, "/effective_date"),
        ({"description": 7}, "/description"),
        ({"description": "x\x00"}, "/description"),
        ({"amount": "1"}, "/amount"),
    ],
)
def test_a_wrong_member_is_named(client: ApiClient, body: dict[str, Any], pointer: str) -> None:
    reply = reverse(client, a_deposit(client), **body)
    assert (reply.status, reply.pointers) == (400, [pointer])


def test_a_member_named_twice_is_refused(client: ApiClient) -> None:
    path = f"/api/journals/{a_deposit(client)}/reverse"
    assert client.post(path, b'{"description": "a", "description": "b"}').pointers == ["/description"]


def test_the_use_case_serves_other_callers_too(entity: Entity, client: ApiClient) -> None:
    original = UUID(a_deposit(client))
    answer = reverse_journal(entity.id, original, key="r", effective_date=date(2026, 3, 2), actor="user:ada")
    assert answer.status == "posted"
    with pytest.raises(NotFound):
        reverse_journal(an_entity().id, original, key="r", actor="user:ada")
    reversal = UUID(client.get("/api/journals", {"kind": "reversal"}).json["results"][0]["journal"]["id"])
    with pytest.raises(NotReversible):
        reverse_journal(entity.id, reversal, key="r2", actor="user:ada")
