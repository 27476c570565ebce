"""A marketplace: buyers pay into escrow, sellers get their part when goods arrive, we keep a fee of 7.5 %."""

from __future__ import annotations

from uuid import UUID

import pytest

from accounts.models import Balance
from journals.errors import InsufficientFunds
from journals.events import read_fact
from journals.posting import post_many
from journals.reversal import reverse_journal
from ledgerflow.books.models import Entity
from tests.builders import a_journal, a_transfer, an_account, an_entity, balance_of, posted
from tests.stories.worksheet import credit, debit, is_proven, trial_balance


@pytest.fixture
def market() -> Entity:
    entity = an_entity(name="Marketplace")
    an_account(entity, "bank", min_balance="0")
    an_account(entity, "cards")
    an_account(entity, "escrow", "liability", min_balance="0")
    an_account(entity, "seller", "liability", min_balance="0", owner_id="seller-1")
    an_account(entity, "capital", "equity")
    an_account(entity, "fees", "income")
    an_account(entity, "card-costs", "expense")
    posted(entity, a_transfer("bank", "capital", "500"))
    return entity


def sale(entity: Entity, price: str, share: str, fee: str) -> UUID:
    """The buyer pays, the goods arrive: two journals, all or nothing. Gives the id of the second, the release."""
    payment = a_transfer("cards", "escrow", price)
    release = a_journal(debit("escrow", price), credit("seller", share), credit("fees", fee))
    answers = post_many(entity.id, [payment, release], atomic=True)
    assert [answer.status for answer in answers] == ["posted", "posted"]
    return read_fact(answers[1].journal).id


def is_marked(entity: Entity) -> bool:
    return Balance.objects.get(account__entity=entity, account__code="seller").overridden


def settle_cards_and_pay_out(entity: Entity) -> None:
    posted(entity, a_journal(debit("bank", "98.20"), debit("card-costs", "1.80"), credit("cards", "100")))
    posted(entity, a_transfer("seller", "bank", "92.50"))


def test_from_payment_to_payout(market: Entity) -> None:
    sale(market, "100", "92.50", "7.50")
    assert trial_balance(market) == (
        {"bank": "500.00", "cards": "100.00"},
        {"capital": "500.00", "fees": "7.50", "seller": "92.50"},
    )
    settle_cards_and_pay_out(market)
    assert trial_balance(market) == ({"bank": "505.70", "card-costs": "1.80"}, {"capital": "500.00", "fees": "7.50"})
    assert is_proven(market)


def test_escrow_is_not_released_twice(market: Entity) -> None:
    sale(market, "100", "92.50", "7.50")
    with pytest.raises(InsufficientFunds):
        posted(market, a_journal(debit("escrow", "100"), credit("seller", "92.50"), credit("fees", "7.50")))


def test_a_sale_whose_shares_do_not_add_up_moves_nothing(market: Entity) -> None:
    payment = a_transfer("cards", "escrow", "100")
    release = a_journal(debit("escrow", "100"), credit("seller", "92.50"), credit("fees", "7.49"))
    answers = post_many(market.id, [payment, release], atomic=True)
    assert [answer.refusal.code for answer in answers if answer.refusal] == ["batch_refused", "unbalanced"]
    assert trial_balance(market) == ({"bank": "500.00"}, {"capital": "500.00"})


def test_a_chargeback_after_the_payout_leaves_the_seller_in_debt_until_he_has_earned_it(market: Entity) -> None:
    release = sale(market, "100", "92.50", "7.50")
    settle_cards_and_pay_out(market)
    with pytest.raises(InsufficientFunds):
        reverse_journal(market.id, release, key="chargeback", actor="risk")
    reverse_journal(market.id, release, key="chargeback", override_limits="Case 17: card was stolen", actor="risk")
    posted(market, a_transfer("escrow", "bank", "100", description="The card company takes it back"))
    assert str(balance_of(market, "seller")) == "-92.50"
    assert is_marked(market)

    sale(market, "60", "55.50", "4.50")
    assert str(balance_of(market, "seller")) == "-37.00"
    with pytest.raises(InsufficientFunds):
        posted(market, a_transfer("seller", "bank", "0.01"))
    assert is_marked(market)

    sale(market, "80", "74", "6")
    assert str(balance_of(market, "seller")) == "37.00"
    assert not is_marked(market)
    with pytest.raises(InsufficientFunds):
        posted(market, a_transfer("seller", "bank", "37.01"))
    posted(market, a_transfer("seller", "bank", "37"))
    assert trial_balance(market) == (
        {"bank": "368.70", "card-costs": "1.80", "cards": "140.00"},
        {"capital": "500.00", "fees": "10.50"},
    )
    assert is_proven(market)
