"""A year of a small company through its year end, on every report, with figures from a worksheet made by hand.

          capital  sales   rent  accrued   cash        2027: sales  rent
ordinary   10,000  1,000    400        -  10,600                300   100
adjusted                     +50      50
result 2026: 1,000 - 450 = 550, closed to retained earnings      200
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from fx.rates.quotes import Quote
from fx.rates.recording import record_rates
from journals.periods.use_cases import close_period
from journals.periods.year_end import close_year
from ledgerflow.books.models import Entity
from reports.equity.statement import changes_in_equity
from reports.shapes import Block, TreeReport
from reports.statements.income import income_statement
from reports.statements.sheet import balance_sheet
from reports.statements.trial import trial_balance
from tests.builders import a_transfer, an_account, posted
from tests.calendars import NEW_YEAR, YEAR_END, books_on, close, months, year

JUNE = date(2026, 6, 15)


def amounts(report: TreeReport, key: str = "amount", block: int = 0) -> dict[str, str]:
    """Account codes (or names of computed lines and totals) with their amounts."""
    rows = report.blocks[block].rows
    return {row.account or row.name: row.amounts[key] for row in rows if row.amounts}


def sides(block: Block, stage: str = "") -> dict[str, tuple[str, str]]:
    return {
        row.account or row.name: (row.amounts[f"{stage}debit"], row.amounts[f"{stage}credit"])
        for row in block.rows
        if row.amounts
    }


def close_the_year(entity: Entity) -> None:
    for month in months(entity):
        close_period(entity.id, month.id, actor="test")
    close_year(entity.id, year(entity).id, key="year-end", actor="test")


@pytest.fixture(scope="module")
def books(_database: None) -> dict[str, Any]:
    """The books in 2027, and the balance sheet of the year end as it was before the closing entries."""
    entity = books_on(YEAR_END)
    an_account(entity, "capital", "equity")
    an_account(entity, "accrued", "liability")
    posted(entity, a_transfer("cash", "capital", "10000", effective_date=date(2026, 3, 1)))
    posted(entity, a_transfer("cash", "sales", "1000", effective_date=JUNE))
    posted(entity, a_transfer("rent", "cash", "400", effective_date=JUNE))
    close(entity, YEAR_END)
    posted(entity, a_transfer("rent", "accrued", "50", effective_date=YEAR_END, layer="adjustment"))
    unclosed = balance_sheet(entity.id, as_of=YEAR_END)
    close_the_year(entity)
    posted(entity, a_transfer("cash", "sales", "300"))
    posted(entity, a_transfer("rent", "cash", "100"))
    return {"entity": entity, "unclosed": unclosed}


def sheet(books: dict[str, Any], as_of: date, view: str = "after", **asked: Any) -> dict[str, str]:
    return amounts(balance_sheet(books["entity"].id, as_of=as_of, view=view, **asked))


def test_before_its_closing_entries_a_year_is_on_a_line_of_its_own(books: dict[str, Any]) -> None:
    assert amounts(books["unclosed"]) == {
        "cash": "10600.00", "Total assets": "10600.00", "accrued": "50.00", "Total liabilities": "50.00",
        "capital": "10000.00", "Profit or loss for the period": "550.00", "Total equity": "10550.00",
        "Total liabilities and equity": "10600.00",
    }  # fmt: skip


def test_once_closed_it_is_in_retained_earnings_and_nowhere_else(books: dict[str, Any]) -> None:
    assert sheet(books, YEAR_END) == {
        "cash": "10600.00", "Total assets": "10600.00", "accrued": "50.00", "Total liabilities": "50.00",
        "capital": "10000.00", "profits": "550.00", "Total equity": "10550.00",
        "Total liabilities and equity": "10600.00",
    }  # fmt: skip


def test_the_next_year_adds_its_own_earnings(books: dict[str, Any]) -> None:
    assert sheet(books, NEW_YEAR) == {
        "cash": "10800.00", "Total assets": "10800.00", "accrued": "50.00", "Total liabilities": "50.00",
        "capital": "10000.00", "profits": "550.00", "Profit or loss for the period": "200.00",
        "Total equity": "10750.00", "Total liabilities and equity": "10800.00",
    }  # fmt: skip


def test_without_closing_entries_the_closed_year_is_an_unclosed_one(books: dict[str, Any]) -> None:
    found = sheet(books, NEW_YEAR, "adjusted")
    assert found["Prior-year earnings not yet allocated"] == "550.00"
    assert found["Profit or loss for the period"] == "200.00"
    assert "profits" not in found
    assert found["Total liabilities and equity"] == found["Total assets"] == "10800.00"


def test_before_adjustments_the_accrual_is_not_there(books: dict[str, Any]) -> None:
    found = sheet(books, YEAR_END, "before")
    assert found["Profit or loss for the period"] == "600.00"
    assert "accrued" not in found


def test_a_comparison_stands_beside_it_with_the_change(books: dict[str, Any]) -> None:
    report = balance_sheet(books["entity"].id, as_of=NEW_YEAR, compare=YEAR_END)
    assert [column.title for column in report.columns] == ["2027-01-01", "2026-12-31", "Change"]
    assert amounts(report, "compare")["Total equity"] == "10550.00"
    assert amounts(report, "change")["Total equity"] == "200.00"
    assert amounts(report, "compare")["Profit or loss for the period"] == "0.00"


@pytest.mark.parametrize(
    "view, rent, result", [("adjusted", "450.00", "550.00"), ("before", "400.00", "600.00")]
)  # fmt: skip
def test_income_statements_never_show_closing_entries(books: dict[str, Any], view: str, rent: str, result: str) -> None:
    report = income_statement(books["entity"].id, from_date=date(2026, 1, 1), to_date=YEAR_END, view=view)
    assert amounts(report) == {
        "sales": "1000.00", "Total income": "1000.00", "rent": rent, "Total expenses": rent, "Profit or loss for the period": result,
    }  # fmt: skip


def test_the_year_so_far_beside_the_year_before(books: dict[str, Any]) -> None:
    report = income_statement(books["entity"].id, compare_from=date(2026, 1, 1), compare_to=YEAR_END)
    assert report.parameters["from"] == "2027-01-01"
    assert [amounts(report, key)["Profit or loss for the period"] for key in ("amount", "compare", "change")] == [
        "200.00",
        "550.00",
        "-350.00",
    ]


def test_a_worksheet_leads_from_before_to_after(books: dict[str, Any]) -> None:
    report = trial_balance(books["entity"].id, as_of=YEAR_END, view="worksheet")
    (block,) = report.blocks
    assert sides(block, "before_")["rent"] == ("400.00", "0.00")
    assert sides(block, "adjustments_")["rent"] == ("50.00", "0.00")
    assert sides(block, "closing_")["rent"] == ("0.00", "450.00")
    assert sides(block, "after_")["rent"] == ("0.00", "0.00")
    assert sides(block, "before_")["Total EUR"] == ("11000.00", "11000.00")
    assert sides(block, "after_")["Total EUR"] == ("10600.00", "10600.00")
    assert len(report.columns) == 8
    mid_year = trial_balance(books["entity"].id, as_of=JUNE, view="worksheet")
    assert [column.key for column in mid_year.columns if column.key.startswith("closing")] == []


def test_a_trial_balance_over_the_year_end_shows_what_closing_entries_moved(books: dict[str, Any]) -> None:
    """They are movements like others, and leave nothing to carry; without them the year is carried to a line."""
    asked: dict[str, Any] = {"from_date": date(2026, 12, 1), "to_date": NEW_YEAR}
    (block,) = trial_balance(books["entity"].id, **asked).blocks
    assert sides(block, "opening_")["sales"] == ("0.00", "1000.00")
    assert sides(block, "movement_")["sales"] == ("1000.00", "300.00")
    assert sides(block, "movement_")["profits"] == ("0.00", "550.00")
    assert sides(block, "carried_")["Total EUR"] == ("0.00", "0.00")
    assert sides(block, "closing_")["sales"] == ("0.00", "300.00")
    (block,) = trial_balance(books["entity"].id, view="adjusted", **asked).blocks
    assert sides(block, "movement_")["rent"] == ("150.00", "0.00")
    assert sides(block, "carried_")["rent"] == ("0.00", "450.00")
    assert sides(block, "carried_")["Prior-year earnings not yet allocated"] == ("0.00", "550.00")
    assert sides(block, "closing_")["Prior-year earnings not yet allocated"] == ("0.00", "550.00")
    assert sides(block, "closing_")["rent"] == ("100.00", "0.00")


def test_the_next_worksheet_shows_how_the_year_before_was_closed(books: dict[str, Any]) -> None:
    (block,) = trial_balance(books["entity"].id, as_of=NEW_YEAR, view="worksheet").blocks
    line = "Prior-year earnings not yet allocated"
    assert sides(block, "before_")[line] == ("0.00", "600.00")
    assert sides(block, "adjustments_")[line] == ("50.00", "0.00")
    assert sides(block, "closing_")[line] == ("1000.00", "450.00")
    assert sides(block, "after_")[line] == ("0.00", "0.00")


def test_a_year_that_is_not_closed_has_one_name_and_several_have_theirs() -> None:
    entity = books_on(NEW_YEAR)
    posted(entity, a_transfer("cash", "sales", "30", effective_date=date(2025, 5, 5)))
    posted(entity, a_transfer("cash", "sales", "5", effective_date=NEW_YEAR))
    assert amounts(balance_sheet(entity.id))["Prior-year earnings not yet allocated"] == "30.00"
    posted(entity, a_transfer("cash", "sales", "7", effective_date=JUNE))
    found = amounts(balance_sheet(entity.id))
    assert found["Prior-year earnings not yet allocated, 2025"] == "30.00"
    assert found["Prior-year earnings not yet allocated, 2026"] == "7.00"
    assert found["Profit or loss for the period"] == "5.00"
    report = balance_sheet(entity.id, compare=YEAR_END)
    assert amounts(report, "compare")["Prior-year earnings not yet allocated, 2025"] == "30.00"
    assert amounts(report, "compare")["Profit or loss for the period"] == "7.00"


def equity(report: TreeReport) -> dict[str, dict[str, str]]:
    """The lines of a statement of changes in equity, without what is zero."""
    return {
        row.account or row.name: {
            key.removeprefix("account:"): amount for key, amount in row.amounts.items() if Decimal(amount)
        }
        for row in report.blocks[0].rows
    }


def test_changes_in_equity_lead_from_one_balance_sheet_to_the_next(books: dict[str, Any]) -> None:
    entity = books["entity"]
    year_end = {"capital": "10000.00", "profits": "550.00", "total": "10550.00"}
    assert equity(changes_in_equity(entity.id, from_date=date(2026, 1, 1), to_date=YEAR_END)) == {
        "Equity at the start of 2026-01-01": {},
        "Profit or loss for the period": {"earnings": "550.00", "total": "550.00"},
        "cash": {"capital": "10000.00", "total": "10000.00"},
        "Earnings taken to equity at the year end": {"profits": "550.00", "earnings": "-550.00"},
        "Equity at the end of 2026-12-31": year_end,
    }
    assert equity(changes_in_equity(entity.id)) == {
        "Equity at the start of 2027-01-01": year_end,
        "Profit or loss for the period": {"earnings": "200.00", "total": "200.00"},
        "Equity at the end of 2027-01-01": year_end | {"earnings": "200.00", "total": "10750.00"},
    }
    assert equity(changes_in_equity(entity.id, view="adjusted"))["Equity at the end of 2027-01-01"] == {
        "capital": "10000.00", "earnings": "750.00", "total": "10750.00",
    }  # fmt: skip


# --- translation: the same kind of year in dollars ----------------------------------------------

# What one dollar is worth in pounds, of which one is worth a euro: the worksheet is in tests/reports/test_shapes.py.
POUNDS = [
    ("spot", date(2026, 1, 10), "0.90"),
    ("average", YEAR_END, "0.92"),
    ("spot", YEAR_END, "0.95"),
    ("average", NEW_YEAR, "0.85"),
    ("spot", NEW_YEAR, "0.80"),
]


def with_rates(entity: Entity) -> Entity:
    quotes = [Quote("USD", "GBP", day, kind, Decimal(rate)) for kind, day, rate in POUNDS]
    quotes += [Quote("EUR", "GBP", day, "spot", Decimal(1)) for day in (YEAR_END, NEW_YEAR)]
    assert {one.status for one in record_rates(entity.id, quotes, source="worksheet", actor="test")} == {"recorded"}
    return entity


@pytest.fixture(scope="module")
def abroad(_database: None) -> Entity:
    entity = books_on(YEAR_END)
    for code, kind, role in [("cash-usd", "asset", ""), ("capital-usd", "equity", ""), ("sales-usd", "income", ""), ("profits-usd", "equity", "retained_earnings")]:  # fmt: skip
        an_account(entity, code, kind, currency="USD", role=role)
    an_account(entity, "capital", "equity")
    posted(entity, a_transfer("cash-usd", "capital-usd", "1000", effective_date=date(2026, 1, 10)))
    posted(entity, a_transfer("cash-usd", "sales-usd", "200", effective_date=JUNE))
    close(entity, YEAR_END)
    close_the_year(entity)
    posted(entity, a_transfer("cash-usd", "sales-usd", "300"))
    posted(entity, a_transfer("cash", "capital", "500"))
    posted(entity, a_transfer("cash", "sales", "100"))
    return with_rates(entity)


EQUITY = {
    "after": {"profits-usd": "184.00"},
    "adjusted": {"Prior-year earnings not yet allocated": "184.00"},
}


@pytest.mark.parametrize("view", ["after", "adjusted"])
def test_a_balance_sheet_in_pounds(abroad: Entity, view: str) -> None:
    report = balance_sheet(abroad.id, currency="GBP", view=view)
    assert amounts(report) == {
        "cash": "600.00", "cash-usd": "1200.00", "Total assets": "1800.00", "Total liabilities": "0.00",
        "capital": "500.00", "capital-usd": "900.00", **EQUITY[view], "Profit or loss for the period": "355.00",
        "Translation difference": "-139.00", "Total equity": "1800.00", "Total liabilities and equity": "1800.00",
    }  # fmt: skip
    assert report.notes[0] == (
        "Translation difference from USD: on opening net assets -180.00, on the result -9.00, on equity movements 50.00"
    )
    assert "USD closing 2027-01-01: 1 USD = 0.8 GBP, spot 2027-01-01, worksheet, version 1" in report.notes


def test_a_trial_balance_in_pounds_has_the_difference_as_a_line(abroad: Entity) -> None:
    (block,) = trial_balance(abroad.id, currency="GBP").blocks
    assert sides(block) == {
        "capital": ("0.00", "500.00"), "capital-usd": ("0.00", "900.00"), "cash": ("600.00", "0.00"),
        "cash-usd": ("1200.00", "0.00"), "profits-usd": ("0.00", "184.00"), "sales": ("0.00", "100.00"),
        "sales-usd": ("0.00", "255.00"), "Translation difference": ("139.00", "0.00"),
        "Total GBP": ("1939.00", "1939.00"),
    }  # fmt: skip


def test_a_trial_balance_in_pounds_has_earlier_years_at_their_average(abroad: Entity) -> None:
    (block,) = trial_balance(abroad.id, currency="GBP", view="adjusted").blocks
    found = sides(block)
    assert found["sales-usd"] == ("0.00", "255.00")
    assert found["Prior-year earnings not yet allocated"] == ("0.00", "184.00")
    assert found["Total GBP"] == ("1939.00", "1939.00")
    (block,) = trial_balance(abroad.id, currency="GBP", view="adjusted", totals="lifetime").blocks
    assert sides(block)["sales-usd"] == ("0.00", "439.00")
    assert "Prior-year earnings not yet allocated" not in sides(block)


def test_an_income_statement_in_pounds_is_at_the_average(abroad: Entity) -> None:
    report = income_statement(abroad.id, currency="GBP", compare_from=date(2026, 1, 1), compare_to=YEAR_END)
    assert [amounts(report, key)["Profit or loss for the period"] for key in ("amount", "compare")] == [
        "355.00",
        "184.00",
    ]


def test_changes_in_equity_in_pounds_have_the_difference_as_a_column(abroad: Entity) -> None:
    """At the end of 2026: 1,200 x 0.95 - 900 - 184 = 56; on the first day of 2027: -139."""
    year_end = {"capital-usd": "900.00", "profits-usd": "184.00", "difference": "56.00", "total": "1140.00"}
    first = equity(changes_in_equity(abroad.id, currency="GBP", from_date=date(2026, 1, 1), to_date=YEAR_END))
    assert first == {
        "Equity at the start of 2026-01-01": {},
        "Profit or loss for the period": {"earnings": "184.00", "total": "184.00"},
        "cash-usd": {"capital-usd": "900.00", "total": "900.00"},
        "Earnings taken to equity at the year end": {"profits-usd": "184.00", "earnings": "-184.00"},
        "Exchange differences on translation": {"difference": "56.00", "total": "56.00"},
        "Equity at the end of 2026-12-31": year_end,
    }
    assert equity(changes_in_equity(abroad.id, currency="GBP")) == {
        "Equity at the start of 2027-01-01": year_end,
        "Profit or loss for the period": {"earnings": "355.00", "total": "355.00"},
        "cash": {"capital": "500.00", "total": "500.00"},
        "Exchange differences on translation": {"difference": "-195.00", "total": "-195.00"},
        "Equity at the end of 2027-01-01": year_end
        | {"capital": "500.00", "earnings": "355.00", "difference": "-139.00", "total": "1800.00"},
    }


def test_notes_say_which_column_they_are_of(abroad: Entity) -> None:
    notes = balance_sheet(abroad.id, currency="GBP", compare=[YEAR_END]).notes
    assert "2027-01-01: USD closing 2027-01-01: 1 USD = 0.8 GBP, spot 2027-01-01, worksheet, version 1" in notes
    assert "2026-12-31: Translation difference from USD: on opening net assets 0.00" in ", ".join(notes)
    assert "USD closing 2026-01-10: 1 USD = 0.9 GBP, spot 2026-01-10, worksheet, version 1" in notes  # of both


def test_what_rounding_leaves_is_said() -> None:
    """0.03 at 0.80 is 0.024 twice, 0.06 is 0.048: rounded each for itself, they do not add up."""
    entity = with_rates(books_on(NEW_YEAR))
    for code, kind in [("one", "asset"), ("other", "asset"), ("paid", "equity")]:
        an_account(entity, code, kind, currency="USD")
    posted(entity, a_transfer("one", "paid", "0.03"))
    posted(entity, a_transfer("other", "paid", "0.03"))
    found = amounts(balance_sheet(entity.id, currency="GBP"))
    assert [found[name] for name in ("one", "other", "paid", "Rounding", "Total equity")] == [
        "0.02", "0.02", "0.05", "-0.01", "0.04",
    ]  # fmt: skip
    (block,) = trial_balance(entity.id, currency="GBP").blocks
    assert sides(block)["Rounding"] == ("0.01", "0.00")
    assert Decimal(sides(block)["Total GBP"][0]) == Decimal("0.05")
