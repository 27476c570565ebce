"""What exchange rates made of items until they were settled (IAS 21 paragraph 28)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from accounts.currencies import add_currency
from recon.open_items.keeping import keep_open_items
from recon.open_items.reading import allocations
from recon.open_items.realised import realised_now, total
from recon.open_items.use_cases import undo_allocation
from reports.receivables.allocations import allocation_list
from tests.builders import an_account
from tests.functional.worksheets import a_rate
from tests.open_items.invoicing import a_key, allocated, booked, company

BILL, FIRST, LAST = date(2026, 3, 10), date(2026, 4, 10), date(2026, 4, 20)


def test_the_parts_of_a_payable_realise_what_the_whole_does() -> None:
    """388 USD at 94.39 are 36,623.32 INR, paid at 94.125 they are 36,520.50: a gain of 102.82 in all."""
    entity = company(base_currency="INR")
    for code, type_ in (("BANK-USD", "asset"), ("OWED-USD", "liability"), ("COSTS-USD", "expense")):
        an_account(entity, code, type_, currency="USD")
    keep_open_items(entity.id, "OWED-USD", 30, actor="test")
    for day, rate in ((BILL, "94.39"), (date(2026, 3, 31), "93.9325"), (FIRST, "94.125"), (LAST, "94.125")):
        a_rate(entity, day, rate)
    bill = booked(entity, "COSTS-USD", "OWED-USD", "388.00", day=BILL)
    parts = [booked(entity, "OWED-USD", "BANK-USD", amount, day=day)
             for amount, day in (("129.33", FIRST), ("129.33", FIRST), ("129.34", LAST))]  # fmt: skip
    made = [allocated(entity, part, bill, account="OWED-USD").allocations[0] for part in parts]
    found = realised_now(entity.id, allocations(entity.id))
    assert [found[one.pk].gain for one in made] == [Decimal("34.27"), Decimal("34.28"), Decimal("34.27")]
    assert total(found.values()) == Decimal("102.82")
    assert sum(one.credit for one in found.values()) == Decimal("-36623.32")
    undo_allocation(entity.id, made[1].pk, key=a_key(), actor="test")
    left = realised_now(entity.id, allocations(entity.id))
    assert left.keys() == {made[0].pk, made[2].pk}


def test_what_is_not_money_realises_nothing_and_misses_no_rate() -> None:
    entity = company()
    add_currency(entity, code="CREDIT", name="Credits", minor_units=0, is_money=False, actor="test")
    for code in ("LENT", "ISSUED"):
        an_account(entity, code, currency="CREDIT")
    keep_open_items(entity.id, "LENT", 30, actor="test")
    lent = booked(entity, "LENT", "ISSUED", "10", day=BILL)
    allocated(entity, lent, booked(entity, "ISSUED", "LENT", "10", day=FIRST), account="LENT")
    assert realised_now(entity.id, allocations(entity.id)) == {}
    with allocation_list(entity.id) as listing:
        report = listing.report()
    assert [(line.amount, line.realised) for line in report.lines] == [("10", None)]
    assert "missing" not in " ".join(report.notes)


def test_books_in_one_currency_realise_nothing() -> None:
    entity = company()
    bill = booked(entity, "COSTS", "CREDITORS", "10.00")
    allocated(entity, booked(entity, "CREDITORS", "BANK", "10.00"), bill, account="CREDITORS")
    assert realised_now(entity.id, allocations(entity.id)) == {}
