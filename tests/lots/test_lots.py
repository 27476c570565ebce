"""Lots through the real posting use case: rows, events, batches, reversals, holds."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

import msgspec
import pytest

from accounts.changing import change_account
from accounts.errors import AccountDiffers, LotsFixed, LotsOfHeader
from accounts.specs import AccountSpec
from journals.errors import CreditsSpent, InsufficientFunds
from journals.hold_states import HoldSpec
from journals.holds.models import Hold
from journals.holds.use_cases import capture_hold, expire_holds, place_hold, release_hold
from journals.lots.models import Lot, LotEntry, LotPin
from journals.posting import post, post_many
from journals.proof.ledger import verify_books
from journals.reversal import reverse_journal
from ledgerflow.books.models import Entity
from ledgerflow.core import clocks
from tests.builders import a_transfer, an_account, balance_of
from tests.lots.granting import a_wallet, credit_books, grant, left, posted_fact, sale, spend

pytestmark = pytest.mark.every_server


@pytest.fixture
def books() -> Entity:
    return credit_books()


def balances(entity: Entity, *codes: str) -> str:
    return " ".join(f"{abs(balance_of(entity, code))}" for code in codes)


def test_lots_are_granted_spent_and_written(books: Entity) -> None:
    drafts = [
        grant("100", expires_on=3), sale("30", "9.99", usable_for=("app:ai",)), spend("110", "app:ai"), spend("21"),
        grant("5", "other"), spend("20", "app:ai"),
    ]  # fmt: skip
    answers = post_many(books.id, drafts)
    assert [one.status for one in answers] == ["posted", "posted", "posted", "refused", "posted", "posted"]
    assert (left(books), left(books, "other")) == ("0 0", "5")
    assert balances(books, "wallet", "deferred", "income") == "0 0.00 9.99"
    sold = Lot.objects.get(account__code="wallet", account__entity=books, arrival=2)
    assert (sold.usable_for, sold.cost_left, sold.entries, sold.is_open) == (["app:ai"], Decimal(0), 3, False)
    entries = LotEntry.objects.filter(lot=sold).order_by("number")
    assert [(one.action, str(one.amount), str(one.remaining), str(one.cost)) for one in entries] == [
        ("granted", "30", "30", "9.99"), ("spent", "10", "20", "3.33"), ("spent", "20", "0", "6.66")]  # fmt: skip
    assert post(books.id, drafts[2]).status == "replayed"
    assert verify_books(books.id) == []


def test_batches_that_are_refused_or_rehearsed_leave_lots_alone(books: Entity) -> None:
    post_many(books.id, [grant("1") for _ in range(9)])
    assert [one.status for one in post_many(books.id, [spend("8"), spend("1")], dry_run=True)] == ["would_post"] * 2
    refused = post_many(books.id, [spend("8"), spend("2")], atomic=True)
    assert [one.refusal.code for one in refused if one.refusal] == ["batch_refused", "insufficient_funds"]
    assert left(books) == "1 1 1 1 1 1 1 1 1"
    for amount in (2, 1, 3):  # first those that are loaded at once, then all others
        post(books.id, spend(str(amount)))
    with pytest.raises(InsufficientFunds, match="wallet has 3 available"):
        post(books.id, spend("4"))
    assert left(books) == "0 0 0 0 0 0 1 1 1"
    post(books.id, a_transfer("wallet", "other", "3"))
    assert (left(books), left(books, "other")) == ("0 0 0 0 0 0 0 0 0", "3")
    assert verify_books(books.id) == []


def test_reversals_return_to_their_lots_or_take_what_is_unspent(books: Entity) -> None:
    sold, *_ = (posted_fact(books, draft) for draft in (sale("10", "1.00", expires_on=0), sale("10", "2.00")))
    spent = posted_fact(books, spend("14"))
    assert (left(books), balances(books, "deferred", "income")) == ("0 6", "1.20 1.80")
    with pytest.raises(CreditsSpent, match=r"Of the 10 .*, 0 are unspent: 10 are gone"):
        reverse_journal(books.id, sold.id, key="back", actor="test")
    reverse_journal(books.id, spent.id, key="spent", actor="test")
    assert (left(books), balances(books, "deferred", "income")) == ("10 10", "3.00 0.00")
    post(books.id, spend("4"))
    reverse_journal(books.id, sold.id, key="again", override_limits="chargeback", actor="test")
    assert (left(books), balances(books, "wallet", "deferred", "income", "bank")) == ("0 10", "6 2.00 0.00 2.00")
    post(books.id, grant("5"))
    assert left(books) == "0 10 1"
    assert verify_books(books.id) == []


def hold(entity: Entity, amount: str, account: str = "wallet", *, expires_at: datetime | None = None) -> UUID:
    place_hold(entity.id, HoldSpec(account, Decimal(amount), expires_at=expires_at), key=f"hold-{amount}", actor="test")
    return Hold.objects.filter(entity=entity).latest("event_sequence").id


def test_holds_pin_lots(books: Entity, monkeypatch: pytest.MonkeyPatch) -> None:
    post_many(books.id, [grant("10", expires_on=0), sale("10", "1.00")])
    soon = clocks.now() + timedelta(seconds=9)
    first, second = hold(books, "12"), hold(books, "5", expires_at=soon)
    assert left(books) == "10(10) 10(7)"
    with pytest.raises(InsufficientFunds, match="wallet has 3 available"):
        post(books.id, spend("4"))
    with pytest.raises(InsufficientFunds):
        hold(books, "4")
    capture_hold(books.id, first, key="part", counter_account="used", amount=Decimal(3), actor="test")
    release_hold(books.id, first, key="some", amount=Decimal(4), actor="test")
    assert left(books) == "7(5) 10(5)"
    capture_hold(
        books.id, first, key="rest", counter_account="used", amount=Decimal(4), release_remainder=True, actor="test"
    )
    assert (left(books), balances(books, "income")) == ("3 10(5)", "0.00")
    monkeypatch.setattr(clocks, "now", lambda: soon + clocks.TICK)
    assert expire_holds(books.id) == 1
    monkeypatch.undo()
    assert (left(books), LotPin.objects.filter(entity_id=books.id, amount__gt=0).count()) == ("3 10", 0)
    assert second != first
    assert verify_books(books.id) == []


def test_a_capture_moves_the_cost_of_its_lots(books: Entity) -> None:
    post(books.id, sale("3", "1.00"))
    held = hold(books, "2")
    capture_hold(books.id, held, key="all", counter_account="used", actor="test")
    assert (left(books), balances(books, "deferred", "income")) == ("1", "0.33 0.67")
    assert verify_books(books.id) == []


def test_an_account_may_be_overdrawn_and_is_filled_first(books: Entity) -> None:
    a_wallet(books, "credit line", min_balance="-20")
    post_many(books.id, [grant("5", "credit line"), spend("15", account="credit line")])
    held = hold(books, "8", "credit line")
    post(books.id, grant("12", "credit line"))
    assert left(books, "credit line") == "0 2"
    capture_hold(books.id, held, key="all", counter_account="used", actor="test")
    assert f"{left(books, 'credit line')}, {balance_of(books, 'credit line')}" == "0 0, -6"
    assert verify_books(books.id) == []


def test_whether_an_account_keeps_lots_is_settled_by_its_first_posting(books: Entity) -> None:
    change_account(books.id, "other", {"keeps_lots": False}, actor="test")
    change_account(books.id, "used", {"keeps_lots": True}, actor="test")
    post_many(books.id, [grant("5", "other"), grant("5", "used")])
    assert (left(books, "other"), left(books, "used")) == ("", "5")
    for code in ("other", "used"):
        with pytest.raises(LotsFixed):
            change_account(books.id, code, {"keeps_lots": code == "other"}, actor="test")
    with pytest.raises(LotsOfHeader):
        an_account(books, "all", "liability", currency="CREDIT", is_header=True, keeps_lots=True)
    assert verify_books(books.id) == []


def test_a_wallet_opens_with_the_grant_that_needs_it_first(books: Entity) -> None:
    """Refused with a journal it is not there; a later one of the same batch opens it, and others spend from it at once."""
    spec = AccountSpec(
        code="new", name="New", type="liability", currency="CREDIT", min_balance=Decimal(0), keeps_lots=True
    )
    first, again = (msgspec.structs.replace(grant("7", "new", expires_on=3), opens=(spec,)) for _ in range(2))
    refused = msgspec.structs.replace(grant("1", "new", expires_on=-3), opens=(spec,))
    answers = post_many(books.id, [refused, first, spend("5", account="new"), again, spend("10", account="new")])
    assert [one.status for one in answers] == ["refused", "posted", "posted", "posted", "refused"]
    assert (left(books, "new"), balances(books, "new")) == ("2 7", "9")
    plain = msgspec.structs.replace(spec, keeps_lots=False)
    with pytest.raises(AccountDiffers, match="keeps_lots"):
        post(books.id, msgspec.structs.replace(grant("1", "new"), opens=(plain,)))
    assert verify_books(books.id) == []
