"""What is free of an item, which amounts settle each other, and the shares of a whole."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from recon.open_items.settling import free_on, paired, shares
from recon.open_items.suggesting import Candidate, suggest

pytestmark = pytest.mark.pure

D = Decimal


def march(day: int) -> date:
    return date(2026, 3, day)


@pytest.mark.parametrize(
    "moves, day, free",
    [
        ({}, 1, "100"),
        ({2: "60"}, 1, "40"),  # what is taken later is not there for ever
        ({2: "60"}, 3, "40"),
        ({2: "60", 4: "-60"}, 1, "40"),  # it stands on the days between
        ({2: "60", 4: "-60"}, 4, "100"),
        ({2: "60", 4: "-60", 5: "90"}, 3, "10"),
        ({2: "100", 4: "-30"}, 9, "30"),
    ],
)
def test_what_is_free_from_a_day_on(moves: dict[int, str], day: int, free: str) -> None:
    by_date = {march(on): D(amount) for on, amount in moves.items()}
    assert free_on(D(100), by_date, march(day)) == D(free)


def test_sides_settle_each_other_in_their_order() -> None:
    parts = paired([(1, D(100)), (2, D(50))], [(3, D(30)), (4, D(70)), (5, D(20))])
    assert [(one.debit, one.credit, one.amount) for one in parts] == [(1, 3, D(30)), (1, 4, D(70)), (2, 5, D(20))]
    assert list(paired([], [(1, D(1))])) == []


@pytest.mark.parametrize(
    "whole, parts, expected",
    [
        ("100.00", ["1", "1", "1"], ["33.33", "33.34", "33.33"]),
        ("-0.01", ["1", "1", "1"], ["0.00", "-0.01", "0.00"]),
        ("10.00", ["1", "1"], ["3.33", "3.34"]),  # a third is open
    ],
)
def test_the_shares_of_all_add_up_to_the_whole(whole: str, parts: list[str], expected: list[str]) -> None:
    assert list(shares(D(whole), D(3), map(D, parts), 2)) == list(map(D, expected))


def an_item(version: int, amount: str, reference: str = "", text: str = "", party: str = "ann") -> Candidate:
    return Candidate(version, march(1 + version), D(amount), reference, text, party)


def test_only_references_prove_and_within_a_party() -> None:
    items = [
        an_item(1, "70.00", "INV-1001"), an_item(2, "-70.00", text="For INV-1001"),
        an_item(3, "20.00", "INV-1002"), an_item(4, "-20.00", "INV-1002", party="bob"),
        an_item(5, "9.00", text="Sale"), an_item(6, "-9.00", text="Sale"),
    ]  # fmt: skip
    outcome = suggest(items, "EUR", "debit")
    assert [(one.debits, one.credits, one.is_proven) for one in outcome.suggested] == [
        ((1,), (2,), True), ((5,), (6,), False),
    ]  # fmt: skip
    assert outcome.left_over == [3, 5, 6, 4]


def test_a_supplier_is_paid_by_debits() -> None:
    items = [an_item(1, "-30.00", "BILL-77"), an_item(2, "-12.00", "BILL-77"), an_item(3, "42.00", "BILL-77")]
    (one,) = suggest(items, "EUR", "credit").suggested
    assert (one.debits, one.credits, one.amount, one.is_proven) == ((3,), (1, 2), D(42), True)
    assert one.explanation.startswith("The payment of 2026-03-04 and 2 invoices")
