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
    whole, part = D("12345678901234567890.123456789012345677"), D("0.000000000000000001")
    assert [one.amount for one in paired([(1, whole)], [(2, part), (3, whole)])] == [part, D(f"{str(whole)[:-1]}6")]
    assert free_on(whole, {march(1): part}, march(1)) == D(f"{str(whole)[:-1]}6")


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
    day = march(1 + version % 28)
    return Candidate(version, day, day, D(amount), reference, text, party)


Pairs = list[tuple[str, tuple[int, ...], tuple[int, ...], str, int]]


def decided_by_persons(items: list[Candidate]) -> Pairs:
    """What is suggested of receivables, and nothing of it proven."""
    found = suggest(items, "EUR", "debit").suggested
    assert not any(one.is_proven for one in found)
    return [(one.party, one.debits, one.credits, str(one.amount), one.score) for one in found]


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


def test_a_part_of_an_invoice_is_proposed_and_what_is_left_of_it_to_later_payments() -> None:
    items = [
        an_item(1, "100.00", "INV-1001"), an_item(2, "-30.00", "INV-1001"), an_item(3, "-60.00", text="For INV-1001"),
        an_item(4, "-25.00", "inv 1001"), an_item(5, "-9.00", "INV-1001"),
    ]  # fmt: skip
    assert decided_by_persons(items) == [
        ("ann", (1,), (2,), "30.00", 84), ("ann", (1,), (4,), "10.00", 83), ("ann", (1,), (3,), "60.00", 82),
    ]  # fmt: skip
    words = {one.credits: one.explanation for one in suggest(items, "EUR", "debit").suggested}
    assert words[2,] == (
        "The payment of 2026-03-03 and the invoice of 2026-03-02: the reference is the same, 30.00 EUR of both settle "
        "each other, and 70.00 of what is invoiced stay open."
    )
    assert "10.00 EUR of both settle each other, and 15.00 of the payment stay open." in words[4,]
    assert suggest([items[0], an_item(6, "-100.00", "INV-1001")], "EUR", "debit").suggested[0].score == 99


def test_several_invoices_are_settled_by_what_is_due_first() -> None:
    bills = [an_item(1, "-40.00", "BILL-0001"), an_item(2, "-50.00", "BILL-0002"), an_item(3, "-10.00", "BILL-0003")]
    bills[0] = bills[0]._replace(due_on=march(31))
    text = "BILL-0001, BILL-0002 and BILL-0003"
    for paid, open_ in (
        ("75.00", ((2, 3, 1), "75.00")),
        ("55.00", ((2, 3), "55.00")),
        ("110.00", ((2, 3, 1), "100.00")),
    ):
        (one,) = suggest([*bills, an_item(4, paid, text=text)], "EUR", "credit").suggested
        assert (one.debits, one.credits, str(one.amount), one.is_proven) == ((4,), *open_, False)


@pytest.mark.parametrize(
    "items",
    [
        # Two invoices with the same reference, or the same number in it: which is meant?
        [an_item(1, "80.00", "INV-1001"), an_item(2, "90.00", "inv 1001"), an_item(3, "-30.00", "INV-1001")],
        [an_item(1, "80.00", "12345/A"), an_item(2, "90.00", "12345/B"), an_item(3, "-30.00", text="for 12345")],
        # What everybody says is no reference, of whatever amount.
        [an_item(n, f"{n}.00" if n % 2 else f"{1 - n}.00", text="Invoice 2026") for n in range(1, 41)],
        [an_item(n, "7.00" if n % 2 else "-7.00", "ORDER-5550", party="") for n in range(1, 41)],
        [an_item(1, "80.00", "INV-1001"), an_item(2, "-30.00", "INV-1001")._replace(day=date(2028, 1, 1))],
        [an_item(1, "80.00", "INV-1001", party="bob"), an_item(2, "-30.00", "INV-1001", party="")],
    ],
    ids=["same", "same_number", "common_text", "common_reference", "far_away", "part_without_party"],
)
def test_references_that_tell_nothing_apart_prove_and_propose_nothing(items: list[Candidate]) -> None:
    found = suggest(items, "EUR", "debit")
    assert not [one for one in found.suggested if "no reference ties them" not in one.explanation]
    assert not any(one.is_proven for one in found.suggested)


def test_an_item_without_a_party_is_suggested_by_reference_or_by_the_only_amount() -> None:
    named = [an_item(1, "80.00", "INV-1001"), an_item(2, "45.00", "INV-1002", party="bob"), an_item(3, "12.00")]
    nameless = [an_item(4, "-80.00", "INV-1001", party=""), an_item(5, "-45.00", text="for INV-1002", party="")]
    nameless += [an_item(6, "33.00", "INV-1003", party=""), an_item(7, "-12.00", party="")]
    theirs = an_item(8, "-33.00", "INV-1003", party="cyd")
    found = decided_by_persons([*named, *nameless, theirs])
    assert found == [
        ("ann", (1,), (4,), "80.00", 89), ("ann", (3,), (7,), "12.00", 83), ("bob", (2,), (5,), "45.00", 87),
        ("cyd", (6,), (8,), "33.00", 89),
    ]  # fmt: skip
    alone = suggest([an_item(1, "12.00", party=""), an_item(2, "-12.00", party="")], "EUR", "debit").suggested
    assert [(one.party, one.is_proven) for one in alone] == [("", False)]


def test_where_several_fit_nothing_is_suggested_of_an_item_without_a_party() -> None:
    twice = [an_item(1, "80.00", "INV-1001"), an_item(2, "80.00", "INV-1001", party="bob")]
    assert decided_by_persons([*twice, an_item(3, "-80.00", "INV-1001", party="")]) == []
    assert (
        decided_by_persons([an_item(1, "5.00"), an_item(2, "5.00", party="bob"), an_item(3, "-5.00", party="")]) == []
    )
    paid = [an_item(1, "5.00"), an_item(2, "-5.00", party="bob"), an_item(3, "-5.00", party="")]
    assert decided_by_persons(paid) == []
    tied = [
        an_item(n, "-80.00", "INV-1001", party=party)._replace(day=march(9))
        for n, party in ((2, "ann"), (3, "ann"), (4, ""))
    ]
    found = decided_by_persons([an_item(1, "80.00", "INV-1001"), *tied])
    assert [one[1:3] for one in found] == [((1,), (2,)), ((1,), (3,))]
