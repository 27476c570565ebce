"""Lots in the pure engine: what flows in and out of them, in which order, and what is refused."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest

from accounts.errors import AccountClosed
from journals.drafts import Capture, Draft, Line, LotTerms, content_of, reversed_lines
from journals.engine import Books, Posted, decide, decide_atomic, rehearse
from journals.events import journal_fact, read_fact
from journals.hold_states import HoldSpec, HoldState, placed
from journals.lot_keeping.deciding import LotBook, pin_lots, pins_to_free
from journals.lot_keeping.facts import pin_facts
from journals.lot_keeping.states import Lot, Pin, Wallet, cost_share
from ledgerflow.core.clocks import now
from ledgerflow.core.errors import LedgerError
from tests.builders import a_journal
from tests.journals.engine.states import TODAY, a_state, codes_of, outcome_of, posted
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
    moves_of,
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

    def rest() -> list[Lot]:
        asked.append(1)
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
    before = wallet.save()
    assert codes_of(decide(books, [grant("1"), spend("9"), spend("4")])) == ["posted", "posted", "posted"]
    assert (asked, left(books)) == ([1], "0 0 0 0 0")
    before()
    assert wallet.frontier is not None


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
        1, "1.50", 2, ("app:ai",), "income")  # fmt: skip
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


# --- Reversals ---


def reversal(books: Books, found: Posted, **given: Any) -> Draft:
    """The reversal of what was posted just now."""
    journal = uuid4()
    assert books.lots is not None
    books.lots.earlier[journal] = moves_of(found)
    lines = reversed_lines([Line(line.account.code, line.amount) for line in found.lines])
    return a_journal(*lines, kind="reversal", reverses=journal, **given)


def test_a_reversed_spend_returns_to_its_own_lots_even_if_they_are_over() -> None:
    books = lot_books(a_lot("10", expires_on=0, cost="1.00"), a_lot("10", arrival=2, valid_from=day(-5)))
    spent = posted(outcome(books, spend("15")))
    assert left(books) == "0 5"
    assert done(books, reversal(books, spent, effective_date=day(0))) == "returned 5 of 2, returned 10 of 1"
    assert [str(lot.cost_left) for lot in lots_of(books)] == ["1.00", "0"]
    assert str(books.accounts["income"].normal_balance()) == "0.00"
    assert done(books, spend("20")) == "spent 10 of 1, spent 10 of 2"


def test_a_reversed_grant_takes_what_is_unspent() -> None:
    books = lot_books()
    granted = posted(outcome(books, grant("10")))
    assert done(books, reversal(books, granted)) == "reversed 10 of 1"
    granted = posted(outcome(books, grant("10")))
    outcome(books, grant("2"))
    assert done(books, spend("4")) == "spent 4 of 2"
    assert done(books, reversal(books, granted)) == "credits_spent 6"
    assert left(books) == "0 6 2"
    assert done(books, reversal(books, granted, override_limits="told to")) == "reversed 6 of 2"
    assert left(books) == "0 0 2 owed 4"
    assert done(books, grant("9")) == "granted 9 of 4, spent 4 of 4"


def test_cost_comes_back_when_a_sale_is_taken_back_that_was_spent_in_part() -> None:
    books = lot_books()
    sale = a_journal(("issued", "10"), ("wallet", "-10"), ("bank", "1"), ("deferred", "-1"), lots=at_cost("1"))
    sold = posted(outcome(books, sale))
    spent = posted(outcome(books, spend("4")))
    taken = posted(outcome(books, reversal(books, sold, override_limits="chargeback")))
    assert [f"{line.account.code} {line.amount}" for line in taken.lines[4:]] == ["income 0.40", "deferred -0.40"]
    money = ("deferred", "income", "bank")
    assert [str(books.accounts[code].normal_balance()) for code in money] == ["0.00", "0.00", "0.00"]
    assert done(books, reversal(books, spent)) == "returned 4 of 1, spent 4 of 1"
    assert [str(books.accounts[code].normal_balance()) for code in money] == ["0.00", "0.00", "0.00"]
    outcome(books, a_journal(*sale.lines, lots=sale.lots))
    whole = posted(outcome(books, spend("10")))
    assert len(whole.lines) == 4
    assert [str(books.accounts[code].normal_balance()) for code in money] == ["0.00", "1.00", "1.00"]


def test_a_reversal_of_all_that_was_spent_takes_nothing_back() -> None:
    books = lot_books()
    granted = posted(outcome(books, grant("10")))
    outcome(books, spend("10"))
    assert done(books, reversal(books, granted, override_limits="told to")) == ""
    assert left(books) == "0 owed 10"


def test_a_reversed_spend_beyond_the_lots_pays_what_is_owed_or_is_a_new_lot() -> None:
    books = lot_books(a_lot("10"), min_balance="-50")
    first = posted(outcome(books, spend("30")))
    assert done(books, reversal(books, first)) == "returned 10 of 1"
    second = posted(outcome(books, spend("30")))
    third = posted(outcome(books, spend("5")))
    assert left(books) == "0 owed 25"
    assert done(books, reversal(books, second)) == "returned 10 of 1, spent 5 of 1"
    assert left(books) == "5"
    assert done(books, reversal(books, third)) == "granted 5 of 2"


def test_a_journal_that_granted_and_spent_is_undone_last_first() -> None:
    books = lot_books(a_lot("3"))
    both = posted(outcome(books, a_journal(("issued", "15"), ("wallet", "-20"), ("wallet", "5"))))
    assert left(books) == "0 18"
    assert done(books, reversal(books, both)) == "returned 2 of 2, returned 3 of 1, reversed 20 of 2"


def test_a_reversal_undoes_lots_of_its_own_accounts_alone() -> None:
    books = lot_books(a_lot("10"))
    spent = posted(outcome(books, spend("4")))
    back = reversal(books, spent)
    stranger = msgspec.structs.replace(back, lines=(Line("other", Decimal(-4)), back.lines[1]))
    assert done(books, stranger) == "granted 4 of 1"


# --- Holds ---


def hold(books: Books, amount: str) -> HoldState:
    """A hold placed as the use case does it."""
    assert books.lots is not None
    wallet = books.lots.wallets["wallet"]
    pins = pin_lots(wallet, Decimal(amount), TODAY)
    step = placed(uuid4(), HoldSpec("wallet", Decimal(amount)), wallet.account, now())
    books.lots.pins[step.hold.id] = list(pins)
    books.holds[step.hold.id] = step.hold
    balances_hold(books)
    return step.hold


def capture(held: HoldState, amount: str, *, releases: bool = False) -> Draft:
    draft = a_journal(("wallet", amount), ("used", f"-{amount}"))
    return msgspec.structs.replace(draft, kind="hold_capture", capture=Capture(held.id, release_remainder=releases))


def test_a_hold_pins_its_lots_and_its_capture_takes_them() -> None:
    books = lot_books(a_lot("10", expires_on=3), a_lot("10", arrival=2))
    held = hold(books, "12")
    assert books.lots is not None
    assert done(books, spend("9")) == "insufficient_funds 8"
    assert done(books, capture(held, "5")) == "spent 5 of 1"
    assert left(books) == "5 10"
    found = posted(outcome(books, capture(held, "6", releases=True)))
    assert [[str(pin.amount) for pin in step.pins] for step in found.hold_steps] == [["5", "1"], ["1"]]
    assert pin_facts(found.hold_steps[1].pins) == pin_facts([Pin(found.hold_steps[1].pins[0].lot, Decimal(1))])
    assert (left(books), str(books.lots.wallets["wallet"].pinned)) == ("0 9", "0")
    assert done(books, spend("9")) == "spent 9 of 2"


def test_a_hold_beyond_the_lots_is_captured_all_the_same() -> None:
    books = lot_books(a_lot("10"), min_balance="-5")
    held = hold(books, "14")
    assert done(books, spend("2")) == "insufficient_funds -4"
    with pytest.raises(LedgerError, match="wallet has -4 available"):
        hold(books, "2")
    assert done(books, capture(held, "14")) == "spent 10 of 1"
    assert left(books) == "0 owed 4"
    assert pins_to_free([Pin(UUID(int=1), Decimal(3)), Pin(UUID(int=2), Decimal(4))], Decimal(9), Decimal(5)) == (
        Pin(UUID(int=2), Decimal(3)),
    )
    assert pins_to_free([Pin(UUID(int=1), Decimal(3))], Decimal(3), Decimal(3)) == (Pin(UUID(int=1), Decimal(3)),)


# --- Expiry ---


def expiry(*parts: tuple[Lot, str], day_number: int = 1, extra: str = "0") -> Draft:
    total = sum((Decimal(amount) for _, amount in parts), Decimal(extra))
    draft = a_journal(
        ("wallet", str(total)), ("expired", f"-{total}"), lots=LotTerms(expiring=tuple(lot.id for lot, _ in parts))
    )
    return msgspec.structs.replace(draft, kind="lot_expiry", effective_date=day(day_number), advance_business_date=True)


def test_lots_that_are_over_expire_but_for_what_is_pinned() -> None:
    lots = [a_lot("10", expires_on=0, cost="2.00"), a_lot("10", arrival=2, expires_on=0, pinned=Decimal(4))]
    books = lot_books(*lots, a_lot("10", arrival=3, expires_on=1))
    found = posted(outcome(books, expiry((lots[0], "10"), (lots[1], "6"))))
    assert [f"{line.account.code} {line.amount}" for line in found.lines[2:]] == ["deferred 2.00", "breakage -2.00"]
    assert left(books) == "0 4 10"
    assert done(books, reversal(books, found)) == "returned 6 of 2, returned 10 of 1"


def test_an_expiry_is_refused_where_the_lots_have_moved() -> None:
    lots = [a_lot("10", expires_on=0), a_lot("10", arrival=2, expires_on=1), a_lot("5", arrival=3)]
    books = lot_books(*lots)
    wrong = [((lots[0], "10"), (lots[1], "10")), ((lots[2], "5"),), ((a_lot("1"), "1"),)]
    assert [done(books, expiry(*parts)) for parts in wrong] == ["lots_moved"] * 3
    assert done(books, expiry((lots[0], "10"), extra="1")) == "lots_moved"
    assert left(books) == "10 10 5"


def test_books_without_lots_have_no_part_in_it() -> None:
    books = lot_books()
    books.lots = LotBook({}, books.accounts)
    books.accounts["wallet"] = a_state("wallet", "5", normal_sign=-1, currency="CREDIT", minor_units=0)
    assert codes_of(decide(books, [spend("5")])) == ["posted"]
