"""Lots that are over, in the night: what moves, what stays, what is refused, and that it runs again."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.changing import close_account, freeze_account
from journals.drafts import Draft
from journals.events import read_fact
from journals.holds.use_cases import release_hold
from journals.lots import expiring
from journals.lots.expiring import BEFORE_ALL, DueLot, due_lots, expire_lots, expiry_draft, next_size
from journals.lots.models import Lot
from journals.models import Journal
from journals.posting import post, post_many
from journals.proof.ledger import verify_books
from journals.reversal import reverse_journal
from ledgerflow.books.entities import advance_business_date
from ledgerflow.books.models import Entity, Event
from tests.builders import an_account
from tests.lots.granting import a_wallet, credit_books, day, grant, left, sale, spend
from tests.lots.test_lots import balances, hold

pytestmark = pytest.mark.every_server


@pytest.fixture
def books() -> Entity:
    return credit_books()


def night(entity: Entity, number: int = 1) -> dict[str, Any]:
    """A new day of the books, and its job."""
    advance_business_date(entity, day(number), actor="test")
    return expire_lots(entity.id, day(number), "test")


def test_lots_expire_but_for_what_is_pinned(books: Entity, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expiring, "MOST", 3)
    monkeypatch.setattr(expiring, "FEWEST", 3)
    post_many(books.id, [sale("10", "1.00", expires_on=0), grant("5", expires_on=1), grant("7", "other", expires_on=0)])
    held = hold(books, "4")
    post_many(books.id, [grant("1", expires_on=0) for _ in range(5)])
    assert night(books) == {"lots_expired": 7}
    assert (left(books), left(books, "other")) == ("4(4) 5 0 0 0 0 0", "0")
    assert balances(books, "wallet", "expired", "deferred", "breakage", "income") == "9 18 0.40 0.60 0.00"
    assert expire_lots(books.id, day(1), "test") == {"lots_expired": 0}
    release_hold(books.id, held, key="free", actor="test")
    assert night(books, 2) == {"lots_expired": 2}
    assert balances(books, "wallet", "expired", "deferred", "breakage") == "0 27 0.00 1.00"
    assert Journal.objects.filter(entity=books, kind="lot_expiry").count() == 4
    assert verify_books(books.id) == []


def test_a_run_that_was_killed_goes_on_where_it_was(books: Entity, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expiring, "MOST", 2)
    monkeypatch.setattr(expiring, "FEWEST", 2)
    a_wallet(books, "third", min_balance="-10")
    post_many(books.id, [sale("3", "0.01", code, expires_on=0) for code in ("third", "wallet", "third")])
    advance_business_date(books, day(1), actor="test")
    post(books.id, spend("4", account="third"))  # its lots are over, so this is owed
    made: list[Draft] = []

    def killed(*given: Any) -> Draft:
        if made:
            raise KeyboardInterrupt
        made.append(expiry_draft(*given))
        return made[0]

    with monkeypatch.context() as killing:
        killing.setattr(expiring, "expiry_draft", killed)
        with pytest.raises(KeyboardInterrupt):
            expire_lots(books.id, day(1), "test")
    assert Lot.objects.filter(entity=books, is_open=True).count() == 1
    assert expire_lots(books.id, day(1), "test") == {"lots_expired": 1}
    assert expire_lots(books.id, day(1), "test") == {"lots_expired": 0}
    assert balances(books, "third", "wallet", "expired", "deferred", "breakage") == "4 0 9 0.00 0.03"
    assert verify_books(books.id) == []


@pytest.mark.parametrize(
    "size, seconds, found",
    [(100, 0.01, 200), (200, 0.01, 250), (200, 0.05, 200), (250, 0.1, 125), (250, 1, 100), (1, 0, 2), (250, -1, 250)],
)
def test_journals_are_as_large_as_the_books_may_be_locked_for(size: int, seconds: float, found: int) -> None:
    assert next_size(size, seconds) == found


def test_an_expiry_is_reversed_as_any_journal_and_expires_once_more(books: Entity) -> None:
    post(books.id, grant("5", expires_on=0))
    night(books)
    expired = Journal.objects.get(entity=books, kind="lot_expiry")
    reverse_journal(books.id, expired.id, key="back", actor="test")
    assert left(books) == "5"
    assert expire_lots(books.id, day(1), "test") == {"lots_expired": 1}
    assert (left(books), verify_books(books.id)) == ("0", [])


def test_what_moved_meanwhile_is_read_anew(books: Entity, monkeypatch: pytest.MonkeyPatch) -> None:
    post(books.id, grant("5", expires_on=0))
    advance_business_date(books, day(1), actor="test")
    made: list[Draft] = []

    def spent_before(due: list[DueLot], *given: Any) -> Draft:
        draft = expiry_draft(due, *given)
        if not made:
            post(books.id, spend("2", effective_date=day(0)))
        made.append(draft)
        return draft

    monkeypatch.setattr(expiring, "expiry_draft", spent_before)
    assert expire_lots(books.id, day(1), "test") == {"lots_expired": 1}
    assert (len(made), left(books), balances(books, "expired")) == (2, "0", "3")
    monkeypatch.setattr(expiring, "MOST_TRIES", 0)
    post(books.id, grant("5", expires_on=1))
    made.clear()
    advance_business_date(books, day(2), actor="test")
    monkeypatch.setattr(expiring, "expiry_draft", lambda due, *given: expiry_draft([due[0]._replace(amount=due[0].amount + 1)], *given))  # fmt: skip
    assert [one["code"] for one in expire_lots(books.id, day(2), "test")["refused"]] == ["lots_moved"]
    assert verify_books(books.id) == []


def test_a_lot_that_cannot_be_moved_keeps_no_other_back(books: Entity) -> None:
    an_account(books, "gone", "equity", currency="CREDIT")
    a_wallet(books, "third")
    stuck = grant("5", "other", expires_on=day(0), expiry_account="gone")
    post_many(books.id, [grant("5", expires_on=0), stuck, grant("5", "third", expires_on=0)])
    close_account(books.id, "gone", actor="test")
    freeze_account(books.id, "third", outflow=True, inflow=True, actor="test")
    found = night(books)
    assert found["lots_expired"] == 2
    assert [(one["account"], one["code"]) for one in found["refused"]] == [("other", "account_closed")]
    assert [left(books, code) for code in ("wallet", "other", "third")] == ["0", "5", "0"]
    assert due_lots(books.id, day(1), BEFORE_ALL, 9)[0].account == "other"
    event = Event.objects.filter(entity=books, type="journal.posted").latest("sequence")
    fact = read_fact(event.data)
    assert (fact.kind, fact.key_issuer, [move.action for move in fact.lots or ()]) == (
        "lot_expiry",
        "lots",
        ["expired"],
    )
