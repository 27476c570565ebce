"""POST /api/transfers."""

from tests.api.client import ApiClient
from tests.builders import an_account, an_entity, balance_of


def test_a_transfer_is_posted_and_answered_with_the_balances() -> None:
    entity = an_entity()
    an_account(entity, "CASH")
    an_account(entity, "SALES", "income")
    reply = ApiClient(entity).post(
        "/api/transfers", {"debit_account": "CASH", "credit_account": "SALES", "amount": "12.3"}
    )
    assert reply.status == 201
    assert reply.json["status"] == "posted"
    assert reply.json["recorded_at"].endswith("Z")
    assert [line["amount"] for line in reply.json["journal"]["lines"]] == ["12.30", "12.30"]
    assert reply.json["journal"]["balances"][0]["balance"] == "12.30"
    assert str(balance_of(entity, "CASH")) == "12.30"
