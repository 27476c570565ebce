"""A wallet: what a customer holds with us is what we owe, and never less than nothing."""

from __future__ import annotations

from uuid import UUID

import pytest

from accounts.balances import balance_now
from accounts.changing import close_account, freeze_account
from accounts.errors import AccountClosed, AccountFrozen, AccountNotEmpty
from journals.errors import AlreadyReversed, InsufficientFunds
from journals.events import read_fact
from journals.posting import post
from journals.reversal import reverse_journal
from ledgerflow.books.models import Entity
from tests.builders import a_transfer, an_account, an_entity, posted
from tests.stories.worksheet import is_proven, trial_balance


@pytest.fixture
def wallets() -> Entity:
    entity = an_entity(name="Wallets")
    an_account(entity, "bank")
    an_account(entity, "alice", "liability", owner_id="user-1", min_balance="0", max_balance="500")
    an_account(entity, "shop", "liability")
    return entity


def top_up(entity: Entity, amount: str) -> None:
    posted(entity, a_transfer("bank", "alice", amount, description="Top-up by card"))


def spend(entity: Entity, amount: str) -> UUID:
    return read_fact(post(entity.id, a_transfer("alice", "shop", amount)).journal).id


def holds(entity: Entity) -> str:
    return balance_now(entity.id, "alice").available


def test_top_up_spend_and_no_more_than_there_is(wallets: Entity) -> None:
    top_up(wallets, "50")
    spend(wallets, "29.99")
    assert holds(wallets) == "20.01"
    with pytest.raises(InsufficientFunds) as refused:
        spend(wallets, "20.02")
    assert refused.value.data == {"account": "alice", "available": "20.01", "min_balance": "0.00"}
    spend(wallets, "20.01")
    assert holds(wallets) == "0.00"
    assert trial_balance(wallets) == ({"bank": "50.00"}, {"shop": "50.00"})
    assert is_proven(wallets)


def test_a_purchase_is_refunded_once(wallets: Entity) -> None:
    top_up(wallets, "50")
    purchase = spend(wallets, "30")
    refund = reverse_journal(wallets.id, purchase, key="refund-1", description="Sent back", actor="shop")
    assert holds(wallets) == "50.00"
    again = reverse_journal(wallets.id, purchase, key="refund-1", description="Sent back", actor="shop")
    assert (again.status, again.journal) == ("replayed", refund.journal)
    with pytest.raises(AlreadyReversed):
        reverse_journal(wallets.id, purchase, key="refund-2", actor="shop")
    assert holds(wallets) == "50.00"
    assert is_proven(wallets)


def test_a_frozen_wallet_takes_in_but_gives_nothing(wallets: Entity) -> None:
    top_up(wallets, "50")
    freeze_account(wallets.id, "alice", outflow=True, inflow=False, actor="support", reason="Card stolen")
    with pytest.raises(AccountFrozen):
        spend(wallets, "1")
    top_up(wallets, "10")
    freeze_account(wallets.id, "alice", outflow=False, inflow=False, actor="support", reason="New card sent")
    spend(wallets, "60")
    assert holds(wallets) == "0.00"


def test_a_wallet_is_closed_when_it_is_empty(wallets: Entity) -> None:
    top_up(wallets, "50")
    with pytest.raises(AccountNotEmpty):
        close_account(wallets.id, "alice", actor="support")
    posted(wallets, a_transfer("alice", "bank", "50", description="Paid out"))
    close_account(wallets.id, "alice", actor="support")
    with pytest.raises(AccountClosed):
        top_up(wallets, "1")
    assert trial_balance(wallets) == ({}, {})
    assert is_proven(wallets)
