"""The open-item list, aged balances, and the statement of one party: the worked example of docs/open-items.md."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client

from ledgerflow.books.models import Entity
from recon.open_items.keeping import keep_open_items, set_due_date
from recon.open_items.use_cases import undo_allocation
from tests.builders import an_account
from tests.client import ApiClient
from tests.functional.worksheets import a_rate
from tests.open_items.invoicing import a_key, allocated, booked, company, invoice, payment, reversed_

APRIL = date(2026, 4, 10)
AGES = ("not_due", "days_1_30", "days_31_60", "days_61_90", "over_90", "total")


@pytest.fixture(scope="module")
def trade() -> Entity:
    """Two customers, a part payment, and a payment that nobody has allocated."""
    entity = company()
    first = invoice(entity, "1000.00", "ann", "INV-1", date(2026, 3, 2))
    invoice(entity, "500.00", "ann", "INV-2", date(2026, 5, 20))
    invoice(entity, "200.00", "ann", "INV-3", date(2026, 6, 15))
    invoice(entity, "300.00", "bob", "INV-4", date(2026, 3, 1))
    invoice(entity, "80.00", "bob", "INV-5", date(2026, 4, 20))
    allocated(entity, first, payment(entity, "400.00", "ann", day=APRIL))
    payment(entity, "50.00", "bob", day=date(2026, 6, 1))
    return entity


def report(entity: Entity, name: str, **asked: str) -> Any:
    reply = ApiClient(entity).get(f"/api/reports/{name}", asked)
    assert reply.status == 200, reply.json
    return reply.json


def aged(entity: Entity, **asked: str) -> dict[str, list[str]]:
    """The rows of DEBTORS by name, as far as they have amounts."""
    (block,) = report(entity, "aged-balances", accounts="DEBTORS", **asked)["blocks"]
    return {row["name"]: [row["amounts"].get(key, "") for key in AGES] for row in block["rows"] if row["amounts"]}


def test_balances_by_age(trade: Entity) -> None:
    nothing = "0.00"
    assert aged(trade, as_of="2026-06-30") == {
        "ann": ["200.00", "500.00", nothing, "600.00", nothing, "1300.00"],
        "bob": [nothing, "-50.00", "80.00", nothing, "300.00", "330.00"],
        "Open items of DEBTORS": ["200.00", "450.00", "80.00", "600.00", "300.00", "1630.00"],
        "Balance of DEBTORS": ["", "", "", "", "", "1630.00"],
    }
    assert aged(trade, as_of="2026-03-31")["Open items of DEBTORS"][0] == "1300.00"


def test_the_list_of_open_items_at_a_date(trade: Entity) -> None:
    body = report(trade, "open-items", accounts="DEBTORS", party="ann", as_of="2026-06-30")
    (section,) = body["sections"]
    shown = [(item["external_reference"], item["due_on"], item["days_overdue"], item["open"])
             for item in section["items"]]  # fmt: skip
    assert shown == [
        ("INV-1", "2026-04-01", 90, "600.00"),
        ("INV-2", "2026-06-19", 11, "500.00"),
        ("INV-3", "2026-07-15", -15, "200.00"),
    ]
    (then,) = report(trade, "open-items", accounts="DEBTORS", as_of="2026-04-09")["sections"]
    assert [item["open"] for item in then["items"]] == ["1000.00", "300.00"]
    assert (then["open"], then["balance"]) == ("1300.00", "1300.00")


def test_the_statement_of_a_party(trade: Entity) -> None:
    (section,) = report(trade, "party-statement", party="ann", **{"from": "2026-05-01"})["sections"]
    assert (section["opening"], section["closing"], section["open"]) == ("600.00", "1300.00", "1300.00")
    assert [(line["debit"], line["balance"]) for line in section["lines"]] == [
        ("500.00", "1100.00"),
        ("200.00", "1300.00"),
    ]
    assert [item["open"] for item in section["items"]] == ["600.00", "500.00", "200.00"]


@pytest.mark.parametrize("name", ["open-items", "aged-balances", "allocations", "party-statement"])
def test_each_comes_as_a_file(trade: Entity, operator: Client, name: str) -> None:
    asked = {"entity": trade.code} | ({"party": "ann"} if name == "party-statement" else {})
    for format_ in ("csv", "xlsx", "pdf"):
        response = operator.get(f"/admin/reports/{name}/", asked | {"format": format_})
        content = b"".join(response.streaming_content)  # type: ignore[attr-defined]
        response.close()
        assert format_ != "csv" or b"400.00" in content or b"600.00" in content


def test_what_was_posted_before_is_no_item() -> None:
    entity = company()
    an_account(entity, "LOANS", "liability")
    old = booked(entity, "BANK", "LOANS", "70.00")
    keep_open_items(entity.id, "LOANS", 0, from_first=False, actor="test")
    booked(entity, "BANK", "LOANS", "30.00")
    reversed_(entity, booked(entity, "BANK", "LOANS", "5.00"), date(2026, 5, 1))
    (section,) = report(entity, "open-items", accounts="LOANS")["sections"]
    assert (section["open"], section["before"], section["balance"]) == ("30.00", "70.00", "100.00")
    reversed_(entity, old, date(2026, 5, 1))
    (section,) = report(entity, "open-items", accounts="LOANS")["sections"]
    assert (section["open"], section["before"], section["balance"]) == ("30.00", "0.00", "30.00")


def test_due_dates_are_corrected_and_terms_are_for_what_comes() -> None:
    entity = company()
    one = invoice(entity, "10.00")
    keep_open_items(entity.id, "DEBTORS", 14, actor="test")
    invoice(entity, "20.00")
    days = (date(2026, 5, 1), date(2026, 6, 1), date(2026, 6, 1))
    assert [set_due_date(entity.id, one, due, actor="test").number for due in days] == [1, 2, 2]
    (section,) = report(entity, "open-items", accounts="DEBTORS")["sections"]
    assert [(item["open"], item["due_on"]) for item in section["items"]] == [
        ("20.00", "2026-03-16"), ("10.00", "2026-06-01"),
    ]  # fmt: skip


def test_allocations_name_what_they_realise() -> None:
    """388 USD at 94.39, paid at 94.125: 102.82 in INR; the same as known before it was undone."""
    entity = company(base_currency="INR")
    for code, type_ in (("BANK-USD", "asset"), ("OWED-USD", "liability"), ("COSTS-USD", "expense")):
        an_account(entity, code, type_, currency="USD")
    keep_open_items(entity.id, "OWED-USD", 30, actor="test")
    for day, rate in ((date(2026, 3, 2), "94.39"), (APRIL, "94.125")):
        a_rate(entity, day, rate)
    bill = booked(entity, "COSTS-USD", "OWED-USD", "388.00", party="sup")
    paid = booked(entity, "OWED-USD", "BANK-USD", "388.00", party="sup", day=APRIL)
    (made,) = allocated(entity, paid, bill, account="OWED-USD").allocations
    body = report(entity, "allocations")
    assert [(line["party"], line["amount"], line["realised"]) for line in body["lines"]] == [
        ("sup", "388.00", "102.82")
    ]
    assert (body["realised"], body["base_currency"]) == ("102.82", "INR")
    undo_allocation(entity.id, made.pk, key=a_key(), actor="test")
    assert report(entity, "allocations")["lines"] == []
    before = report(entity, "allocations", known_at=made.recorded_at.isoformat().replace("+00:00", "Z"))
    assert before["realised"] == "102.82"
