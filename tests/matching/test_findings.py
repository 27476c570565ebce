"""Each kind of finding in a story of its own."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from recon.matching.passes.engine import run
from recon.matching.passes.errors import ItemAmountOutOfRange, ItemOnOtherSide, ItemTwice, RuleOutOfRange, RuleTwice
from recon.matching.passes.rules import DEFAULT_RULES, REFERENCE
from tests.matching.things import finding_of, kinds, line, ours, outcome_of, tied

pytestmark = pytest.mark.pure


def test_another_amount() -> None:
    outcome = outcome_of(line("L", "10.01", "INV-2025-00001"), ours("P", "10.00", "INV-2025-00001"))
    (finding,) = outcome.exceptions
    assert (finding.kind, finding.items) == ("amount", ("L", "P"))
    assert finding.explanation == (
        "The reference agrees, and the amounts do not: 10.01 at the bank, 10.00 in the books, a difference of 0.01 EUR."
    )


def test_of_two_other_amounts_the_nearer_and_of_two_as_near_none() -> None:
    near = outcome_of(line("L", "12", "INV-77"), ours("P", "10", "INV-77"), ours("Q", "5", "INV-77"))
    assert kinds(near) == {"L": "amount", "P": "amount", "Q": "missing_in_bank"}
    neither = outcome_of(line("L", "12", "INV-77"), ours("P", "10", "INV-77"), ours("Q", "14", "INV-77"))
    assert finding_of(neither, "L").kind == "ambiguous"
    assert finding_of(neither, "L").related == ("P", "Q")


def test_a_cut_reference_beside_another_amount() -> None:
    outcome = outcome_of(line("L", "10.01", text="INV-2025-0000"), ours("P", "10.00", "INV-2025-00001"))
    assert kinds(outcome) == {"L": "amount", "P": "amount"}


def test_a_day_outside_of_the_window() -> None:
    outcome = outcome_of(line("L", "10", "INV-77", day=90), ours("P", "10", "INV-77"))
    (finding,) = outcome.exceptions
    assert (finding.kind, finding.items) == ("date", ("L", "P"))
    assert "89 days between" in finding.explanation


def test_one_posting_is_in_one_finding() -> None:
    outcome = outcome_of(
        line("L", "10", "INV-77", day=90), line("M", "10", "INV-77", day=200), ours("P", "10", "INV-77")
    )
    assert kinds(outcome) == {"L": "date", "P": "date", "M": "missing_in_books"}


def test_another_currency() -> None:
    outcome = outcome_of(line("L", "10", "INV-77", currency="USD"), ours("P", "10", "INV-77"))
    (finding,) = outcome.exceptions
    assert (finding.kind, finding.items) == ("currency", ("L", "P"))
    both = outcome_of(line("L", "10", "INV-77", currency="USD"), ours("P", "11", "INV-77"))
    assert kinds(both) == {"L": "missing_in_books", "P": "missing_in_bank"}


def test_a_second_line_a_day_later() -> None:
    outcome = outcome_of(line("L", "10", "INV-77"), line("M", "10", "INV-77", day=2), ours("P", "10", "INV-77"))
    assert tied(outcome) == [(("L",), ("P",), "reference")]
    (finding,) = outcome.exceptions
    assert (finding.kind, finding.items, finding.related) == ("duplicate", ("M",), ("L", "P"))


def test_two_lines_that_are_the_same_in_all_are_not_told_apart() -> None:
    outcome = outcome_of(line("L", "10", "INV-77"), line("M", "10", "INV-77"), ours("P", "10", "INV-77"))
    assert outcome.matches == ()
    assert kinds(outcome) == {"L": "ambiguous", "M": "duplicate", "P": "ambiguous"}
    assert finding_of(outcome, "M").related == ("P", "L")


def test_a_line_that_repeats_one_of_last_month_s_run() -> None:
    items = line("L", "10", "INV-77"), line("M", "10", "INV-77", day=20), ours("P", "10", "INV-77")
    outcome = outcome_of(*items, taken=("L", "P"))
    assert [(one.kind, one.items, one.related) for one in outcome.exceptions] == [("duplicate", ("M",), ("L",))]
    late = outcome_of(items[0], replace(items[1], day=items[1].day.replace(month=12)), items[2], taken=("L", "P"))
    assert kinds(late) == {"M": "missing_in_books"}


def test_lines_without_a_posting_repeat_each_other_where_they_hold_a_number() -> None:
    numbered = outcome_of(line("L", "10", text="Till 55512 sale"), line("M", "10", text="till 55512 sale"))
    assert kinds(numbered) == {"L": "missing_in_books", "M": "duplicate"}
    cards = outcome_of(line("L", "10", text="CARD PAYMENT"), line("M", "10", text="CARD PAYMENT"))
    assert set(kinds(cards).values()) == {"missing_in_books"}


def test_missing_on_one_side() -> None:
    outcome = outcome_of(line("L", "10", "INV-1"), ours("P", "20", "INV-2"))
    assert {one.items: one.kind for one in outcome.exceptions} == {
        ("L",): "missing_in_books",
        ("P",): "missing_in_bank",
    }


def test_the_same_membership_ten_times_a_day_is_a_hint_and_no_more() -> None:
    """Reference, amount and day are the same throughout: a person decides, and no bucket is squared."""
    count = 120
    lines = [line(f"L{at:03}", "29.90", "MEMBERSHIP", day=at // 10) for at in range(count)]
    postings = [ours(f"P{at:03}", "29.90", "MEMBERSHIP", day=at // 10) for at in range(count)]
    outcome = outcome_of(*lines, *postings)
    assert outcome.matches == ()
    assert len(outcome.suggestions) <= 5 * count
    assert set(kinds(outcome).values()) <= {"ambiguous", "duplicate", "missing_in_books"}


def test_one_reference_for_years_is_matched_by_the_month() -> None:
    months = range(60)
    lines = [line(f"L{at:02}", "500", "RENT 4711", day=1 + 31 * at, other_days=(2 + 31 * at,)) for at in months]
    postings = [ours(f"P{at:02}", "500", "RENT 4711", day=31 * at) for at in months]
    more = [line(f"M{at:03}", str(at), "RENT 4711") for at in range(1, 20)]
    assert tied(outcome_of(*lines, *postings, *more)) == [
        ((f"L{at:02}",), (f"P{at:02}",), "reference") for at in months
    ]


def test_a_cut_reference_among_very_many_of_its_amount() -> None:
    postings = [ours(f"P{at:03}", "29.90", f"INV-2025-{at:05}") for at in range(100)]
    special = ours("Q", "29.90", "ABO-777-12345")
    outcome = outcome_of(
        line("L", "29.90", text="ABO-777-123"), line("M", "29.90", text="INV-2025-00"), *postings, special
    )
    assert tied(outcome) == [(("L",), ("Q",), "loose_reference")]


def test_nonsense_is_refused() -> None:
    good = line("L", "1")
    for rule in (
        replace(REFERENCE, threshold=101), replace(REFERENCE, tolerance=Decimal(-1)),
        replace(REFERENCE, tolerance=Decimal("NaN")), replace(REFERENCE, tolerance_percent=Decimal(101)),
        replace(REFERENCE, window_days_before=-1), replace(REFERENCE, window_days_after=10**9),
    ):  # fmt: skip
        with pytest.raises(RuleOutOfRange):
            run([good], [], [rule])
    with pytest.raises(RuleTwice):
        run([good], [], [REFERENCE, REFERENCE])
    with pytest.raises(ItemTwice):
        run([good], [ours("L", "1")], DEFAULT_RULES)
    with pytest.raises(ItemOnOtherSide):
        run([], [good], DEFAULT_RULES)
    for amount in ("NaN", "Infinity", "1E+20", "1E-19"):
        with pytest.raises(ItemAmountOutOfRange):
            run([line("L", amount)], [], DEFAULT_RULES)


def test_no_rules_and_no_items() -> None:
    assert kinds(outcome_of(line("L", "1"), ours("P", "1"), rules=())) == {
        "L": "missing_in_books",
        "P": "missing_in_bank",
    }
    outcome = run([], [], DEFAULT_RULES)
    assert (outcome.matches, outcome.suggestions, outcome.exceptions) == ((), (), ())


def test_a_text_that_never_ends_is_read_so_far() -> None:
    endless = line("L", "1", "9" * 100_000, text="A1 " * 100_000)
    many = replace(endless, id="M", references=tuple(f"R{at}" for at in range(10_000)))
    assert len(outcome_of(endless, many, ours("P", "1", "INV-1")).exceptions) == 3
