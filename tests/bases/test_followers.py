"""What is told in the base currency of its day, after that has changed: yen before the 1st of July, 1 EUR = 140.000 JPY.

The dollar stands at 130 yen on 30 June, and at 1.10 to the euro on 1 July.
"""

from __future__ import annotations

import csv
from datetime import date
from decimal import Decimal
from io import StringIO
from uuid import UUID

import pytest

from accounts.bases.use_cases import change_base_currency
from fx.deals.models import Settlement
from fx.deals.role_accounts import open_missing
from fx.functional.own_rates import carry_at
from fx.functional.portable_rates import export_own_rates, rate_of
from fx.rates.quotes import Quote
from fx.rates.recording import record_rates
from journals.drafts import Line
from journals.reversal import reverse_journal
from ledgerflow.books.models import Entity
from recon.open_items.keeping import keep_open_items
from recon.open_items.reading import allocations
from recon.open_items.realised import realised_now
from reports.audit_files.errors import AuditBaseChanged
from reports.audit_files.reading import audit_books
from reports.receivables.allocations import allocation_list
from reports.statements.tax import tax_report
from tests.builders import a_journal, an_account
from tests.functional.worksheets import a_rate, books, closed, income, is_proven, journal_of, moved
from tests.open_items.invoicing import allocated
from tests.trading import an_exchange

JUNE, JULY = date(2026, 6, 30), date(2026, 7, 1)


@pytest.fixture(scope="module")
def house() -> Entity:
    """A carried journal and the reversal of it, two dollar invoices, one of them paid on each side of the day."""
    entity = books(JUNE, base_currency="JPY", dimensions=["party"])
    a_rate(entity, JUNE, "130")
    for code, currency in (("OWED-USD", "USD"), ("BANK-EUR", "EUR")):
        an_account(entity, code, currency=currency)
    keep_open_items(entity.id, "OWED-USD", 30, actor="test")
    lines = Line("BANK-USD", Decimal(20)), Line("SALES-USD", Decimal(-20), dimensions={"party": "ann"})
    carried = journal_of(entity, a_journal(*lines))
    carry_at(entity.id, carried.id, "150", key="carried", actor="test")
    bills = [moved(entity, "OWED-USD", "SALES-USD", amount).id for amount in ("10.00", "100.00")]
    paid = moved(entity, "BANK-USD", "OWED-USD", "10.00")
    carry_at(entity.id, paid.id, "131", key="paid", actor="test")
    allocated(entity, bills[0], paid.id, account="OWED-USD")
    change_base_currency(entity.id, "EUR", JULY, "140.000", key="euro", actor="test")
    closed(entity, JUNE)
    open_missing(entity.id, ["USD", "JPY"], actor="test")
    wanted = Quote("EUR", "USD", JULY, "spot", Decimal("1.10"))
    record_rates(entity.id, [wanted], source="test", actor="test", confirm_jump=True)
    reverse_journal(entity.id, carried.id, key="back", actor="test")
    allocated(entity, bills[1], moved(entity, "BANK-USD", "OWED-USD", "100.00").id, account="OWED-USD")
    an_exchange(entity, "BANK-EUR", "BANK-USD", "77.77", spread="1")
    closed(entity, JULY)
    return entity


def test_a_reversal_after_the_day_takes_back_what_was_carried_before(house: Entity) -> None:
    """20.00 dollars at 150 are 3,000 yen and 21.43 euro, where the rate of the day would make 18.18."""
    assert income(house, JUNE, JUNE)["SALES-USD"] == str(3000 + 130 * 110)
    assert income(house, JULY, JULY)["SALES-USD"] == "-21.43"
    assert income(house, JULY, JULY, dimension="party:ann")["SALES-USD"] == "-21.43"
    assert is_proven(house)


def test_an_item_realises_in_the_currency_of_the_day_it_was_settled(house: Entity) -> None:
    """10.00 dollars came in at 1,300 yen and were paid with 1,310; 100.00 are 92.86 euro and were paid with 90.91."""
    found = realised_now(house.id, allocations(house.id))
    assert sorted(one.gain for one in found.values()) == [Decimal("-1.95"), Decimal(10)]
    with allocation_list(house.id, from_date=JUNE, to_date=JUNE) as of_june:
        report = of_june.report()
    assert (report.base_currency, report.realised) == ("JPY", "10")
    with allocation_list(house.id, from_date=JUNE, to_date=JULY) as of_both:
        report = of_both.report()
    assert (report.base_currency, [line.realised for line in report.lines]) == ("EUR", ["0.07", "-1.95"])
    assert (report.realised, len(report.notes)) == ("-1.88", 1)


def test_tax_reports_and_audit_files_are_in_the_currency_of_their_end(house: Entity) -> None:
    blocks = [tax_report(house.id, to_date=day).blocks[0].currency for day in (JUNE, JULY)]
    assert blocks == ["JPY", "EUR"]
    an_account(house, "ROUND-JPY", "expense", currency="JPY", role="rounding")
    an_account(house, "ROUND-EUR", "expense", currency="EUR", role="rounding")
    scales, reversed_sales = [], []
    for start, day in ((None, JUNE), (JULY, JULY)):
        with audit_books(house.id, start, day) as found:
            scales.append((found.currency, found.scale))
            lines = [line for entry in found.entries() for line in entry]  # which refuse to end where they do not tie
            reversed_sales = [line.amount for line in lines if line.kind == "reversal" and line.amount > 0]
    assert scales == [("JPY", 0), ("EUR", 2)]
    assert reversed_sales == [Decimal("21.43")]
    with pytest.raises(AuditBaseChanged), audit_books(house.id, None, JULY):
        pass


def test_own_rates_are_written_to_the_decimals_of_the_day(house: Entity) -> None:
    settled = Settlement.objects.get(entity=house)
    out = StringIO()
    assert export_own_rates(house, out) == 3
    told = {row["journal"]: Decimal(row["rate"]) for row in csv.DictReader(StringIO(out.getvalue()))}
    amounts = [settled.gross_amount, settled.buy_amount, settled.spread_amount]
    worth = [settled.gross_base, settled.buy_base, settled.spread_base]
    assert None not in worth
    wanted = rate_of(amounts, [one for one in worth if one is not None], Decimal("0.005"))
    assert told[key_of(settled.buy_journal_id)] == wanted
    assert wanted != rate_of(amounts, [one for one in worth if one is not None], Decimal("0.5"))


def key_of(journal: UUID) -> str:
    return f"journal:{journal}"
