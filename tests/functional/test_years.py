"""Year ends in functional currency: what was earned comes to one figure of retained earnings."""

from __future__ import annotations

from datetime import date

from fx.revaluation.auto_reversal import revalue_day
from journals.periods.models import Period
from journals.periods.use_cases import make_fiscal_year
from journals.periods.year_end import close_year
from ledgerflow.books.models import Entity
from reports.equity.statement import changes_in_equity
from tests.builders import a_transfer, posted
from tests.calendars import close_months
from tests.functional.worksheets import (
    CURRENT,
    PRIOR,
    RESULT,
    a_rate,
    books,
    closed,
    dollars,
    go_to,
    income,
    is_proven,
    moved,
    sheet,
    trial,
)

YEARS = (2024, 2025, 2026)
RATES = {2024: "0.80", 2025: "1.00", 2026: "0.90"}


def three_years() -> Entity:
    """Each year 1,000 dollars of sales and 400 of costs, and 50 euro of capital; closed through 2026."""
    entity = books(date(2026, 12, 31))
    for year in YEARS:
        make_fiscal_year(entity.id, date(year, 1, 1), actor="test")
        middle, end = date(year, 6, 28), date(year, 12, 31)
        for day in (middle, end):
            a_rate(entity, day, RATES[year])
        moved(entity, "BANK-USD", "SALES-USD", "1000.00", middle)
        moved(entity, "COSTS-USD", "BANK-USD", "400.00", middle)
        moved(entity, "BANK", "CAPITAL", "50.00", middle)
        revalue_day(entity.id, end, actor="test")
    closed(entity, date(2026, 12, 31))
    return entity


def year_end(entity: Entity, year: int) -> None:
    close_months(entity)
    period = Period.objects.get(entity=entity, kind="year", ends_on=date(year, 12, 31))
    close_year(entity.id, period.id, key=f"year-{year}", actor="test")


def test_three_years_come_to_one_figure() -> None:
    """600 x 0.80 = 480; 600 x 1.00 + 600 x 0.20 = 720; 600 x 0.90 - 1,200 x 0.10 = 420; 1,800 x 0.90 = 1,620."""
    entity = three_years()
    assert sheet(entity, date(2026, 12, 31)) == {
        "BANK": "150.00", "BANK-USD": "1620.00", "CAPITAL": "150.00", f"{PRIOR}, 2024": "480.00",
        f"{PRIOR}, 2025": "720.00", CURRENT: "420.00",
    }  # fmt: skip
    for year, retained in zip(YEARS, ("480.00", "1200.00", "1620.00"), strict=True):
        assert income(entity, date(year, 1, 1), date(year, 12, 31))[RESULT] == {
            2024: "480.00", 2025: "720.00", 2026: "420.00",
        }[year]  # fmt: skip
        year_end(entity, year)
        found = sheet(entity, date(year, 12, 31))
        assert found["PROFITS"] == retained
        assert not [name for name in found if name.startswith(PRIOR)]
        assert "PROFITS-USD" not in found
    assert sheet(entity) == {"BANK": "150.00", "BANK-USD": "1620.00", "CAPITAL": "150.00", "PROFITS": "1620.00"}
    assert trial(entity) == {"BANK": "150.00", "BANK-USD": "1620.00", "CAPITAL": "-150.00", "PROFITS": "-1620.00"}
    (block,) = changes_in_equity(entity.id, currency="functional", from_date=date(2024, 1, 1)).blocks
    assert [
        (row.name, [row.amounts[key] for key in ("account:CAPITAL", "account:PROFITS", "earnings", "total")])
        for row in block.rows
    ] == [
        ("Equity at the start of 2024-01-01", ["0.00", "0.00", "0.00", "0.00"]),
        ("Profit or loss for the period", ["0.00", "0.00", "1620.00", "1620.00"]),
        ("BANK", ["150.00", "0.00", "0.00", "150.00"]),
        ("Earnings taken to equity at the year end", ["0.00", "1620.00", "-1620.00", "0.00"]),
        ("Equity at the end of 2027-01-01", ["150.00", "1620.00", "0.00", "1770.00"]),
    ]
    assert sheet(entity, date(2026, 12, 31), view="adjusted")[CURRENT] == "420.00"
    assert is_proven(entity)


def test_a_trial_balance_opens_income_and_expenses_with_the_year() -> None:
    """480 of 2024 and 720 of 2025 are not closed; 1,000 x 0.90 and 400 x 0.90 are of 2026."""
    entity = three_years()
    last = date(2026, 12, 31)
    found = trial(entity, last)
    assert (found["SALES-USD"], found["COSTS-USD"], found[PRIOR]) == ("-900.00", "360.00", "-1200.00")
    found = trial(entity, last, totals="lifetime")
    assert (found["SALES-USD"], found["COSTS-USD"]) == ("-2700.00", "1080.00")
    assert PRIOR not in found


def test_what_comes_after_a_year_end_is_of_the_next_year() -> None:
    entity = three_years()
    for year in YEARS:
        year_end(entity, year)
    a_rate(entity, date(2027, 1, 4), "0.90")
    go_to(entity, date(2027, 1, 4))
    moved(entity, "BANK-USD", "SALES-USD", "100.00")
    moved(entity, "PROFITS-USD", "BANK-USD", "10.00")  # a dividend, at the rate of its day
    assert sheet(entity) == {
        "BANK": "150.00", "BANK-USD": "1701.00", "CAPITAL": "150.00", "PROFITS": "1611.00", CURRENT: "90.00",
    }  # fmt: skip


def test_an_adjustment_is_worth_the_rate_of_its_day() -> None:
    entity = three_years()
    last = date(2026, 12, 31)
    adjusted = a_transfer("COSTS-USD", "BANK-USD", "100.00", effective_date=last, layer="adjustment")
    posted(entity, adjusted)
    assert sheet(entity, last, view="before")[CURRENT] == "420.00"
    assert sheet(entity, last)[CURRENT] == "330.00"
    assert income(entity, date(2026, 1, 1), last)["COSTS-USD"] == "450.00"


def test_an_adjustment_of_a_currency_that_no_close_has_measured_counts_once() -> None:
    """Pounds have no rate when the day closes; the adjustment is posted before the next close measures them."""
    last = date(2026, 12, 31)
    entity = books(last)
    dollars(entity, "GBP")
    make_fiscal_year(entity.id, date(2026, 1, 1), actor="test")
    moved(entity, "BANK-GBP", "SALES-GBP", "100.00")
    closed(entity, last)
    posted(entity, a_transfer("BANK-GBP", "SALES-GBP", "10.00", effective_date=last, layer="adjustment"))
    a_rate(entity, last, "1.20", "GBP")
    assert sheet(entity, last) == {"BANK-GBP": "132.00", CURRENT: "132.00"}
    assert sheet(entity, last, view="before") == {"BANK-GBP": "120.00", CURRENT: "120.00"}
    closed(entity, date(2027, 1, 1))
    assert sheet(entity, last) == {"BANK-GBP": "132.00", CURRENT: "132.00"}
    assert is_proven(entity)
