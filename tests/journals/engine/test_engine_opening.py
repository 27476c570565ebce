"""Drafts that open accounts: with the journal that needs them first, or not at all."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from accounts.errors import UnknownCurrency
from accounts.specs import AccountSpec, NewAccount
from journals.drafts import Draft, FromTemplate, check, pointer_to
from journals.engine import Books, decide, decide_atomic, rehearse
from journals.events import journal_fact, read_fact
from tests.builders import a_journal
from tests.journals.engine.states import a_state, books_of, code_of, codes_of, posted, refused

pytestmark = pytest.mark.pure

WALLET = AccountSpec("w", "Wallet", "EUR", "liability", owner_id="anna", role="wallet", min_balance=Decimal("0.00"))
OTHER = AccountSpec("w", "Wallet", "EUR", "liability", owner_id="ben", role="wallet")
TOO_LATE = AccountSpec("x", "Wallet", "XXX", "liability")


def opening(amount: str, spec: AccountSpec = WALLET, **given: Any) -> Draft:
    return a_journal(("cash", amount), (spec.code, f"-{amount}".replace("--", "")), opens=(spec,), **given)


def books(**given: Any) -> Books:
    new = {
        spec: NewAccount(uuid4(), spec, AccountSpec.complete(spec), None, 2) for spec in (WALLET, OTHER)
    }  # fmt: skip
    refusal = UnknownCurrency(currency="XXX")
    return books_of(a_state("cash"), openable={**new, TOO_LATE: refusal}, **given)


def test_the_first_journal_opens_the_account_and_later_ones_find_it() -> None:
    state = books()
    first = opening("5")
    outcomes = decide(state, [a_journal(("cash", "1"), ("w", "-1")), first, opening("3"), first, opening("1", OTHER)])
    assert codes_of(outcomes) == ["unknown_account", "posted", "posted", "replayed", "account_exists"]
    assert refused(outcomes[4]).data["different"] == ["owner_id"]
    assert [(one.account.wanted, one.actor) for one in state.opened.values()] == [(WALLET, "test")]
    wallet = state.accounts["w"]
    assert (wallet.normal_balance(), wallet.version, wallet.normal_sign) == (Decimal("8.00"), 2, -1)
    balances = read_fact(journal_fact(posted(outcomes[1]), uuid4(), 1)).balances
    assert (balances[1].account, balances[1].balance, balances[1].version) == ("w", "5.00", 1)


def test_a_refused_journal_opens_nothing() -> None:
    state = books()
    outcomes = decide(state, [opening("-5"), opening("5", TOO_LATE), a_journal(("cash", "1"), ("w", "-1"))])
    assert codes_of(outcomes) == ["insufficient_funds", "unknown_currency", "unknown_account"]
    assert (list(state.accounts), state.opened) == (["cash"], {})
    asset = AccountSpec("v", "Till", "EUR", owner_id="anna", role="till")
    state.openable[asset] = NewAccount(uuid4(), asset, asset.complete(), None, 2)
    assert code_of(decide(state, [opening("5", asset)])[0]) == "posted"
    assert (state.accounts["v"].normal_balance(), list(state.opened)) == (Decimal("-5.00"), ["v"])


def test_all_or_nothing_and_a_rehearsal_leave_no_account_behind() -> None:
    state = books()
    assert codes_of(decide_atomic(state, [opening("5"), opening("-9")])) == ["batch_refused", "insufficient_funds"]
    assert codes_of(rehearse(state, [opening("5"), opening("1")], atomic=False)) == ["posted", "posted"]
    assert (list(state.accounts), state.opened) == (["cash"], {})
    decide(state, [opening("5")])
    assert codes_of(decide_atomic(state, [opening("1"), opening("-9")])) == ["batch_refused", "insufficient_funds"]
    assert (list(state.opened), state.accounts["w"].normal_balance()) == (["w"], Decimal("5.00"))


def test_an_account_that_is_there_already_is_used() -> None:
    state = books_of(a_state("cash"), a_state("w", normal_sign=-1), openable={WALLET: None})
    assert codes_of(decide(state, [opening("5")])) == ["posted"]
    assert state.opened == {}


def test_the_event_names_template_version_and_parameters_and_no_place_in_a_request() -> None:
    state = books()
    draft = check(opening("5", template=FromTemplate("card-sale", 3, {"gross": "5"})))
    fact = read_fact(journal_fact(posted(decide(state, [draft])[0]), uuid4(), 1))
    assert (fact.template, fact.template_version, fact.parameters) == ("card-sale", 3, {"gross": "5"})
    assert pointer_to(draft, 1, "account") == ""
