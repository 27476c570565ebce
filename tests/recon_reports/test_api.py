"""The statement of reconciliation through the API: JSON and files, and finishing."""

from __future__ import annotations

import hashlib
from uuid import uuid4

import pytest
from django.test import Client

from recon.statements.models import BankAccount
from tests.cases.reconciling import BANK, books_with_a_bank, ran, said, sold
from tests.client import ApiClient

REPORT = "/api/reports/recon"
FINISH = "/api/recon/bank-accounts/BANK/finish"


@pytest.fixture
def bank() -> BankAccount:
    found = books_with_a_bank()
    sold(found, "100.00", "INV-2026-0001")
    sold(found, "70.00", "INV <b>2026</b>")
    said(found, ("100.00", "INV-2026-0001"), ("-3.00", "FEE-77777"))
    ran(found)
    return found


@pytest.fixture
def client(bank: BankAccount) -> ApiClient:
    return ApiClient(bank.entity)


def file_of(client: ApiClient, path: str, **params: str) -> bytes:
    answer = Client().get(path, params, headers={"authorization": f"Bearer {client.secret}"})
    assert answer.status_code == 200
    content: bytes = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
    return content


def test_the_statement_as_json(client: ApiClient) -> None:
    found = client.get(REPORT, {"date": "2026-03-02", "account": BANK}).json
    (statement,) = found["statements"]
    assert (statement["book_balance"], statement["bank_balance"], statement["unexplained"]) == (
        "170.00",
        "97.00",
        "0.00",
    )
    assert [one["effect"] for one in statement["outstanding_books"]] == ["-70.00"]
    assert client.get(REPORT).json["statements"] == found["statements"]  # the business date, and all accounts


@pytest.mark.parametrize(
    "wanted, begins", [("csv", b"# Report"), ("pdf", b"%PDF"), ("html", b"<!DOCTYPE"), ("xlsx", b"PK")]
)
def test_the_statement_as_a_file(client: ApiClient, wanted: str, begins: bytes) -> None:
    content = file_of(client, REPORT, date="2026-03-02", format=wanted)
    assert content.startswith(begins)
    if wanted in {"csv", "html"}:
        assert b"-70.00" in content
        assert b"97.00" in content
    assert wanted != "html" or b"<b>" not in content


def test_a_reconciliation_is_finished_once_and_kept(client: ApiClient) -> None:
    key = uuid4().hex
    made = client.post(FINISH, {"date": "2026-03-02"}, key=key)
    assert (made.status, made.json["number"], made.json["account"]) == (201, 1, BANK)
    again = client.post(FINISH, {"date": "2026-03-02"}, key=key)
    assert (again.json["id"], again.headers["Idempotent-Replayed"]) == (made.json["id"], "true")
    (listed,) = client.get("/api/recon/runs", {"account": BANK}).json["results"]
    assert listed == made.json
    kept = file_of(client, f"/api/recon/runs/{made.json['id']}")
    assert hashlib.sha256(kept).hexdigest() == made.json["sha256"]
    assert file_of(client, f"/api/recon/runs/{made.json['id']}", format="pdf").startswith(b"%PDF")


def test_what_cannot_be_finished_says_why(client: ApiClient, bank: BankAccount) -> None:
    sold(bank, "1.00")
    refused = client.post("/api/recon/bank-accounts/NONE/finish", {"date": "2026-03-02"})
    assert refused.status == 404
    early = client.post(FINISH, {"date": "2026-02-20"})
    assert (early.code, early.status) == ("reconciliation_not_finished", 409)
    assert client.post(FINISH, {"date": "2026-03-03"}).code == "future_date"
    assert client.post(FINISH, {"date": "2026-02-30"}).pointers == ["/date"]


def test_nonsense_is_refused(client: ApiClient, bank: BankAccount) -> None:
    assert client.get(REPORT, {"date": "2026-02-30"}).status == 400
    assert client.get(REPORT, {"format": "doc"}).status == 400
    assert client.get(REPORT, {"account": "NONE"}).status == 404
    assert ApiClient(bank.entity, "read").post(FINISH, {"date": "2026-03-02"}).status == 403
    other = ApiClient(books_with_a_bank().entity)
    made = client.post(FINISH, {"date": "2026-03-02"}).json
    assert other.get(f"/api/recon/runs/{made['id']}").status == 404
