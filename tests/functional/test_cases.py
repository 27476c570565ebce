"""Statements in functional currency, with figures from worksheets made by hand."""

from __future__ import annotations

from datetime import date

from fx.revaluation.auto_reversal import revalue_day
from ledgerflow.books.models import Entity
from reports.statements.income import income_statement
from reports.statements.sheet import balance_sheet
from tests.functional.worksheets import (
    CURRENT,
    FEBRUARY,
    FEBRUARY_END,
    JANUARY,
    JANUARY_END,
    RESULT,
    a_rate,
    books,
    closed,
    go_to,
    income,
    is_proven,
    moved,
    sheet,
    trial,
)


def two_sales() -> Entity:
    """1,000 dollars on 15 January at 0.80 and 3,000 on 15 February at 1.00; revalued at the end of February."""
    entity = books()
    a_rate(entity, JANUARY, "0.80")
    a_rate(entity, FEBRUARY, "1.00")
    a_rate(entity, JANUARY_END, "0.80")
    a_rate(entity, FEBRUARY_END, "1.00")
    moved(entity, "BANK-USD", "SALES-USD", "1000.00")
    go_to(entity, FEBRUARY)
    moved(entity, "BANK-USD", "SALES-USD", "3000.00")
    go_to(entity, FEBRUARY_END)
    return entity


def test_two_sales_are_income_of_their_months() -> None:
    """1,000 x 0.80 = 800; 3,000 x 1.00 = 3,000, and 4,000 x 1.00 - 3,800 = 200 of exchange differences."""
    entity = two_sales()
    revalue_day(entity.id, FEBRUARY_END, actor="test")
    assert income(entity, date(2026, 1, 1), JANUARY_END) == {"SALES-USD": "800.00", RESULT: "800.00"}
    assert income(entity, date(2026, 2, 1), FEBRUARY_END) == {
        "SALES-USD": "3000.00", "Exchange differences": "200.00", RESULT: "3200.00",
    }  # fmt: skip
    assert income(entity, date(2026, 1, 1), FEBRUARY_END)[RESULT] == "4000.00"
    assert sheet(entity) == {"BANK-USD": "4000.00", CURRENT: "4000.00"}
    parts = income_statement(entity.id, currency="functional", columns="month")
    assert list(parts.blocks[0].rows[-1].amounts.values()) == ["800.00", "3200.00", "4000.00"]
    ends = balance_sheet(entity.id, currency="functional", columns="quarter")
    assert [(column.key, column.title) for column in ends.columns] == [("part_1", "2026-02-28")]
    ends = balance_sheet(entity.id, currency="functional", columns="month")
    assert ends.blocks[0].rows[-1].amounts == {"part_1": "800.00", "part_2": "4000.00"}


def test_closed_days_say_the_same() -> None:
    entity = two_sales()
    closed(entity, JANUARY, JANUARY_END.replace(day=16))
    assert income(entity, date(2026, 1, 1), JANUARY_END)[RESULT] == "800.00"
    go_to(entity, date(2026, 3, 2))
    revalue_day(entity.id, FEBRUARY_END, actor="test")
    assert sheet(entity, FEBRUARY_END) == {"BANK-USD": "4000.00", CURRENT: "4000.00"}
    assert trial(entity, FEBRUARY_END) == {
        "BANK-USD": "4000.00", "FX-UNREALISED-GAIN-EUR": "-200.00", "SALES-USD": "-3800.00",
    }  # fmt: skip
    assert is_proven(entity)
