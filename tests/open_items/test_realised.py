"""What exchange rates made of items until they were settled (IAS 21 paragraph 28)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from recon.open_items.keeping import keep_open_items
from recon.open_items.reading import allocations
from recon.open_items.realised import realised_now, total
from recon.open_items.use_cases import undo_allocation
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


def test_books_in_one_currency_realise_nothing() -> None:
    entity = company()
    bill = booked(entity, "COSTS", "CREDITORS", "10.00")
    allocated(entity, booked(entity, "CREDITORS", "BANK", "10.00"), bill, account="CREDITORS")
    assert realised_now(entity.id, allocations(entity.id)) == {}
