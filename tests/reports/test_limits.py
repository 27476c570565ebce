"""Reports never keep a process from posting: so many at once, so long each, also when nobody waits for them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date
from decimal import Decimal

import pytest
from pytest_django import Settings

from ledgerflow.books.admission import admitted
from ledgerflow.books.errors import ReportsBusy, ReportTimedOut
from ledgerflow.books.models import Entity
from ledgerflow.books.snapshots import snapshot
from ledgerflow.documents.errors import ReportTooLarge
from reports.budgets.setting import set_budget
from reports.budgets.specs import BudgetSpec
from reports.kinds import KINDS
from reports.statements import postings
from reports.statements.postings import statement
from tests.builders import TODAY, a_transfer, an_account, an_entity, posted
from tests.calendars import close
from tests.client import ApiClient
from tests.people import an_operator

every = pytest.mark.parametrize("name", KINDS)
ASKED = {
    "statement": {"account": "cash"},
    "cash-movement": {"accounts": "cash"},
    "party-statement": {"party": "ann"},
    "cash-flow": {"accounts": "cash"},
    "budget-variance": {"budget": "plan"},
}


@pytest.fixture(scope="module")
def books(_database: None) -> Entity:
    entity = an_entity()
    an_account(entity, "cash")
    an_account(entity, "sales", "income")
    posted(entity, a_transfer("cash", "sales", "10", effective_date=date(2026, 1, 20)))
    posted(entity, a_transfer("cash", "sales", "20", effective_date=TODAY))
    set_budget(entity.id, "plan", [BudgetSpec("sales", "2026-01", Decimal(10))], key="plan", actor="test")
    return entity


@pytest.fixture
def no_place(books: Entity, settings: Settings) -> Iterator[None]:
    """Other reports of these books have all the places that one entity may take."""
    settings.LEDGERFLOW_REPORTS_AT_ONCE = 4
    with ExitStack() as others:
        for _ in range(2):
            others.enter_context(admitted(books.id))
        yield


@every
@pytest.mark.parametrize("wanted", ["json", "csv", "xlsx", "pdf"])
def test_a_report_without_a_place_is_refused_at_once(books: Entity, no_place: None, name: str, wanted: str) -> None:
    reply = ApiClient(books, "read").get(f"/api/reports/{name}", ASKED.get(name, {}) | {"format": wanted})
    assert (reply.status, reply.code, reply.json["retryable"]) == (503, "reports_busy", True)
    assert reply.headers["Retry-After"] == "1"


@every
def test_the_admin_refuses_it_too(books: Entity, no_place: None, name: str) -> None:
    for wanted in ({}, {"format": "csv"}):
        asked = {"entity": books.code, **ASKED.get(name, {}), **wanted}
        response = an_operator().get(f"/admin/reports/{name}/", asked)
        assert (response.status_code, response.headers["Retry-After"]) == (503, "1")
        assert b"try again in a moment" in response.content


def test_other_books_still_get_theirs(books: Entity, no_place: None) -> None:
    reply = ApiClient(an_entity(), "read").get("/api/reports/trial-balance")
    assert reply.status == 200


def test_no_more_reports_are_made_than_a_process_has_places(books: Entity, settings: Settings) -> None:
    settings.LEDGERFLOW_REPORTS_AT_ONCE = 1
    with admitted(an_entity().id):
        assert ApiClient(books, "read").get("/api/reports/trial-balance").code == "reports_busy"
    assert ApiClient(books, "read").get("/api/reports/trial-balance").status == 200


def test_a_frozen_trial_balance_is_a_report_too(settings: Settings) -> None:
    settings.LEDGERFLOW_REPORTS_AT_ONCE = 1
    entity = an_entity()
    close(entity, TODAY)
    client, path = ApiClient(entity, "read"), f"/api/days/{TODAY}/trial-balance"
    assert client.get(path).status == 200
    with admitted(entity.id):
        assert client.get(path).code == "reports_busy"


@every
def test_a_report_ends_when_its_time_is_over(books: Entity, settings: Settings, name: str) -> None:
    client = ApiClient(books, "read")
    for _ in range(5):  # and gives its place back
        settings.LEDGERFLOW_REPORT_SECONDS = 0
        reply = client.get(f"/api/reports/{name}", ASKED.get(name, {}))
        assert (reply.status, reply.code, reply.json["retryable"]) == (503, "report_timed_out", False)
    settings.LEDGERFLOW_REPORT_SECONDS = 30
    assert client.get(f"/api/reports/{name}", ASKED.get(name, {})).status == 200


def test_the_server_stops_a_statement_that_would_run_on(books: Entity, settings: Settings) -> None:
    settings.LEDGERFLOW_REPORT_SECONDS = 0.05
    with pytest.raises(ReportTimedOut), admitted(books.id), snapshot() as connection:
        connection.execute("SELECT pg_sleep(600)")
    with snapshot() as connection:  # no report, no limit
        assert connection.execute("SHOW statement_timeout").fetchone() == ("0",)


def test_a_refused_report_takes_no_place(books: Entity, settings: Settings) -> None:
    settings.LEDGERFLOW_REPORTS_AT_ONCE = 1
    client = ApiClient(books, "read")
    for _ in range(3):
        assert client.get("/api/reports/trial-balance", {"currency": "XXX"}).code == "unknown_currency"
    with admitted(books.id), pytest.raises(ReportsBusy), admitted(books.id):
        pass
    assert client.get("/api/reports/trial-balance").status == 200


@pytest.mark.parametrize("per, starts", [("month", [1, 2, 3]), ("year", [1])])
def test_no_periods_are_made_before_the_first_posting(books: Entity, per: str, starts: list[int]) -> None:
    asked = {"account": "cash", "from": "1900-01-01", "per": per}
    reply = ApiClient(books, "read").get("/api/reports/statement", asked)
    assert [one["from"] for one in reply.json["sections"]] == [f"2026-{month:02}-01" for month in starts]
    assert reply.json["sections"][0]["opening"] == "0.00"
    assert reply.json["sections"][-1]["closing"] == "30.00"
    assert reply.json["parameters"]["from"] == "1900-01-01"


def test_an_account_that_never_moved_has_one_period(books: Entity) -> None:
    an_account(books, "idle")
    reply = ApiClient(books, "read").get(
        "/api/reports/statement", {"account": "idle", "from": "1900-01-01", "per": "month"}
    )
    assert [(one["from"], one["to"]) for one in reply.json["sections"]] == [("1900-01-01", str(TODAY))]


def test_more_periods_than_a_hundred_years_of_months_are_refused(
    books: Entity, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postings, "MOST_PERIODS", 12)
    entity = an_entity()
    an_account(entity, "cash")
    an_account(entity, "sales", "income")
    posted(entity, a_transfer("cash", "sales", "1", effective_date=date(2024, 12, 31)))
    with pytest.raises(ReportTooLarge), statement(entity.id, "cash", from_date=date.min, per="month"):
        pass
    with statement(entity.id, "cash", from_date=date.min, per="year") as listing:
        assert len(listing.report().sections) == 3
