"""Tax codes and journals with taxes over the API."""

from __future__ import annotations

import pytest

from ledgerflow.books.models import Entity
from tests.client import ApiClient
from tests.taxes.invoicing import tax_books

CODE = {"code": "N5", "name": "New", "kind": "output", "rate": "5.5", "account": "vat-owed", "starts_on": "2026-01-01"}
SALE = {
    "description": "Invoice 7",
    "lines": [
        {"account": "receivable", "side": "debit", "amount": "119.00"},
        {"account": "sales", "side": "credit", "amount": "119.00", "tax_code": "U19", "amount_is": "gross",
         "dimensions": {"cost_centre": "north"}},
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def books(_database: None) -> Entity:
    return tax_books()


def test_a_code_is_set_and_listed(books: Entity) -> None:
    client = ApiClient(books)
    first = client.post("/api/tax-codes", CODE, key="n5")
    assert (first.status, first.json["version"], first.json["rate"]) == (201, 1, "5.5")
    assert client.post("/api/tax-codes", CODE, key="n5").json == first.json
    assert client.post("/api/tax-codes", CODE | {"rate": "6"}).json["version"] == 2
    listed = client.get("/api/tax-codes", {"code": "N5"}).json["results"]
    assert [(one["version"], one["rate"], one["account"]) for one in listed] == [
        (1, "5.5", "vat-owed"),
        (2, "6", "vat-owed"),
    ]
    page = client.get("/api/tax-codes", {"limit": "2"}).json
    assert [one["code"] for one in page["results"]] == ["FREI", "N5"]
    assert len(client.get(page["next"]).json["results"]) == 2
    assert client.post("/api/tax-codes", CODE | {"rate": "5,5"}).pointers == ["/rate"]
    assert client.post("/api/tax-codes", CODE | {"account": "nowhere"}).status == 404


def test_an_invoice_is_posted_from_its_gross_amount(books: Entity) -> None:
    client = ApiClient(books)
    reply = client.post("/api/tax-journals", SALE, key="sale")
    assert reply.status == 201
    assert [(line["account"], line["side"], line["amount"], line.get("dimensions")) for line in reply.json["journal"]["lines"]] == [
        ("receivable", "debit", "119.00", None), ("sales", "credit", "100.00", {"cost_centre": "north", "tax": "U19"}),
        ("vat-owed", "credit", "19.00", {"tax": "U19"}),
    ]  # fmt: skip
    again = client.post("/api/tax-journals", SALE, key="sale")
    assert (again.status, again.json["status"]) == (201, "replayed")
    assert client.post("/api/tax-journals", SALE | {"dry_run": True}).json["status"] == "would_post"
    unknown = SALE | {"lines": [SALE["lines"][0], SALE["lines"][1] | {"tax_code": "U20"}]}  # type: ignore[operator]
    refused = client.post("/api/tax-journals", unknown)
    assert (refused.status, refused.code, refused.pointers) == (422, "unknown_tax_code", ["/lines/1/tax_code"])
    assert client.post("/api/tax-journals", SALE | {"override_limits": "x"}).status in {201, 403}
    assert ApiClient(books, "read").post("/api/tax-journals", SALE).status == 403
