"""Reports by dimension: of one value with those below it, and side by side."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from journals.drafts import Line
from ledgerflow.books.models import Entity
from tests.builders import TODAY, a_journal, an_account, an_entity, posted
from tests.client import ApiClient, Reply
from tests.dimensions.segments import FIGURES, segments

YEAR = {"from": "2026-01-01", "to": "2026-03-02"}


@pytest.fixture(scope="module")
def books(_database: None) -> Entity:
    return segments()


@pytest.fixture(scope="module")
def client(books: Entity) -> ApiClient:
    return ApiClient(books, "read")


def get(client: ApiClient, name: str, **asked: str) -> Reply:
    return client.get(f"/api/reports/{name}", asked)


def rows(reply: Reply) -> dict[str, dict[str, str]]:
    assert reply.status == 200, reply.json
    return {row["account"] or row["name"]: row["amounts"] for block in reply.json["blocks"] for row in block["rows"]}


def test_an_income_statement_side_by_side(client: ApiClient) -> None:
    """Revenues 35,500, interest revenue 3,750, interest expense 2,750, depreciation 2,950 (IFRS 8 IG3)."""
    reply = get(client, "income-statement", by="segment", **YEAR)
    found = rows(reply)
    assert [(one["key"], one["title"]) for one in reply.json["columns"]] == [
        ("value:CAR-PARTS", "CAR-PARTS Car-parts"), ("value:ELECTRONICS", "ELECTRONICS Electronics"),
        ("value:FINANCE", "FINANCE Finance"), ("value:SOFTWARE", "SOFTWARE Software"),
        ("value:VESSELS", "VESSELS Vessels"), ("(none)", "(none)"), ("total", "Total"),
    ]  # fmt: skip
    table = {
        "REVENUE": "3000.00 12000.00 5000.00 9500.00 5000.00 1000.00 35500.00",
        "INTEREST": "450.00 1500.00 0.00 1000.00 800.00 0.00 3750.00",
        "Total income": "3450.00 13500.00 5000.00 10500.00 5800.00 1000.00 39250.00",
        "INTEREST-PAID": "350.00 1100.00 0.00 700.00 600.00 0.00 2750.00",
        "DEPRECIATION": "200.00 1500.00 1100.00 50.00 100.00 0.00 2950.00",
        "Total expenses": "550.00 2600.00 1100.00 750.00 700.00 0.00 5700.00",
        "Profit or loss for the period": "2900.00 10900.00 3900.00 9750.00 5100.00 1000.00 33550.00",
    }
    assert {name: " ".join(found[name].values()) for name in table} == table


def test_the_page_shows_the_same(client: ApiClient) -> None:
    page = (Path(__file__).parents[2] / "docs" / "dimensions.md").read_text()
    found = rows(get(client, "income-statement", by="segment", **YEAR))
    for account in FIGURES:
        assert f"| {account} | {' | '.join(found[account].values())} |" in page


def test_a_parent_takes_those_below_it_with_it(client: ApiClient) -> None:
    reply = get(client, "income-statement", dimension="segment:INDUSTRY", **YEAR)
    found = {name: amounts["amount"] for name, amounts in rows(reply).items() if amounts}
    assert found == {
        "INTEREST": "1250.00", "REVENUE": "8000.00", "Total income": "9250.00",
        "DEPRECIATION": "300.00", "INTEREST-PAID": "950.00", "Total expenses": "1250.00",
        "Profit or loss for the period": "8000.00",
    }  # fmt: skip
    one = get(client, "income-statement", dimension="segment:VESSELS", **YEAR)
    assert rows(one)["REVENUE"]["amount"] == "5000.00"
    assert reply.json["parameters"]["dimension"] == "segment:INDUSTRY"


def test_a_trial_balance_of_a_value(client: ApiClient) -> None:
    reply = get(client, "trial-balance", dimension="segment:INDUSTRY", as_of="2026-03-02")
    found = rows(reply)
    assert {code: (one["debit"], one["credit"]) for code, one in found.items()} == {
        "DEPRECIATION": ("300.00", "0.00"), "INTEREST": ("0.00", "1250.00"), "INTEREST-PAID": ("950.00", "0.00"),
        "REVENUE": ("0.00", "8000.00"), "Total EUR": ("1250.00", "9250.00"),
    }  # fmt: skip
    note = "Of lines with segment INDUSTRY or one of the 2 values below it: debits and credits need not be equal."
    assert reply.json["notes"] == [note]
    ranged = rows(get(client, "trial-balance", dimension="segment:FINANCE", **YEAR))
    assert (ranged["REVENUE"]["movement_credit"], ranged["REVENUE"]["closing_credit"]) == ("5000.00", "5000.00")
    assert rows(get(client, "trial-balance", dimension="segment:NOBODY", as_of="2026-03-02")) == {}
    assert rows(get(client, "trial-balance", dimension="segment:INDUSTRY", as_of="2026-02-09")) == {}


def test_a_general_ledger_of_a_value(client: ApiClient) -> None:
    reply = get(client, "general-ledger", dimension="segment:INDUSTRY", accounts="REVENUE", **YEAR)
    (section,) = reply.json["sections"]
    assert [line["credit"] for line in section["lines"]] == ["3000.00", "5000.00"]
    assert (section["opening"], section["credits"], section["closing"]) == ("0.00", "8000.00", "8000.00")
    later = get(client, "general-ledger", dimension="segment:INDUSTRY", **{"from": "2026-02-11"})
    assert {one["account"]: one["closing"] for one in later.json["sections"]}["REVENUE"] == "8000.00"


def test_several_values_with_those_below_them_each_line_once(client: ApiClient) -> None:
    several = {"dimension": "segment:FINANCE,INDUSTRY,VESSELS,FINANCE"}
    reply = get(client, "income-statement", **several, **YEAR)
    found = rows(reply)
    assert (found["REVENUE"]["amount"], found["DEPRECIATION"]["amount"]) == ("13000.00", "1400.00")
    assert rows(get(client, "trial-balance", **several))["REVENUE"]["credit"] == "13000.00"
    (section,) = get(client, "general-ledger", accounts="REVENUE", **several, **YEAR).json["sections"]
    assert ([line["credit"] for line in section["lines"]], section["closing"]) == (
        ["3000.00", "5000.00", "5000.00"],
        "13000.00",
    )
    note = get(client, "trial-balance", **several).json["notes"][0]
    assert note.startswith("Of lines with segment FINANCE or INDUSTRY or VESSELS or one of the 1 values below them:")


def test_a_value_with_a_comma_is_one() -> None:
    entity = an_entity(dimensions=["segment"])
    an_account(entity, "CASH")
    an_account(entity, "SALES", "income")
    for value, amount in (("A", 1), ("B", 2), ("A,B", 4), ("B,", 8)):
        line = Line("SALES", Decimal(-amount), dimensions={"segment": value})
        posted(entity, a_journal(line, ("CASH", str(amount))))
    client = ApiClient(entity)
    sums = {
        value: rows(get(client, "trial-balance", dimension=f"segment:{value}"))["SALES"]["credit"]
        for value in ("A,B", "B,A", "B,", "A,C")
    }
    assert sums == {"A,B": "4.00", "B,A": "3.00", "B,": "8.00", "A,C": "1.00"}


def test_years_before_and_currencies_stand_for_themselves() -> None:
    entity = an_entity(dimensions=["segment"], business_date=date(2027, 1, 31))
    for code, kind, currency in (("CASH", "asset", "EUR"), ("SALES", "income", "EUR"), ("USD", "asset", "USD"), ("SALES-USD", "income", "USD")):  # fmt: skip
        an_account(entity, code, kind, currency=currency)
    for day, amount in ((date(2026, 6, 1), 1000), (date(2027, 1, 10), 100)):
        posted(entity, sale("SALES", "CASH", amount, day))
    posted(entity, sale("SALES-USD", "USD", 7, date(2027, 1, 10)))
    found = rows(get(ApiClient(entity), "trial-balance", dimension="segment:A"))
    assert (found["SALES"]["credit"], found["Prior-year earnings not yet allocated"]["credit"]) == ("100.00", "1000.00")
    lifetime = rows(get(ApiClient(entity), "trial-balance", dimension="segment:A", totals="lifetime"))
    assert lifetime["SALES"]["credit"] == "1100.00"
    both = get(ApiClient(entity), "income-statement", by="segment").json["blocks"]
    assert [(one["currency"], one["rows"][-1]["amounts"]["total"]) for one in both] == [
        ("EUR", "100.00"),
        ("USD", "7.00"),
    ]


def sale(account: str, other: str, amount: int, day: date) -> Any:
    line = Line(account, Decimal(-amount), dimensions={"segment": "A"})
    return a_journal(line, (other, str(amount)), effective_date=day)


@pytest.mark.parametrize(
    "name, asked, refusal",
    [
        ("trial-balance", {"dimension": "segment"}, (400, "/dimension")),
        ("trial-balance", {"dimension": "segment:"}, (400, "/dimension")),
        ("trial-balance", {"dimension": "colour:RED"}, (422, "/dimension")),
        ("trial-balance", {"dimension": "segment:FINANCE,"}, (400, "/dimension")),
        ("trial-balance", {"dimension": "segment:,"}, (400, "/dimension")),
        ("trial-balance", {"dimension": "segment:FINANCE", "currency": "XXX"}, (422, "/currency")),
        ("income-statement", {"by": "colour"}, (422, "/by")),
        ("income-statement", {"by": "segment", "currency": "EUR"}, (400, "/currency")),
        ("income-statement", {"by": "segment", "dimension": "segment:FINANCE"}, (400, "/by")),
        ("income-statement", {"by": "segment", "compare_from": "2025-01-01", "compare_to": "2025-12-31"}, (400, "/by")),
        ("general-ledger", {"dimension": "colour:RED"}, (422, "/dimension")),
    ],
)
def test_what_cannot_be_asked(client: ApiClient, name: str, asked: dict[str, str], refusal: tuple[int, str]) -> None:
    reply = get(client, name, **asked)
    assert (reply.status, reply.pointers) == (refusal[0], [refusal[1]])


def test_files_have_the_columns(client: ApiClient) -> None:
    for wanted in ("csv", "xlsx", "pdf"):
        response: Any = client._client.get(
            "/api/reports/income-statement", {"by": "segment", "format": wanted, **YEAR}, headers=client._headers({})
        )
        content = b"".join(response.streaming_content)
        assert (response.status_code, bool(content)) == (200, True)
        if wanted == "csv":
            assert "FINANCE Finance" in content.decode()


def test_a_page_holds_only_so_many_columns() -> None:
    entity = an_entity(dimensions=["segment"])
    an_account(entity, "CASH")
    an_account(entity, "SALES", "income")
    lines = [Line("SALES", Decimal(-1), dimensions={"segment": str(place)}) for place in range(60)]
    posted(entity, a_journal(*lines, ("CASH", "60"), effective_date=TODAY))
    reply = get(ApiClient(entity), "income-statement", by="segment")
    assert (reply.status, reply.code) == (422, "report_too_large")
