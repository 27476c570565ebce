"""Numbers of journals in their series: in the order of the journals, without gaps, whoever asks and how often."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection

from journals.days.closing.new_day import begin_day
from journals.proof.ledger import verify_books
from journals.series import numbering
from journals.series.errors import SeriesExists
from journals.series.models import SeriesNumber
from journals.series.numbering import Series, SeriesMade, catch_up, make_series
from ledgerflow.books.models import Entity, Event
from ledgerflow.core.errors import IdempotencyKeyReused, LedgerError, Malformed
from tests.builders import a_journal, a_transfer, posted
from tests.calendars import NEW_YEAR, YEAR_END, books_on
from tests.client import NO_JOURNAL, ApiClient

INVOICES = Series("INV", "Invoices", "INV-{year}-{number:03}", ("manual",))
LAST_YEAR = date(2025, 12, 31)


def a_series(entity: Entity, wanted: Series = INVOICES, key: str = "") -> SeriesMade:
    return make_series(entity.id, wanted, key=key or uuid4().hex, actor="test")


def invoice(entity: Entity, **given: Any) -> None:
    posted(entity, a_journal(("cash", "1"), ("sales", "-1"), **given))


def texts(entity: Entity, code: str = "INV") -> list[tuple[int, str]]:
    rows = SeriesNumber.objects.filter(entity=entity, series=code).order_by("journal_number")
    return list(rows.values_list("journal_number", "text"))


def caught_up(entity: Entity) -> int:
    """How many numbers a thread of its own has given."""
    try:
        return catch_up(entity.id)
    finally:
        connection.close()


def test_numbers_follow_the_journals_and_restart_with_the_fiscal_year() -> None:
    entity = books_on(NEW_YEAR)
    for day in (YEAR_END, NEW_YEAR, YEAR_END, LAST_YEAR):
        posted(entity, a_transfer("cash", "sales", "1"))
        invoice(entity, effective_date=day)
    assert catch_up(entity.id) == 0
    a_series(entity)
    assert catch_up(entity.id) == 4
    wanted = [(2, "INV-2026-001"), (4, "INV-2027-001"), (6, "INV-2026-002"), (8, "INV-2025-001")]
    assert texts(entity) == wanted
    before = Event.objects.filter(entity=entity).count()
    assert catch_up(entity.id) == 0
    assert Event.objects.filter(entity=entity).count() == before
    invoice(entity, effective_date=YEAR_END)
    assert begin_day(entity.id, NEW_YEAR, "test")["series_numbers"] == 1
    assert "series_numbers" not in begin_day(entity.id, NEW_YEAR, "test")
    a_series(entity, Series("T", "Transfers", "{number}", ("transfer", "reversal"), "never"))
    assert catch_up(entity.id) == 4
    assert texts(entity) == [*wanted, (9, "INV-2026-003")]
    assert texts(entity, "T") == [(1, "1"), (3, "2"), (5, "3"), (7, "4")]
    assert [str(fault) for fault in verify_books(entity.id)] == []


def test_those_who_catch_up_at_once_number_each_journal_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numbering, "AT_ONCE", 3)
    entity = books_on(YEAR_END)
    a_series(entity)
    for _ in range(10):
        invoice(entity)
    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(caught_up, [entity] * 4)) == 10
    assert texts(entity) == [(number, f"INV-2026-{number:03}") for number in range(1, 11)]
    assert [str(fault) for fault in verify_books(entity.id)] == []


@pytest.mark.parametrize(
    "given, refusal",
    [
        ({"code": "A B"}, Malformed), ({"code": ""}, Malformed), ({"name": " "}, Malformed),
        ({"pattern": "INV"}, Malformed), ({"restarts": "month"}, Malformed), ({"kinds": ()}, Malformed),
        ({"kinds": ("invoice",)}, Malformed), ({"kinds": ("transfer", "transfer")}, Malformed),
        ({"code": "INV", "kinds": ("transfer",)}, SeriesExists), ({"code": "NEW"}, SeriesExists),
    ],
    ids=str,
)  # fmt: skip
def test_a_series_that_makes_no_sense_is_refused(given: dict[str, Any], refusal: type[LedgerError]) -> None:
    entity = books_on(YEAR_END)
    a_series(entity, key="k")
    assert a_series(entity, key="k").is_replayed
    with pytest.raises(IdempotencyKeyReused):
        a_series(entity, INVOICES._replace(name="Others"), key="k")
    with pytest.raises(refusal):
        a_series(entity, INVOICES._replace(**given))


def test_over_the_api() -> None:
    entity = books_on(YEAR_END)
    client = ApiClient(entity)
    body = {"code": "INV", "name": "Invoices", "pattern": "INV-{year}-{number:03}", "kinds": ["manual"]}
    made = client.post("/api/number-series", body)
    assert (made.status, made.json["restarts"]) == (201, "year")
    lines = [{"account": "cash", "side": "debit", "amount": "1"}, {"account": "sales", "side": "credit", "amount": "1"}]
    journal = client.post("/api/journals", {"lines": lines}).json["journal"]["id"]
    found = client.get(f"/api/journals/{journal}/series-number")
    assert found.json == {
        "journal": journal, "journal_number": 1, "series": "INV", "year": 2026, "number": 1, "text": "INV-2026-001",
    }  # fmt: skip
    client.post("/api/journals", {"lines": lines})
    assert [one["text"] for one in client.get("/api/series-numbers", {"series": "INV"}).json["results"]] == [
        "INV-2026-001", "INV-2026-002"
    ]  # fmt: skip
    transfer = client.post("/api/transfers", {"debit_account": "cash", "credit_account": "sales", "amount": "1"})
    for unknown in (transfer.json["journal"]["id"], NO_JOURNAL):
        assert client.get(f"/api/journals/{unknown}/series-number").status == 404
    listed = client.get("/api/journals").json["results"]
    assert [one["series_number"] for one in listed] == [None, "INV-2026-002", "INV-2026-001"]
    assert client.get(f"/api/journals/{journal}").json["series_number"] == "INV-2026-001"
    for only, numbers in (({}, [2]), ({"account": "cash"}, [2]), ({"kind": "transfer"}, [])):
        found = client.get("/api/journals", {"series_number": "INV-2026-002", **only})
        assert [one["journal"]["number"] for one in found.json["results"]] == numbers
    assert client.get("/api/journals", {"series_number": "INV-2026-003"}).json["results"] == []
    assert [one["code"] for one in client.get("/api/number-series").json["results"]] == ["INV"]
