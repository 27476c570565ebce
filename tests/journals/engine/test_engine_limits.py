"""Limits, held amounts, permitted overrides, and contra accounts."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from journals.engine import Books, decide
from tests.builders import a_journal, a_transfer
from tests.journals.engine.states import a_state, books_of, codes_of, refused

pytestmark = pytest.mark.pure


def with_account(balance: str, **given: Any) -> Books:
    return books_of(a_state("limited", balance, **given), a_state("other"))


def is_marked(books: Books) -> bool:
    return books.accounts["limited"].overridden


def moves(books: Books, *amounts: str, **given: Any) -> list[str]:
    """What happens to movements of the limited account, on its normal side, one after another."""
    sign = books.accounts["limited"].normal_sign
    lines = [(("limited", str(int(amount) * sign)), ("other", str(-int(amount) * sign))) for amount in amounts]
    return codes_of(decide(books, [a_journal(*pair, **given) for pair in lines]))


@pytest.mark.parametrize("sign", [1, -1])
def test_a_limit_is_reached_but_not_passed(sign: int) -> None:
    books = with_account("50.00", normal_sign=sign, min_balance="0", max_balance="100")
    assert moves(books, "-50", "-1", "100", "1", "-100") == [
        "posted", "insufficient_funds", "posted", "max_balance_exceeded", "posted",
    ]  # fmt: skip


def test_limits_may_be_negative_or_one_sided() -> None:
    assert moves(with_account("0.00", min_balance="-500"), "-500", "-1", "5000") == [
        "posted",
        "insufficient_funds",
        "posted",
    ]
    assert moves(with_account("0.00", max_balance="-1"), "-2", "1", "1", "-9999") == [
        "posted", "posted", "max_balance_exceeded", "posted",
    ]  # fmt: skip


def test_without_limits_anything_goes() -> None:
    assert moves(with_account("0.00"), "-500", "1000") == ["posted", "posted"]


def test_only_what_is_not_held_is_available() -> None:
    books = with_account("100.00", held="40", min_balance="0", max_balance="120")
    outcome = refused(decide(books, [a_transfer("other", "limited", "61")])[0])
    assert outcome.data == {"account": "limited", "available": "60.00", "min_balance": "0"}
    assert moves(books, "-60", "-1") == ["posted", "insufficient_funds"]
    assert moves(books, "80", "1") == ["posted", "max_balance_exceeded"]


def test_a_refusal_says_what_there_was() -> None:
    books = with_account("100.00", max_balance="120.00")
    outcome = refused(decide(books, [a_transfer("limited", "other", "30")])[0])
    assert outcome.data == {"account": "limited", "balance": "100.00", "max_balance": "120.00"}


def test_what_counts_is_what_the_journal_leaves_behind() -> None:
    books = with_account("10.00", min_balance="0")
    through = a_journal(("limited", "-50"), ("other", "50"), ("limited", "45"), ("other", "-45"))
    assert codes_of(decide(books, [through])) == ["posted"]


def test_an_override_marks_the_balance_until_it_is_back_in_range() -> None:
    books = with_account("10.00", min_balance="0")
    assert moves(books, "-30", override_limits="deposit was returned") == ["posted"]
    assert is_marked(books)
    assert moves(books, "-1", "5", "-5", "1") == ["insufficient_funds", "posted", "insufficient_funds", "posted"]
    assert is_marked(books)
    assert moves(books, "14") == ["posted"]
    assert not is_marked(books)
    assert moves(books, "-1") == ["insufficient_funds"]


def test_the_same_above_the_upper_limit() -> None:
    books = with_account("10.00", max_balance="10")
    assert moves(books, "30", override_limits="agreed by phone") == ["posted"]
    assert moves(books, "1", "-5", "-25") == ["max_balance_exceeded", "posted", "posted"]
    assert not is_marked(books)


def test_an_override_within_the_limits_marks_nothing() -> None:
    books = with_account("10.00", min_balance="0")
    assert moves(books, "-10", override_limits="just in case") == ["posted"]
    assert not is_marked(books)


def test_a_marked_balance_does_not_cross_to_the_other_side() -> None:
    books = with_account("0.00", min_balance="0", max_balance="10")
    assert moves(books, "-5", override_limits="x") == ["posted"]
    assert moves(books, "100") == ["max_balance_exceeded"]
    assert moves(books, "100", override_limits="x") == ["posted"]
    assert moves(books, "-200") == ["insufficient_funds"]


def test_a_movement_that_nets_to_nothing_improves_nothing() -> None:
    books = with_account("0.00", min_balance="0")
    assert moves(books, "-5", override_limits="x") == ["posted"]
    around = a_journal(("limited", "3"), ("limited", "-3"), ("other", "1"), ("other", "-1"))
    assert codes_of(decide(books, [around])) == ["insufficient_funds"]


def test_an_override_is_put_back_when_the_journal_fails_later() -> None:
    books = books_of(a_state("limited", min_balance="0"), a_state("wallet", min_balance="0"), a_state("other"))
    account = books.accounts["limited"]
    account.overridden = True  # as left by an earlier override, the balance in range by now
    journal = a_journal(("limited", "5"), ("wallet", "-5"))
    assert codes_of(decide(books, [journal])) == ["insufficient_funds"]
    assert is_marked(books)
    assert (account.version, account.normal_balance()) == (0, Decimal(0))


def test_a_contra_account_is_measured_on_its_own_side() -> None:
    """Accumulated depreciation is an asset that is normal on the credit side."""
    depreciation = a_state("depreciation", normal_sign=-1, min_balance="0", max_balance="1000")
    books = books_of(depreciation, a_state("expense"))
    drafts = [
        a_transfer("expense", "depreciation", "1000"),
        a_transfer("expense", "depreciation", "1"),
        a_transfer("depreciation", "expense", "1001"),
    ]
    assert codes_of(decide(books, drafts)) == ["posted", "max_balance_exceeded", "insufficient_funds"]
    assert depreciation.normal_balance() == 1000
