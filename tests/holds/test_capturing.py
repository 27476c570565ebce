"""What a capture is decided on, without a database."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from journals.drafts import Capture, Draft, transfer_lines
from journals.engine import Books, decide, decide_atomic
from journals.hold_states import HoldSpec, HoldState, capturing, placed
from ledgerflow.core.errors import NotFound
from tests.builders import a_transfer
from tests.journals.engine.states import a_state, books_of, codes_of, posted, refused, state_of

pytestmark = pytest.mark.pure

ID = UUID(int=1)


def a_draft(amount: str | None = None, counter: str = "shop", key: str = "k", **given: Any) -> Draft:
    """A capture of so much, or of all that is left."""
    lines = transfer_lines("wallet", counter, Decimal(amount or 1))
    return Draft(key, lines, "hold_capture", capture=Capture(ID, amount is None, **given))


def with_hold(amount: str = "60", **given: Any) -> Books:
    """A wallet of 100.00 with a hold on it, and a shop that is paid by captures."""
    wallet = a_state("wallet", "100.00", normal_sign=-1, min_balance="0")
    hold = placed(ID, HoldSpec("wallet", Decimal(amount)), wallet, datetime(2026, 3, 2, tzinfo=UTC)).hold
    shop = a_state("shop", normal_sign=-1, **given)
    return books_of(wallet, shop, a_state("cash"), a_state("dollars", currency="USD"), holds={ID: hold})


def figures(hold: HoldState) -> str:
    return f"{hold.status}: {hold.captured} captured, {hold.released} released, {hold.remaining} left"


def stands(books: Books) -> str:
    """Balance and held money of the wallet, and what the shop has."""
    wallet, shop = books.accounts["wallet"], books.accounts["shop"]
    return f"{wallet.normal_balance()} with {wallet.held} held, {shop.normal_balance()}"


def test_what_is_not_held_is_not_captured() -> None:
    draft = Draft("k", transfer_lines("wallet", "cash", Decimal(1)), "hold_capture")
    with pytest.raises(NotFound):
        capturing(draft, None)
    assert codes_of(decide(books_of(a_state("wallet"), a_state("shop")), [a_draft("1")])) == ["not_found"]


def test_a_capture_of_the_whole_pays_all_of_it_and_ends_the_hold() -> None:
    books = with_hold()
    outcome = posted(decide(books, [a_draft()])[0])
    assert [(line.account.code, str(line.amount)) for line in outcome.lines] == [
        ("wallet", "60.00"),
        ("shop", "-60.00"),
    ]
    assert [(step.action, str(step.amount)) for step in outcome.hold_steps] == [("captured", "60.00")]
    assert outcome.hold_steps[0].balance == outcome.balances[0]
    assert figures(books.holds[ID]) == "captured: 60.00 captured, 0.00 released, 0.00 left"
    assert stands(books) == "40.00 with 0.00 held, 60.00"


def test_captures_in_one_batch_see_what_those_before_have_left_of_the_hold() -> None:
    books = with_hold()
    drafts = [a_draft("25", key="1"), a_draft("35.01", key="2"), a_draft(key="3"), a_draft("0.01", key="4")]
    outcomes = decide(books, drafts)
    assert codes_of(outcomes) == ["posted", "hold_exceeded", "posted", "hold_not_active"]
    assert refused(outcomes[1]).data == {"hold": str(ID), "remaining": "35.00", "amount": "35.01"}
    assert [figures(posted(outcomes[number]).hold_steps[-1].hold) for number in (0, 2)] == [
        "active: 25.00 captured, 0.00 released, 35.00 left",
        "captured: 60.00 captured, 0.00 released, 0.00 left",
    ]
    assert stands(books) == "40.00 with 0.00 held, 60.00"


def test_a_capture_may_let_go_of_what_it_does_not_take() -> None:
    books = with_hold()
    taken, let_go = posted(decide(books, [a_draft("25", release_remainder=True)])[0]).hold_steps
    assert (taken.action, str(taken.amount), str(taken.balance.held)) == ("captured", "25.00", "35.00")
    assert figures(taken.hold) == "active: 25.00 captured, 0.00 released, 35.00 left"
    assert (let_go.action, str(let_go.amount), str(let_go.balance.held)) == ("released", "35.00", "0.00")
    assert figures(let_go.hold) == "captured: 25.00 captured, 35.00 released, 0.00 left"
    assert (taken.hold.entries, let_go.hold.entries) == (2, 3)
    assert books.holds[ID] == let_go.hold
    assert stands(books) == "75.00 with 0.00 held, 25.00"


@pytest.mark.parametrize("amount", ["60", None], ids=["its amount", "the whole"])
def test_where_nothing_remains_nothing_is_let_go(amount: str | None) -> None:
    books = with_hold()
    steps = posted(decide(books, [a_draft(amount, release_remainder=True)])[0]).hold_steps
    assert [step.action for step in steps] == ["captured"]
    assert books.holds[ID].status == "captured"


def test_a_capture_at_the_limit_takes_the_money_that_was_set_aside() -> None:
    """Also where somebody was permitted to overdraw the account meanwhile."""
    books = with_hold("100")
    chargeback = a_transfer("wallet", "cash", "30", override_limits="a chargeback")
    assert codes_of(decide(books, [chargeback, a_draft("90")])) == ["posted", "posted"]
    assert stands(books) == "-20.00 with 10.00 held, 90.00"
    assert books.accounts["wallet"].overridden


@pytest.mark.parametrize(
    "draft, code, pointer",
    [
        (a_draft("60.01"), "hold_exceeded", "/amount"),
        (a_draft("1.001"), "precision_exceeded", "/amount"),
        (a_draft(counter="nobody"), "unknown_account", "/counter_account"),
        (a_draft(counter="wallet"), "same_account", ""),
        (a_draft(counter="dollars"), "currency_mismatch", ""),
        (a_draft("50.01"), "max_balance_exceeded", ""),
    ],
    ids=["more than is left", "finer than cents", "to nobody", "to itself", "another currency", "a full account"],
)
def test_a_refused_capture_leaves_the_hold_and_what_is_held(draft: Draft, code: str, pointer: str) -> None:
    books = with_hold(max_balance="50")
    before, hold = state_of(books), books.holds[ID]
    outcome = refused(decide(books, [draft])[0])
    assert (outcome.code, outcome.pointer) == (code, pointer)
    assert (state_of(books), books.holds) == (before, {ID: hold})


def test_a_captured_account_that_is_not_there_has_no_place_in_the_request() -> None:
    books = with_hold()
    del books.accounts["wallet"]
    outcome = refused(decide(books, [a_draft()])[0])
    assert (outcome.code, outcome.pointer) == ("unknown_account", "")


def test_a_batch_that_is_refused_leaves_the_hold_as_it_was() -> None:
    books = with_hold()
    before, hold = state_of(books), books.holds[ID]
    assert codes_of(decide_atomic(books, [a_draft("25", key="1"), a_draft("36", key="2")])) == [
        "batch_refused",
        "hold_exceeded",
    ]
    assert (state_of(books), books.holds) == (before, {ID: hold})


def test_the_same_capture_again_is_answered_though_nothing_is_left() -> None:
    books = with_hold()
    assert codes_of(decide(books, [a_draft(), a_draft()])) == ["posted", "replayed"]
    assert stands(books) == "40.00 with 0.00 held, 60.00"
