"""Period 13: the last day of a year once more, for adjustments alone."""

from __future__ import annotations

import pytest

from journals.errors import PeriodClosed, PeriodLocked
from journals.periods.errors import LaterPeriodClosed, PeriodsOpen
from journals.periods.fiscal_years import YearPlan
from journals.periods.use_cases import close_period, lock_period, make_fiscal_year, unlock_period
from journals.periods.year_end import close_year
from journals.posting import post
from journals.proof.ledger import verify_books
from ledgerflow.books.models import Entity
from reports.statements.income import income_statement
from tests.builders import a_transfer, an_account, an_entity, posted
from tests.calendars import YEAR_END, YEAR_START, close, close_months, period, reopened, year
from tests.client import ApiClient


@pytest.fixture
def books() -> Entity:
    """Books on the last day of a year with a period 13, and a sale of 100.00."""
    entity = an_entity(business_date=YEAR_END)
    make_fiscal_year(entity.id, YearPlan(YEAR_START, special_period=True), actor="test")
    an_account(entity, "cash")
    an_account(entity, "sales", "income")
    an_account(entity, "profits", "equity", role="retained_earnings")
    posted(entity, a_transfer("cash", "sales", "100.00"))
    return entity


def adjust(entity: Entity, amount: str = "7.00", **given: str) -> None:
    post(entity.id, a_transfer("cash", "sales", amount, layer="adjustment", effective_date=YEAR_END, **given))


def test_its_adjustments_come_after_the_last_month_is_closed(books: Entity) -> None:
    close(books, YEAR_END)
    close_months(books)
    special = period(books, YEAR_END, "special")
    assert (special.name, special.starts_on, special.ends_on) == ("FY2026 P13", YEAR_END, YEAR_END)
    adjust(books)
    with pytest.raises(PeriodsOpen, match="FY2026 P13 is open"):
        close_year(books.id, year(books).id, key="k", actor="test")
    close_period(books.id, special.id, actor="test")
    with pytest.raises(PeriodClosed):
        adjust(books)
    done = close_year(books.id, year(books).id, key="k", actor="test")
    assert [line.amount for line in done.lines] == ["107.00", "107.00"]
    assert isinstance(reopened(books, special).failure, LaterPeriodClosed)
    assert verify_books(books.id) == []


def test_its_lock_is_for_adjustments_alone(books: Entity) -> None:
    special = period(books, YEAR_END, "special")
    lock_period(books.id, special.id, actor="test")
    posted(books, a_transfer("cash", "sales", "1.00"))
    with pytest.raises(PeriodLocked):
        adjust(books)
    adjust(books, override_lock="the auditor asked for it")
    unlock_period(books.id, special.id, actor="test")
    lock_period(books.id, period(books, YEAR_END).id, actor="test")
    adjust(books)  # the last month keeps ordinary journals out
    with pytest.raises(PeriodLocked):
        post(books.id, a_transfer("cash", "sales", "1.00"))


def test_it_is_listed_and_reported_by_itself(books: Entity) -> None:
    adjust(books)
    client = ApiClient(books)
    listed = client.get("/api/periods", {"kind": "special"}).json["results"]
    assert [(one["name"], one["starts_on"], one["ends_on"]) for one in listed] == [
        ("FY2026 P13", "2026-12-31", "2026-12-31"),
    ]  # fmt: skip
    names = [one["name"] for one in client.get("/api/periods").json["results"]]
    assert names[-3:] == ["FY2026 P12", "FY2026 P13", "FY2026"]
    day = {"from": "2026-12-31", "to": "2026-12-31", "layer": "adjustment"}
    (journal,) = client.get("/api/journals", day).json["results"]
    assert journal["journal"]["layer"] == "adjustment"
    results = [
        income_statement(books.id, from_date=YEAR_END, to_date=YEAR_END, view=view).blocks[0].rows[-1].amounts["amount"]
        for view in ("before", "adjusted")
    ]
    assert results == ["100.00", "107.00"]


def test_the_whole_calendar_is_made_by_requests() -> None:
    client = ApiClient(an_entity())
    first = {"starts_on": "2025-03-17", "ends_on": "2026-01-03", "name": "FY2025"}
    weeks = {"weekday": 6, "month": 12, "ends": "nearest", "pattern": "4-5-4"}
    made = client.post("/api/periods", first | {"weeks": weeks})
    assert (made.status, made.json["periods"][-1]["name"]) == (201, "FY2025")
    second = client.post("/api/periods", {"starts_on": "2026-01-04", "weeks": weeks, "special_period": True})
    periods = second.json["periods"]
    assert (periods[0]["name"], periods[0]["ends_on"]) == ("FY2026 P01", "2026-01-31")
    assert (periods[-2]["name"], periods[-1]["ends_on"]) == ("FY2026 P13", "2027-01-02")
    declared = client.post("/api/periods/earlier-years", {"ends_on": "2025-03-16", "reason": "by the founders"})
    assert (declared.status, declared.json["kind"], declared.json["name"]) == (200, "earlier", "Earlier years")
    assert client.post("/api/periods/earlier-years", {"ends_on": "2025-03-15"}).code == "periods_overlap"
    kinds = [one["kind"] for one in client.get("/api/periods", {"limit": "100"}).json["results"]]
    assert (kinds[0], len(kinds)) == ("earlier", 1 + 11 + 14)
