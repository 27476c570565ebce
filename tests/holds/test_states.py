"""A hold from its placing to its end, without a database: what each step leaves, and what it refuses."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from journals.drafts import Capture, Draft, transfer_lines
from journals.errors import HoldExceeded, HoldExpired, HoldNotActive, InsufficientFunds
from journals.hold_states import HoldSpec, HoldState, HoldStep, capturing, expired, extended, placed, released
from journals.limits import AccountState
from ledgerflow.core.clocks import TICK
from ledgerflow.core.errors import LedgerError, PrecisionExceeded
from tests.journals.engine.states import a_state

pytestmark = pytest.mark.pure

ID = UUID(int=1)
NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
TOMORROW = NOW + timedelta(days=1)


def a_wallet(balance: str = "100.00", **given: Any) -> AccountState:
    """What is owed to a customer, who has no credit."""
    return a_state("wallet", balance, **({"normal_sign": -1, "min_balance": "0"} | given))


def place(account: AccountState, amount: str, **given: Any) -> HoldStep:
    return placed(ID, HoldSpec(account.code, Decimal(amount), **given), account, NOW)


def release(hold: HoldState, account: AccountState, amount: str | None = None) -> HoldStep:
    return released(hold, account, None if amount is None else Decimal(amount))


def a_capture(amount: str, *, whole: bool = False) -> Draft:
    lines = transfer_lines("wallet", "shop", Decimal(amount))
    return Draft("k", lines, "hold_capture", capture=Capture(ID, whole))


def figures(hold: HoldState) -> str:
    return f"{hold.status}: {hold.captured} captured, {hold.released} released, {hold.remaining} left"


def stands(account: AccountState) -> str:
    return f"{account.normal_balance()} with {account.held} held"


# --- Placing ---


@pytest.mark.parametrize("sign", [1, -1], ids=["flows out by credits", "flows out by debits"])
def test_a_hold_takes_from_what_is_available_and_not_from_the_balance(sign: int) -> None:
    account = a_wallet(normal_sign=sign)
    step = place(account, "60")
    assert (step.action, str(step.amount)) == ("placed", "60.00")
    assert figures(step.hold) == "active: 0.00 captured, 0.00 released, 60.00 left"
    assert (step.hold.id, step.hold.account, step.hold.currency, step.hold.entries) == (ID, "wallet", "EUR", 1)
    assert stands(account) == "100.00 with 60.00 held"
    assert step.balance == account.after()
    assert account.version == 0


def test_a_hold_keeps_what_it_is_for_and_when_it_ends() -> None:
    hold = place(a_wallet(), "1", description="Hotel", external_reference="R-7", expires_at=NOW + TICK).hold
    assert (hold.description, hold.external_reference, hold.expires_at) == ("Hotel", "R-7", NOW + TICK)
    assert place(a_wallet(), "1").hold.expires_at is None


def test_no_more_is_held_than_is_available_above_the_limit() -> None:
    account = a_wallet(min_balance="10")
    place(account, "60.00")
    with pytest.raises(InsufficientFunds) as caught:
        place(account, "30.01")
    assert caught.value.data == {"account": "wallet", "available": "40.00", "min_balance": "10"}
    assert account.held == 60
    place(account, "30.00")
    assert account.held == 90


def test_an_account_without_a_lower_limit_holds_what_it_does_not_have() -> None:
    account = a_wallet("0.00", min_balance=None)
    place(account, "1000")
    assert account.normal_balance() - account.held == -1000


@pytest.mark.parametrize(
    "blocked, given, code, pointer",
    [
        ({"header": True}, {}, "header_account", "/account"),
        ({"closed": True}, {}, "account_closed", "/account"),
        ({"outflow_frozen": True}, {}, "account_frozen", "/account"),
        ({}, {"currency": "USD"}, "currency_mismatch", "/currency"),
        ({}, {"amount": "1.001"}, "precision_exceeded", "/amount"),
        ({}, {"expires_at": NOW}, "malformed", "/expires_at"),
    ],
    ids=["header", "closed", "frozen", "another currency", "finer than cents", "over when it begins"],
)
def test_a_hold_that_is_refused_leaves_the_account(
    blocked: dict[str, Any], given: dict[str, Any], code: str, pointer: str
) -> None:
    account = a_wallet(**blocked)
    with pytest.raises(LedgerError) as caught:
        place(account, **({"amount": "1"} | given))
    assert (caught.value.code, caught.value.pointer) == (code, pointer)
    assert account.held == 0


def test_what_takes_no_money_in_can_hold_what_goes_out() -> None:
    assert place(a_wallet(inflow_frozen=True), "1", currency="EUR").balance.held == 1


# --- What may be captured ---


def test_a_capture_of_the_whole_takes_all_that_is_left_on_the_sides_it_was_given() -> None:
    account = a_wallet()
    hold = release(place(account, "60").hold, account, "12.50").hold
    draft = capturing(a_capture("-1", whole=True), hold)
    assert [(line.account, str(line.amount)) for line in draft.lines] == [("wallet", "-47.50"), ("shop", "47.50")]


@pytest.mark.parametrize("amount", ["60", "-60", "0.01"])
def test_a_capture_of_a_part_stays_as_it_was_asked_for(amount: str) -> None:
    draft = a_capture(amount)
    assert capturing(draft, place(a_wallet(), "60").hold) is draft


@pytest.mark.parametrize("amount", ["60.01", "-60.01"])
def test_no_more_is_captured_than_is_left(amount: str) -> None:
    with pytest.raises(HoldExceeded) as caught:
        capturing(a_capture(amount), place(a_wallet(), "60").hold)
    assert caught.value.pointer == "/amount"
    assert caught.value.data == {"hold": str(ID), "remaining": "60.00", "amount": "60.01"}


@pytest.mark.parametrize("whole", [True, False])
def test_a_hold_whose_time_is_over_is_not_captured_while_nobody_has_ended_it(whole: bool) -> None:
    hold = place(a_wallet(), "60", expires_at=TOMORROW).hold._replace(is_overdue=True)
    with pytest.raises(HoldExpired) as caught:
        capturing(a_capture("60", whole=whole), hold)
    assert caught.value.data == {"hold": str(ID), "expires_at": "2026-03-03T10:00:00.000000Z"}


def test_a_hold_that_was_let_go_is_not_called_expired_when_its_time_is_over() -> None:
    account = a_wallet()
    hold = release(place(account, "60", expires_at=TOMORROW).hold, account).hold._replace(is_overdue=True)
    with pytest.raises(HoldNotActive) as caught:
        capturing(a_capture("60"), hold)
    assert caught.value.data == {"hold": str(ID), "hold_status": "released"}


# --- Releasing ---


def test_a_hold_is_released_in_parts_until_nothing_is_left() -> None:
    account = a_wallet()
    first = release(place(account, "60").hold, account, "20")
    assert (first.action, str(first.amount), first.hold.entries) == ("released", "20.00", 2)
    assert figures(first.hold) == "active: 0.00 captured, 20.00 released, 40.00 left"
    assert (stands(account), first.balance) == ("100.00 with 40.00 held", account.after())
    last = release(first.hold, account)
    assert (last.action, str(last.amount), last.hold.entries) == ("released", "40.00", 3)
    assert figures(last.hold) == "released: 0.00 captured, 60.00 released, 0.00 left"
    assert (stands(account), last.balance) == ("100.00 with 0.00 held", account.after())


def test_no_more_is_released_than_is_left_and_nothing_finer_than_the_currency() -> None:
    account = a_wallet()
    hold = place(account, "60").hold
    for amount, refusal in (("60.01", HoldExceeded), ("0.001", PrecisionExceeded)):
        with pytest.raises(refusal) as caught:
            release(hold, account, amount)
        assert caught.value.pointer == "/amount"
    assert account.held == 60


@pytest.mark.parametrize("amount", ["0.01", None], ids=["a part", "all"])
def test_of_a_hold_that_has_ended_nothing_is_released(amount: str | None) -> None:
    account = a_wallet()
    hold = place(account, "60", expires_at=TOMORROW).hold
    with pytest.raises(HoldNotActive):
        release(release(hold, account).hold, account, amount)
    other = place(account, "60", expires_at=TOMORROW).hold
    with pytest.raises(HoldExpired):
        release(expired(other, account).hold, account, amount)
    assert account.held == 0


def test_a_hold_whose_time_is_over_can_be_released_while_nobody_has_ended_it() -> None:
    account = a_wallet()
    hold = place(account, "60", expires_at=TOMORROW).hold._replace(is_overdue=True)
    assert release(hold, account).hold.status == "released"


# --- Expiring ---


def test_a_hold_expires_with_what_was_left_of_it() -> None:
    account = a_wallet()
    hold = release(place(account, "60", expires_at=TOMORROW).hold, account, "20").hold
    step = expired(hold, account)
    assert (step.action, str(step.amount), step.hold.entries) == ("expired", "40.00", 3)
    assert figures(step.hold) == "expired: 0.00 captured, 60.00 released, 0.00 left"
    assert (stands(account), step.balance) == ("100.00 with 0.00 held", account.after())
    with pytest.raises(HoldExpired) as caught:
        capturing(a_capture("0.01"), step.hold)
    assert caught.value.data["expires_at"] == "2026-03-03T10:00:00.000000Z"


# --- The mark of a balance that somebody was permitted to take out of its limits ---


def test_letting_go_takes_the_mark_away_as_soon_as_enough_is_available_again() -> None:
    account = a_wallet()
    hold = place(account, "60").hold
    account.debits += 70  # by an override, which has left 30.00 with 60.00 held
    account.overridden = True
    hold = release(hold, account, "29.99").hold
    assert account.overridden
    release(hold, account, "0.01")
    assert not account.overridden


def test_letting_go_does_not_take_the_mark_away_from_a_balance_above_its_limit() -> None:
    account = a_wallet(min_balance=None, max_balance="90", overridden=True)
    release(place(account, "60").hold, account)
    assert account.overridden


def test_letting_go_marks_nothing() -> None:
    account = a_wallet(min_balance=None)
    hold = place(account, "60").hold
    account.min_balance = Decimal(200)
    release(hold, account)
    assert not account.overridden


# --- Extending ---


@pytest.mark.parametrize("before, after", [(TOMORROW, None), (None, TOMORROW), (TOMORROW, NOW + TICK)])
def test_an_extension_moves_the_end_and_nothing_else(before: datetime | None, after: datetime | None) -> None:
    account = a_wallet()
    hold = place(account, "60", expires_at=before).hold
    step = extended(hold, account, after, NOW)
    assert (step.action, str(step.amount), step.expired_before) == ("extended", "0.00", before)
    assert step.hold == hold._replace(expires_at=after, entries=2)
    assert (step.balance, stands(account)) == (account.after(), "100.00 with 60.00 held")


@pytest.mark.parametrize(
    "given, account_given, until, code",
    [
        ({}, {}, NOW, "malformed"),
        ({}, {}, TOMORROW, "malformed"),
        ({"is_overdue": True}, {}, None, "hold_expired"),
        ({"status": "expired"}, {}, None, "hold_expired"),
        ({"status": "captured"}, {}, None, "hold_not_active"),
        ({}, {"outflow_frozen": True}, None, "account_frozen"),
    ],
    ids=["over", "the same", "overdue", "expired", "captured", "frozen"],
)
def test_what_is_not_extended(
    given: dict[str, Any], account_given: dict[str, Any], until: datetime | None, code: str
) -> None:
    hold = place(a_wallet(), "60", expires_at=TOMORROW).hold._replace(**given)
    with pytest.raises(LedgerError) as caught:
        extended(hold, a_wallet(**account_given), until, NOW)
    assert caught.value.code == code
