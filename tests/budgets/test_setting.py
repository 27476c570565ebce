"""Setting lines of a budget: by request and by file, all or nothing."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from ledgerflow.books.models import Entity
from ledgerflow.core.errors import LedgerError
from reports.budgets.models import BudgetLine
from tests.budgets.planning import plan, planned_books
from tests.client import ApiClient

NORTH = ("cost_centre", "NORTH")


@pytest.fixture
def books() -> Entity:
    return planned_books()


def in_force(entity: Entity, version: str = "plan") -> list[tuple[str, ...]]:
    found = ApiClient(entity).get(f"/api/budgets/{version}/lines").json["results"]
    return [(one["account"], one["starts_on"], one["ends_on"], one["value"], one["amount"]) for one in found]


def test_the_newest_line_of_a_period_is_in_force(books: Entity) -> None:
    plan(books, ("SALES", "2026-02", "100"), ("ADMIN", "FY2026", "1200"), ("SALES", "2026-03", "100"))
    plan(books, ("SALES", "2026-02", "110.5"), ("SALES", "2026-03", "0"))
    plan(books, ("SALES", "2026-02", "7"), version="other")
    plan(books, ("SALES", "2026-02", "40", *NORTH))
    assert in_force(books) == [
        ("ADMIN", "2026-01-01", "2026-12-31", "", "1200.00"),
        ("SALES", "2026-02-01", "2026-02-28", "", "110.50"),
        ("SALES", "2026-02-01", "2026-02-28", "NORTH", "40.00"),
    ]
    assert (in_force(books, "nobody"), len(in_force(books, "other"))) == ([], 1)


@pytest.mark.parametrize(
    "line, code, pointer",
    [
        (("NOBODY", "2026-02", "1"), "unknown_account", "/lines/1/account"),
        (("COSTS", "2026-02", "1"), "header_account", "/lines/1/account"),
        (("SALES", "2026-13", "1"), "budget_refused", "/lines/1/period"),
        (("SALES", "0206-05", "1"), "budget_refused", "/lines/1/period"),
        (("SALES", "FY2031", "1"), "budget_refused", "/lines/1/period"),
        (("SALES", "2026-02", "1.001"), "precision_exceeded", ""),
        (("SALES", "FY2026", "1"), "budget_refused", "/lines/1"),
        (("SALES", "2026-01", "1"), "budget_refused", "/lines/1"),
        (("SALES", "2026-02", "1", "colour", "RED"), "unknown_dimension", "/lines/1/dimension"),
        (("SALES", "2026-02", "1", "colour", ""), "malformed", "/lines/1/value"),
        (("SALES", "2026-02", "1", "", "RED"), "malformed", "/lines/1/dimension"),
        (("ADMIN", "2026-02", "1", "project", "P"), "budget_refused", "/lines/1"),
    ],
)
def test_one_line_that_is_wrong_stops_all(line: tuple[str, ...], code: str, pointer: str) -> None:
    books = planned_books()
    plan(books, ("SALES", "2026-02", "5"), ("ADMIN", "2026-02", "5", *NORTH))
    with pytest.raises(LedgerError) as caught:
        plan(books, ("SALES", "2026-01", "100"), line)
    assert (caught.value.code, caught.value.pointer) == (code, pointer)
    assert BudgetLine.objects.filter(entity=books).count() == 2


def test_a_line_that_was_taken_back_is_in_nobodys_way(books: Entity) -> None:
    plan(books, ("SALES", "2026-02", "5"))
    plan(books, ("SALES", "2026-02", "0"), ("SALES", "FY2026", "60"))
    assert in_force(books) == [("SALES", "2026-01-01", "2026-12-31", "", "60.00")]


def test_requests_have_names_lines_and_keys(books: Entity) -> None:
    client = ApiClient(books)
    line = {"account": "SALES", "period": "2026-02", "amount": "100"}
    first = client.post("/api/budgets/plan/lines", {"lines": [line]}, key="k")
    again = client.post("/api/budgets/plan/lines", {"lines": [line]}, key="k")
    assert (first.status, first.json["lines"]) == (201, 1)
    assert (again.json, again.headers["Idempotent-Replayed"]) == (first.json, "true")
    for version, lines in (("a b", [line]), ("plan", []), ("plan", [line] * 5001), ("plan", [line | {"amount": "x"}])):
        assert client.post(f"/api/budgets/{version}/lines", {"lines": lines}).status == 400
    assert client.get("/api/budgets/a b/lines").status == 400


def bring(entity: Entity, path: Path, text: str) -> str:
    path.write_text(text)
    out = io.StringIO()
    call_command("import_budget", str(path), entity=entity.code, budget="plan", stdout=out)
    return out.getvalue().strip()


def test_a_file_is_brought_in_once(books: Entity, tmp_path: Path) -> None:
    text = "Account,period,amount,dimension,value\nSALES,2026-02,100.00,,\nADMIN,FY2026,-5,cost_centre,NORTH\n"
    assert bring(books, tmp_path / "b.csv", text) == "set 2 lines of plan"
    assert bring(books, tmp_path / "b.csv", text) == "unchanged 2 lines of plan"
    assert in_force(books)[1] == ("ADMIN", "2026-01-01", "2026-12-31", "NORTH", "-5.00")


@pytest.mark.parametrize(
    "text, exit_code, message",
    [
        ("account,period\n", 2, "must name the columns"),
        ("", 2, "is empty"),
        ("account,period,amount\nSALES,2026-02,1\nSALES,2026-03\n", 1, "line 3"),
        ("account,period,amount\nSALES,2026-02,1.000,5\n", 1, "line 2"),
        ('account,period,amount\nSALES,2026-02,"1.000,5"\n', 1, "line 2"),
        ("account,period,amount\n,2026-02,1\n", 1, "needs an account and a period"),
        ("account,period,amount\nSALES,2026-02,1\nCOSTS,2026-02,1\n", 1, "line 3: COSTS is a header"),
        ("account,period,amount\n", 1, "from 1 to 5000 lines"),
    ],
)
def test_a_file_with_a_mistake_sets_nothing(tmp_path: Path, text: str, exit_code: int, message: str) -> None:
    books = planned_books()
    with pytest.raises(CommandError, match=message) as caught:
        bring(books, tmp_path / "b.csv", text)
    assert caught.value.returncode == exit_code
    assert not BudgetLine.objects.filter(entity=books).exists()
