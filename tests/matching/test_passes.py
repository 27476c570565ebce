"""Each pass in a story of its own: what it confirms, and what it leaves to a person."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from recon.matching.passes.engine import run
from recon.matching.passes.rules import (
    AMOUNT,
    DEFAULT_RULES,
    GROUP,
    LOOSE_REFERENCE,
    REFERENCE,
    REFERENCE_THEN_CENT,
    SUBSET,
)
from recon.matching.passes.shapes import MatchOutcome, ReconItem
from tests.matching.things import finding_of, kinds, line, ours, outcome_of, tied

pytestmark = pytest.mark.pure


def test_the_same_reference_and_amount() -> None:
    outcome = outcome_of(line("L", "10.00", "INV-1", day=3), ours("P", "10.00", "INV-1", day=1))
    (match,) = outcome.matches
    assert (match.bank, match.books, match.rule, match.score) == (("L",), ("P",), "reference", 98)
    assert match.parts == (50, 30, 9, 9)
    assert match.residual == 0
    assert match.explanation == (
        "The bank's line of 2025-09-03 and our posting of 2025-09-01: the reference is the same, "
        "both sides come to 10.00 EUR, and the bank is 2 days later."
    )
    assert outcome.exceptions == ()


@pytest.mark.parametrize(
    "said",
    [
        {"reference": "inv 2025/00123"},
        {"reference": "INV2O25OO123"},
        {"reference": "RE 202500123"},
        {"reference": "NV-2025-00123"},
        {"reference": "2025-00123"},
        {"text": "EREF+INV202500123 SVWZ+THANK YOU"},
        {"text": "payment INV 2025 00123 thanks"},
        {"text": "SVWZ+202500123"},
        {"text": "XINV202500123Y"},
        {"text": "".join(chr(ord(letter) + 0xFEE0) for letter in "INV-2025-00123")},
        {"text": "INV-2025-0012", "counterparty": "ACME"},
    ],
    ids=str,
)
def test_a_reference_as_banks_mangle_it(said: dict[str, str]) -> None:
    outcome = outcome_of(
        line("L", "10.00", **said),
        ours("P", "10.00", "INV-2025-00123", counterparty="Acme"),
        ours("Q", "10.00", "INV-2025-00999"),
    )
    assert tied(outcome) == [(("L",), ("P",), "loose_reference")]


def test_our_text_may_name_the_reference_of_the_bank() -> None:
    outcome = outcome_of(line("L", "10.00", "TRX99881"), ours("P", "10.00", text="Card sale trx-99881, trx99881"))
    assert tied(outcome) == [(("L",), ("P",), "loose_reference")]


def test_a_number_that_differs_by_one_digit_is_another_number() -> None:
    outcome = outcome_of(line("L", "10.00", "INV-2025-00124"), ours("P", "10.00", "INV-2025-00123"))
    assert outcome.matches == ()
    assert kinds(outcome) == {"L": "missing_in_books", "P": "missing_in_bank"}
    (suggestion,) = outcome.suggestions
    assert (suggestion.rule, suggestion.parts.reference) == ("amount", 0)
    assert suggestion.reason == "The score 89 is below 95, the threshold of the rule."


def test_a_cent_is_a_residual_only_where_a_rule_allows_it() -> None:
    items = line("L", "10.01", "INV-1"), ours("P", "10.00", "INV-1")
    assert outcome_of(*items).matches == ()
    (match,) = outcome_of(*items, rules=REFERENCE_THEN_CENT).matches
    assert (match.rule, match.residual, match.parts.amount) == ("reference_within_a_cent", Decimal("0.01"), 29)
    assert "the amounts differ by 0.01 EUR" in match.explanation


def test_a_percentage_of_our_amount_is_allowed_where_it_is_more() -> None:
    rule = replace(LOOSE_REFERENCE, tolerance=Decimal("0.50"), tolerance_percent=Decimal(1), threshold=90)
    assert len(outcome_of(line("L", "99", "INV-1"), ours("P", "100", "INV-1"), rules=(rule,)).matches) == 1
    assert len(outcome_of(line("L", "98.99", "INV-1"), ours("P", "100", "INV-1"), rules=(rule,)).matches) == 0
    assert len(outcome_of(line("L", "10.50", "INV-1"), ours("P", "10", "INV-1"), rules=(rule,)).matches) == 1


def test_a_tolerance_never_turns_the_sign() -> None:
    rule = replace(LOOSE_REFERENCE, tolerance=Decimal(5), threshold=0)
    for theirs, our_amount in (("1", "-1"), ("0", "1"), ("-1", "0")):
        assert outcome_of(line("L", theirs, "INV-1"), ours("P", our_amount, "INV-1"), rules=(rule,)).matches == ()


def test_the_nearer_of_two_days_is_the_better_and_two_that_are_as_near_are_a_tie() -> None:
    near, far = ours("near", "10", "RENT", day=1), ours("far", "10", "RENT", day=8)
    assert tied(outcome_of(line("L", "10", "RENT", day=1), near, far)) == [(("L",), ("near",), "reference")]
    outcome = outcome_of(line("L", "10", "RENT", day=1), near, replace(near, id="again"))
    assert outcome.matches == ()
    assert kinds(outcome) == {"L": "ambiguous", "near": "ambiguous", "again": "ambiguous"}
    assert {one.reason for one in outcome.suggestions} == {"It is a tie: another candidate of these items is as good."}


def test_three_that_are_as_good_are_counted() -> None:
    outcome = outcome_of(line("L", "10", "RENT"), *(ours(id_, "10", "RENT") for id_ in "abc"))
    assert {one.reason for one in outcome.suggestions} == {
        "It is a tie: 2 other candidates of these items are as good."
    }


def test_the_name_of_the_counterparty_decides_between_equals() -> None:
    outcome = outcome_of(
        line("L", "10", "RENT", text="from Acme Ltd"),
        ours("P", "10", "RENT", counterparty="ACME Ltd"),
        ours("Q", "10", "RENT"),
    )
    assert tied(outcome) == [(("L",), ("P",), "reference")]


def test_another_counterparty_speaks_against_a_match_on_another_day() -> None:
    items = line("L", "10", "RENT", day=4, counterparty="Zebra"), ours("P", "10", "RENT", counterparty="Bookshop")
    (suggestion,) = outcome_of(*items).suggestions
    assert suggestion.parts.counterparty < 9
    assert "below 95" in suggestion.reason


def test_a_value_date_inside_the_window_is_enough() -> None:
    outcome = outcome_of(line("L", "10", "INV-1", day=90, other_days=(2, 70)), ours("P", "10", "INV-1"))
    assert [match.parts.date for match in outcome.matches] == [9]
    assert outcome_of(line("L", "10", "INV-1", day=90, other_days=(70,)), ours("P", "10", "INV-1")).matches == ()


def test_the_bank_may_be_earlier() -> None:
    (match,) = outcome_of(line("L", "10", "INV-1", day=1), ours("P", "10", "INV-1", day=2)).matches
    assert match.explanation.endswith("the bank is 1 day earlier.")


def test_an_amount_that_only_two_items_have() -> None:
    (match,) = outcome_of(line("L", "17.23", text="CARD"), ours("P", "17.23", "till 4", day=2)).matches
    assert (match.rule, match.parts) == ("amount", (9, 60, 12, 14))
    assert "no reference ties them" in match.explanation


def test_an_amount_that_three_items_have_is_nobodys() -> None:
    outcome = outcome_of(line("L", "17.23"), ours("P", "17.23"), ours("Q", "17.23", day=3))
    assert (outcome.matches, outcome.suggestions) == ((), ())
    assert set(kinds(outcome).values()) == {"ambiguous"}
    outcome = outcome_of(line("L", "17.23"), line("M", "17.23", day=2), ours("P", "17.23"))
    assert (outcome.matches, kinds(outcome)) == ((), {"L": "ambiguous", "M": "ambiguous", "P": "ambiguous"})


def test_an_amount_outside_of_the_window_does_not_compete() -> None:
    assert len(outcome_of(line("L", "17.23"), ours("P", "17.23"), ours("Q", "17.23", day=30)).matches) == 1


def test_words_without_numbers_are_compared() -> None:
    alike = outcome_of(line("L", "17.23", "RENT SEPTEMBER"), ours("P", "17.23", "RENT SEPT"), rules=(AMOUNT,))
    other = outcome_of(line("L", "17.23", "RENT SEPTEMBER"), ours("P", "17.23", "LUNCH"), rules=(AMOUNT,))
    assert [one.parts.reference for one in alike.matches] == [7]
    assert [one.parts.reference for one in other.suggestions] == [1]


def test_an_item_that_names_another_is_not_matched_by_its_amount() -> None:
    """The line names INV-55555, which is a cent off; that another posting has its amount is chance."""
    outcome = outcome_of(line("L", "10.01", "INV-55555"), ours("P", "10.00", "INV-55555"), ours("Q", "10.01"))
    assert outcome.matches == ()
    assert kinds(outcome) == {"L": "amount", "P": "amount", "Q": "missing_in_bank"}


def test_the_amount_confirms_what_the_reference_alone_does_not() -> None:
    strict = replace(LOOSE_REFERENCE, threshold=100)
    outcome = outcome_of(line("L", "10", "INV 55555"), ours("P", "10", "INV-55555"), rules=(strict, AMOUNT))
    assert tied(outcome) == [(("L",), ("P",), "amount")]
    assert outcome.matches[0].parts.reference == 10


def test_a_merged_line_names_both() -> None:
    outcome = outcome_of(
        line("L", "30.00", text="SVWZ+INV 2025 00001 INV202500002"), ours("P", "10.00", "INV-2025-00001"),
        ours("Q", "20.00", "INV-2025-00002", day=2),
    )  # fmt: skip
    (match,) = outcome.matches
    assert (match.bank, match.books, match.rule, str(match.residual)) == (("L",), ("P", "Q"), "group", "0.00")
    assert match.explanation.startswith("The bank's line of 2025-09-01 and 2 postings of ours: one names the reference")


def test_a_payout_of_several_postings_and_a_posting_of_several_lines() -> None:
    payout = outcome_of(
        line("L", "60", "PO-1"),
        *(ours(id_, amount, "PO-1") for id_, amount in zip("abc", ("10", "20", "30"), strict=True)),
    )
    assert tied(payout) == [(("L",), ("a", "b", "c"), "group")]
    parts = outcome_of(ours("P", "60", "INV-77"), line("L", "25", "INV-77"), line("M", "35", "INV-77", day=9))
    assert tied(parts) == [(("L", "M"), ("P",), "group")]


def test_the_only_two_that_fit_of_several_that_are_named() -> None:
    text = "INV-2025-00001 INV-2025-00002 INV-2025-00003"
    postings = [
        ours(id_, amount, f"INV-2025-0000{at}")
        for at, (id_, amount) in enumerate(zip("abc", ("10", "20", "35"), strict=True), 1)
    ]
    assert tied(outcome_of(line("L", "30", text=text), *postings)) == [(("L",), ("a", "b"), "group")]
    several = [
        ours(id_, amount, f"INV-2025-0000{at}")
        for at, (id_, amount) in enumerate(zip("abc", ("10", "20", "20"), strict=True), 1)
    ]
    assert tied(outcome_of(line("L", "30", text=text), *several, rules=(GROUP,))) == []
    many = [ours(f"p{at:02}", str(at), "BATCH-9") for at in range(1, 15)]
    assert tied(outcome_of(line("L", "3", "BATCH-9"), *many, rules=(GROUP,))) == []


def test_two_groups_that_want_the_same_item_are_a_tie() -> None:
    postings = ours("P", "10", "INV-2025-00001"), ours("Q", "20", "INV-2025-00002")
    both = "INV-2025-00001 INV-2025-00002"
    outcome = outcome_of(line("L", "30", text=both), line("M", "30", text=both), *postings)
    assert outcome.matches == ()
    assert (kinds(outcome)["L"], kinds(outcome)["M"]) == ("ambiguous", "duplicate")
    assert {kinds(outcome)["P"], kinds(outcome)["Q"]} == {"ambiguous"}


def test_gates_of_a_group() -> None:
    def groups(*postings: dict[str, object]) -> int:
        made = [ours(f"p{at}", "10", "PO-1", **rest) for at, rest in enumerate(postings)]
        return len(outcome_of(line("L", "20", "PO-1"), *made, rules=(GROUP,)).matches)

    assert groups({}, {}) == 1
    assert groups({}, {"currency": "USD"}) == 0
    assert groups({}, {"day": 60}) == 0
    fee = outcome_of(line("L", "20", "PO-1"), ours("P", "21", "PO-1"), ours("Q", "-1", "PO-1"), rules=(GROUP,))
    assert fee.matches == ()


def test_a_sum_is_only_suggested() -> None:
    outcome = outcome_of(line("L", "30"), ours("P", "10.50"), ours("Q", "19.50", day=3), ours("R", "7"))
    assert outcome.matches == ()
    (suggestion,) = outcome.suggestions
    assert (suggestion.bank, suggestion.books, suggestion.rule) == (("L",), ("P", "Q"), "subset")
    assert "agree by chance" in suggestion.reason
    assert finding_of(outcome, "L").related == ("P", "Q")


def test_a_sum_the_other_way_and_one_of_several() -> None:
    outcome = outcome_of(ours("P", "-30"), line("L", "-10"), line("M", "-20"), line("N", "-20", day=2))
    (suggestion,) = outcome.suggestions
    assert suggestion.books == ("P",)
    assert "other amounts have the same sum" in suggestion.reason


def test_a_rule_that_is_not_automatic_suggests() -> None:
    outcome = outcome_of(
        line("L", "10", "INV-1"), ours("P", "10", "INV-1"), rules=(replace(REFERENCE, is_automatic=False), SUBSET)
    )
    assert [one.reason for one in outcome.suggestions] == ["The rule reference suggests only."]
    assert kinds(outcome) == {"L": "missing_in_books", "P": "missing_in_bank"}


def test_what_was_tied_once_is_not_confirmed_by_a_later_rule() -> None:
    """Two lines for one bill: that together they are another bill is no proof."""
    outcome = outcome_of(
        line("L", "10", "INV-77"), line("M", "10", "INV-77"), ours("P", "10", "INV-77"), ours("Q", "20", "INV-77")
    )
    assert outcome.matches == ()
    assert "An earlier rule found two candidates for one of these items that are equally good." in {
        one.reason for one in outcome.suggestions
    }


def test_the_second_best_is_not_confirmed_in_place_of_a_tie() -> None:
    best = ours("a", "10", "RENT"), ours("b", "10", "RENT")
    outcome = outcome_of(line("L", "10", "RENT"), *best, ours("c", "10", "RENT", day=4), rules=DEFAULT_RULES)
    assert outcome.matches == ()
    assert len(outcome.suggestions) == 3


def test_a_pair_that_is_tied_less_surely_may_be_the_better_one() -> None:
    """The line with the exact reference is a month late, and another of that day names it in its text."""
    exact = line("L", "10", "INV-55555", day=31, counterparty="Acme")
    named = line("M", "10", text="EREF+INV55555", counterparty="Acme")
    outcome = outcome_of(exact, named, ours("P", "10", "INV-55555", counterparty="Acme"))
    assert tied(outcome) == [(("M",), ("P",), "loose_reference")]
    assert kinds(outcome) == {"L": "duplicate"}
    without = outcome_of(exact, named, ours("P", "10", "INV-55555", counterparty="Acme"), rules=(REFERENCE,))
    assert [one.reason for one in without.suggestions] == [
        "One of these items has a better candidate that was not confirmed either."
    ]


# What a person has rejected


def rejecting(rejected: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...], *items: ReconItem) -> MatchOutcome:
    bank, books = ([item for item in items if item.side == side] for side in ("bank", "books"))
    return run(bank, books, DEFAULT_RULES, rejected=rejected)


def test_what_was_rejected_is_not_confirmed_and_its_rival_is_then_sure() -> None:
    items = (
        line("b1", "44.00", "INV-20250044"),
        ours("p1", "44.00", "INV-20250044"),
        ours("p2", "44.00", "INV-20250044"),
    )
    assert tied(rejecting((), *items)) == []
    assert [match[:2] for match in tied(rejecting(((("b1",), ("p1",)),), *items))] == [(("b1",), ("p2",))]


def test_what_was_rejected_is_not_suggested() -> None:
    items = line("b1", "30.00"), ours("p1", "10.00"), ours("p2", "20.00")
    assert [(one.bank, one.books) for one in rejecting((), *items).suggestions] == [(("b1",), ("p1", "p2"))]
    assert rejecting(((("b1",), ("p2", "p1")),), *items).suggestions == ()


def test_what_was_rejected_and_is_not_there_plays_no_part() -> None:
    items = line("b1", "44.00", "INV-20250044"), ours("p1", "44.00", "INV-20250044")
    assert len(tied(rejecting(((("b1",), ("gone",)), (("gone",), ("p1",))), *items))) == 1
