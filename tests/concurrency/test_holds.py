"""Holds at the same moment as others: nothing is taken twice, whoever comes first."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from journals import posting
from journals.drafts import Draft
from journals.errors import HoldExpired, InsufficientFunds
from journals.events import Answer
from journals.holds import use_cases as holds
from journals.holds.models import Hold
from journals.holds.use_cases import expire_holds
from journals.proof.ledger import verify_books
from ledgerflow.books.models import Entity
from ledgerflow.core import clocks
from ledgerflow.core.errors import LedgerError
from tests.builders import a_transfer
from tests.concurrency.races import post_elsewhere, posting_of, race, without_lock
from tests.holding import Later, a_wallet, capture, extend, held, hold, stands

pytestmark = pytest.mark.every_server


@pytest.fixture
def entity(monkeypatch: pytest.MonkeyPatch) -> Entity:
    """A wallet with 100.00; captures go past the queue of this process, as those of others do."""

    def elsewhere(entity_id: Any, draft: Draft) -> Answer:
        (answer,) = post_elsewhere(Entity.objects.get(id=entity_id), draft)
        if answer.refusal is not None:
            raise answer.refusal
        return answer

    monkeypatch.setattr(holds, "post", elsewhere)
    return a_wallet()


def outcomes(found: list[Any]) -> list[str]:
    return sorted(one.code if isinstance(one, LedgerError) else one.status for one in found)


@pytest.mark.parametrize(
    "amounts, expected, left",
    [
        (("60.00", "60.00"), ["captured", "hold_not_active"], ("40.00", "0.00", "40.00")),
        (("40.00", "30.00"), ["captured", "hold_exceeded"], None),
        (("20.00", "20.00"), ["captured", "captured"], ("60.00", "20.00", "40.00")),
        ((None, None), ["captured", "hold_not_active"], ("40.00", "0.00", "40.00")),
    ],
    ids=["all twice", "too much together", "enough for both", "whatever is left"],
)
def test_two_captures_at_once_take_no_more_than_is_held(
    isolation: str,
    monkeypatch: pytest.MonkeyPatch,
    entity: Entity,
    amounts: tuple[str | None, str | None],
    expected: list[str],
    left: tuple[str, str, str] | None,
) -> None:
    hold_id = held(entity, "60.00")
    works = [lambda amount=amount: capture(entity, hold_id, amount) for amount in amounts]
    with race(monkeypatch, *works) as running:
        found = running.finish()
    assert outcomes(found) == expected
    assert stands(entity) == left or left is None
    assert verify_books(entity.id) == []


def test_without_the_lock_the_second_capture_finds_what_is_gone(
    monkeypatch: pytest.MonkeyPatch, entity: Entity
) -> None:
    """There was enough for both: it decided on what it had read, and the guards refuse that."""
    hold_id = held(entity, "60.00")
    without_lock(monkeypatch)
    with race(monkeypatch, *[lambda: capture(entity, hold_id, "20.00")] * 2) as running:
        found = running.finish()
    assert outcomes(found) == ["balance_behind", "captured"]


def test_captures_of_one_batch_see_each_other(entity: Entity, monkeypatch: pytest.MonkeyPatch) -> None:
    """In one transaction, each for itself or all or nothing."""
    hold_id, drafts = held(entity, "60.00"), []
    monkeypatch.setattr(holds, "post", lambda _, draft: drafts.append(draft))
    monkeypatch.setattr(holds, "_captured", lambda *_: None)
    for amount in ("25.00", "40.00", None):
        capture(entity, hold_id, amount)
    (atomic,) = posting._post_requests(entity.id, [posting.PostingRequest(drafts, atomic=True)])
    assert [answer.refusal.code for answer in atomic if answer.refusal] == [
        "batch_refused",
        "hold_exceeded",
        "batch_refused",
    ]
    assert stands(entity) == ("100.00", "60.00", "40.00")
    each = post_elsewhere(entity, *drafts)
    assert [answer.refusal.code if answer.refusal else answer.status for answer in each] == [
        "posted", "hold_exceeded", "posted",
    ]  # fmt: skip
    assert stands(entity) == ("40.00", "0.00", "40.00")
    assert verify_books(entity.id) == []


def test_the_sweep_waits_for_a_capture_and_takes_the_rest(
    isolation: str, monkeypatch: pytest.MonkeyPatch, entity: Entity
) -> None:
    later = Later(monkeypatch)
    hold_id = held(entity, "60.00", expires_at=clocks.now() + timedelta(hours=1))
    with race(monkeypatch, lambda: capture(entity, hold_id, "25.00")) as running:
        later.by(hours=2)
        running.start(lambda: expire_holds(entity.id))
        captured, ended = running.finish()
    assert (captured.status, ended) == ("captured", 1)
    assert stands(entity) == ("75.00", "0.00", "75.00")
    assert Hold.objects.get(id=hold_id).status == "expired"
    assert verify_books(entity.id) == []


def test_a_capture_that_waited_for_the_sweep_is_refused(
    isolation: str, monkeypatch: pytest.MonkeyPatch, entity: Entity
) -> None:
    """Another posting holds the lock; the sweep and then the capture wait for it, in whatever order they get it."""
    later = Later(monkeypatch)
    hold_id = held(entity, "60.00", expires_at=clocks.now() + timedelta(hours=1))
    later.by(hours=2)
    with race(monkeypatch, posting_of(entity, a_transfer("cash", "shop", "1.00"))) as running:
        running.start(lambda: expire_holds(entity.id), lambda: capture(entity, hold_id))
        _, ended, captured = running.finish()
    assert ended == 1
    assert isinstance(captured, HoldExpired)
    assert stands(entity) == ("100.00", "0.00", "100.00")


def test_an_extension_that_waited_for_the_sweep_is_refused(
    isolation: str, monkeypatch: pytest.MonkeyPatch, entity: Entity
) -> None:
    """The extension began in time, when the hold was not over yet."""
    later = Later(monkeypatch)
    soon = clocks.now() + timedelta(hours=1)
    hold_id = held(entity, "60.00", expires_at=soon)
    later.by(hours=2)
    with race(monkeypatch, posting_of(entity, a_transfer("cash", "shop", "1.00"))) as running:
        running.start(lambda: expire_holds(entity.id), lambda: extend(entity, hold_id, soon + timedelta(days=9)))
        _, ended, extended = running.finish()
    assert ended == 1
    assert isinstance(extended, HoldExpired)
    assert stands(entity) == ("100.00", "0.00", "100.00")
    assert verify_books(entity.id) == []


def test_the_sweep_leaves_what_was_extended_while_it_waited(
    isolation: str, monkeypatch: pytest.MonkeyPatch, entity: Entity
) -> None:
    later = Later(monkeypatch)
    soon = clocks.now() + timedelta(hours=1)
    hold_id = held(entity, "60.00", expires_at=soon)
    with race(monkeypatch, lambda: extend(entity, hold_id, soon + timedelta(days=9))) as running:
        later.by(hours=2)
        running.start(lambda: expire_holds(entity.id))
        extended, ended = running.finish()
    assert (extended.status, ended) == ("extended", 0)
    assert Hold.objects.get(id=hold_id).status == "active"
    assert verify_books(entity.id) == []


@pytest.mark.parametrize(
    "amount, expected", [(None, ["captured", "hold_not_active"]), ("20.00", ["captured", "extended"])]
)
def test_a_capture_and_an_extension_at_once(
    isolation: str, monkeypatch: pytest.MonkeyPatch, entity: Entity, amount: str | None, expected: list[str]
) -> None:
    hold_id = held(entity, "60.00")
    with race(monkeypatch, lambda: capture(entity, hold_id, amount)) as running:
        running.start(lambda: extend(entity, hold_id, clocks.now() + timedelta(days=9)))
        found = running.finish()
    assert outcomes(found) == expected
    assert verify_books(entity.id) == []


def test_two_extensions_of_one_state_are_one(isolation: str, monkeypatch: pytest.MonkeyPatch, entity: Entity) -> None:
    hold_id = held(entity, "60.00")
    days = (clocks.now() + timedelta(days=number) for number in (1, 2))
    works = [lambda day=day: extend(entity, hold_id, day, expected_revision=1) for day in days]
    with race(monkeypatch, *works) as running:
        found = running.finish()
    assert outcomes(found) == ["extended", "precondition_failed"]
    assert verify_books(entity.id) == []


def test_a_hold_and_a_transfer_race_for_the_last_money(
    isolation: str, monkeypatch: pytest.MonkeyPatch, entity: Entity
) -> None:
    with race(monkeypatch, posting_of(entity, a_transfer("wallet", "shop", "60.00"))) as running:
        running.start(lambda: hold(entity, "60.00"))
        answer, refusal = running.finish()
    assert answer.status == "posted"
    assert isinstance(refusal, InsufficientFunds)
    assert stands(entity) == ("40.00", "0.00", "40.00")
    assert verify_books(entity.id) == []


def test_without_the_lock_the_transfer_is_decided_on_money_that_is_held(
    monkeypatch: pytest.MonkeyPatch, entity: Entity
) -> None:
    without_lock(monkeypatch)
    with race(monkeypatch, posting_of(entity, a_transfer("wallet", "shop", "60.00"))) as running:
        running.start(lambda: hold(entity, "60.00"))
        answer, placed = running.finish()
    assert placed.status == "placed"
    assert answer.refusal is not None
    assert answer.refusal.code == "refused_by_database"
