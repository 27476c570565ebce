"""A bakery's first year, from the till to retained earnings; the figures are from a worksheet made by hand."""

from __future__ import annotations

from datetime import date

import pytest

from journals.days.closing.new_day import begin_day
from journals.days.closing.running import close_day
from journals.drafts import Line
from journals.periods.use_cases import close_period, make_fiscal_year
from journals.periods.year_end import close_year
from journals.schedules.accruals import post_accrual
from ledgerflow.books.models import Entity
from reports.shapes import TreeReport
from reports.statements.income import income_statement
from reports.statements.sheet import balance_sheet
from reports.statements.trial import trial_balance
from tests.builders import a_journal, an_account, an_entity, posted
from tests.calendars import NEW_YEAR, YEAR_END, YEAR_START, close_months, months, reopened, year
from tests.stories.worksheet import credit, debit, is_proven

CHART = [
    ("1100", "Bank", "asset", {}), ("1300", "Stock", "asset", {}), ("1400", "Prepaid", "asset", {}),
    ("1500", "Oven", "asset", {}), ("1590", "Accumulated depreciation", "asset", {"normal_side": "credit"}),
    ("2300", "Accrued wages", "liability", {}), ("3000", "Capital", "equity", {}),
    ("3900", "Retained earnings", "equity", {"role": "retained_earnings"}), ("4000", "Sales", "income", {}),
    ("5000", "Ingredients", "expense", {}), ("5100", "Wages", "expense", {}), ("5200", "Insurance", "expense", {}),
    ("5300", "Depreciation", "expense", {}),
]  # fmt: skip

# The worksheet: each account's balance, debit positive.
BEFORE = {
    "1100": "60000.00", "1500": "12000.00", "5000": "31000.00", "5100": "28600.00", "5200": "2400.00",
    "3000": "-50000.00", "4000": "-84000.00",
}  # fmt: skip
ADJUSTED = {
    "1100": "60000.00", "1300": "750.00", "1400": "1800.00", "1500": "12000.00", "5000": "30250.00",
    "5100": "29700.00", "5200": "600.00", "5300": "2400.00",
    "1590": "-2400.00", "2300": "-1100.00", "3000": "-50000.00", "4000": "-84000.00",
}  # fmt: skip
AFTER = {
    "1100": "60000.00", "1300": "750.00", "1400": "1800.00", "1500": "12000.00",
    "1590": "-2400.00", "2300": "-1100.00", "3000": "-50000.00", "3900": "-21050.00",
}  # fmt: skip
RESULT = "21050.00"


def book(entity: Entity, day: date, *lines: Line) -> None:
    posted(entity, a_journal(*lines, effective_date=day))


def adjust(entity: Entity, *lines: Line) -> None:
    posted(entity, a_journal(*lines, effective_date=YEAR_END, layer="adjustment"))


@pytest.fixture
def bakery() -> Entity:
    """The year as it was lived, with its last day closed."""
    entity = an_entity(name="Crust & Crumb", business_date=YEAR_END)
    make_fiscal_year(entity.id, YEAR_START, actor="baker")
    for code, name, type_, more in CHART:
        an_account(entity, code, type_, name=name, **more)
    book(entity, date(2026, 1, 2), debit("1100", "50000"), credit("3000", "50000"))
    book(entity, date(2026, 1, 2), debit("1500", "12000"), credit("1100", "12000"))
    book(entity, date(2026, 6, 30), debit("1100", "84000"), credit("4000", "84000"))
    book(entity, date(2026, 7, 31), debit("5000", "31000"), credit("1100", "31000"))
    book(entity, date(2026, 9, 30), debit("5100", "28600"), credit("1100", "28600"))
    book(entity, date(2026, 10, 1), debit("5200", "2400"), credit("1100", "2400"))  # for twelve months
    close_day(entity.id, YEAR_END, actor="baker")
    return entity


def make_adjustments(entity: Entity) -> None:
    adjust(entity, debit("5300", "2400"), credit("1590", "2400"))  # 12,000.00 over five years
    adjust(entity, debit("1400", "1800"), credit("5200", "1800"))  # nine of the twelve months are of next year
    adjust(entity, debit("1300", "750"), credit("5000", "750"))  # flour that is still there
    wages = a_journal(debit("5100", "1100"), credit("2300", "1100"), effective_date=YEAR_END, layer="adjustment")
    post_accrual(entity.id, wages)  # December's, paid in January


def close_the_year(entity: Entity) -> None:
    close_months(entity)
    close_year(entity.id, year(entity).id, key="2026", actor="baker")


def balances(entity: Entity, view: str) -> dict[str, str]:
    """What stands on each account at the year's end, debit positive."""
    report = trial_balance(entity.id, as_of=YEAR_END, view=view)
    rows = [row for block in report.blocks for row in block.rows if row.kind == "account" and row.account]
    return {row.account or "": signed(row.amounts) for row in rows}


def signed(amounts: dict[str, str]) -> str:
    on_credit = amounts["credit"].strip("0.")
    return f"-{amounts['credit']}" if on_credit else amounts["debit"]


def lines_of(report: TreeReport) -> dict[str, str]:
    """The amounts of a report by the names of its lines."""
    return {row.name: row.amounts["amount"] for block in report.blocks for row in block.rows if row.amounts}


def test_the_worksheet_before_adjusted_and_after(bakery: Entity) -> None:
    make_adjustments(bakery)
    close_the_year(bakery)
    assert [balances(bakery, view) for view in ("before", "adjusted", "after")] == [BEFORE, ADJUSTED, AFTER]
    assert is_proven(bakery)


def test_the_income_statement_leaves_the_closing_entries_out(bakery: Entity) -> None:
    make_adjustments(bakery)
    shown = income_statement(bakery.id, from_date=YEAR_START, to_date=YEAR_END)
    close_the_year(bakery)
    after = income_statement(bakery.id, from_date=YEAR_START, to_date=YEAR_END)
    assert (
        lines_of(shown)["Profit or loss for the period"] == lines_of(after)["Profit or loss for the period"] == RESULT
    )


def test_the_balance_sheet_says_current_earnings_until_they_are_retained(bakery: Entity) -> None:
    make_adjustments(bakery)
    before = lines_of(balance_sheet(bakery.id, as_of=YEAR_END))
    assert before["Profit or loss for the period"] == RESULT
    close_the_year(bakery)
    after = lines_of(balance_sheet(bakery.id, as_of=YEAR_END))
    assert after["Retained earnings"] == RESULT
    assert after.get("Profit or loss for the period", "0.00") == "0.00"


def test_the_next_year_starts_at_zero_and_takes_the_accrual_back(bakery: Entity) -> None:
    make_adjustments(bakery)
    close_the_year(bakery)
    make_fiscal_year(bakery.id, NEW_YEAR, actor="baker")
    assert (
        lines_of(income_statement(bakery.id, from_date=NEW_YEAR, to_date=NEW_YEAR)).get(
            "Profit or loss for the period", "0.00"
        )
        == "0.00"
    )
    begin_day(bakery.id, NEW_YEAR, "baker")
    book(bakery, NEW_YEAR, debit("5100", "1500"), credit("1100", "1500"))  # of which 1,100.00 were December's
    assert (
        lines_of(income_statement(bakery.id, from_date=NEW_YEAR, to_date=NEW_YEAR))["Profit or loss for the period"]
        == "-400.00"
    )
    assert balances(bakery, "after") == AFTER
    assert is_proven(bakery)


def test_an_audit_finding_reopens_the_year(bakery: Entity) -> None:
    make_adjustments(bakery)
    close_the_year(bakery)
    for period in (year(bakery), months(bakery)[-1]):
        assert reopened(bakery, period, "the oven is gone after four years").failure is None
    assert balances(bakery, "after") == ADJUSTED
    adjust(bakery, debit("5300", "600"), credit("1590", "600"))
    close_period(bakery.id, months(bakery)[-1].id, actor="baker")
    close_year(bakery.id, year(bakery).id, key="2026-again", actor="baker")
    assert balances(bakery, "after") == AFTER | {"1590": "-3000.00", "3900": "-20450.00"}
    assert is_proven(bakery)
