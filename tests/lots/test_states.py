"""Lots in the pure engine: what flows in and out of them, in which order, and what is refused."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest

from accounts.errors import AccountClosed
from accounts.specs import AccountSpec, NewAccount
from journals.drafts import Line, content_of
from journals.engine import Posted, decide, decide_atomic, rehearse
from journals.events import journal_fact, read_fact
from journals.lot_keeping.states import LotState, Wallet, cost_share
from tests.builders import a_journal
from tests.journals.engine.states import a_state, codes_of, outcome_of, posted
from tests.lots.lot_books import (
    COST,
    a_lot,
    at_cost,
    balances_hold,
    day,
    done,
    grant,
    left,
    lot_books,
    lots_of,
    outcome,
    spend,
)

pytestmark = pytest.mark.pure


# --- In and out ---


def test_an_inflow_is_a_lot_and_an_outflow_takes_lots_in_order() -> None:
    books = lot_books()
    drafts = [
        grant("10"),
        grant("20", expires_on=day(5), expiry_account="expired"),
        grant("30", expires_on=day(5), expiry_account="expired", paid=True),
        grant("40", priority=1, expires_on=day(1), expiry_account="expired"),
        spend("55"),
    ]
    *_, spent = (outcome(books, draft) for draft in drafts)
    assert [f"{move.amount} of {move.lot.arrival}" for move in posted(spent).lot_moves] == [
        "20 of 2",
        "30 of 3",
        "5 of 1",
    ]
    assert left(books) == "5 0 0 40"
    assert done(books, spend("45")) == "spent 5 of 1, spent 40 of 4"
    assert done(books, spend("1")) == "insufficient_funds 0"


@pytest.mark.parametrize(
    "first, second",
    [
        ({"priority": 1, "arrival": 2}, {"priority": 2, "expires_on": 1}),
        ({"expires_on": 9, "arrival": 2, "paid": True}, {}),
        ({"arrival": 2}, {"paid": True, "valid_from": day(-9)}),
        ({"valid_from": day(-1), "arrival": 2}, {}),
        ({}, {"arrival": 2}),
    ],
    ids=["priority", "earliest expiry, never comes last", "gifts first", "valid for longer", "order of arrival"],
)
def test_the_order_of_spending(first: dict[str, Any], second: dict[str, Any]) -> None:
    books = lot_books(a_lot("5", **second), a_lot("5", **first))
    assert done(books, spend("3")) == f"spent 3 of {first.get('arrival', 1)}"


@pytest.mark.parametrize(
    "lot, purpose, said",
    [
        ({"expires_on": 0}, (), "spent 5 of 2"),
        ({"expires_on": -1}, (), "insufficient_funds 3"),
        ({"valid_from": day(1)}, (), "insufficient_funds 3"),
        ({"usable_for": ("app:ai", "operation:IMAGE")}, (), "insufficient_funds 3"),
        ({"usable_for": ("app:ai", "operation:IMAGE")}, ("app:shop",), "insufficient_funds 3"),
        (
            {"usable_for": ("app:ai", "operation:IMAGE"), "expires_on": 1},
            ("app:shop", "operation:IMAGE"),
            "spent 5 of 2",
        ),
    ],
    ids=["its last day", "over", "not valid yet", "for no purpose", "for another", "for one of its words"],
)
def test_what_can_be_spent_on_a_day_for_a_purpose(lot: dict[str, Any], purpose: tuple[str, ...], said: str) -> None:
    books = lot_books(a_lot("3"), a_lot("5", arrival=2, **lot))
    assert done(books, spend("5", *purpose)) == said
    assert left(books) == ("3 0" if said.startswith("spent") else "3 5")


def test_a_draft_for_the_day_before_spends_what_was_not_over_then() -> None:
    books = lot_books(a_lot("5", expires_on=-1))
    assert done(books, spend("5")) == "insufficient_funds 0"
    assert done(books, spend("5", effective_date=day(-1))) == "insufficient_funds 0"  # not valid before today
    books = lot_books(a_lot("5", expires_on=-1, valid_from=day(-3)))
    assert done(books, spend("5", effective_date=day(-1))) == "spent 5 of 1"


def test_what_is_owed_is_filled_first() -> None:
    books = lot_books(a_lot("10"), min_balance="-50")
    assert done(books, spend("30")) == "spent 10 of 1"
    assert left(books) == "0 owed 20"
    assert done(books, spend("31")) == "insufficient_funds -20"
    assert done(books, grant("5")) == "granted 5 of 2, spent 5 of 2"
    assert done(books, grant("20", usable_for=("app:ai",))) == "granted 20 of 3, spent 15 of 3"
    assert left(books) == "0 0 5"
    # What is restricted does not count for others, who may overdraw as far as the limit allows.
    assert done(books, spend("51")) == "insufficient_funds 0"
    assert done(books, spend("50")) == ""
    assert left(books) == "0 0 5 owed 50"
    assert done(books, spend("7", override_limits="told to")) == ""
    assert done(lot_books(min_balance=None), spend("1000")) == ""


def test_a_lower_limit_above_zero_is_kept() -> None:
    books = lot_books(a_lot("10"), min_balance="4")
    assert done(books, spend("7")) == "insufficient_funds 10"
    assert done(books, spend("6")) == "spent 6 of 1"


def test_grant_and_spend_in_one_journal_and_between_wallets() -> None:
    books = lot_books()
    lines = (("issued", "30"), ("wallet", "-30"), ("wallet", "12"), ("other", "-7"), ("used", "-5"))
    assert done(books, a_journal(*lines)) == "granted 30 of 1, spent 12 of 1, granted 7 of 1"
    assert (left(books), left(books, "other")) == ("18", "7")
    assert done(
        books, a_journal(("wallet", "18"), ("issued", "-5"), ("wallet", "-5"), ("wallet", "2"), ("used", "-10"))
    ) == ("spent 18 of 1, granted 5 of 2, spent 2 of 2")


def test_a_refused_draft_leaves_the_lots_as_they_were() -> None:
    books = lot_books(a_lot("10"), max_balance="12")
    assert books.lots is not None
    drafts = [spend("4"), grant("7"), spend("99"), spend("1")]
    assert codes_of(rehearse(books, drafts, atomic=False)) == [
        "posted",
        "max_balance_exceeded",
        "insufficient_funds",
        "posted",
    ]
    assert left(books) == "10"
    assert codes_of(decide_atomic(books, drafts)) == [
        "batch_refused",
        "max_balance_exceeded",
        "insufficient_funds",
        "batch_refused",
    ]
    assert left(books) == "10"
    assert codes_of(decide(books, drafts)) == ["posted", "max_balance_exceeded", "insufficient_funds", "posted"]
    assert left(books) == "5"
    balances_hold(books)
    assert done(books, a_journal(("bank", "1"), ("income", "-1"))) == ""
    refused = spend("5").lines
    assert (
        done(books, a_journal(Line("wallet", refused[0].amount, expected_version=99), refused[1])) == "version_mismatch"
    )
    assert left(books) == "5"


def test_others_are_loaded_when_the_first_lots_do_not_do() -> None:
    lots = [a_lot("5", arrival=number, priority=number) for number in range(1, 5)]
    books = lot_books(*lots)
    asked: list[int] = []

    def rest() -> list[LotState]:
        asked.append(1)
        books.accounts["later"] = a_state("later")
        return lots

    assert books.lots is not None
    books.lots.wallets["wallet"] = Wallet(
        books.accounts["wallet"],
        lots[:2],
        total=Decimal(20),
        arrivals=4,
        frontier=lots[1].order(),
        rest=rest,
    )
    wallet = books.lots.wallets["wallet"]
    (found,) = decide(books, [spend("8")])
    assert isinstance(found, Posted)
    assert not asked
    assert codes_of(rehearse(books, [spend("9")], atomic=False)) == ["posted"]
    assert (asked, wallet.frontier is None, "later" in books.accounts) == ([1], False, False)
    assert codes_of(decide(books, [grant("1"), spend("9"), spend("4")])) == ["posted", "posted", "posted"]
    assert (asked, left(books), "later" in books.accounts) == ([1, 1], "0 0 0 0 0", True)
    wallet.know(a_lot("5", "0", arrival=9))
    assert len(lots_of(books)) == 6


# --- Cost ---


def test_no_cent_is_lost_over_the_life_of_a_lot() -> None:
    terms: dict[str, Any] = {"cost": Decimal(10), **COST, "expires_on": day(0), "expiry_account": "expired"}
    books = lot_books()
    assert done(books, grant("3", **terms)) == "granted 3 of 1"
    found = posted(outcome(books, msgspec.structs.replace(spend("1"), lines=(
        Line("wallet", Decimal(1), dimensions=None), Line("used", Decimal(-1))))))  # fmt: skip
    assert [f"{line.account.code} {line.amount}" for line in found.lines[2:]] == ["deferred 3.33", "income -3.33"]
    outcome(books, spend("1"))
    assert [(str(lot.cost_left), lot.entries) for lot in lots_of(books)] == [("3.33", 3)]
    outcome(books, spend("1"))
    assert str(books.accounts["income"].credits) == "10.00"
    fact = read_fact(journal_fact(found, UUID(int=1), 7))
    assert fact.lots is not None
    assert (fact.lots[0].cost, fact.lots[0].cost_left, fact.lots[0].grant) == ("3.33", "6.67", None)


def test_a_share_is_rounded_half_to_even_and_too_small_a_one_moves_nothing() -> None:
    assert [str(cost_share(Decimal(cost), Decimal(1), Decimal(of))) for cost, of in
            [("0.05", 2), ("0.15", 2), ("0.10", 3), ("0.20", 3), ("0.01", 100), ("7", 1), ("0", 9)]] == [
        "0.02", "0.08", "0.03", "0.07", "0.00", "7", "0"]  # fmt: skip
    books = lot_books(a_lot("100", cost="0.01"))
    assert len(posted(outcome(books, spend("1"))).lines) == 2


def test_the_terms_of_a_grant_are_told_and_count_for_the_fingerprint() -> None:
    books = lot_books()
    draft = grant("5", usable_for=("app:ai",), cost=Decimal("1.5"), **COST)
    fact = read_fact(journal_fact(posted(outcome(books, draft)), UUID(int=1), 1))
    assert fact.lots is not None
    (move,) = fact.lots
    assert move.grant is not None
    assert (move.number, move.cost, move.grant.line, move.grant.usable_for, move.grant.income_account) == (
        1, "1.50", 2, ["app:ai"], "income")  # fmt: skip
    same = msgspec.structs.replace(draft, lots=at_cost("1.50", usable_for=("app:ai",)))
    assert content_of(same) == content_of(draft) != content_of(msgspec.structs.replace(draft, lots=None))


@pytest.mark.parametrize(
    "terms, code",
    [
        ({"expires_on": day(1), "expiry_account": "nowhere"}, "unknown_account"),
        ({"expires_on": day(1), "expiry_account": "income"}, "currency_mismatch"),
        ({"expires_on": day(1), "expiry_account": "other"}, "lot_account_refused"),
        ({"expires_on": day(1)}, "malformed"),
        ({"expires_on": day(1), "valid_from": day(2), "expiry_account": "expired"}, "malformed"),
        ({"expires_on": day(-1), "expiry_account": "expired"}, "malformed"),
        ({"priority": -1}, "malformed"),
        ({"usable_for": ("",)}, "malformed"),
        ({"cost": Decimal(1)}, "malformed"),
        ({"cost": Decimal("NaN"), **COST}, "malformed"),
        ({"cost": Decimal("0.001"), **COST}, "precision_exceeded"),
        ({"cost": Decimal(1), **COST, "cost_currency": "USD"}, "currency_mismatch"),
    ],
)  # fmt: skip
def test_terms_that_are_refused(terms: dict[str, Any], code: str) -> None:
    books = lot_books()
    assert outcome_of(books, grant("5", **terms)) == code
    assert left(books) == ""


def test_a_cost_is_of_one_lot_and_its_accounts_are_open() -> None:
    books = lot_books(a_lot("5", cost="1.00"))
    two = a_journal(("issued", "5"), ("wallet", "-2"), ("other", "-3"), lots=at_cost("1"))
    assert done(books, two) == "malformed"
    books.accounts["income"] = a_state("income", normal_sign=-1, closed=True)
    found = outcome(books, spend("5"))
    assert isinstance(found, AccountClosed)
    assert left(books) == "5"


def test_added_lines_count_too() -> None:
    books = lot_books(a_lot("999", cost="9.99"))
    lines = [Line("wallet", Decimal(1)) for _ in range(998)]
    assert done(books, a_journal(*lines, ("used", "-998"))) == "malformed"


def test_an_account_that_opens_with_its_journal_keeps_lots_at_once() -> None:
    """Refused with the first it is not there, and the next one opens it anew."""
    books = lot_books()
    spec = AccountSpec(
        code="new", name="New", type="liability", currency="CREDIT", min_balance=Decimal(0), keeps_lots=True
    )
    books.openable[spec] = NewAccount(uuid4(), spec, spec.complete(), None, 0)
    over, first, second = (
        msgspec.structs.replace(grant(amount, "new", expires_on=day(last), expiry_account="expired"), opens=(spec,))
        for amount, last in (("1", -1), ("7", 3), ("2", 4))
    )
    assert done(books, over) == "malformed"
    assert "new" not in books.accounts
    assert [done(books, first), done(books, second)] == ["granted 7 of 1", "granted 2 of 2"]
    assert done(books, spend("8", account="new")) == "spent 7 of 1, spent 1 of 2"
    rehearse(books, [grant("1", "new")], atomic=False)
    assert left(books, "new") == "0 1"
