"""Opening balances: dated before the first day, against opening equity, which must end at zero."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from accounts.errors import AccountExists
from accounts.models import Account
from journals.days.closing.frozen import look_at_next_day
from journals.days.closing.running import close_day
from journals.days.errors import OpeningEquityOpen
from journals.models import Journal
from journals.openings import opening_equity_left, post_opening_balances
from ledgerflow.books.models import Entity
from tests.builders import TODAY, a_transfer, an_account, an_entity, balance_of, posted


def opened(entity: Entity, *balances: tuple[str, str], **given: Any) -> list[str]:
    """What became of each: its status, or the code of its refusal."""
    pairs = [(code, Decimal(amount)) for code, amount in balances]
    answers = post_opening_balances(entity.id, pairs, actor="test", **given)
    return [answer.refusal.code if answer.refusal else answer.status for answer in answers]


def close_the_first_day(entity: Entity) -> None:
    close_day(entity.id, TODAY, actor="test")


@pytest.fixture
def books() -> Entity:
    entity = an_entity()
    an_account(entity, "Bank")
    an_account(entity, "Loan", "liability")
    an_account(entity, "Capital", "equity")
    an_account(entity, "Dollars", currency="USD")
    return entity


def test_amounts_are_on_the_normal_side_and_dated_the_day_before_the_first(books: Entity) -> None:
    assert opened(books, ("Bank", "700"), ("Loan", "500"), ("Capital", "200")) == ["posted"] * 3
    assert [balance_of(books, code) for code in ("Bank", "Loan", "Capital")] == [700, 500, 200]
    journals = Journal.objects.filter(entity=books)
    assert {(one.kind, one.effective_date) for one in journals} == {("opening", TODAY - timedelta(days=1))}
    assert opening_equity_left(books.id) == {"EUR": "0.00"}


def test_an_overdrawn_account_opens_negative(books: Entity) -> None:
    assert opened(books, ("Bank", "-12.34")) == ["posted"]
    assert balance_of(books, "Bank") == Decimal("-12.34")
    assert opening_equity_left(books.id) == {"EUR": "-12.34"}


def test_each_currency_has_its_own_opening_equity(books: Entity) -> None:
    opened(books, ("Bank", "1"), ("Dollars", "2"))
    equity = Account.objects.filter(entity=books, role="opening_equity").values_list("code", "type", "currency")
    assert set(equity) == {("OPENING-EQUITY-EUR", "equity", "EUR"), ("OPENING-EQUITY-USD", "equity", "USD")}
    assert opening_equity_left(books.id) == {"EUR": "1.00", "USD": "2.00"}


def test_an_account_that_has_the_role_already_is_used(books: Entity) -> None:
    an_account(books, "3999", "equity", role="opening_equity")
    opened(books, ("Bank", "10"))
    assert balance_of(books, "3999") == 10
    assert not Account.objects.filter(entity=books, code="OPENING-EQUITY-EUR").exists()


def test_a_code_that_is_taken_by_something_else_is_said_so(books: Entity) -> None:
    an_account(books, "OPENING-EQUITY-EUR", "equity")
    with pytest.raises(AccountExists):
        opened(books, ("Bank", "10"))


def test_again_is_a_replay_and_another_amount_is_refused(books: Entity) -> None:
    opened(books, ("Bank", "10"))
    assert opened(books, ("Bank", "10.00"), ("Loan", "10")) == ["replayed", "posted"]
    assert opened(books, ("Bank", "11")) == ["idempotency_key_reused"]
    assert balance_of(books, "Bank") == 10
    assert opened(books, ("Bank", "1"), key_prefix="second:") == ["posted"]


def test_what_cannot_be_opened_is_refused_and_leaves_its_neighbours_alone(books: Entity) -> None:
    an_account(books, "Head", is_header=True)
    an_account(books, "Wallet", min_balance="0")
    results = opened(
        books, ("Bank", "1"), ("Nowhere", "1"), ("Loan", "0"), ("Head", "1"), ("Capital", "0.001"), ("nul\x00", "1"),
        ("Wallet", "-1"), ("OPENING-EQUITY-EUR", "1"),
    )  # fmt: skip
    assert results == [
        "posted", "unknown_account", "malformed", "header_account", "precision_exceeded", "unknown_account",
        "insufficient_funds", "unknown_account",
    ]  # fmt: skip
    assert opened(books, ("OPENING-EQUITY-EUR", "1")) == ["same_account"]


def test_a_refusal_points_at_the_balance_that_was_asked_for(books: Entity) -> None:
    an_account(books, "Wallet", min_balance="0")
    pairs = [("Bank", Decimal(1)), ("Capital", Decimal("0.001")), ("Wallet", Decimal(-1)), ("None", Decimal(1))]
    answers = post_opening_balances(books.id, pairs, actor="test")
    pointers = [answer.refusal.pointer for answer in answers if answer.refusal]
    assert pointers == ["/amount", "", "/account"]


@pytest.mark.parametrize(
    "wrong, refusal",
    [(("Capital", "0.001"), "precision_exceeded"), (("Nowhere", "1"), "unknown_account"), (("Loan", "0"), "malformed")],
)
def test_all_or_nothing(books: Entity, wrong: tuple[str, str], refusal: str) -> None:
    assert opened(books, ("Bank", "1"), wrong, atomic=True) == ["batch_refused", refusal]
    assert not Journal.objects.filter(entity=books).exists()
    assert opened(books, ("Bank", "1"), ("Capital", "1"), atomic=True) == ["posted", "posted"]


def test_no_day_closes_while_opening_equity_is_not_zero(books: Entity) -> None:
    opened(books, ("Bank", "700"))
    in_turn = look_at_next_day(books)
    assert in_turn.checked.findings["opening_equity_not_zero"] == [
        "Opening balances in EUR do not add up: 700.00 is left on OPENING-EQUITY-EUR."
    ]
    assert in_turn.checked.blocking == ["opening_equity_not_zero"]
    with pytest.raises(OpeningEquityOpen):
        close_the_first_day(books)
    posted(books, a_transfer("OPENING-EQUITY-EUR", "Capital", "700"))
    close_the_first_day(books)
    assert opened(books, ("Loan", "1")) == ["day_closed"]
