"""What is asked for by commands is done in order, and each says how it ended."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from journals.models import Journal
from journals.proof.ledger import verify_books
from ledgerflow.books.models import Event
from tests.builders import an_entity, balance_of
from tests.client import ApiClient
from tests.commands.commanding import SALE, a_shop_with_cash, outcome, process, sale, sent, statuses


def test_books_from_their_first_account_on_by_commands_alone() -> None:
    entity = an_entity()
    client = ApiClient(entity)
    cash = sent(client, "CREATE_ACCOUNT", {"code": "cash", "name": "Cash", "currency": "EUR"})
    for code, type_ in (("sales", "income"), ("rent", "expense"), ("wallet", "liability")):
        sent(client, "CREATE_ACCOUNT", {"code": code, "name": code, "currency": "EUR", "type": type_})
    sold = sale(client, "100.00", description="Two chairs")
    lines = [
        {"account": "rent", "side": "debit", "amount": "30.00"},
        {"account": "cash", "side": "credit", "amount": "30.00"},
    ]
    rent = sent(client, "POST_JOURNAL", {"lines": lines})
    funded = sale(client, "50.00", credit_account="wallet")
    process(entity)
    assert statuses(entity) == ["completed"] * 7
    assert outcome(client, cash)["result"]["type"] == "account.opened"
    journal = outcome(client, sold)["result"]
    assert (journal["type"], journal["data"]["description"]) == ("journal.posted", "Two chairs")

    hold = sent(client, "PLACE_HOLD", {"account": "wallet", "amount": "20.00"})
    back = sent(client, "REVERSE_JOURNAL", {"journal": outcome(client, rent)["result"]["subject"]})
    process(entity)
    held = outcome(client, hold)["result"]["subject"]
    taken = sent(client, "CAPTURE_HOLD", {"hold": held, "counter_account": "sales", "amount": "15.00"})
    let_go = sent(client, "RELEASE_HOLD", {"hold": held, "reason": "enough"})
    process(entity)
    assert [outcome(client, one)["status"] for one in (back, taken, let_go)] == ["completed"] * 3
    assert outcome(client, funded)["result"]["event_sequence"] < outcome(client, taken)["event_sequence"]
    assert (balance_of(entity, "cash"), balance_of(entity, "wallet")) == (Decimal(150), Decimal(35))
    assert verify_books(entity.id) == []


def test_a_command_tells_what_the_endpoint_would_have_answered() -> None:
    entity = a_shop_with_cash()
    client = ApiClient(entity)
    command = sale(client)
    assert outcome(client, command) | {"received_at": ""} == {
        "id": command, "type": "TRANSFER_MONEY", "status": "accepted", "received_at": "", "finished_at": None,
        "idempotency_key": outcome(client, command)["idempotency_key"], "actor": f"key:{client.key.id}",
        "event_sequence": None, "result_sequence": None, "error": None, "payload": SALE, "result": None,
    }  # fmt: skip
    process(entity)
    done = outcome(client, command)
    journal = client.get(f"/api/journals/{done['result']['subject']}").json
    assert journal["journal"] == done["result"]["data"]
    assert journal["event_sequence"] == done["result"]["event_sequence"] == done["result_sequence"]
    assert journal["actor"] == done["actor"]
    told = Event.objects.get(entity=entity, sequence=done["event_sequence"])
    assert (told.type, told.subject, told.actor) == ("command.completed", command, done["actor"])


def test_what_the_books_refuse_fails_and_says_why() -> None:
    entity = a_shop_with_cash()
    client = ApiClient(entity)
    poor = sale(client, "1.00", debit_account="sales", credit_account="cash")
    unknown = sale(client, credit_account="nowhere")
    good = sale(client)
    process(entity)
    failed = outcome(client, poor)
    endpoint = client.post("/api/transfers", SALE | {"debit_account": "sales", "credit_account": "cash", "amount": "9"})
    assert (failed["status"], failed["error"]["code"]) == ("failed", endpoint.code)
    assert failed["result"] is None
    assert Event.objects.get(entity=entity, sequence=failed["event_sequence"]).type == "command.failed"
    missing = outcome(client, unknown)["error"]
    assert (missing["code"], missing["pointer"]) == ("unknown_account", "/payload/credit_account")
    assert missing["data"] == {"account": "nowhere"}
    assert outcome(client, good)["status"] == "completed"
    assert verify_books(entity.id) == []


@pytest.mark.parametrize("is_first", [True, False])
def test_the_same_transfer_sent_both_ways_is_posted_once(is_first: bool) -> None:
    """Whichever comes first; the command says the journal that is there."""
    entity = a_shop_with_cash()
    client = ApiClient(entity)
    command = ""

    def by_command() -> None:
        nonlocal command
        command = sale(client, key="k")
        process(entity)

    if is_first:
        by_command()
    reply = client.post("/api/transfers", SALE | {"amount": "5.0"}, key="k")
    if not is_first:
        by_command()
    assert reply.json["status"] == ("replayed" if is_first else "posted")
    done = outcome(client, command)
    assert (done["status"], done["result"]["data"]) == ("completed", reply.json["journal"])
    assert Journal.objects.filter(entity=entity).count() == 1
    assert verify_books(entity.id) == []


def test_a_key_that_another_request_has_used_is_refused() -> None:
    entity = a_shop_with_cash()
    client = ApiClient(entity)
    client.post("/api/transfers", SALE | {"amount": "7.00"}, key="k")
    reply = client.post("/api/commands", {"type": "TRANSFER_MONEY", "payload": SALE}, key="k")
    assert (reply.status, reply.code) == (422, "idempotency_key_reused")
    assert statuses(entity) == []


def test_a_key_that_another_request_uses_meanwhile_fails_the_command() -> None:
    """The request came first to the books; sent again, the command is what it was."""
    entity = a_shop_with_cash()
    client = ApiClient(entity)
    command = sale(client, key="k")
    client.post("/api/transfers", SALE | {"amount": "7.00"}, key="k")
    assert sale(client, key="k") == command
    process(entity)
    assert outcome(client, command)["error"]["code"] == "idempotency_key_reused"
    assert sale(client, key="k") == command


def test_the_account_that_is_there_already_is_refused_and_no_other_command_with_it() -> None:
    entity = a_shop_with_cash()
    client = ApiClient(entity)
    commands = [
        sent(client, "CREATE_ACCOUNT", {"code": code, "name": code, "currency": "EUR"}) for code in ("cash", "new")
    ]
    twice = sent(client, "CREATE_ACCOUNT", {"code": "new", "name": "new", "currency": "EUR"})
    process(entity)
    assert [outcome(client, one)["status"] for one in (*commands, twice)] == ["failed", "completed", "failed"]
    assert outcome(client, twice)["error"]["code"] == "account_exists"


def test_commands_are_carried_out_in_the_order_in_which_they_came() -> None:
    """Each of these is refused unless the one before it is done."""
    entity = an_entity()
    client = ApiClient(entity)
    for code, type_ in (("cash", "asset"), ("sales", "income")):
        sent(
            client, "CREATE_ACCOUNT", {"code": code, "name": code, "currency": "EUR", "type": type_, "min_balance": "0"}
        )
    sale(client, "10.00")
    sent(client, "PLACE_HOLD", {"account": "sales", "amount": "10.00"})
    refused = sale(client, "1.00", debit_account="sales", credit_account="cash")
    sale(client, "1.00")
    allowed = sale(client, "1.00", debit_account="sales", credit_account="cash")
    process(entity)
    assert outcome(client, refused)["error"]["code"] == "insufficient_funds"
    assert outcome(client, allowed)["status"] == "completed"
    assert statuses(entity).count("failed") == 1


def test_a_command_that_overrides_does_what_the_manager_was_asked_for() -> None:
    entity = a_shop_with_cash()
    client = ApiClient(entity)
    command = sale(client, "1.00", debit_account="sales", credit_account="cash", override_limits="a chargeback")
    process(entity)
    fact: dict[str, Any] = outcome(client, command)["result"]["data"]
    assert fact["override_limits"] == "a chargeback"


def test_a_list_of_commands_the_newest_first() -> None:
    entity = a_shop_with_cash()
    client = ApiClient(entity)
    first, second = sale(client, key="k1"), sale(client, "1.00", debit_account="sales", credit_account="nowhere")
    process(entity)
    third = sale(client)
    listed = client.get("/api/commands").json["results"]
    assert [one["id"] for one in listed] == [third, second, first]
    assert [one["status"] for one in listed] == ["accepted", "failed", "completed"]
    for status, command in (("accepted", third), ("failed", second), ("completed", first)):
        assert [one["id"] for one in client.get(f"/api/commands?status={status}").json["results"]] == [command]
    assert [one["id"] for one in client.get("/api/commands?idempotency_key=k1").json["results"]] == [first]
    assert client.get("/api/commands?idempotency_key=k2").json["results"] == []
