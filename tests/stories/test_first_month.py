"""A company's first month, from capital to the trial balance; the figures are from a worksheet made by hand."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from accounts.rollups import rollup_now
from journals.drafts import Line
from journals.errors import FutureDate
from journals.events import read_fact
from journals.reading.as_of import balance_then
from journals.reversal import reverse_journal
from ledgerflow.books.entities import advance_business_date
from ledgerflow.books.models import Entity
from tests.builders import a_journal, an_account, an_entity, balance_of, posted
from tests.stories.worksheet import credit, debit, is_proven, total, trial_balance

pytestmark = pytest.mark.every_server

CHART: list[tuple[str, str, str, dict[str, Any]]] = [
    ("1000", "Assets", "asset", {"is_header": True}),
    ("1100", "Bank", "asset", {"parent": "1000"}),
    ("1200", "Receivables", "asset", {"parent": "1000"}),
    ("1300", "Goods", "asset", {"parent": "1000"}),
    ("1500", "Equipment", "asset", {"parent": "1000"}),
    ("1590", "Accumulated depreciation", "asset", {"parent": "1000", "normal_side": "credit"}),
    ("2100", "Payables", "liability", {}),
    ("3000", "Capital", "equity", {}),
    ("4000", "Sales", "income", {}),
    ("5000", "Cost of goods sold", "expense", {}),
    ("5100", "Rent", "expense", {}),
    ("5200", "Depreciation", "expense", {}),
]


def march(day: int) -> date:
    return date(2026, 3, day)


@pytest.fixture
def company() -> Entity:
    entity = an_entity(name="Corner Shop Ltd")
    for code, name, type_, more in CHART:
        an_account(entity, code, type_, name=name, **more)
    return entity


def book(entity: Entity, day: int, *lines: Line, text: str) -> None:
    """Post a journal on a day of March, when it has come."""
    advance_business_date(entity, max(march(day), entity.business_date), actor="bookkeeper")
    posted(entity, a_journal(*lines, effective_date=march(day), description=text))


def live_through_march(shop: Entity) -> None:
    book(shop, 2, debit("1100", "20000"), credit("3000", "20000"), text="The owner pays in capital")
    book(shop, 3, debit("1500", "6000"), credit("1100", "6000"), text="Shelves and a till")
    book(shop, 4, debit("5100", "1200"), credit("1100", "1200"), text="Rent for March")
    book(shop, 5, debit("1300", "5000"), credit("2100", "5000"), text="Goods, to be paid in 20 days")
    sold_on_credit = (debit("1200", "3600"), credit("4000", "3600"), debit("5000", "2000"), credit("1300", "2000"))
    book(shop, 10, *sold_on_credit, text="Invoice 1")
    sold_for_cash = (debit("1100", "1400.50"), credit("4000", "1400.50"), debit("5000", "800"), credit("1300", "800"))
    book(shop, 15, *sold_for_cash, text="Till of the week")
    book(shop, 20, debit("1100", "2500"), credit("1200", "2500"), text="On account of invoice 1")
    book(shop, 25, debit("2100", "3000"), credit("1100", "3000"), text="To the supplier")
    book(shop, 31, debit("5200", "100"), credit("1590", "100"), text="6,000.00 over 60 months")


def test_the_trial_balance_of_march(company: Entity) -> None:
    live_through_march(company)
    debits, credits_ = trial_balance(company)
    assert debits == {
        "1100": "13700.50", "1200": "1100.00", "1300": "2200.00", "1500": "6000.00",
        "5000": "2800.00", "5100": "1200.00", "5200": "100.00",
    }  # fmt: skip
    assert credits_ == {"1590": "100.00", "2100": "2000.00", "3000": "20000.00", "4000": "5000.50"}
    assert total(debits) == total(credits_) == "27100.50"
    assert is_proven(company)


def test_assets_are_liabilities_and_capital_and_profit(company: Entity) -> None:
    """Depreciation stands on its own account with its own normal side, and is subtracted from the assets above it."""
    live_through_march(company)
    assert balance_of(company, "1590") == 100
    (assets,) = rollup_now(company.id, "1000").totals
    profit = sum(
        balance_of(company, code) * sign for code, sign in (("4000", 1), ("5000", -1), ("5100", -1), ("5200", -1))
    )
    assert str(profit) == "900.50"
    assert assets.balance == "22900.50" == str(balance_of(company, "2100") + balance_of(company, "3000") + profit)


@pytest.mark.parametrize(
    "day, bank", [(1, "0.00"), (2, "20000.00"), (4, "12800.00"), (15, "14200.50"), (31, "13700.50")]
)
def test_the_bank_at_the_end_of_each_day(company: Entity, day: int, bank: str) -> None:
    live_through_march(company)
    assert balance_then(company.id, "1100", as_of=march(day)).balance == bank


def test_an_invoice_found_later_counts_for_its_own_day(company: Entity) -> None:
    live_through_march(company)
    believed = balance_then(company.id, "1100", as_of=march(4))
    book(company, 3, debit("5100", "45.30"), credit("1100", "45.30"), text="Keys, found in a drawer on the 31st")
    assert balance_then(company.id, "1100", as_of=march(4)).balance == "12754.70"
    assert balance_then(company.id, "1100", as_of=march(4), known_at=believed.recorded_at).balance == "12800.00"


def test_rent_entered_twice_is_taken_back(company: Entity) -> None:
    rent = a_journal(debit("5100", "1200"), credit("1100", "1200"), description="Rent for March")
    posted(company, rent)
    again = posted(company, a_journal(*rent.lines, description="Rent for March"))
    assert balance_of(company, "5100") == 2400
    mistake = read_fact(again.journal)
    answer = reverse_journal(company.id, mistake.id, key="oops", description="Entered twice", actor="bookkeeper")
    correction = read_fact(answer.journal)
    assert (correction.kind, correction.reverses, correction.number) == ("reversal", mistake.id, 3)
    assert trial_balance(company) == ({"5100": "1200.00"}, {"1100": "1200.00"})
    assert is_proven(company)


def test_nothing_is_booked_before_its_day_has_come(company: Entity) -> None:
    with pytest.raises(FutureDate):
        posted(company, a_journal(debit("5100", "1200"), credit("1100", "1200"), effective_date=march(3)))
