"""Croatian books in kuna until 31 December 2022, in euro from 1 January 2023 on.

Rates: Council Regulation (EU) 2022/1208 (1 EUR = 7.53450 HRK); the dollar of 30 December 2022, 7.064035 HRK, is of the
exchange rate list of the Croatian National Bank. All amounts in euro are those in kuna ÷ 7.53450, halves up.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from accounts.bases.use_cases import change_base_currency
from fx.deals.role_accounts import open_missing
from fx.rates.quotes import Quote
from fx.rates.recording import record_rates
from fx.revaluation.auto_reversal import revalue_day
from fx.revaluation.valuation_pairs import pair_missing
from journals.periods.use_cases import make_fiscal_year
from ledgerflow.books.models import Entity
from reports.statements.sheet import balance_sheet
from tests.builders import an_account
from tests.functional.test_years import year_end
from tests.functional.worksheets import (
    CURRENT,
    PRIOR,
    a_rate,
    books,
    closed,
    dollars,
    income,
    is_proven,
    moved,
    sheet,
    shown,
    trial,
)

START, FRIDAY, LAST = date(2022, 12, 29), date(2022, 12, 30), date(2022, 12, 31)
SWITCH, SECOND, THIRD = date(2023, 1, 1), date(2023, 1, 2), date(2023, 1, 3)


def in_kuna() -> Entity:
    """What was booked in 2022, and the change that is known of before its day."""
    entity = books(START, base_currency="HRK")
    dollars(entity, "EUR")
    an_account(entity, "SALES", "income", currency="HRK")
    an_account(entity, "COSTS", "expense", currency="HRK")
    moved(entity, "BANK", "CAPITAL", "75345.00")
    a_rate(entity, START, "7.53000", "EUR")
    moved(entity, "BANK-EUR", "SALES-EUR", "1000.00")
    closed(entity, START)
    a_rate(entity, FRIDAY, "7.064035", "USD")
    a_rate(entity, FRIDAY, "7.53450", "EUR")
    moved(entity, "BANK-USD", "SALES-USD", "1000.00")
    moved(entity, "BANK", "SALES", "100.00")
    moved(entity, "COSTS", "BANK", "10.00")
    closed(entity, FRIDAY)
    change_base_currency(entity.id, "EUR", SWITCH, "7.53450", key="euro", actor="test")
    closed(entity, LAST)
    return entity


@pytest.fixture(scope="module")
def house() -> Entity:
    entity = in_kuna()
    moved(entity, "BANK", "SALES", "753.45", SWITCH)
    return entity


def in_january(entity: Entity) -> None:
    """Dollars at rates against the euro, and a revaluation in euro."""
    open_missing(entity.id, ["USD"], actor="test")
    pair_missing(entity.id, "EUR", actor="test")
    rates = [(SECOND, "1.08"), (THIRD, "1.09")]
    wanted = [Quote("EUR", "USD", day, "spot", Decimal(value)) for day, value in rates]
    record_rates(entity.id, wanted, source="worksheet", actor="test", confirm_jump=True)
    closed(entity, SWITCH)
    moved(entity, "BANK-EUR", "SALES-EUR", "500.00")
    moved(entity, "BANK-USD", "SALES-USD", "100.00")
    closed(entity, SECOND)
    revalue_day(entity.id, THIRD, actor="test")
    closed(entity, THIRD)


IN_KUNA = {
    "BANK": "75435.00", "BANK-EUR": "7534.50", "BANK-USD": "7064.04", "CAPITAL": "75345.00", CURRENT: "14688.54",
}  # fmt: skip
IN_EURO = {
    "BANK": "10011.95", "BANK-EUR": "1000.00", "BANK-USD": "937.56", "CAPITAL": "10000.00", CURRENT: "1949.51",
}  # fmt: skip


def test_old_periods_stay_in_the_old_currency(house: Entity) -> None:
    report = balance_sheet(house.id, as_of=LAST, currency="functional")
    assert [block.currency for block in report.blocks] == ["HRK"]
    assert shown(report) == IN_KUNA
    assert shown(balance_sheet(house.id, as_of=LAST, currency="HRK")) == IN_KUNA


def test_from_the_day_on_reports_are_in_the_new_one_and_compare_at_the_fixed_rate(house: Entity) -> None:
    report = balance_sheet(house.id, as_of=SWITCH, compare=LAST, currency="functional")
    assert [block.currency for block in report.blocks] == ["EUR"]
    compared = shown(report, "compare")
    assert {name: compared[name] for name in IN_EURO} == IN_EURO
    assert shown(report) == IN_EURO | {"BANK": "10111.95", CURRENT: "100.00", PRIOR: "1949.51"}
    assert report.notes[-1] == (
        "Amounts of before 2023-01-01 are shown at the fixed rate, 1 EUR = 7.53450 HRK (Regulation (EC) No 1103/97)."
    )


def test_the_trial_balance_before_and_after(house: Entity) -> None:
    """What rounding to cents has left, 11.95 beside 13.27 less 1.33, stands on the line of exchange differences."""
    before = trial(house, LAST)
    assert {code: before[code] for code in ("SALES", "COSTS", "SALES-EUR", "SALES-USD", "FX-UNREALISED-GAIN-HRK")} == {
        "SALES": "-100.00", "COSTS": "10.00", "SALES-EUR": "-7530.00", "SALES-USD": "-7064.04",
        "FX-UNREALISED-GAIN-HRK": "-4.50",
    }  # fmt: skip
    assert sum(map(Decimal, before.values())) == 0
    after = trial(house, SWITCH, totals="lifetime")
    assert after == {
        "BANK": "10111.95", "BANK-EUR": "1000.00", "BANK-USD": "937.56", "CAPITAL": "-10000.00",
        "SALES": "-113.27", "COSTS": "1.33", "SALES-EUR": "-999.40", "SALES-USD": "-937.56",
        "FX-UNREALISED-GAIN-HRK": "-0.60", "Exchange differences from rounding": "-0.01",
    }  # fmt: skip


def test_income_of_both_sides_of_the_day(house: Entity) -> None:
    assert income(house, START, LAST)[CURRENT] == "14688.54"
    assert income(house, START, SWITCH)[CURRENT] == "2049.51"
    assert income(house, SWITCH, SWITCH) == {"SALES": "100.00", CURRENT: "100.00"}


def test_the_year_end_of_before_is_made_after_the_day() -> None:
    """Retained earnings are the 14,688.54 kuna that were earned, and in euro what the balance sheet has come to."""
    entity = in_kuna()
    moved(entity, "BANK", "SALES", "753.45")
    make_fiscal_year(entity.id, date(2022, 1, 1), actor="test")
    year_end(entity, 2022)
    assert sheet(entity, LAST) == {name: amount for name, amount in IN_KUNA.items() if name != CURRENT} | {
        "PROFITS": "14688.54"
    }
    assert sheet(entity, SWITCH) == IN_EURO | {"BANK": "10111.95", "PROFITS-EUR": "1949.51", CURRENT: "100.00"}
    assert is_proven(entity)


def test_january_is_measured_and_revalued_in_euro() -> None:
    """1,100 dollars came in at 937.56 and 92.59 and are worth 1,009.17 at 1.09: a loss of 20.98."""
    entity = in_kuna()
    moved(entity, "BANK", "SALES", "753.45")
    in_january(entity)
    expected = {
        "BANK": "10111.95", "BANK-EUR": "1500.00", "BANK-USD": "1009.17", "CAPITAL": "10000.00",
        PRIOR: "1949.51", CURRENT: "671.61",
    }  # fmt: skip
    worth = sheet(entity, THIRD)
    worth["BANK-USD"] = str(Decimal(worth["BANK-USD"]) + Decimal(worth.pop("BANK-USD-VALUATION", "0")))
    assert worth == expected
    assert sheet(entity, LAST) == IN_KUNA
    assert income(entity, SWITCH, THIRD)[CURRENT] == "671.61"
    assert is_proven(entity)
