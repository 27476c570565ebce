"""Lots in the pure engine: reversals, holds and their captures, and expiry."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest

from journals.drafts import Capture, Draft, Line, LotTerms, reversed_lines
from journals.engine import Books, Posted, decide
from journals.hold_states import HoldSpec, HoldState, placed
from journals.lot_keeping.deciding import LotBook, pin_lots, pins_to_free
from journals.lot_keeping.facts import pin_facts
from journals.lot_keeping.states import LotState, Pin
from ledgerflow.core.clocks import now
from ledgerflow.core.errors import LedgerError
from tests.builders import a_journal
from tests.journals.engine.states import TODAY, a_state, codes_of, posted
from tests.lots.lot_books import (
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
    step = placed(uuid4(), HoldSpec("wallet", Decimal(amount)), wallet.account, now())
    pins = pin_lots(wallet, Decimal(amount), TODAY)
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


def expiry(*parts: tuple[LotState, str], day_number: int = 1, extra: str = "0") -> Draft:
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
