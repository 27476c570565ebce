"""The anomalies of concurrent transactions, against the real use cases, at both isolation levels.

Each has a twin with the entity's lock switched off that shows the fault. Where the guards and unique keys behind the
lock would turn the fault into a refusal, the twin also writes no rows but the balances.
"""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from accounts.changing import change_account, close_account
from accounts.errors import AccountClosed, AccountNotEmpty, ParentRefused
from accounts.models import Account, Balance
from journals.days.closing.running import close_day
from journals.errors import DayClosed
from journals.models import DayTotal
from journals.proof.ledger import verify_books
from journals.reading.as_of import balance_then
from ledgerflow.books.models import Entity
from ledgerflow.books.writing import serialization_retries
from tests.attacks import connect, refused_by
from tests.builders import TODAY, a_transfer, an_account, an_entity, balance_of, posted
from tests.concurrency.races import posting_of, race, without_lock, without_rows

pytestmark = pytest.mark.every_server


@pytest.fixture
def entity() -> Entity:
    entity = an_entity()
    an_account(entity, "cash")
    an_account(entity, "wallet", "liability", min_balance="0")
    an_account(entity, "bonus", "liability")
    return entity


def statuses(answers: list[Any]) -> list[str]:
    return sorted(answer.status for answer in answers)


# --- Lost update: both read 0, both write 10 ---


def two_deposits(monkeypatch: pytest.MonkeyPatch, entity: Entity) -> list[Any]:
    works = [posting_of(entity, a_transfer("cash", "wallet", "10.00")) for _ in range(2)]
    with race(monkeypatch, *works) as running:
        return running.finish()


def test_no_update_is_lost(isolation: str, monkeypatch: pytest.MonkeyPatch, entity: Entity) -> None:
    assert statuses(two_deposits(monkeypatch, entity)) == ["posted", "posted"]
    assert balance_of(entity, "wallet") == 20
    assert verify_books(entity.id) == []


def test_without_the_lock_an_update_is_lost(monkeypatch: pytest.MonkeyPatch, entity: Entity) -> None:
    without_lock(monkeypatch)
    without_rows(monkeypatch)
    assert statuses(two_deposits(monkeypatch, entity)) == ["posted", "posted"]
    assert balance_of(entity, "wallet") == 10


def test_it_is_the_lock_that_keeps_the_update(monkeypatch: pytest.MonkeyPatch, entity: Entity) -> None:
    """The twin of the twin: rows off, but the lock on."""
    without_rows(monkeypatch)
    two_deposits(monkeypatch, entity)
    assert balance_of(entity, "wallet") == 20


def test_without_the_lock_the_guards_refuse_what_should_have_been_posted(
    monkeypatch: pytest.MonkeyPatch, entity: Entity
) -> None:
    without_lock(monkeypatch)
    answers = two_deposits(monkeypatch, entity)
    assert statuses(answers) == ["posted", "refused"]
    assert [answer.refusal.code for answer in answers if answer.refusal] == ["balance_behind"]
    assert verify_books(entity.id) == []


def test_serializable_alone_is_safe_and_pays_with_retries(monkeypatch: pytest.MonkeyPatch, entity: Entity) -> None:
    without_lock(monkeypatch)
    from django.conf import settings

    monkeypatch.setattr(settings, "LEDGERFLOW_WRITER_ISOLATION", "serializable")
    before = serialization_retries.value
    assert statuses(two_deposits(monkeypatch, entity)) == ["posted", "posted"]
    assert serialization_retries.value > before
    assert balance_of(entity, "wallet") == 20
    assert verify_books(entity.id) == []


# --- The same with a limit: each alone is covered, both together are not ---


def two_withdrawals(monkeypatch: pytest.MonkeyPatch, entity: Entity) -> list[Any]:
    works = [posting_of(entity, a_transfer("wallet", "cash", "60.00")) for _ in range(2)]
    with race(monkeypatch, *works) as running:
        return running.finish()


def test_money_is_spent_once(isolation: str, monkeypatch: pytest.MonkeyPatch, entity: Entity) -> None:
    posted(entity, a_transfer("cash", "wallet", "100.00"))
    answers = two_withdrawals(monkeypatch, entity)
    assert statuses(answers) == ["posted", "refused"]
    assert [answer.refusal.code for answer in answers if answer.refusal] == ["insufficient_funds"]
    assert balance_of(entity, "wallet") == 40
    assert verify_books(entity.id) == []


def test_without_the_lock_money_is_spent_twice(monkeypatch: pytest.MonkeyPatch, entity: Entity) -> None:
    without_lock(monkeypatch)
    posted(entity, a_transfer("cash", "wallet", "100.00"))
    without_rows(monkeypatch)
    assert statuses(two_withdrawals(monkeypatch, entity)) == ["posted", "posted"]
    assert balance_of(entity, "wallet") == 40


# --- Write skew: each reads what the other writes ---


def test_a_closed_account_holds_nothing(isolation: str, monkeypatch: pytest.MonkeyPatch, entity: Entity) -> None:
    with race(monkeypatch, posting_of(entity, a_transfer("cash", "bonus", "10.00"))) as running:
        running.start(lambda: close_account(entity.id, "bonus", actor="test"))
        paid, closed = running.finish()
    assert paid.status == "posted"
    assert isinstance(closed, AccountNotEmpty)
    assert verify_books(entity.id) == []


def test_a_closed_account_takes_nothing(isolation: str, monkeypatch: pytest.MonkeyPatch, entity: Entity) -> None:
    with race(monkeypatch, lambda: close_account(entity.id, "bonus", actor="test")) as running:
        running.start(posting_of(entity, a_transfer("cash", "bonus", "10.00")))
        _, paid = running.finish()
    assert isinstance(paid.refusal, AccountClosed)
    assert verify_books(entity.id) == []


@pytest.mark.usefixtures("guards_down")
def test_without_the_lock_a_closed_account_holds_money(monkeypatch: pytest.MonkeyPatch, entity: Entity) -> None:
    without_lock(monkeypatch)
    without_rows(monkeypatch)
    with race(monkeypatch, posting_of(entity, a_transfer("cash", "bonus", "10.00"))) as running:
        running.start(lambda: close_account(entity.id, "bonus", actor="test"))
        outcomes = running.finish()
    assert Account.objects.get(entity=entity, code="bonus").closed_at is not None, outcomes
    assert balance_of(entity, "bonus") == 10


def each_others_parent(monkeypatch: pytest.MonkeyPatch, entity: Entity) -> list[Any]:
    def put(code: str, parent: str) -> Any:
        return lambda: change_account(entity.id, code, {"parent": parent}, actor="test")

    # The second comes while the first has decided: both saving at once would be a deadlock on their rows, and the one
    # that tries again sees what the other did.
    with race(monkeypatch, put("wallet", "bonus")) as running:
        running.start(put("bonus", "wallet"))
        return running.finish()


def parents(entity: Entity) -> int:
    return Account.objects.filter(entity=entity, parent__isnull=False).count()


def test_two_accounts_are_not_each_others_parent(
    isolation: str, monkeypatch: pytest.MonkeyPatch, entity: Entity
) -> None:
    outcomes = each_others_parent(monkeypatch, entity)
    assert sum(isinstance(outcome, ParentRefused) for outcome in outcomes) == 1
    assert parents(entity) == 1


@pytest.mark.usefixtures("guards_down")
def test_without_the_lock_two_accounts_are_each_others_parent(monkeypatch: pytest.MonkeyPatch, entity: Entity) -> None:
    without_lock(monkeypatch)
    without_rows(monkeypatch)
    outcomes = each_others_parent(monkeypatch, entity)
    assert parents(entity) == 2, outcomes


# --- Phantom: both look for a row that is not there yet ---


def test_one_key_posts_once(isolation: str, monkeypatch: pytest.MonkeyPatch, entity: Entity) -> None:
    works = [posting_of(entity, a_transfer("cash", "wallet", "10.00", key="same")) for _ in range(2)]
    with race(monkeypatch, *works) as running:
        answers = running.finish()
    assert statuses(answers) == ["posted", "replayed"]
    assert len({(answer.journal, answer.event_sequence, answer.recorded_at) for answer in answers}) == 1
    assert balance_of(entity, "wallet") == 10


def test_without_the_lock_a_posted_key_is_told_refused(monkeypatch: pytest.MonkeyPatch, entity: Entity) -> None:
    without_lock(monkeypatch)
    works = [posting_of(entity, a_transfer("cash", "wallet", "10.00", key="same")) for _ in range(2)]
    with race(monkeypatch, *works) as running:
        assert statuses(running.finish()) == ["posted", "refused"]


def closing_of(entity: Entity) -> Any:
    return lambda: close_day(entity.id, TODAY, actor="test").status


def test_a_day_closes_before_or_after_a_posting(
    isolation: str, monkeypatch: pytest.MonkeyPatch, entity: Entity
) -> None:
    with race(monkeypatch, posting_of(entity, a_transfer("cash", "wallet", "10.00", key="in-time"))) as running:
        running.start(closing_of(entity))
        in_time, closed = running.finish()
    assert (in_time.status, closed) == ("posted", "closed")
    assert balance_then(entity.id, "cash", as_of=TODAY).balance == "10.00"
    late = posting_of(entity, a_transfer("cash", "wallet", "10.00", effective_date=TODAY))()
    assert isinstance(late.refusal, DayClosed)


def test_without_the_lock_a_closed_day_still_changes(monkeypatch: pytest.MonkeyPatch, entity: Entity) -> None:
    without_lock(monkeypatch)
    without_rows(monkeypatch)
    with race(monkeypatch, posting_of(entity, a_transfer("cash", "wallet", "10.00"))) as running:
        running.start(closing_of(entity))
        assert DayTotal.objects.filter(account__entity=entity).count() == 0
        running.finish()
    assert DayTotal.objects.filter(account__entity=entity, effective_date=TODAY).count() == 2


# --- Long fork: two readers see two writes in different orders ---


def log_of(entity: Entity) -> list[int]:
    return list(entity.events.order_by("sequence").values_list("sequence", flat=True))


def test_whoever_reads_sees_a_beginning_of_one_order(
    isolation: str, monkeypatch: pytest.MonkeyPatch, entity: Entity
) -> None:
    """Two independent accounts: no reader sees the second write without the first."""
    start = len(log_of(entity))
    with race(monkeypatch, posting_of(entity, a_transfer("cash", "wallet", "1.00"))) as running:
        running.start(posting_of(entity, a_transfer("cash", "bonus", "1.00")))
        assert len(log_of(entity)) == start, "the second must not overtake the first, which has its place already"
        first, second = running.finish()
    assert log_of(entity) == list(range(1, start + 3))
    assert (first.event_sequence, second.event_sequence) == (start + 1, start + 2)


def test_without_the_lock_the_second_is_seen_before_the_first(entity: Entity) -> None:
    """Numbers given out before the commit, as a sequence would: a reader that notes 'seen up to n + 2' loses n + 1."""
    start = len(log_of(entity))
    with connect() as guards, connect() as one, connect(options="-c lock_timeout=50ms") as two:
        guards.execute("ALTER TABLE books_event DISABLE TRIGGER event_order")
        guards.commit()
        try:
            append(one, entity, start + 1)
            append(two, entity, start + 2)
            two.commit()
            assert log_of(entity)[-1] == start + 2
            assert start + 1 not in log_of(entity)
            one.commit()
        finally:
            one.rollback()
            two.rollback()
            guards.execute("ALTER TABLE books_event ENABLE TRIGGER event_order")
            guards.commit()


def test_the_guard_alone_keeps_the_second_back(entity: Entity) -> None:
    """The same two statements with the guard up: the second waits, and then does not fit."""
    start = len(log_of(entity))
    with connect() as one, connect(options="-c lock_timeout=50ms") as two:
        append(one, entity, start + 1)
        with pytest.raises(psycopg.errors.LockNotAvailable):
            append(two, entity, start + 2)
        two.rollback()
        one.rollback()
        with refused_by("event_gap_free"):
            append(two, entity, start + 2)


def append(connection: Any, entity: Entity, sequence: int) -> None:
    connection.execute(
        """INSERT INTO books_event (entity_id, sequence, id, type, subject, data, actor, recorded_at, hash)
           VALUES (%s, %s, gen_random_uuid(), 'test.x', '', '{}', '', '2100-01-01', decode(repeat('00', 32), 'hex'))""",
        (entity.id, sequence),
    )


# --- Read-only anomaly: a reader has seen what a decision that counts as earlier has not ---


def seen(entity: Entity) -> tuple[str, bool]:
    """What a report sees of the account: its balance, and whether it is closed."""
    row = Balance.objects.select_related("account").get(account__entity=entity, account__code="bonus")
    return str(row.credits - row.debits), row.account.closed_at is not None


def test_no_reader_sees_an_order_that_never_was(
    isolation: str, monkeypatch: pytest.MonkeyPatch, entity: Entity
) -> None:
    """The close has decided on zero; the deposit cannot be seen before the close is."""
    with race(monkeypatch, lambda: close_account(entity.id, "bonus", actor="test")) as running:
        running.start(posting_of(entity, a_transfer("cash", "bonus", "10.00")))
        assert seen(entity) == ("0.00", False)
        running.finish()
    assert seen(entity) == ("0.00", True)


@pytest.mark.usefixtures("guards_down")
def test_without_the_lock_a_reader_sees_it(monkeypatch: pytest.MonkeyPatch, entity: Entity) -> None:
    """It sees 10.00 on an open account; then the account is closed by a decision that saw zero."""
    without_lock(monkeypatch)
    without_rows(monkeypatch)
    with race(monkeypatch, lambda: close_account(entity.id, "bonus", actor="test")) as running:
        running.start(posting_of(entity, a_transfer("cash", "bonus", "10.00")))
        assert seen(entity) == ("10.00", False)
        outcomes = running.finish()
    assert seen(entity) == ("10.00", True), outcomes
