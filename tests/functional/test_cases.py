"""Statements in functional currency, with figures from worksheets made by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from fx.deals.role_accounts import open_missing
from fx.revaluation.auto_reversal import revalue_day
from fx.revaluation.valuation_pairs import pair_missing
from ledgerflow.books.models import Entity
from tests.builders import an_account, an_entity
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


def test_a_machine_stays_at_its_historical_cost() -> None:
    """10,000 dollars at 0.90 for 9,000 euro over clearing; 0.70 in June does not matter."""
    bought, june = date(2026, 1, 10), date(2026, 6, 30)
    entity = books(bought)
    an_account(entity, "MACHINE", currency="USD", monetary=False)
    a_rate(entity, bought, "0.90")
    moved(entity, "BANK", "CAPITAL", "10000.00")
    moved(entity, "MACHINE", "FX-CLEARING-USD", "10000.00")
    moved(entity, "FX-CLEARING-EUR", "BANK", "9000.00")
    go_to(entity, june)
    a_rate(entity, june, "0.70")
    revalue_day(entity.id, june, actor="test")
    assert sheet(entity) == {"BANK": "1000.00", "MACHINE": "9000.00", "CAPITAL": "10000.00"}


def test_a_payable_is_realised_when_it_is_paid() -> None:
    """388 x 94.39 = 36,623.32; x 93.9325 = 36,445.81, 177.51 less; x 94.125 = 36,520.50: realised 102.82.

    What is paid with comes in and goes out on the day of the payment, at one rate.
    """
    bought, valued, paid = date(2026, 1, 10), JANUARY_END, date(2026, 2, 10)
    entity = an_entity(business_date=bought, base_currency="INR")
    an_account(entity, "BANK", currency="INR")
    an_account(entity, "CAPITAL", "equity", currency="INR")
    an_account(entity, "PAYABLE-USD", "liability", currency="USD")
    an_account(entity, "GOODS-USD", "asset", currency="USD", monetary=False)
    an_account(entity, "PAID-USD", "asset", currency="USD")
    open_missing(entity.id, ["USD"], actor="test")
    pair_missing(entity.id, "INR", actor="test")
    for day, value in ((bought, "94.39"), (valued, "93.9325"), (paid, "94.125")):
        a_rate(entity, day, value)
    moved(entity, "GOODS-USD", "PAYABLE-USD", "388.00")
    go_to(entity, valued)
    revalue_day(entity.id, valued, actor="test")
    assert sheet(entity) == {"GOODS-USD": "36623.32", "PAYABLE-USD": "36445.81", CURRENT: "177.51"}
    go_to(entity, paid)
    moved(entity, "PAYABLE-USD", "FX-CLEARING-USD", "388.00")
    moved(entity, "FX-CLEARING-INR", "BANK", "36520.50")
    revalue_day(entity.id, paid, actor="test")
    assert sheet(entity) == {"BANK": "-36520.50", "GOODS-USD": "36623.32", CURRENT: "102.82"}
    assert income(entity, date(2026, 1, 1), valued) == {"Exchange differences": "177.51", RESULT: "177.51"}
    assert income(entity, date(2026, 2, 1), paid) == {"Exchange differences": "-74.69", RESULT: "-74.69"}
    assert Decimal(trial(entity)["FX-REALISED-GAIN-INR"]) == Decimal("-102.82")
