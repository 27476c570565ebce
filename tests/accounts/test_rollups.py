"""Totals over the account tree, and all accounts of an owner."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from accounts.balances import balances_of_owner
from accounts.changing import change_account
from accounts.rollups import CurrencyTotal, rollup_now
from journals.reading.as_of import rollup_then
from ledgerflow.books.models import Entity
from ledgerflow.core.errors import NotFound
from tests.builders import TODAY, a_transfer, an_account, an_entity, posted

pytestmark = pytest.mark.every_server

YESTERDAY = TODAY - timedelta(days=1)


@pytest.fixture(scope="module")
def books() -> Entity:
    """Fixed assets of 1,000 cost less 250 depreciation, of which 50 came today; petty cash in two currencies."""
    entity = an_entity()
    an_account(entity, "Assets", is_header=True)
    an_account(entity, "Fixed", is_header=True, parent="Assets")
    an_account(entity, "Machines", parent="Fixed")
    an_account(entity, "Depreciation", normal_side="credit", parent="Fixed")
    an_account(entity, "Petty", parent="Assets")
    an_account(entity, "Petty dollars", parent="Assets", currency="USD")
    an_account(entity, "Loan", "liability")
    an_account(entity, "Dollar loan", "liability", currency="USD")
    an_account(entity, "Wear", "expense")
    for draft in (
        a_transfer("Machines", "Loan", "1000", effective_date=YESTERDAY),
        a_transfer("Wear", "Depreciation", "200", effective_date=YESTERDAY),
        a_transfer("Wear", "Depreciation", "50"),
        a_transfer("Petty", "Loan", "30"),
        a_transfer("Petty dollars", "Dollar loan", "4.50"),
    ):
        posted(entity, draft)
    return entity


def balances(totals: list[CurrencyTotal]) -> dict[str, str]:
    return {total.currency: total.balance for total in totals}


def test_a_contra_account_subtracts(books: Entity) -> None:
    rollup = rollup_now(books.id, "Fixed")
    assert rollup.totals == [CurrencyTotal("EUR", 3, "1000.00", "250.00", "750.00")]
    assert rollup.normal_side == "debit"


def test_each_currency_has_its_own_total(books: Entity) -> None:
    assert balances(rollup_now(books.id, "Assets").totals) == {"EUR": "780.00", "USD": "4.50"}


def test_measured_from_a_contra_account_its_own_side_counts(books: Entity) -> None:
    rollup = rollup_now(books.id, "Depreciation")
    assert (rollup.normal_side, balances(rollup.totals)) == ("credit", {"EUR": "250.00"})


def test_a_rollup_of_the_past_counts_what_was_effective(books: Entity) -> None:
    then = rollup_then(books.id, "Assets", as_of=YESTERDAY)
    assert balances(then.totals) == {"EUR": "800.00", "USD": "0.00"}
    assert balances(rollup_then(books.id, "Assets", as_of=TODAY).totals) == balances(
        rollup_now(books.id, "Assets").totals
    )


def test_a_rollup_of_the_past_counts_what_was_known(books: Entity) -> None:
    then = rollup_then(books.id, "Assets", known_at=datetime(2020, 1, 1, tzinfo=UTC))
    assert (balances(then.totals), then.event_sequence) == ({"EUR": "0.00", "USD": "0.00"}, 0)


def test_a_moved_account_counts_under_its_new_parent() -> None:
    entity = an_entity()
    for code in ("North", "South"):
        an_account(entity, code, is_header=True)
    an_account(entity, "Till", parent="North")
    an_account(entity, "Capital", "equity")
    posted(entity, a_transfer("Till", "Capital", "5", effective_date=date(2026, 1, 1)))
    change_account(entity.id, "Till", {"parent": "South"}, actor="test")
    assert [balances(rollup_now(entity.id, code).totals)["EUR"] for code in ("North", "South")] == ["0.00", "5.00"]


@pytest.mark.parametrize("code", ["Nowhere", "nul\x00"])
def test_an_account_that_is_not_there_is_not_found(books: Entity, code: str) -> None:
    with pytest.raises(NotFound):
        rollup_now(books.id, code)


def test_rollups_of_two_entities_do_not_mix(books: Entity) -> None:
    with pytest.raises(NotFound):
        rollup_now(an_entity().id, "Assets")


def test_an_owner_sees_all_accounts_with_their_balances() -> None:
    entity = an_entity()
    an_account(entity, "Wallet 2", "liability", owner_id="user-7", min_balance="0")
    an_account(entity, "Wallet 1", "liability", owner_id="user-7")
    an_account(entity, "Other", "liability", owner_id="user-8")
    an_account(entity, "Bank")
    posted(entity, a_transfer("Bank", "Wallet 2", "12.50"))
    found = balances_of_owner(entity.id, "user-7")
    assert [(one.account, one.balance, one.available, one.version) for one in found] == [
        ("Wallet 1", "0.00", "0.00", 0),
        ("Wallet 2", "12.50", "12.50", 1),
    ]
    assert [one.account for one in balances_of_owner(entity.id, "user-7", after="Wallet 1")] == ["Wallet 2"]
    assert [one.account for one in balances_of_owner(entity.id, "user-7", limit=1)] == ["Wallet 1"]


@pytest.mark.parametrize("owner", ["", "nobody", "nul\x00"])
def test_nobody_owns_what_has_no_owner(books: Entity, owner: str) -> None:
    assert balances_of_owner(books.id, owner) == []
