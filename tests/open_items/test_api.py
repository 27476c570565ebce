"""Open items over HTTP."""

from __future__ import annotations

from datetime import date

import pytest

from ledgerflow.books.models import Entity
from tests.builders import an_account, an_entity
from tests.client import NO_JOURNAL, ApiClient
from tests.open_items.invoicing import company, invoice, payment

API = "/api/open-items"


@pytest.fixture(scope="module")
def trade() -> Entity:
    return company()


def test_a_clerk_by_the_api(trade: Entity) -> None:
    client = ApiClient(trade)
    kept = client.send("PUT", f"{API}/accounts/BANK", {"terms_days": 0, "items": "from_next"})
    assert (kept.status, kept.json["number"], kept.json["first_version"]) == (200, 1, 1)
    assert client.send("PUT", f"{API}/accounts/BANK", {"terms_days": 0}).json == kept.json
    bill = invoice(trade, "100.00", reference="INV-900")
    paid = payment(trade, "100.00", reference="INV-900", day=date(2026, 4, 1))
    (suggested,) = client.get(f"{API}/suggestions", {"account": "DEBTORS"}).json["suggestions"]
    assert (suggested["proven"], suggested["amount"]) == (True, "100.00")
    pair = {"debit": {"journal": str(bill), "line": 1}, "credit": {"journal": str(paid)}, "amount": "40"}
    (made,) = client.post(f"{API}/allocations", {"account": "DEBTORS", "allocations": [pair]}).json["allocations"]
    assert (made["amount"], made["allocated_on"], made["source"], made["realised"]) == (
        "40.00",
        "2026-04-01",
        "person",
        None,
    )
    undone = client.post(f"{API}/allocations/{made['id']}/undo", {"date": "2026-05-01"})
    assert (undone.status, undone.json["undone_on"]) == (200, "2026-05-01")
    assert client.get(f"{API}/allocations", {"account": "DEBTORS"}).json["results"] == [undone.json]
    run = client.post(f"{API}/runs", {"account": "DEBTORS"})
    assert (run.status, run.json["allocations"]) == (201, [])  # forty are not free in April
    due = client.send("PUT", f"{API}/due-dates/{bill}", {"due_on": "2026-05-31"})
    assert client.get(f"{API}/due-dates").json["results"] == [due.json]


@pytest.mark.parametrize(
    "body, status, code",
    [
        ({"account": "DEBTORS", "allocations": []}, 400, "malformed"),
        ({"account": "DEBTORS", "allocations": [{}]}, 400, "malformed"),
        ({"account": "SALES"}, 404, "not_found"),
        ({"account": "nowhere"}, 404, "not_found"),
        ({"account": "DEBTORS"}, 404, "not_found"),
        ({"account": "DEBTORS", "date": "2026-07-01"}, 422, "future_date"),
    ],
)
def test_what_is_refused(trade: Entity, body: dict[str, object], status: int, code: str) -> None:
    pair = {"debit": {"journal": NO_JOURNAL}, "credit": {"journal": NO_JOURNAL}}
    reply = ApiClient(trade).post(f"{API}/allocations", {"allocations": [pair]} | body)
    assert (reply.status, reply.code) == (status, code)


def test_a_journal_with_two_items_names_the_line(trade: Entity) -> None:
    client = ApiClient(trade)
    lines = [{"account": "DEBTORS", "side": "debit", "amount": "1.00"}] * 2
    lines.append({"account": "SALES", "side": "credit", "amount": "2.00"})
    bill = client.post("/api/journals", {"lines": lines}).json["journal"]["id"]
    paid = payment(trade, "1.00")
    for line, status in ((None, 400), (3, 404), (2, 201)):
        pair = {"debit": {"journal": bill, "line": line}, "credit": {"journal": str(paid)}}
        assert client.post(f"{API}/allocations", {"account": "DEBTORS", "allocations": [pair]}).status == status


@pytest.mark.parametrize(
    "account, terms, status", [("SALES", 3, 422), ("HEAD", 3, 422), ("nowhere", 3, 404), ("DEBTORS", 3651, 400)]
)
def test_accounts_that_keep_none(trade: Entity, account: str, terms: int, status: int) -> None:
    if account == "HEAD":
        an_account(trade, "HEAD", is_header=True)
    assert ApiClient(trade).send("PUT", f"{API}/accounts/{account}", {"terms_days": terms}).status == status


def test_items_need_the_dimension() -> None:
    entity = an_entity()
    an_account(entity, "DEBTORS")
    reply = ApiClient(entity).send("PUT", f"{API}/accounts/DEBTORS", {"terms_days": 3})
    assert (reply.status, reply.code) == (422, "item_account_refused")
