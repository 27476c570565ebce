"""Statements of cash flows: the example of IAS 7, worksheets made by hand, and what ties them to the balance sheet."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from accounts.changing import change_account
from fx.revaluation.auto_reversal import revalue_day
from ledgerflow.books.models import Entity
from ledgerflow.core.errors import Malformed
from reports.equity.statement import changes_in_equity
from reports.errors import NoCashAccounts
from reports.flows.statement import cash_flow
from reports.shapes import TreeReport
from reports.statements.sheet import balance_sheet
from tests.builders import a_journal, an_account, an_entity, posted
from tests.functional.worksheets import FEBRUARY, FEBRUARY_END, JANUARY, JANUARY_END, a_rate, books, go_to, moved

BEFORE, START, DAY, END = date(2025, 12, 31), date(2026, 1, 1), date(2026, 6, 30), date(2026, 12, 31)


def shown(report: TreeReport, key: str = "amount") -> dict[str, str]:
    """Each line by name, without its headings."""
    (block,) = report.blocks
    return {row.name: row.amounts[key].removesuffix(".00") for row in block.rows if row.amounts}


def chart(entity: Entity, *accounts: tuple[str, str, dict[str, Any]]) -> None:
    for code, type_, given in accounts:
        an_account(entity, code, type_, name=code, **given)


def post(entity: Entity, day: date, *lines: tuple[str, str]) -> None:
    assert posted(entity, a_journal(*lines, effective_date=day)).refusal is None


NON_CURRENT = {"term": "non_current"}
# IAS 7, illustrative example A: the balance sheet of 20X1.
OPENING = (
    ("Cash", "160"), ("Receivables", "1200"), ("Inventory", "1950"), ("Portfolio", "2500"), ("Plant", "1910"),
    ("Depreciated", "-1060"), ("Payables", "-1890"), ("Interest payable", "-100"), ("Tax payable", "-1000"),
    ("Long-term debt", "-1040"), ("Capital", "-1250"), ("Retained", "-1380"),
)  # fmt: skip
# What happened in 20X2. The subsidiary is taken over by an account of its own, so that what is paid for it is one flow.
YEAR = (
    (("Acquisition of X", "590"), ("Cash", "-590")),
    (("Cash", "40"), ("Acquisition of X", "-40")),
    (("Inventory", "100"), ("Receivables", "100"), ("Plant", "650"), ("Payables", "-100"), ("Long-term debt", "-200"),
     ("Acquisition of X", "-550")),
    (("Receivables", "30650"), ("Sales", "-30650")),
    (("Cash", "30150"), ("Receivables", "-30150")),
    (("Inventory", "24950"), ("Payables", "-24950")),
    (("Cost of sales", "26000"), ("Inventory", "-26000")),
    (("Administration", "910"), ("Payables", "-910")),
    (("Payables", "27600"), ("Cash", "-27600")),
    (("Depreciation", "450"), ("Depreciated", "-450")),
    (("Interest", "400"), ("Interest payable", "-400")),
    (("Interest payable", "270"), ("Cash", "-270")),
    (("Cash", "200"), ("Interest receivable", "100"), ("Investment income", "-300")),
    (("Cash", "200"), ("Investment income", "-200")),
    (("Tax", "100"), ("Cash", "-100")),
    (("Tax", "200"), ("Tax payable", "-200")),
    (("Tax payable", "800"), ("Cash", "-800")),
    (("Exchange loss", "40"), ("Cash", "-40")),
    (("Cash", "250"), ("Capital", "-250")),
    (("Cash", "250"), ("Long-term debt", "-250")),
    (("Plant", "350"), ("Cash", "-350")),
    (("Plant", "900"), ("Leases", "-900")),
    (("Leases", "90"), ("Cash", "-90")),
    (("Cash", "20"), ("Depreciated", "60"), ("Plant", "-80")),
    (("Retained", "1200"), ("Cash", "-1200")),
)  # fmt: skip


@pytest.fixture(scope="module")
def example(_database: None) -> Entity:
    entity = an_entity(business_date=END)
    chart(
        entity, ("Fixed", "asset", {"is_header": True, **NON_CURRENT}), ("Long", "liability", {"is_header": True} | NON_CURRENT),
        ("Cash", "asset", {"cash_flow": "cash"}), ("Receivables", "asset", {}), ("Inventory", "asset", {}),
        ("Interest receivable", "asset", {"cash_flow": "investing"}), ("Portfolio", "asset", {"parent": "Fixed"}),
        ("Plant", "asset", {"parent": "Fixed"}), ("Acquisition of X", "asset", {"parent": "Fixed"}),
        ("Depreciated", "asset", {"parent": "Fixed", "normal_side": "credit"}),
        ("Payables", "liability", {}), ("Interest payable", "liability", {}), ("Tax payable", "liability", {}),
        ("Long-term debt", "liability", {"parent": "Long"}), ("Leases", "liability", {"parent": "Long"}),
        ("Own funds", "equity", {"is_header": True}), ("Capital", "equity", {"parent": "Own funds"}),
        ("Retained", "equity", {"parent": "Own funds"}), ("Sales", "income", {}), ("Cost of sales", "expense", {}),
        ("Depreciation", "expense", {}), ("Administration", "expense", {}), ("Interest", "expense", {}),
        ("Investment income", "income", {"cash_flow": "investing"}), ("Tax", "expense", {}),
        ("Exchange loss", "expense", {"role": "fx_unrealised_loss"}),
    )  # fmt: skip
    post(entity, BEFORE, *OPENING)
    for lines in YEAR:
        post(entity, DAY, *lines)
    return entity


# IAS 7, illustrative example A. There interest and taxes paid stand on lines of their own: 2,550 less 270 and 900.
ENDS = {
    "Net cash from operating activities": "1380", "Net cash from investing activities": "-480",
    "Net cash from financing activities": "-790", "Change in cash": "110", "Cash at the start of 2026-01-01": "160",
    "Effect of exchange rate changes on cash": "-40", "Cash at the end of 2026-12-31": "230",
}  # fmt: skip
GROSS = {
    "Investment income, received": "400", "Acquisition of X, received": "40", "Plant, received": "20",
    "Acquisition of X, paid": "-590", "Plant, paid": "-350", "Capital, received": "250",
    "Long-term debt, received": "250", "Leases, paid": "-90", "Retained, paid": "-1200",
}  # fmt: skip
METHODS = {
    "indirect": {
        "Profit or loss for the period": "3050", "Depreciation": "450", "Investment income": "-500",
        "Exchange differences": "40", "Total adjustments": "-10", "Receivables": "-500", "Inventory": "1050",
        "Payables": "-1740", "Interest payable": "130", "Tax payable": "-600",
        "Total changes in working capital": "-1660",
    },
    "direct": {
        "Receivables": "30150", "Total receipts": "30150", "Payables": "-27600", "Interest payable": "-270",
        "Tax payable": "-800", "Tax": "-100", "Total payments": "-28770",
    },
}  # fmt: skip


@pytest.mark.parametrize("method", METHODS)
def test_the_example_of_the_standard(example: Entity, method: str) -> None:
    report = cash_flow(example.id, method=method)
    assert shown(report) == METHODS[method] | GROSS | ENDS
    # What was leased, and what came with the subsidiary.
    unpaid = (
        "Acquisition of X -550.00 EUR, Inventory 100.00 EUR, Leases -900.00 EUR, Long-term debt -200.00 EUR, "
        "Payables -100.00 EUR, Plant 1550.00 EUR, Receivables 100.00 EUR"
    )
    assert report.notes == [f"No cash was moved (IAS 7 paragraph 43); debit positive: {unpaid}"]


def test_its_balance_sheet_has_current_and_non_current_parts(example: Entity) -> None:
    """Who is not classified, stands apart: 230 + 1,900 + 1,000 = 3,130 of assets, 250 + 230 + 400 = 880 of liabilities."""
    report = balance_sheet(example.id, compare=BEFORE, change="percent")
    found = shown(report)
    wanted = {
        "Total non-current assets": "4780", "Total assets not classified": "3130", "Total assets": "7910",
        "Total non-current liabilities": "2300", "Total liabilities not classified": "880", "Total liabilities": "3180",
        "Total equity": "4730",
    }  # fmt: skip
    assert {name: found[name] for name in wanted} == wanted
    (row,) = (row for row in report.blocks[0].rows if row.name == "Total assets")
    assert row.amounts == {"amount": "7910.00", "compare": "6660.00", "change": "1250.00", "change_percent": "18.8"}


def test_beside_the_year_before(example: Entity) -> None:
    report = cash_flow(example.id, compare_ranges=[(date(2025, 1, 1), BEFORE), (START, DAY)], change="amount")
    assert [column.key for column in report.columns] == ["amount", "compare", "compare_2", "change", "change_2"]
    last = report.blocks[0].rows[-1]
    assert (last.name, list(last.amounts.values())) == (
        "Cash at the end", ["230.00", "160.00", "230.00", "70.00", "0.00"],
    )  # fmt: skip
    assert report.notes[0].startswith("2026-01-01 to 2026-12-31: No cash was moved")


EQUITY = {
    "account": {
        "Equity at the start of 2026-01-01": {"account:Capital": "1250", "account:Retained": "1380", "total": "2630"},
        "Profit or loss for the period": {"earnings": "3050", "total": "3050"},
        "Cash": {"account:Capital": "250", "account:Retained": "-1200", "total": "-950"},
        "Equity at the end of 2026-12-31": {
            "account:Capital": "1500", "account:Retained": "180", "earnings": "3050", "total": "4730",
        },
    },
    "header": {
        "Equity at the start of 2026-01-01": {"account:Own funds": "2630", "total": "2630"},
        "Profit or loss for the period": {"earnings": "3050", "total": "3050"},
        "Cash": {"account:Own funds": "-950", "total": "-950"},
        "Equity at the end of 2026-12-31": {"account:Own funds": "1680", "earnings": "3050", "total": "4730"},
    },
}  # fmt: skip


@pytest.mark.parametrize("by", EQUITY)
def test_its_changes_in_equity(example: Entity, by: str) -> None:
    (block,) = changes_in_equity(example.id, by=by).blocks
    assert {
        row.name: {key: amount.removesuffix(".00") for key, amount in row.amounts.items() if Decimal(amount)}
        for row in block.rows
    } == EQUITY[by]


# What is journalised in a month, and the lines of the indirect method beside profit and cash.
Journals = list[tuple[tuple[str, str], ...]]
WITHOUT_CASH: dict[str, tuple[Journals, dict[str, str]]] = {
    "depreciation is marked, so that what is booked with it stays": (
        [(("Wear", "100"), ("Rent", "50"), ("Worn", "-100"), ("Payable", "-50"))],
        {"Wear": "100", "Total adjustments": "100", "Payable": "50", "Total changes in working capital": "50"},
    ),
    "a provision is made, and used in part": (
        [(("Rent", "80"), ("Provision", "-80")), (("Provision", "30"), ("Cash", "-30"))],
        {"Provision": "-30", "Rent": "80", "Total adjustments": "50"},
    ),
    "a receivable is written off": (
        [(("Receivable", "70"), ("Sales", "-70")), (("Lost", "20"), ("Receivable", "-20")),
         (("Cash", "50"), ("Receivable", "-50"))],
        {"Lost": "20", "Total adjustments": "20", "Receivable": "-20", "Total changes in working capital": "-20"},
    ),
    "a machine is bought on credit": ([(("Machine", "500"), ("Payable", "-500"))], {}),
    "debt becomes equity": ([(("Loan", "300"), ("Capital", "-300"))], {}),
    "a machine is sold at a gain": (
        [(("Cash", "120"), ("Worn", "80"), ("Machine", "-150"), ("Gain", "-50"))],
        {"Gain": "-50", "Total adjustments": "-50", "Machine, received": "120"},
    ),
    "cash goes from one till to another": ([(("Till", "40"), ("Cash", "-40"))], {}),
}  # fmt: skip


@pytest.fixture(scope="module")
def workshop(_database: None) -> Entity:
    entity = an_entity(business_date=END)
    chart(
        entity, ("Cash", "asset", {"role": "cash"}), ("Till", "asset", {"role": "cash"}), ("Receivable", "asset", {}),
        ("Machine", "asset", NON_CURRENT), ("Worn", "asset", {"cash_flow": "investing"}), ("Payable", "liability", {}),
        ("Provision", "liability", {"cash_flow": "non_cash"}), ("Loan", "liability", NON_CURRENT),
        ("Capital", "equity", {}), ("Sales", "income", {}), ("Gain", "income", {"cash_flow": "investing"}),
        ("Rent", "expense", {}), ("Wear", "expense", {"cash_flow": "non_cash"}),
        ("Lost", "expense", {"cash_flow": "non_cash"}),
    )  # fmt: skip
    return entity


@pytest.mark.parametrize("month, name", list(enumerate(WITHOUT_CASH, 1)), ids=list(WITHOUT_CASH))
def test_what_moved_no_cash(workshop: Entity, month: int, name: str) -> None:
    journals, wanted = WITHOUT_CASH[name]
    day = date(2026, month, 15)
    for lines in journals:
        post(workshop, day, *lines)
    ends = ("Net cash", "Cash at", "Change in cash", "Profit")
    report = cash_flow(workshop.id, from_date=day, to_date=day)
    assert {line: amount for line, amount in shown(report).items() if not line.startswith(ends)} == wanted


def test_functional_currency() -> None:
    """Sales of 1,000 and 3,000 dollars for cash at 0.80 and 1.00; 500 paid at 1.00; at the end a dollar is 1.10.

    Received 800 + 3,000, paid 500; held 3,500 x 1.10 = 3,850, of which 550 the rate did: 1,000 x 0.20 + 3,500 x 0.10.
    """
    entity = books()
    for day, value in ((JANUARY, "0.80"), (JANUARY_END, "0.80"), (FEBRUARY, "1.00"), (FEBRUARY_END, "1.10")):
        a_rate(entity, day, value)
    an_account(entity, "OWED-USD", "liability", currency="USD", name="Owed")
    moved(entity, "BANK-USD", "SALES-USD", "1000.00")
    moved(entity, "COSTS-USD", "OWED-USD", "500.00")
    go_to(entity, FEBRUARY)
    moved(entity, "BANK-USD", "SALES-USD", "3000.00")
    moved(entity, "OWED-USD", "BANK-USD", "500.00")
    go_to(entity, FEBRUARY_END)
    revalue_day(entity.id, FEBRUARY_END, actor="test")
    with pytest.raises(NoCashAccounts):
        cash_flow(entity.id)
    an_account(entity, "TILL", role="cash")
    change_account(entity.id, "BANK-USD", {"cash_flow": "cash"}, actor="test")
    with pytest.raises(Malformed):
        cash_flow(entity.id, currency="GBP")
    for method in ("indirect", "direct"):
        found = shown(cash_flow(entity.id, currency="functional", method=method))
        assert found["Net cash from operating activities"] == "3300"
        assert found["Effect of exchange rate changes on cash"] == "550"
        assert found["Cash at the end of 2026-02-28"] == "3850"
    (row,) = (
        row for row in balance_sheet(entity.id, currency="functional").blocks[0].rows if row.account == "BANK-USD"
    )
    assert Decimal(row.amounts["amount"]) == 3850
    per_currency = {block.currency: block.rows[-1].amounts for block in cash_flow(entity.id).blocks}
    assert per_currency == {"EUR": {"amount": "550.00"}, "USD": {"amount": "3500.00"}}
