"""What holds for any items at all: few days, few amounts and few references, so that they get in each other's way."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recon.matching.passes.candidates import allowed_difference, is_same_sign
from recon.matching.passes.engine import run
from recon.matching.passes.rules import DEFAULT_RULES, REFERENCE_THEN_CENT
from recon.matching.passes.shapes import FoundMatch, MatchRule, ReconItem, Side, Suggestion

pytestmark = pytest.mark.pure

FIRST = date(2025, 9, 1)
REFERENCES = ("INV-2025-00123", "INV-2025-00124", "INV 2025 00123", "202500124", "INV-2025-001", "RENT", "7", "")
TEXTS = ("", "EREF+INV202500123 SVWZ+THANKS", "INV-2025-00123 AND INV-2025-00124", "THANK YOU", "\u0130\x00\u00df+-")
LOOSE = (
    *REFERENCE_THEN_CENT,
    MatchRule("one_per_cent", 35, "loose_reference", tolerance_percent=Decimal(1), threshold=80),
)

days = st.integers(0, 50).map(lambda days: FIRST + timedelta(days=days)) | st.sampled_from([date.min, date.max])
amounts = st.sampled_from(["0", "10", "10.00", "10.01", "20", "20.01", "30", "-10", "-30"]).map(Decimal)
rule_sets = st.sampled_from([DEFAULT_RULES, REFERENCE_THEN_CENT, LOOSE])


def items(side: Side, most: int = 8) -> st.SearchStrategy[list[ReconItem]]:
    one = st.builds(
        lambda day, amount, currency, reference, counterparty, text, other: ReconItem(
            "", side, day, amount, currency, (reference,) if reference else (), counterparty, text, other
        ),
        days, amounts, st.sampled_from(["EUR", "EUR", "USD"]), st.sampled_from(REFERENCES),
        st.sampled_from(["", "ACME Ltd", "Acme", "Zebra"]), st.sampled_from(TEXTS), st.lists(days, max_size=1).map(tuple),
    )  # fmt: skip
    return st.lists(one, max_size=most).map(
        lambda found: [with_id(item, f"{side}-{at}") for at, item in enumerate(found)]
    )


def with_id(item: ReconItem, id_: str) -> ReconItem:
    return ReconItem(
        id_,
        item.side,
        item.day,
        item.amount,
        item.currency,
        item.references,
        item.counterparty,
        item.text,
        item.other_days,
    )


def groups(
    bank: list[ReconItem], books: list[ReconItem], one: FoundMatch | Suggestion
) -> tuple[list[ReconItem], list[ReconItem]]:
    known = {item.id: item for item in bank + books}
    return [known[id_] for id_ in one.bank], [known[id_] for id_ in one.books]


@given(items("bank"), items("books"), rule_sets)
@settings(max_examples=80)
def test_each_item_ends_in_one_match_or_one_finding(
    bank: list[ReconItem], books: list[ReconItem], rules: tuple[MatchRule, ...]
) -> None:
    outcome = run(bank, books, rules)
    places = Counter(id_ for match in outcome.matches for id_ in (*match.bank, *match.books))
    places.update(id_ for finding in outcome.exceptions for id_ in finding.items)
    assert places == Counter(item.id for item in bank + books)


@given(items("bank"), items("books"), rule_sets)
@settings(max_examples=80)
def test_sums_agree_within_the_rule_and_no_gate_is_crossed(
    bank: list[ReconItem], books: list[ReconItem], rules: tuple[MatchRule, ...]
) -> None:
    by_code = {rule.code: rule for rule in rules}
    outcome = run(bank, books, rules)
    everything: list[FoundMatch | Suggestion] = [*outcome.matches, *outcome.suggestions]
    for one in everything:
        theirs, ours = groups(bank, books, one)
        total = sum((item.amount for item in ours), Decimal(0))
        assert one.residual == sum((item.amount for item in theirs), Decimal(0)) - total
        assert abs(one.residual) <= allowed_difference(by_code[one.rule], total)
        assert len({item.currency for item in theirs + ours}) == 1
        assert all(is_same_sign(item.amount, theirs[0].amount) for item in theirs + ours)
        assert one.parts.score == one.score <= 100
        assert min(one.parts) >= 0
    for match in outcome.matches:
        assert match.score >= by_code[match.rule].threshold
        assert by_code[match.rule].is_automatic


@given(items("bank"), items("books"), rule_sets, st.randoms(use_true_random=False))
@settings(max_examples=80)
def test_the_order_of_the_items_makes_no_difference(
    bank: list[ReconItem], books: list[ReconItem], rules: tuple[MatchRule, ...], chance: Random
) -> None:
    before = run(bank, books, rules)
    chance.shuffle(bank)
    chance.shuffle(books)
    assert run(bank, books, tuple(reversed(rules))) == before


@given(items("bank"), items("books"), rule_sets)
@settings(max_examples=80)
def test_other_ids_tie_the_same_items(
    bank: list[ReconItem], books: list[ReconItem], rules: tuple[MatchRule, ...]
) -> None:
    """Ids order what is reported; they never choose."""
    other_ids = {item.id: f"{item.side}-{99 - at}" for at, item in enumerate(bank + books)}
    before = {
        (frozenset(map(other_ids.__getitem__, match.bank)), frozenset(map(other_ids.__getitem__, match.books)))
        for match in run(bank, books, rules).matches
    }
    theirs, ours = ([with_id(item, other_ids[item.id]) for item in side] for side in (bank, books))
    after = {(frozenset(match.bank), frozenset(match.books)) for match in run(theirs, ours, rules).matches}
    assert after == before


@given(items("bank"), items("books"), rule_sets)
@settings(max_examples=80)
def test_what_has_its_match_is_out_of_the_next_run(
    bank: list[ReconItem], books: list[ReconItem], rules: tuple[MatchRule, ...]
) -> None:
    first = run(bank, books, rules)
    taken = {id_ for match in first.matches for id_ in (*match.bank, *match.books)}
    second = run(bank, books, rules, taken=taken)
    told = [id_ for match in second.matches for id_ in (*match.bank, *match.books)]
    told += [id_ for finding in second.exceptions for id_ in finding.items]
    assert taken.isdisjoint(told)
    assert len(told) == len(bank) + len(books) - len(taken)


def far_from(items: list[ReconItem], currency: str) -> list[ReconItem]:
    """Items that fit none of the others: another amount and another reference, or another currency."""
    return [
        ReconItem(
            f"far-{one.side}-{at}",
            one.side,
            one.day,
            one.amount * 1000 + 5,
            currency,
            ("FAR 998877",),
            one.counterparty,
        )
        for at, one in enumerate(items)
    ]


@given(items("bank"), items("books"), rule_sets, items("bank", 3), items("books", 3), st.sampled_from(["JPY", "EUR"]))
@settings(max_examples=80)
def test_items_that_are_no_rivals_keep_what_was_confirmed(
    bank: list[ReconItem],
    books: list[ReconItem],
    rules: tuple[MatchRule, ...],
    theirs: list[ReconItem],
    ours: list[ReconItem],
    currency: str,
) -> None:
    before = run(bank, books, rules).matches
    after = run(bank + far_from(theirs, currency), books + far_from(ours, currency), rules).matches
    assert set(before) <= set(after)
