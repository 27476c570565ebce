"""Invoices and payments settle each other, in part or whole, and what is left stays open."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from journals.errors import FutureDate
from journals.proof.ledger import verify_books
from ledgerflow.core.errors import IdempotencyKeyReused, PrecisionExceeded
from recon.open_items.errors import (
    AllocatedTooEarly,
    AlreadyUndone,
    ItemNotFound,
    ItemReversed,
    OverAllocated,
    SidesWrong,
)
from recon.open_items.use_cases import ItemName, Wanted, allocate, undo_allocation
from tests.open_items.invoicing import a_key, allocated, company, invoice, left, opened, payment, reversed_

MARCH, APRIL, MAY = date(2026, 3, 10), date(2026, 4, 10), date(2026, 5, 10)


def test_a_payment_settles_two_invoices_and_leaves_a_part() -> None:
    entity = company()
    one, two = invoice(entity, "100.00"), invoice(entity, "50.00")
    paid = payment(entity, "120.00", day=APRIL)
    allocated(entity, one, paid)
    allocated(entity, two, paid)
    assert left(entity) == {two: "30.00"}
    assert left(entity, MARCH) == {one: "100.00", two: "50.00"}
    assert verify_books(entity.id) == []


def test_what_is_undone_is_open_again() -> None:
    entity = company()
    one, paid = invoice(entity, "100.00"), payment(entity, "100.00", day=APRIL)
    (made,) = allocated(entity, one, paid).allocations
    key = a_key()
    undone = undo_allocation(entity.id, made.pk, day=MAY, key=key, actor="test")
    assert not undone.replayed
    assert undo_allocation(entity.id, made.pk, day=MAY, key=key, actor="test").replayed
    assert left(entity) == {one: "100.00", paid: "-100.00"}
    assert left(entity, APRIL) == {}
    with pytest.raises(AlreadyUndone):
        undo_allocation(entity.id, made.pk, key=a_key(), actor="test")
    with pytest.raises(OverAllocated):  # in April it counts still
        allocated(entity, one, paid, "1.00", APRIL)
    allocated(entity, one, paid, "40.00", MAY)
    assert left(entity) == {one: "60.00", paid: "-60.00"}
    assert verify_books(entity.id) == []


def test_a_journal_and_its_reversal_settle_each_other() -> None:
    entity = company()
    one, two = invoice(entity, "100.00"), invoice(entity, "70.00")
    paid = payment(entity, "40.00", day=APRIL)
    allocated(entity, two, paid)
    for journal in (one, two):
        reversed_(entity, journal, MAY)
    assert left(entity, APRIL) == {one: "100.00", two: "30.00"}
    (credit,) = opened(entity)  # what was paid of the second is owed to the customer
    assert (credit.open, credit.kind) == (Decimal(-40), "reversal")
    with pytest.raises(ItemReversed):
        allocated(entity, one, paid, "1.00")


def test_what_cannot_be_allocated() -> None:
    entity = company()
    one, two = invoice(entity, "100.00"), invoice(entity, "50.00", day=APRIL)
    paid = payment(entity, "100.00", day=APRIL)
    cases = [
        (SidesWrong, (two, one, None, None)),
        (SidesWrong, (one, two, None, None)),
        (SidesWrong, (one, one, None, None)),
        (OverAllocated, (one, paid, "100.01", None)),
        (PrecisionExceeded, (one, paid, "1.001", None)),
        (AllocatedTooEarly, (one, paid, "1.00", MARCH)),
        (FutureDate, (one, paid, "1.00", date(2026, 7, 1))),
        (ItemNotFound, (entity.id, paid, None, None)),
    ]
    for refusal, given in cases:
        with pytest.raises(refusal):
            allocated(entity, *given)
    assert left(entity) == {one: "100.00", two: "50.00", paid: "-100.00"}


def test_the_same_key_allocates_once() -> None:
    entity = company()
    one, paid = invoice(entity, "100.00"), payment(entity, "100.00")
    key, wanted = a_key(), [Wanted(ItemName(one), ItemName(paid))]
    first = allocate(entity.id, "DEBTORS", wanted, key=key, actor="test")
    again = allocate(entity.id, "DEBTORS", wanted, key=key, actor="test")
    assert again.replayed
    assert [row.pk for row in first.allocations] == [row.pk for row in again.allocations]
    with pytest.raises(IdempotencyKeyReused):
        allocate(entity.id, "DEBTORS", wanted, day=MAY, key=key, actor="test")
