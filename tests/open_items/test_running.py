"""A run allocates what is proven and lists the rest."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from recon.open_items.running import run_allocations, suggestions
from tests.open_items.invoicing import DAY, a_key, booked, company, invoice, left, opened, payment

MAY = date(2026, 5, 20)


def test_a_run_allocates_the_same_reference_party_and_amount() -> None:
    entity = company()
    invoice(entity, "100.00", "ann", "INV-1001")
    payment(entity, "100.00", "ann", "INV-1001", MAY)
    invoice(entity, "70.00", "ann", "INV-1002")
    payment(entity, "30.00", "ann", "INV-1002", MAY)
    payment(entity, "40.00", "ann", "INV-1002", MAY)
    invoice(entity, "55.00", "bob", "INV-1003")
    payment(entity, "55.00", "bob", day=MAY, text="your INV-1003")
    other = invoice(entity, "80.00", "bob", "INV-1004")
    strange = payment(entity, "80.00", "cyd", "INV-1004", MAY)
    key = a_key()
    done = run_allocations(entity.id, "DEBTORS", key=key, actor="test")
    assert sorted(row.amount for row in done.allocations) == [30, 40, 55, 100]
    assert left(entity) == {other: "80.00", strange: "-80.00"}
    again = run_allocations(entity.id, "DEBTORS", key=key, actor="test")
    assert (again.replayed, len(again.allocations)) == (True, 4)
    assert run_allocations(entity.id, "DEBTORS", key=a_key(), actor="test").allocations == []


def test_sums_and_lone_amounts_are_for_a_person() -> None:
    entity = company()
    for amount in ("33.10", "21.45", "8.00"):
        invoice(entity, amount)
    payment(entity, "54.55", day=DAY)
    for side in (("COSTS", "CREDITORS"), ("CREDITORS", "BANK")):
        booked(entity, *side, "12.00", party="sup")
    one, two = (suggestions(entity.id, code) for code in ("DEBTORS", "CREDITORS"))
    (found,) = one.suggested
    versions = {item.amount: item.version for item in opened(entity, party="ann")}
    assert found.debits == (versions[Decimal("33.10")], versions[Decimal("21.45")])
    assert (found.amount, found.is_proven, len(one.left_over)) == (Decimal("54.55"), False, 4)
    (lone,) = two.suggested
    assert (lone.amount, lone.is_proven) == (Decimal(12), False)
    assert lone.explanation.startswith(
        "The payment of 2026-03-02 and the invoice of 2026-03-02: no reference ties them"
    )
    assert run_allocations(entity.id, "DEBTORS", key=a_key(), actor="test").allocations == []
