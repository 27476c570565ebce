"""Croatian books in kuna until 31 December 2022, in euro from 1 January 2023 on.

Rates: Council Regulation (EU) 2022/1208 (1 EUR = 7.53450 HRK); the dollar of 30 December 2022, 7.064035 HRK, is of the
exchange rate list of the Croatian National Bank. All amounts in euro are those in kuna ÷ 7.53450, halves up.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from accounts.bases.use_cases import change_base_currency
from fx.deals.role_accounts import open_missing
from fx.rates.quotes import Quote
from fx.rates.recording import record_rates
from fx.revaluation.auto_reversal import revalue_day
from fx.revaluation.valuation_pairs import pair_missing
from journals.periods.use_cases import make_fiscal_year
from ledgerflow.books.models import Entity
from reports.equity.statement import changes_in_equity
from reports.flows.statement import cash_flow
from reports.shapes import TreeReport
from reports.statements.income import income_statement
from reports.statements.sheet import balance_sheet
from reports.statements.trial import trial_balance
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
    """The books with January: dollars at rates against the euro, a revaluation in euro, and capital paid in kuna."""
    entity = in_kuna()
    moved(entity, "BANK", "SALES", "753.45", SWITCH)
    open_missing(entity.id, ["USD"], actor="test")
    pair_missing(entity.id, "EUR", actor="test")
    rates = [(SECOND, "1.08"), (THIRD, "1.09")]
    wanted = [Quote("EUR", "USD", day, "spot", Decimal(value)) for day, value in rates]
    record_rates(entity.id, wanted, source="worksheet", actor="test", confirm_jump=True)
    closed(entity, SWITCH)
    moved(entity, "BANK-EUR", "SALES-EUR", "500.00")
    moved(entity, "BANK-USD", "SALES-USD", "100.00")
    closed(entity, SECOND)
    moved(entity, "BANK", "CAPITAL", "7.53", THIRD)
    revalue_day(entity.id, THIRD, actor="test")
    closed(entity, THIRD)
    return entity


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


def test_january_is_measured_and_revalued_in_euro(house: Entity) -> None:
    """1,100 dollars came in at 937.56 and 92.59 and are worth 1,009.17 at 1.09: a loss of 20.98."""
    assert sheet(house, THIRD) == {
        "BANK": "10112.95", "BANK-EUR": "1500.00", "BANK-USD": "1009.17", "CAPITAL": "10001.00",
        PRIOR: "1949.51", CURRENT: "671.61",
    }  # fmt: skip
    assert sheet(house, LAST) == IN_KUNA
    assert income(house, SWITCH, THIRD)[CURRENT] == "671.61"
    assert is_proven(house)


def test_days_on_both_sides_are_in_the_later_currency_whichever_is_asked_first(house: Entity) -> None:
    report = balance_sheet(house.id, as_of=LAST, compare=THIRD, currency="functional")
    assert [block.currency for block in report.blocks] == ["EUR"]
    first, second = shown(report), shown(report, "compare")
    assert {name: first[name] for name in IN_EURO} == IN_EURO
    assert second["BANK-USD"] == "1009.17"
    asked: dict[str, Any] = {"from_date": START, "to_date": LAST, "compare_from": SWITCH, "compare_to": THIRD}
    report = income_statement(house.id, **asked, currency="functional")
    assert (shown(report)[CURRENT], shown(report, "compare")[CURRENT]) == ("1949.51", "671.61")


def ranged(entity: Entity, start: date, end: date) -> dict[str, tuple[str, ...]]:
    """Opening balances, both sides of the movements and closing balances that are not all zero; debit positive."""
    report = trial_balance(entity.id, from_date=start, to_date=end, currency="functional")
    found = {}
    for row in report.blocks[0].rows:
        of = {key: Decimal(amount) for key, amount in row.amounts.items()}
        opening, closing = (of[f"{end}_debit"] - of[f"{end}_credit"] for end in ("opening", "closing"))
        found[row.account or row.name] = tuple(
            map(str, (opening, of["movement_debit"], of["movement_credit"], closing))
        )
    return found


def test_the_trial_balance_of_a_range_opens_with_what_was_converted(house: Entity) -> None:
    assert ranged(house, START, LAST)["BANK"] == ("0.00", "75445.00", "10.00", "75435.00")
    january = ranged(house, SWITCH, THIRD)
    assert {name: january[name] for name in ("BANK", "BANK-EUR", "BANK-USD", "CAPITAL", PRIOR, "Total EUR")} == {
        "BANK": ("10011.95", "101.00", "0.00", "10112.95"),
        "BANK-EUR": ("1000.00", "500.00", "0.00", "1500.00"),
        "BANK-USD": ("937.56", "92.59", "20.98", "1009.17"),
        "CAPITAL": ("-10000.00", "0.00", "1.00", "-10001.00"),
        PRIOR: ("-1949.51", "0.00", "0.00", "-1949.51"),
        "Total EUR": ("0.00", "714.57", "714.57", "0.00"),
    }
    over = ranged(house, START, THIRD)
    assert over["BANK"] == ("0.00", "10112.95", "0.00", "10112.95")
    assert over["Exchange differences from rounding"] == ("0.00", "0.00", "0.01", "0.00")


def test_changes_in_equity_of_both_sides_of_the_day(house: Entity) -> None:
    """Each row is capital, earnings and both."""
    rows = {}
    for start, end in ((START, LAST), (SWITCH, THIRD), (START, THIRD)):
        report = changes_in_equity(house.id, from_date=start, to_date=end, currency="functional")
        (block,) = report.blocks
        rows[start, end] = [block.currency, *(" ".join(row.amounts.values()) for row in block.rows)]
    assert rows == {
        (START, LAST): [
            "HRK", "0.00 0.00 0.00", "0.00 14688.54 14688.54", "75345.00 0.00 75345.00", "75345.00 14688.54 90033.54",
        ],
        (SWITCH, THIRD): [
            "EUR", "10000.00 1949.51 11949.51", "0.00 671.61 671.61", "1.00 0.00 1.00", "10001.00 2621.12 12622.12",
        ],
        (START, THIRD): [
            "EUR", "0.00 0.00 0.00", "0.00 2621.12 2621.12", "10001.00 0.00 10001.00", "10001.00 2621.12 12622.12",
        ],
    }  # fmt: skip


def cash(entity: Entity, start: date, end: date, **asked: Any) -> TreeReport:
    banks = ("BANK", "BANK-EUR", "BANK-USD")
    return cash_flow(entity.id, from_date=start, to_date=end, accounts=banks, currency="functional", **asked)


def lines_of(report: TreeReport, key: str) -> dict[str, str]:
    (block,) = report.blocks
    return {row.account or row.name: row.amounts[key] for row in block.rows if row.amounts.get(key, "0.00") != "0.00"}


def test_cash_flows_stand_beside_those_of_before_at_the_fixed_rate(house: Entity) -> None:
    """Rates made 4.50 kuna of the cash of 2022: 0.60 euro, and a cent that rounding leaves."""
    report = cash(house, SWITCH, THIRD, compare_from=START, compare_to=LAST, method="direct")
    assert [block.currency for block in report.blocks] == ["EUR"]
    assert lines_of(report, "amount") == {
        "SALES": "100.00", "SALES-EUR": "500.00", "SALES-USD": "92.59", "Total receipts": "692.59",
        "Net cash from operating activities": "692.59", "CAPITAL": "1.00", "Net cash from financing activities": "1.00",
        "Change in cash": "693.59", "Cash at the start": "11949.51",
        "Effect of exchange rate changes on cash": "-20.98", "Cash at the end": "12622.12",
    }  # fmt: skip
    assert lines_of(report, "compare") == {
        "SALES": "13.27", "SALES-EUR": "999.40", "SALES-USD": "937.56", "Total receipts": "1950.23",
        "COSTS": "-1.33", "Total payments": "-1.33", "Net cash from operating activities": "1948.90",
        "CAPITAL": "10000.00", "Net cash from financing activities": "10000.00",
        "Change in cash": "11948.90", "Effect of exchange rate changes on cash": "0.61", "Cash at the end": "11949.51",
    }  # fmt: skip
    assert report.notes[1].endswith("1 EUR = 7.53450 HRK (Regulation (EC) No 1103/97).")
    in_kuna = lines_of(cash(house, START, LAST), "amount")
    assert (in_kuna["Effect of exchange rate changes on cash"], in_kuna["CAPITAL"]) == ("4.50", "75345.00")
    over = lines_of(cash(house, START, THIRD), "amount")
    assert (over["Change in cash"], over["Cash at the end of 2023-01-03"]) == ("12642.49", "12622.12")
