"""Holds: placing, capturing, releasing, expiring, and what each leaves of the account."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from accounts.changing import change_account, close_account, freeze_account
from accounts.errors import AccountFrozen, AccountNotEmpty, LimitBelowBalance
from journals.errors import HoldExceeded, HoldNotActive, InsufficientFunds
from journals.events import read_fact
from journals.holds.models import Hold, HoldEntry
from journals.models import Journal
from journals.posting import post
from journals.proof.ledger import verify_books
from journals.reversal import reverse_journal
from ledgerflow.books.models import Entity
from ledgerflow.core.errors import IdempotencyKeyReused, LedgerError, Malformed, NotFound, PrecisionExceeded
from tests.attacks import connect
from tests.builders import TODAY, a_transfer, an_account, posted
from tests.holding import a_wallet, capture, fact_of, held, hold, release, stands

pytestmark = pytest.mark.every_server


@pytest.fixture
def entity() -> Entity:
    return a_wallet()


def events_of(entity: Entity, since: int = 0) -> list[str]:
    return list(entity.events.filter(sequence__gt=since).order_by("sequence").values_list("type", flat=True))


# --- Placing ---


def test_a_hold_reduces_what_is_available_and_not_the_balance(entity: Entity) -> None:
    answer = hold(entity, "60.00", description="Hotel")
    assert stands(entity) == ("100.00", "60.00", "40.00")
    fact = fact_of(answer)
    assert (answer.status, fact.status, fact.remaining, fact.number) == ("placed", "active", "60.00", 1)
    assert (fact.balance.held, fact.balance.available) == ("60.00", "40.00")
    assert events_of(entity)[-1] == "hold.placed"
    assert verify_books(entity.id) == []


def test_held_money_cannot_be_spent_elsewhere(entity: Entity) -> None:
    hold(entity, "60.00")
    with pytest.raises(InsufficientFunds) as caught:
        posted(entity, a_transfer("wallet", "shop", "40.01"))
    assert caught.value.data["available"] == "40.00"
    posted(entity, a_transfer("wallet", "shop", "40.00"))
    assert stands(entity) == ("60.00", "60.00", "0.00")


def test_more_than_is_available_is_not_held(entity: Entity) -> None:
    hold(entity, "60.00")
    with pytest.raises(InsufficientFunds) as caught:
        hold(entity, "40.01")
    assert caught.value.data == {"account": "wallet", "available": "40.00", "min_balance": "0.00"}
    assert stands(entity) == ("100.00", "60.00", "40.00")


def test_an_account_without_a_lower_limit_holds_anything(entity: Entity) -> None:
    hold(entity, "1000.00", "cash")
    assert stands(entity, "cash") == ("100.00", "1000.00", "-900.00")


@pytest.mark.parametrize(
    "given, code, pointer",
    [
        ({"account": "nobody"}, "unknown_account", "/account"),
        ({"account": "all"}, "header_account", "/account"),
        ({"account": "gone"}, "account_closed", "/account"),
        ({"account": "icy"}, "account_frozen", "/account"),
        ({"currency": "USD"}, "currency_mismatch", "/currency"),
        ({"amount": "1.001"}, "precision_exceeded", "/amount"),
        ({"amount": "0"}, "malformed", "/amount"),
        ({"amount": "-1"}, "malformed", "/amount"),
        ({"amount": "1E20"}, "malformed", "/amount"),
        ({"amount": "NaN"}, "malformed", "/amount"),
        ({"expires_at": datetime(2020, 1, 1, tzinfo=UTC)}, "malformed", "/expires_at"),
        ({"expires_at": datetime(2100, 1, 1)}, "malformed", "/expires_at"),  # noqa: DTZ001 - that is what is wrong
        ({"description": "x" * 501}, "malformed", "/description"),
        ({"metadata": {"x": "\x00"}}, "malformed", "/metadata"),
        ({"key": ""}, "idempotency_key_missing", ""),
        ({"key": "k" * 256}, "malformed", "/idempotency_key"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_what_cannot_be_held(entity: Entity, given: dict[str, Any], code: str, pointer: str) -> None:
    an_account(entity, "all", "liability", is_header=True)
    an_account(entity, "gone", "liability")
    close_account(entity.id, "gone", actor="test")
    an_account(entity, "icy", "liability")
    freeze_account(entity.id, "icy", outflow=True, inflow=False, actor="test")
    head = entity.events.count()
    with pytest.raises(LedgerError) as caught:
        hold(entity, **({"amount": "1.00"} | given))
    assert (caught.value.code, caught.value.pointer) == (code, pointer)
    assert entity.events.count() == head


def test_an_account_frozen_for_inflow_alone_can_hold(entity: Entity) -> None:
    freeze_account(entity.id, "wallet", outflow=False, inflow=True, actor="test")
    hold(entity, "1.00")
    assert stands(entity)[1] == "1.00"


def test_limits_and_closing_respect_what_is_held(entity: Entity) -> None:
    hold(entity, "60.00")
    with pytest.raises(LimitBelowBalance):
        change_account(entity.id, "wallet", {"min_balance": Decimal("40.01")}, actor="test")
    change_account(entity.id, "wallet", {"min_balance": Decimal("40.00")}, actor="test")
    held(entity, "5.00", "shop")
    with pytest.raises(AccountNotEmpty):
        close_account(entity.id, "shop", actor="test")


# --- Capturing ---


def test_a_capture_moves_what_is_held(entity: Entity) -> None:
    hold_id = held(entity, "60.00")
    head = entity.events.count()
    answer = capture(entity, hold_id, description="Checked out", metadata={"room": 7})
    journal, fact = read_fact(answer.journal), fact_of(answer)
    assert (journal.kind, journal.hold, journal.description) == ("hold_capture", hold_id, "Checked out")
    assert [(line.account, line.side, line.amount) for line in journal.lines] == [
        ("wallet", "debit", "60.00"), ("shop", "credit", "60.00"),
    ]  # fmt: skip
    wallet = journal.balances[0]
    assert (wallet.balance, wallet.held, wallet.available) == ("40.00", "0.00", "40.00")
    assert (fact.status, fact.captured, fact.remaining, fact.journal) == ("captured", "60.00", "0.00", journal.id)
    assert events_of(entity, head) == ["journal.posted", "hold.captured"]
    assert (stands(entity), stands(entity, "shop")) == (("40.00", "0.00", "40.00"), ("60.00", "0.00", "60.00"))
    assert verify_books(entity.id) == []


def test_an_asset_flows_out_on_the_credit_side(entity: Entity) -> None:
    answer = capture(entity, held(entity, "30.00", "cash"), counter="wallet")
    assert [(line.account, line.side) for line in read_fact(answer.journal).lines] == [
        ("cash", "credit"), ("wallet", "debit"),
    ]  # fmt: skip


def test_several_captures_until_it_is_used_up(entity: Entity) -> None:
    hold_id = held(entity, "60.00")
    capture(entity, hold_id, "25.00")
    assert stands(entity) == ("75.00", "35.00", "40.00")
    with pytest.raises(HoldExceeded) as caught:
        capture(entity, hold_id, "35.01")
    assert caught.value.data["remaining"] == "35.00"
    capture(entity, hold_id, "35.00")
    with pytest.raises(HoldNotActive):
        capture(entity, hold_id, "0.01")
    assert stands(entity) == ("40.00", "0.00", "40.00")
    assert HoldEntry.objects.filter(hold=hold_id).count() == 3


def test_a_capture_can_let_go_of_the_remainder(entity: Entity) -> None:
    hold_id, head = held(entity, "60.00"), entity.events.count()
    answer = capture(entity, hold_id, "25.00", release_remainder=True)
    fact = fact_of(answer)
    assert (fact.status, fact.captured, fact.released) == ("captured", "25.00", "35.00")
    assert events_of(entity, head) == ["journal.posted", "hold.captured", "hold.released"]
    assert stands(entity) == ("75.00", "0.00", "75.00")
    assert capture(entity, held(entity, "75.00"), release_remainder=True).status == "captured"
    assert verify_books(entity.id) == []


def test_a_capture_never_lacks_the_money_it_reserved(entity: Entity) -> None:
    """Not at the limit, and not on an account that somebody was permitted to overdraw meanwhile."""
    hold_id = held(entity, "100.00")
    post(entity.id, a_transfer("wallet", "shop", "30.00", override_limits="a chargeback"))
    assert stands(entity) == ("70.00", "100.00", "-30.00")
    capture(entity, hold_id, "90.00")
    assert stands(entity) == ("-20.00", "10.00", "-30.00")
    assert verify_books(entity.id) == []


@pytest.mark.parametrize(
    "given, code, pointer",
    [
        ({"counter": "nobody"}, "unknown_account", "/counter_account"),
        ({"counter": "wallet"}, "same_account", ""),
        ({"counter": "dollars"}, "currency_mismatch", ""),
        ({"counter": "full"}, "max_balance_exceeded", ""),
        ({"amount": "10.01"}, "hold_exceeded", "/amount"),
        ({"amount": "1.001"}, "precision_exceeded", "/amount"),
        ({"amount": "0"}, "malformed", "/amount"),
        ({"effective_date": TODAY + timedelta(days=1)}, "future_date", "/effective_date"),
        ({"key": ""}, "idempotency_key_missing", ""),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_a_refused_capture_leaves_the_hold(entity: Entity, given: dict[str, Any], code: str, pointer: str) -> None:
    an_account(entity, "dollars", currency="USD")
    an_account(entity, "full", "liability", max_balance="5")
    hold_id = held(entity, "10.00")
    with pytest.raises(LedgerError) as caught:
        capture(entity, hold_id, **given)
    assert (caught.value.code, caught.value.pointer) == (code, pointer)
    assert stands(entity) == ("100.00", "10.00", "90.00")
    assert Hold.objects.get(id=hold_id).remaining == 10


@pytest.mark.parametrize("account", ["wallet", "shop"])
def test_a_frozen_account_refuses_the_capture(entity: Entity, account: str) -> None:
    hold_id = held(entity, "10.00")
    freeze_account(entity.id, account, outflow=account == "wallet", inflow=account == "shop", actor="test")
    with pytest.raises(AccountFrozen):
        capture(entity, hold_id)
    release(entity, hold_id)
    assert stands(entity)[1] == "0.00"


def test_reversing_a_capture_does_not_revive_the_hold(entity: Entity) -> None:
    hold_id = held(entity, "60.00")
    journal = read_fact(capture(entity, hold_id).journal).id
    reverse_journal(entity.id, journal, key=uuid4().hex, actor="test")
    assert stands(entity) == ("100.00", "0.00", "100.00")
    assert Hold.objects.get(id=hold_id).status == "captured"
    with pytest.raises(HoldNotActive):
        capture(entity, hold_id)
    assert verify_books(entity.id) == []


def test_an_unknown_hold_is_not_found(entity: Entity) -> None:
    stranger = held(a_wallet(), "1.00")
    for hold_id in (uuid4(), stranger):
        with pytest.raises(NotFound):
            capture(entity, hold_id)
        with pytest.raises(NotFound):
            release(entity, hold_id)


# --- Releasing ---


def test_releasing_in_parts(entity: Entity) -> None:
    hold_id = held(entity, "60.00")
    first = fact_of(release(entity, hold_id, "20.00", reason="One night less"))
    assert (first.status, first.remaining, first.released, first.reason) == (
        "active",
        "40.00",
        "20.00",
        "One night less",
    )
    capture(entity, hold_id, "15.00")
    last = fact_of(release(entity, hold_id))
    assert (last.status, last.moved, last.captured, last.released) == ("captured", "25.00", "15.00", "45.00")
    assert stands(entity) == ("85.00", "0.00", "85.00")
    for amount, refusal in (("0.01", HoldNotActive), ("0", Malformed)):
        with pytest.raises(refusal):
            release(entity, hold_id, amount)
    assert verify_books(entity.id) == []


def test_no_more_than_is_left_is_released(entity: Entity) -> None:
    hold_id = held(entity, "60.00")
    with pytest.raises(HoldExceeded):
        release(entity, hold_id, "60.01")
    with pytest.raises(PrecisionExceeded):
        release(entity, hold_id, "0.001")
    assert stands(entity)[1] == "60.00"


def test_a_release_that_brings_the_balance_into_range_takes_its_mark_away(entity: Entity) -> None:
    hold_id = held(entity, "60.00")
    post(entity.id, a_transfer("wallet", "shop", "70.00", override_limits="a chargeback"))
    release(entity, hold_id, "20.00")
    assert entity.accounts.get(code="wallet").balance.overridden
    release(entity, hold_id, "10.00")
    assert not entity.accounts.get(code="wallet").balance.overridden


# --- The same again ---


def test_the_same_placing_again_is_the_stored_answer(entity: Entity) -> None:
    first = hold(entity, "10.00", key="p", metadata={"a": [1]})
    release(entity, fact_of(first).id)
    again = hold(entity, "10.0", key="p", metadata={"a": [1]})
    assert again == first._replace(status="replayed")
    assert Hold.objects.filter(entity=entity).count() == 1


def test_the_same_capture_again_is_the_stored_answer(entity: Entity) -> None:
    """Also where it asked for all that is left, and nothing is left any more."""
    hold_id = held(entity, "10.00")
    part = capture(entity, hold_id, "4.00", key="c1")
    rest = capture(entity, hold_id, key="c2")
    assert capture(entity, hold_id, "4.00", key="c1") == part._replace(status="replayed")
    assert capture(entity, hold_id, key="c2") == rest._replace(status="replayed")
    assert Journal.objects.filter(entity=entity, kind="hold_capture").count() == 2


def test_the_same_release_again_is_the_stored_answer(entity: Entity) -> None:
    hold_id = held(entity, "10.00")
    first = release(entity, hold_id, "4.00", key="r")
    assert release(entity, hold_id, "4.000", key="r") == first._replace(status="replayed")
    assert stands(entity)[1] == "6.00"


def test_another_request_with_a_used_key_is_refused(entity: Entity) -> None:
    hold_id = held(entity, "10.00", key="p")
    capture(entity, hold_id, "1.00", key="c")
    release(entity, hold_id, "1.00", key="r")
    attempts: list[Callable[[], object]] = [
        lambda: hold(entity, "11.00", key="p"),
        lambda: hold(entity, "10.00", key="p", description="other"),
        lambda: hold(entity, "1.00", key="c"),
        lambda: capture(entity, hold_id, "2.00", key="c"),
        lambda: capture(entity, hold_id, key="c"),
        lambda: capture(entity, hold_id, "1.00", key="c", release_remainder=True),
        lambda: capture(entity, hold_id, "1.00", key="c", counter="cash"),
        lambda: release(entity, hold_id, "2.00", key="r"),
        lambda: release(entity, hold_id, key="r"),
        lambda: release(entity, hold_id, "1.00", key="p"),
    ]
    for attempt in attempts:
        with pytest.raises(IdempotencyKeyReused):
            attempt()
    assert stands(entity) == ("99.00", "8.00", "91.00")


def test_the_database_says_no_where_the_application_would_not(entity: Entity) -> None:
    """More held than is there: the limit is a CHECK on the balance row."""
    with connect() as connection, pytest.raises(psycopg.errors.CheckViolation, match="balance_min"):
        connection.execute(
            b"UPDATE accounts_balance SET held = 101 WHERE account_id = %s", (entity.accounts.get(code="wallet").id,)
        )
