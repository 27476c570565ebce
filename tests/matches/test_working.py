"""Working by hand: confirm, reject, match, take back, post the difference; each once under its key."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from journals.proof.ledger import verify_books
from ledgerflow.books.models import Event
from ledgerflow.core.errors import IdempotencyKeyReused, Malformed
from recon.matching.differences import Difference, post_difference
from recon.matching.errors import (
    AlreadyUnmatched,
    CurrenciesDiffer,
    ItemNamedTwice,
    ItemTaken,
    MatchDiffers,
    MatchNotFound,
    SuggestionNotFound,
    TooFewItems,
)
from recon.matching.models import Match, MatchItem
from recon.matching.passes.shapes import MatchRule
from recon.matching.reading import unmatched_lines, unmatched_postings
from recon.matching.rows import Bank, Item
from recon.matching.use_cases import Worked, check_equal, confirm_suggestion, reject_suggestion, unmatch
from recon.statements.errors import BankAccountNotFound
from recon.statements.models import StatementLine
from tests.builders import unguarded
from tests.matches.banking import a_bank, a_line, a_posting, a_tie, by_hand, faults, once, ran, suggested, tied


@pytest.fixture
def bank() -> Bank:
    return a_bank()


# Suggestions


def test_a_suggestion_that_is_confirmed_is_a_match_of_its_rule(bank: Bank) -> None:
    line, _ = a_tie(bank)
    first, _ = suggested(bank)
    made = confirm_suggestion(bank.entity_id, first.id, **once())
    assert (made.match.match.rule, made.match.match.score, made.replayed) == ("reference", 99, False)
    assert {item.line_id for item in made.match.items} == {line, None}
    assert suggested(bank) == []  # the other one is of the same line
    assert faults(bank) == []


def test_a_suggestion_whose_item_has_its_match_is_gone(bank: Bank) -> None:
    line, versions = a_tie(bank)
    first, other = suggested(bank)
    by_hand(bank, [line], versions[:1])
    for one in (first, other):
        with pytest.raises(SuggestionNotFound):
            confirm_suggestion(bank.entity_id, one.id, **once())


def test_a_suggestion_of_the_run_before_is_gone(bank: Bank) -> None:
    a_tie(bank)
    old = suggested(bank)[0]
    ran(bank)
    with pytest.raises(SuggestionNotFound):
        reject_suggestion(bank.entity_id, old.id, reason="r", **once())


def test_what_is_rejected_is_not_suggested_again_and_its_rival_is_sure(bank: Bank) -> None:
    line, versions = a_tie(bank)
    done = reject_suggestion(bank.entity_id, suggested(bank)[0].id, reason="another customer", **once())
    assert done.rejection.lines == [str(line)]
    (wrong,) = map(int, done.rejection.postings)
    assert ran(bank).confirmed == 1
    (right,) = set(versions) - {wrong}
    assert tied(bank) == {(frozenset({str(line)}), frozenset({str(right)}))}
    assert faults(bank) == []


def test_what_was_rejected_may_be_matched_by_hand(bank: Bank) -> None:
    line, versions = a_tie(bank)
    reject_suggestion(bank.entity_id, suggested(bank)[0].id, reason="", **once())
    by_hand(bank, [line], versions[:1])
    assert len(tied(bank)) == 1


def test_what_was_rejected_while_a_run_was_at_it_is_not_confirmed(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    from recon.matching import running

    a_line(bank, "12.30", "INV-7701")
    a_posting(bank, "12.30", "INV-7701")
    strict = [MatchRule("strict", 1, "reference", threshold=100)]
    ran(bank, rules=strict)
    original = running._confirm

    def meanwhile(*given: Any) -> int:
        reject_suggestion(bank.entity_id, suggested(bank)[0].id, reason="r", **once())
        return original(*given)

    monkeypatch.setattr(running, "_confirm", meanwhile)
    assert ran(bank).confirmed == 0
    assert tied(bank) == set()


# By hand


def test_several_lines_are_matched_with_several_postings(bank: Bank) -> None:
    lines = [a_line(bank, "10.00"), a_line(bank, "5.00")]
    ours = [a_posting(bank, "7.50"), a_posting(bank, "7.50")]
    made = by_hand(bank, lines, ours)
    assert (made.match.match.rule, made.match.match.explanation) == ("manual", "By hand: 2 lines and 2 postings.")
    assert made.match.match.residual == 0
    assert faults(bank) == []


@pytest.mark.parametrize("side", ["bank", "books"])
def test_two_that_cancel_each_other_out_are_a_match(bank: Bank, side: str) -> None:
    if side == "bank":
        by_hand(bank, [a_line(bank, "10.00"), a_line(bank, "-10.00")], [])
    else:
        by_hand(bank, [], [a_posting(bank, "10.00"), a_posting(bank, "-10.00")])
    assert len(tied(bank)) == 1


def test_a_difference_is_refused_and_told(bank: Bank) -> None:
    with pytest.raises(MatchDiffers) as refused:
        by_hand(bank, [a_line(bank, "10.00")], [a_posting(bank, "9.50")])
    assert refused.value.data == {"bank": "10", "books": "9.5", "difference": "0.5"}
    assert tied(bank) == set()


def test_what_has_its_match_is_not_matched_again(bank: Bank) -> None:
    line, other = a_line(bank, "10.00"), a_line(bank, "10.00")
    ours, more = a_posting(bank, "10.00"), a_posting(bank, "10.00")
    by_hand(bank, [line], [ours])
    for lines, postings in (([line], [more]), ([other], [ours]), ([uuid4()], [more]), ([other], [99])):
        with pytest.raises(ItemTaken):
            by_hand(bank, lines, postings)


def test_items_of_another_bank_account_are_not_there(bank: Bank) -> None:
    other = a_bank()
    with pytest.raises(ItemTaken):
        by_hand(bank, [a_line(other, "10.00")], [a_posting(bank, "10.00")])
    with pytest.raises(BankAccountNotFound):
        by_hand(bank._replace(id=other.id), [a_line(bank, "1.00")], [1])


def test_a_line_in_another_currency_is_in_no_match(bank: Bank) -> None:
    line = a_line(bank, "10.00")
    with unguarded():
        StatementLine.objects.filter(id=line).update(currency="USD")
    with pytest.raises(CurrenciesDiffer):
        by_hand(bank, [line], [a_posting(bank, "10.00")])


@pytest.mark.parametrize(
    "lines, postings, kind",
    [(0, 0, TooFewItems), (1, 0, TooFewItems), (0, 501, TooFewItems), (2, 1, ItemNamedTwice), (0, 2, ItemNamedTwice)],
)
def test_nonsense_is_no_match(bank: Bank, lines: int, postings: int, kind: type[Malformed]) -> None:
    same = uuid4()
    with pytest.raises(kind):
        by_hand(bank, [same] * lines, [1] * postings)


def test_amounts_beyond_28_digits_are_compared_exactly() -> None:
    large, a_little_more = (Decimal(f"12345678901234567890.0000000000{digit}") for digit in "12")
    items = [Item("bank", uuid4(), None, None, date(2026, 2, 1), large)]
    check_equal([*items, Item("books", None, uuid4(), 1, date(2026, 2, 1), large)])
    with pytest.raises(MatchDiffers):
        check_equal([*items, Item("books", None, uuid4(), 1, date(2026, 2, 1), a_little_more)])


# Taken back


def test_both_sides_return_when_a_match_is_taken_back(bank: Bank) -> None:
    line, version = a_line(bank, "10.00", "INV-7701"), a_posting(bank, "10.00", "INV-7701")
    ran(bank)
    match = Match.objects.get(bank_account_id=bank.id)
    assert (unmatched_lines(bank).count(), unmatched_postings(bank).count()) == (0, 0)
    done = unmatch(bank.entity_id, match.id, reason="another one", **once())
    assert done.match.match.status == "unmatched"
    assert [one.pk for one in unmatched_lines(bank)] == [line]
    assert [one.account_version for one in unmatched_postings(bank)] == [version]
    assert ran(bank).confirmed == 1  # it was not rejected
    assert Match.objects.filter(bank_account_id=bank.id).count() == 2
    assert MatchItem.objects.filter(line_id=line).count() == 2
    assert faults(bank) == []


def test_a_match_is_taken_back_once(bank: Bank) -> None:
    match = by_hand(bank, [a_line(bank, "10.00")], [a_posting(bank, "10.00")]).match.match
    unmatch(bank.entity_id, match.id, **once())
    with pytest.raises(AlreadyUnmatched):
        unmatch(bank.entity_id, match.id, **once())
    with pytest.raises(MatchNotFound):
        unmatch(a_bank().entity_id, match.id, **once())


# Keys

Doing = Callable[[Bank, str], Worked]


def doing_by_hand(bank: Bank) -> Doing:
    line, ours = a_line(bank, "10.00"), a_posting(bank, "10.00")
    return lambda bank, key: by_hand(bank, [line], [ours], key=key)


def doing_confirm(bank: Bank) -> Doing:
    a_tie(bank)
    one = suggested(bank)[0]
    return lambda bank, key: confirm_suggestion(bank.entity_id, one.id, key=key, actor="test")


def doing_unmatch(bank: Bank) -> Doing:
    match = by_hand(bank, [a_line(bank, "10.00")], [a_posting(bank, "10.00")]).match.match
    return lambda bank, key: unmatch(bank.entity_id, match.id, key=key, actor="test")


def doing_difference(bank: Bank) -> Doing:
    line = a_line(bank, "-3.50")
    given = Difference("fee", "SALES")
    return lambda bank, key: post_difference(bank.entity_id, bank.id, [line], [], given, key=key, actor="test")


@pytest.mark.parametrize("prepare", [doing_by_hand, doing_confirm, doing_unmatch, doing_difference])
def test_the_same_key_is_done_once(bank: Bank, prepare: Callable[[Bank], Doing]) -> None:
    do = prepare(bank)
    first = do(bank, "k")
    before = Event.objects.filter(entity_id=bank.entity_id).count()
    again = do(bank, "k")
    assert (first.replayed, again.replayed) == (False, True)
    assert first.match.match.id == again.match.match.id
    assert Event.objects.filter(entity_id=bank.entity_id).count() == before
    with pytest.raises(IdempotencyKeyReused):
        by_hand(bank, [a_line(bank, "1.00")], [a_posting(bank, "1.00")], key="k")
    assert verify_books(bank.entity_id) == []


def test_the_same_key_rejects_once(bank: Bank) -> None:
    a_tie(bank)
    one = suggested(bank)[0]
    done = [
        reject_suggestion(bank.entity_id, one.id, reason="r", key="k", actor="test") for _ in range(2)
    ]  # fmt: skip
    assert [each.replayed for each in done] == [False, True]
    assert done[0].rejection == done[1].rejection
