"""Changing, freezing, closing and moving accounts; what an account was at a moment; limits and their override."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from accounts.changing import account_as_of, change_account, close_account, freeze_account
from accounts.events import AccountFact
from accounts.models import Account, Balance
from journals.drafts import Line, reversed_lines, transfer_lines
from journals.events import read_fact
from ledgerflow.books.models import Entity, Event
from ledgerflow.core.clocks import TICK
from ledgerflow.core.errors import LedgerError, NotFound, PreconditionFailed
from tests.builders import a_journal, a_transfer, an_account, an_entity, balance_of, posted, unguarded


@pytest.fixture
def books() -> Entity:
    """A bank account and a customer's wallet that may not go below zero."""
    entity = an_entity()
    an_account(entity, "Bank")
    an_account(entity, "Wallet", "liability", min_balance="0")
    return entity


def change(entity: Entity, code: str, **changes: Any) -> AccountFact:
    for limit in changes.keys() & {"min_balance", "max_balance"}:
        changes[limit] = None if changes[limit] is None else Decimal(changes[limit])
    fact, _ = change_account(entity.id, code, changes, actor="test")
    return fact


def refusal(call: Any, *args: Any, **given: Any) -> str:
    """The code of what is raised, with its pointer where it has one."""
    with pytest.raises(LedgerError) as refused:
        call(*args, **given)
    return f"{refused.value.code} {refused.value.pointer}".strip()


def deposit(entity: Entity, amount: str) -> None:
    posted(entity, a_transfer("Bank", "Wallet", amount))


def withdraw(entity: Entity, amount: str, **given: Any) -> None:
    posted(entity, a_transfer("Wallet", "Bank", amount, **given))


def wallet(entity: Entity) -> Balance:
    return Balance.objects.get(account__entity=entity, account__code="Wallet")


# --- attributes ----------------------------------------------------------------------------------


def test_fields_that_are_sent_change_and_the_others_stay(books: Entity) -> None:
    fact = change(books, "Wallet", name="New", metadata={"a": 1}, owner_id="u9", role="suspense", monetary=False)
    account = Account.objects.get(entity=books, code="Wallet")
    assert (account.name, account.metadata, account.owner_id) == ("New", {"a": 1}, "u9")
    assert (account.role, account.monetary, account.type) == ("suspense", False, "liability")
    assert (fact.name, fact.min_balance, fact.currency) == ("New", "0.00", "EUR")


def test_every_change_is_an_event_and_a_new_revision(books: Entity) -> None:
    before = Account.objects.get(entity=books, code="Wallet").revision
    _, revision = change_account(books.id, "Wallet", {"name": "A"}, actor="me", reason="because")
    assert revision > before
    event = Event.objects.get(entity=books, sequence=revision)
    assert (event.type, event.actor, '"reason":"because"' in event.data) == ("account.changed", "me", True)
    assert Account.objects.get(entity=books, code="Wallet").revision == revision


@pytest.mark.parametrize(
    "changes, expected",
    [
        ({"code": "Other"}, "malformed /code"),
        ({"currency": "USD"}, "malformed /currency"),
        ({"type": "asset", "name": "x"}, "malformed /type"),
        ({"name": ""}, "malformed /name"),
        ({"role": "Bad Role"}, "malformed /role"),
        ({"owner_id": "o" * 101}, "malformed /owner_id"),
        ({"metadata": {"n": float("nan")}}, "malformed /metadata"),
        ({"min_balance": Decimal("0.001")}, "precision_exceeded"),
        ({"min_balance": Decimal(5), "max_balance": Decimal(4)}, "malformed /min_balance"),
        ({"parent": "Nowhere"}, "parent_refused /parent"),
        ({"parent": "half\ud800"}, "parent_refused /parent"),
        ({"parent": "nul\x00"}, "parent_refused /parent"),
        ({"parent": "Bank"}, "parent_refused /parent"),
    ],
)
def test_what_cannot_be_changed_is_refused(books: Entity, changes: dict[str, Any], expected: str) -> None:
    assert refusal(change_account, books.id, "Wallet", changes, actor="test") == expected


@pytest.mark.parametrize("code", ["Nowhere", "nul\x00"])
def test_an_account_that_is_not_there_is_not_found(books: Entity, code: str) -> None:
    with pytest.raises(NotFound):
        change(books, code, name="x")
    with pytest.raises(NotFound):
        close_account(books.id, code, actor="test")


def test_a_change_based_on_an_old_revision_is_refused(books: Entity) -> None:
    revision = Account.objects.get(entity=books, code="Wallet").revision
    change(books, "Wallet", name="A")
    calls: list[tuple[Any, dict[str, Any]]] = [
        (change_account, {"changes": {"name": "B"}}), (close_account, {}), (freeze_account, {"outflow": True, "inflow": True}),
    ]  # fmt: skip
    for call, given in calls:
        with pytest.raises(PreconditionFailed):
            call(books.id, "Wallet", actor="test", expected_revision=revision, **given)
    assert Account.objects.get(entity=books, code="Wallet").name == "A"


def test_any_past_state_can_be_asked_for(books: Entity) -> None:
    account = Account.objects.get(entity=books, code="Wallet")
    moments = [account.opened_at]
    for changes in ({"name": "Second"}, {"min_balance": Decimal(-5)}, {"owner_id": "u1"}):
        _, revision = change_account(books.id, "Wallet", changes, actor="test")
        moments.append(Event.objects.get(entity=books, sequence=revision).recorded_at)
    states = [account_as_of(books.id, account.id, moment) for moment in moments]
    assert [(fact.name, fact.min_balance, fact.owner_id) for fact, _ in filter(None, states)] == [
        ("Wallet", "0.00", ""), ("Second", "0.00", ""), ("Second", "-5.00", ""), ("Second", "-5.00", "u1"),
    ]  # fmt: skip
    assert account_as_of(books.id, account.id, moments[1] - TICK) == states[0]
    assert account_as_of(books.id, account.id, moments[-1] + timedelta(days=99)) == states[-1]
    assert account_as_of(books.id, account.id, moments[0] - TICK) is None


@pytest.mark.parametrize("reason", ["x" * 501, "nul\x00", "half\ud800"])
def test_a_reason_is_a_short_text_that_can_be_stored(books: Entity, reason: str) -> None:
    for call, given in ((close_account, {}), (freeze_account, {"outflow": True, "inflow": True})):
        assert refusal(call, books.id, "Wallet", actor="test", reason=reason, **given) == "malformed /reason"


# --- the tree ------------------------------------------------------------------------------------


def test_an_account_cannot_become_its_own_ancestor() -> None:
    entity = an_entity()
    an_account(entity, "A", is_header=True)
    an_account(entity, "B", is_header=True, parent="A")
    an_account(entity, "C", parent="B")
    for parent in ("A", "B", "C"):
        assert refusal(change, entity, "A", parent=parent) == "parent_refused /parent"
    assert change(entity, "C", parent="A").parent == "A"
    assert change(entity, "B", parent="C").parent == "C"
    assert change(entity, "B", parent=None).parent is None
    assert Account.objects.get(entity=entity, code="B").parent is None


def test_a_closed_account_is_no_parent(books: Entity) -> None:
    an_account(books, "Old", is_header=True)
    an_account(books, "Young")
    close_account(books.id, "Old", actor="test")
    assert refusal(change, books, "Young", parent="Old") == "parent_refused /parent"


# --- freezing ------------------------------------------------------------------------------------


@pytest.mark.parametrize("outflow, inflow", [(True, False), (False, True), (True, True), (False, False)])
def test_a_freeze_stops_the_directions_it_names(books: Entity, outflow: bool, inflow: bool) -> None:
    deposit(books, "10")
    fact, _ = freeze_account(books.id, "Wallet", outflow=outflow, inflow=inflow, actor="test", reason="court order")
    assert (fact.outflow_frozen, fact.inflow_frozen) == (outflow, inflow)
    if outflow:
        assert refusal(withdraw, books, "1") == "account_frozen /debit_account"
    else:
        withdraw(books, "1")
    if inflow:
        assert refusal(deposit, books, "1") == "account_frozen /credit_account"
    else:
        deposit(books, "1")


def test_unfreezing_lets_both_directions_pass_and_is_an_event_of_its_own(books: Entity) -> None:
    deposit(books, "10")
    freeze_account(books.id, "Wallet", outflow=True, inflow=True, actor="test")
    freeze_account(books.id, "Wallet", outflow=False, inflow=False, actor="test")
    withdraw(books, "3")
    deposit(books, "1")
    types = Event.objects.filter(entity=books, type__in=("account.frozen", "account.unfrozen")).order_by("sequence")
    assert [event.type for event in types] == ["account.frozen", "account.unfrozen"]


def test_closing_entries_pass_a_freeze(books: Entity) -> None:
    freeze_account(books.id, "Wallet", outflow=True, inflow=True, actor="test")
    posted(books, a_journal(("Bank", "5"), ("Wallet", "-5"), kind="closing"))
    assert balance_of(books, "Wallet") == 5


# --- closing -------------------------------------------------------------------------------------


def test_an_account_closes_only_at_zero(books: Entity) -> None:
    deposit(books, "10")
    assert refusal(close_account, books.id, "Wallet", actor="test") == "account_not_empty"
    withdraw(books, "10")
    fact, _ = close_account(books.id, "Wallet", actor="test", reason="left")
    assert (fact.closed, fact.reason) == (True, "left")
    assert Account.objects.get(entity=books, code="Wallet").closed_at is not None


def test_an_account_with_a_hold_does_not_close(books: Entity) -> None:
    with unguarded():
        Balance.objects.filter(account__entity=books, account__code="Bank").update(held=Decimal("0.01"))
    assert refusal(close_account, books.id, "Bank", actor="test") == "account_not_empty"


def test_an_account_with_an_open_one_below_it_does_not_close(books: Entity) -> None:
    an_account(books, "Above", is_header=True)
    an_account(books, "Below", parent="Above")
    assert refusal(close_account, books.id, "Above", actor="test") == "account_not_empty"
    close_account(books.id, "Below", actor="test")
    close_account(books.id, "Above", actor="test")


def test_a_closed_account_takes_no_postings_and_only_its_name_and_metadata_change(books: Entity) -> None:
    close_account(books.id, "Wallet", actor="test")
    assert refusal(deposit, books, "1") == "account_closed /credit_account"
    assert refusal(close_account, books.id, "Wallet", actor="test") == "account_closed"
    assert refusal(change, books, "Wallet", owner_id="u1") == "account_closed"
    assert refusal(freeze_account, books.id, "Wallet", outflow=True, inflow=True, actor="test") == "account_closed"
    fact = change(books, "Wallet", name="Closed wallet", metadata={"why": "left"})
    assert (fact.name, fact.closed) == ("Closed wallet", True)


# --- limits --------------------------------------------------------------------------------------


def test_a_limit_the_balance_breaks_is_refused(books: Entity) -> None:
    deposit(books, "10")
    assert refusal(change, books, "Wallet", min_balance="10.01") == "limit_below_balance /min_balance"
    assert refusal(change, books, "Wallet", min_balance=None, max_balance="9.99") == "limit_below_balance /max_balance"
    fact = change(books, "Wallet", min_balance="10", max_balance="10.0")
    assert (fact.min_balance, fact.max_balance) == ("10.00", "10.00")
    assert refusal(withdraw, books, "0.01") == "insufficient_funds"
    assert refusal(deposit, books, "0.01") == "max_balance_exceeded"
    fact = change(books, "Wallet", min_balance=None, max_balance=None)
    assert (fact.min_balance, fact.max_balance) == (None, None)
    withdraw(books, "100")


def test_limits_count_what_is_available_below_and_all_above(books: Entity) -> None:
    deposit(books, "10")
    with unguarded():
        Balance.objects.filter(account__entity=books, account__code="Wallet").update(held=Decimal(4))
    assert refusal(change, books, "Wallet", min_balance="6.01") == "limit_below_balance /min_balance"
    assert refusal(change, books, "Wallet", min_balance="6", max_balance="9.99") == "limit_below_balance /max_balance"
    change(books, "Wallet", min_balance="6", max_balance="10")


def spent_deposit(entity: Entity) -> None:
    """A deposit of 10 of which 7 is spent, then reversed with a reason: the wallet is at -7."""
    answer = posted(entity, a_transfer("Bank", "Wallet", "10"))
    withdraw(entity, "7")
    lines = reversed_lines(transfer_lines("Bank", "Wallet", Decimal(10)))
    undo = {"kind": "reversal", "reverses": read_fact(answer.journal).id}
    assert refusal(posted, entity, a_journal(*lines, **undo)) == "insufficient_funds"
    posted(entity, a_journal(*lines, override_limits="cheque bounced", **undo))


def test_reversing_a_spent_deposit_needs_an_override_and_marks_the_balance(books: Entity) -> None:
    spent_deposit(books)
    assert balance_of(books, "Wallet") == -7
    assert wallet(books).overridden


def test_out_of_range_only_what_brings_it_nearer_passes(books: Entity) -> None:
    spent_deposit(books)
    assert refusal(withdraw, books, "0.01") == "insufficient_funds"
    deposit(books, "3")
    assert (balance_of(books, "Wallet"), wallet(books).overridden) == (Decimal(-4), True)
    assert refusal(withdraw, books, "1") == "insufficient_funds"
    withdraw(books, "1", override_limits="again")
    deposit(books, "5")
    assert (balance_of(books, "Wallet"), wallet(books).overridden) == (Decimal(0), False)
    assert refusal(withdraw, books, "0.01") == "insufficient_funds"


def test_back_in_range_the_mark_goes(books: Entity) -> None:
    spent_deposit(books)
    deposit(books, "20")
    assert (balance_of(books, "Wallet"), wallet(books).overridden) == (Decimal(13), False)


def test_an_override_that_is_not_needed_marks_nothing(books: Entity) -> None:
    deposit(books, "5")
    withdraw(books, "5", override_limits="to be safe")
    assert not wallet(books).overridden


def test_above_the_upper_limit_only_what_lowers_it_passes(books: Entity) -> None:
    change(books, "Wallet", max_balance="5")
    assert refusal(deposit, books, "6") == "max_balance_exceeded"
    posted(books, a_transfer("Bank", "Wallet", "6", override_limits="a gift"))
    assert refusal(deposit, books, "0.01") == "max_balance_exceeded"
    withdraw(books, "0.50")
    assert wallet(books).overridden
    withdraw(books, "0.50")
    assert not wallet(books).overridden


def test_an_overridden_limit_may_be_loosened_not_tightened(books: Entity) -> None:
    spent_deposit(books)
    assert refusal(change, books, "Wallet", min_balance="1") == "limit_below_balance /min_balance"
    change(books, "Wallet", min_balance="-5")
    assert wallet(books).overridden
    assert refusal(change, books, "Wallet", min_balance="-4") == "limit_below_balance /min_balance"
    assert refusal(change, books, "Wallet", max_balance="-8") == "malformed /min_balance"
    change(books, "Wallet", min_balance="-7")
    assert not wallet(books).overridden
    withdraw(books, "0.01", override_limits="x")
    change(books, "Wallet", name="Still marked")
    assert wallet(books).overridden


def test_a_line_of_a_journal_obeys_limits_as_a_transfer_does(books: Entity) -> None:
    lines = (Line("Wallet", Decimal(1)), Line("Bank", Decimal(-1)))
    assert refusal(posted, books, a_journal(*lines)) == "insufficient_funds"
