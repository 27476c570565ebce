"""Actual against budget.

The figures of the first month are examples of a public page: ParishSoft, "How to print a Budget Variance Report", whose
ABC Company budgeted 400,000 of administrative expenses and spent 420,000; rent was to rise by 25,000 and was not budgeted.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client

from ledgerflow.books.models import Entity
from tests.budgets.planning import plan, planned_books, spent
from tests.builders import an_account
from tests.client import ApiClient, Reply
from tests.pages import read

FEBRUARY = date(2026, 2, 10)
OF_FEBRUARY = {"from": "2026-02-01", "to": "2026-02-28"}


@pytest.fixture(scope="module")
def books(_database: None) -> Entity:
    entity = planned_books()
    plan(entity, ("ADMIN", "2026-02", "400000"), ("SALES", "2026-02", "500000", "cost_centre", "NORTH"))
    plan(
        entity, ("SALES", "2026-02", "300000", "cost_centre", "OSLO"), ("SALES", "2026-03", "90", "cost_centre", "OSLO")
    )
    spent(entity, "ADMIN", "420000", effective_date=FEBRUARY)
    spent(entity, "RENT", "25000", effective_date=FEBRUARY)
    spent(entity, "SALES", "-400000", "NORTH", effective_date=FEBRUARY)
    spent(entity, "SALES", "-410000", "OSLO", effective_date=FEBRUARY)
    return entity


@pytest.fixture(scope="module")
def client(books: Entity) -> ApiClient:
    return ApiClient(books, "read")


def get(client: ApiClient, **asked: str) -> Reply:
    return client.get("/api/reports/budget-variance", {"budget": "plan"} | asked)


def table(reply: Reply) -> dict[str, str]:
    assert reply.status == 200, reply.json
    rows = [row for block in reply.json["blocks"] for row in block["rows"] if row["amounts"]]
    return {row["account"] or row["name"]: " | ".join(row["amounts"].values()) for row in rows}


def test_more_cost_is_adverse_and_more_income_favourable(client: ApiClient) -> None:
    assert table(get(client, **OF_FEBRUARY)) == {
        "SALES": "810000.00 | 800000.00 | 10000.00 | 1.3 | favourable",
        "Total income": "810000.00 | 800000.00 | 10000.00 | 1.3 | favourable",
        "ADMIN": "420000.00 | 400000.00 | 20000.00 | 5.0 | adverse",
        "RENT": "25000.00 | 0.00 | 25000.00 |  | adverse",
        "Total expenses": "445000.00 | 400000.00 | 45000.00 | 11.3 | adverse",
        "Profit or loss for the period": "365000.00 | 400000.00 | -35000.00 | -8.8 | adverse",
    }


@pytest.mark.parametrize(
    "value, sales",
    [
        ("NORTH", "810000.00 | 800000.00 | 10000.00 | 1.3 | favourable"),
        ("OSLO", "410000.00 | 300000.00 | 110000.00 | 36.7 | favourable"),
    ],
)
def test_a_value_takes_those_below_it_with_it(client: ApiClient, value: str, sales: str) -> None:
    found = table(get(client, dimension=f"cost_centre:{value}", **OF_FEBRUARY))
    assert (found["SALES"], "ADMIN" in found) == (sales, False)


def test_dates_may_lie_ahead_and_are_those_of_the_year_so_far(client: ApiClient) -> None:
    reply = get(client)
    assert (reply.json["parameters"]["from"], reply.json["parameters"]["to"]) == ("2026-01-01", "2026-03-31")
    assert table(reply)["SALES"] == "810000.00 | 800090.00 | 9910.00 | 1.2 | favourable"
    march = table(get(client, **{"from": "2026-03-01", "to": "2026-12-31"}))
    assert march["SALES"] == "0.00 | 90.00 | -90.00 | -100.0 | adverse"
    zeros = table(get(client, zeros="true", **{"from": "2026-03-01", "to": "2026-12-31"}))
    assert zeros["RENT"] == "0.00 | 0.00 | 0.00 |  | "


@pytest.mark.parametrize(
    "asked, refusal",
    [
        ({"budget": "other"}, (404, "/budget")),
        ({"budget": "a b"}, (400, "/version")),
        ({"from": "2026-02-02", "to": "2026-02-28"}, (422, "/from")),
        ({"from": "2026-01-01", "to": "2026-02-27"}, (422, "/to")),
        ({"from": "2026-03-01", "to": "2026-02-01"}, (400, "/from")),
        ({"dimension": "colour:RED"}, (422, "/dimension")),
    ],
)
def test_what_cannot_be_compared(client: ApiClient, asked: dict[str, str], refusal: tuple[int, str]) -> None:
    reply = get(client, **asked)
    assert (reply.status, reply.pointers) == (refusal[0], [refusal[1]])


def test_movements_of_the_balance_sheet_stand_below_the_result_without_an_effect() -> None:
    entity = planned_books()
    an_account(entity, "LOAN", "liability")
    plan(
        entity,
        ("CASH", "2026-02", "-100"),
        ("LOAN", "2026-02", "-60", "cost_centre", "NORTH"),
        ("SALES", "2026-02", "9"),
    )
    spent(entity, "ADMIN", "5", effective_date=date(2026, 1, 10))
    spent(entity, "LOAN", "70", "OSLO", effective_date=FEBRUARY)
    client = ApiClient(entity)
    found = table(get(client, **OF_FEBRUARY))
    assert list(found)[-5:] == [
        "Profit or loss for the period", "CASH", "Total movements of assets", "LOAN", "Total movements of liabilities",
    ]  # fmt: skip
    assert (found["CASH"], found["LOAN"]) == (
        "-70.00 | -100.00 | 30.00 | 30.0 | ", "-70.00 | -60.00 | -10.00 | -16.7 | ",
    )  # fmt: skip
    assert found["Profit or loss for the period"] == "0.00 | 9.00 | -9.00 | -100.0 | adverse"
    of_value = table(get(client, dimension="cost_centre:NORTH", **OF_FEBRUARY))
    assert (of_value["LOAN"], "CASH" in of_value) == (found["LOAN"], False)


def test_a_budget_is_needed(client: ApiClient) -> None:
    assert client.get("/api/reports/budget-variance").status == 400


def test_what_was_known_then(books: Entity, client: ApiClient) -> None:
    before = get(client, **OF_FEBRUARY).json["recorded_at"]
    entity = planned_books()
    spent(entity, "ADMIN", "1", effective_date=FEBRUARY)
    reply = get(ApiClient(entity), **OF_FEBRUARY)
    plan(entity, ("ADMIN", "2026-02", "7"))
    assert (reply.status, get(ApiClient(entity), known_at=before, **OF_FEBRUARY).status) == (404, 404)
    assert table(get(ApiClient(entity), **OF_FEBRUARY))["ADMIN"].startswith("1.00 | 7.00 | -6.00 | -85.7 | favourable")


def test_files_and_pages(client: ApiClient, operator: Client, books: Entity) -> None:
    for wanted in ("csv", "xlsx", "pdf"):
        asked = {"budget": "plan", "format": wanted, **OF_FEBRUARY}
        response: Any = client._client.get("/api/reports/budget-variance", asked, headers=client._headers({}))
        content = b"".join(response.streaming_content)
        assert (response.status_code, bool(content)) == (200, True)
        if wanted == "csv":
            assert "ADMIN,EUR,420000.00,400000.00,20000.00,5.0,adverse" in content.decode()
    page = "/admin/reports/budget-variance/"
    assert "420,000.00" in read(operator, page, entity=books.code, budget="plan", **OF_FEBRUARY)
    assert "Budget variance of" in read(operator, page, entity=books.code)
