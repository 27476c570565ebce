"""Exceptions through the API."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from ledgerflow.books.entities import advance_business_date
from recon.statements.models import BankAccount
from tests.builders import TODAY
from tests.cases.reconciling import books_with_a_bank, said, sold
from tests.client import ApiClient

RUN = "/api/recon/bank-accounts/BANK/reconcile"
LIST = "/api/recon/exceptions"


@pytest.fixture
def bank() -> BankAccount:
    found = books_with_a_bank()
    sold(found, "70.00", "INV-2026-0003")
    said(found, ("70.01", "INV-2026-0003"), ("-4.00", "FEE-78"), ("-5.00", "FEE-79"))
    return found


@pytest.fixture
def client(bank: BankAccount) -> ApiClient:
    return ApiClient(bank.entity)


def test_a_run_and_what_it_leaves(client: ApiClient) -> None:
    dry = client.post(f"{RUN}?dry_run=true", {})
    assert (dry.status, dry.json["dry_run"], dry.json["opened"]) == (200, True, {"amount": 1, "missing_in_books": 2})
    assert client.get(LIST).json["results"] == []
    assert client.post(RUN, {}).json["opened"] == {"amount": 1, "missing_in_books": 2}
    assert client.post(RUN, {}).json["unchanged"] == 3
    (found,) = client.get(LIST, {"kind": "amount", "account": "BANK"}).json["results"]
    assert (found["amount"], found["age"], found["status"], found["account"]) == ("70.01", "0-1", "open", "BANK")


def test_pages_and_filters(client: ApiClient) -> None:
    client.post(RUN, {})
    first = client.get(LIST, {"limit": "2"}).json
    assert (len(first["results"]), first["next"] is not None) == (2, True)
    assert len(client.get(first["next"]).json["results"]) == 1
    assert client.get(LIST, {"age": "2-7", "on": "2026-03-06"}).json["results"][0]["age"] == "2-7"
    assert client.get(LIST, {"age": "2-7"}).json["results"] == []
    assert client.get(LIST, {"age": "old"}).status == 400
    assert client.get(LIST, {"account": "NONE"}).status == 404


def test_one_is_worked_on(client: ApiClient) -> None:
    client.post(RUN, {})
    (case,) = client.get(LIST, {"kind": "amount"}).json["results"]
    path, key = f"{LIST}/{case['id']}/actions", uuid4().hex
    body = {"action": "assign", "owner": "user:7", "comment": "yours"}
    done = client.post(path, body, key=key)
    assert (done.status, done.json["owner"], done.json["history"][0]["comment"]) == (200, "user:7", "yours")
    again = client.post(path, body, key=key)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert len(again.json["history"]) == 2
    shown = client.get(f"{LIST}/{case['id']}")
    assert shown.headers["ETag"] == f'"{shown.json["revision"]}"'
    assert client.post(path, {"action": "resolve", "resolution": "accepted"}).json["status"] == "resolved"
    assert client.post(path, {"action": "check"}).code == "exception_resolved"


def test_what_is_sent_again_is_answered_as_it_was_first(client: ApiClient, bank: BankAccount) -> None:
    """Whatever was done since, and on whatever day: also its age is that of the first answer."""
    client.post(RUN, {})
    (case,) = client.get(LIST, {"kind": "amount"}).json["results"]
    path, body = f"{LIST}/{case['id']}/actions", {"action": "assign", "owner": "user:7"}
    first = client.post(path, body, key="first")
    client.post(path, {"action": "resolve", "resolution": "accepted", "note": "a cent"})
    advance_business_date(bank.entity, TODAY + timedelta(days=3), actor="test")
    again = client.post(path, body, key="first")
    assert (again.json, again.json["age"]) == (first.json, "0-1")
    assert again.headers["Idempotent-Replayed"] == "true"
    assert client.get(f"{LIST}/{case['id']}").json["status"] == "resolved"


def test_many_that_are_sent_again_are_counted_as_they_were_first(client: ApiClient) -> None:
    client.post(RUN, {})
    ids = [one["id"] for one in client.get(LIST).json["results"]]
    client.post(f"{LIST}/{ids[0]}/actions", {"action": "check"})
    body = {"action": "check", "exceptions": ids}
    assert client.post(f"{LIST}/actions", body, key="many").json == {"status": "changed", "changed": 2}
    assert client.post(f"{LIST}/actions", body, key="many").json == {"status": "replayed", "changed": 2}


def test_many_are_worked_on(client: ApiClient) -> None:
    client.post(RUN, {})
    ids = [one["id"] for one in client.get(LIST, {"kind": "missing_in_books"}).json["results"]]
    body = {"action": "resolve", "resolution": "accepted", "exceptions": ids}
    assert client.post(f"{LIST}/actions", body).json == {"status": "changed", "changed": 2}
    assert len(client.get(LIST, {"status": "unresolved"}).json["results"]) == 1


@pytest.mark.parametrize(
    "body, pointers",
    [
        ({}, ["/action"]),
        ({"action": "delete"}, ["/action"]),
        ({"action": "assign", "reason": "x"}, ["/reason"]),
        ({"action": "check", "note": "x"}, ["/note"]),
        ({"action": "resolve", "resolution": "gone"}, ["/resolution"]),
        ({"action": "comment", "comment": "x" * 1001}, ["/comment"]),
    ],
)
def test_nonsense_is_refused(client: ApiClient, body: dict[str, str], pointers: list[str]) -> None:
    client.post(RUN, {})
    case = client.get(LIST).json["results"][0]
    answer = client.post(f"{LIST}/{case['id']}/actions", body)
    assert (answer.status, answer.pointers) == (400, pointers)


def test_reading_takes_one_scope_and_working_another(bank: BankAccount, client: ApiClient) -> None:
    reader = ApiClient(bank.entity, "read")
    assert reader.get(LIST).status == 200
    assert reader.post(RUN, {}).status == 403
    other = ApiClient(books_with_a_bank().entity)
    client.post(RUN, {})
    case = client.get(LIST).json["results"][0]
    assert other.get(f"{LIST}/{case['id']}").status == 404
    assert other.post(f"{LIST}/{case['id']}/actions", {"action": "check"}).status == 404
