"""Closing a day: steps, records, snapshots, and what the guards then hold."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User

from journals.days.closing.running import cancel_close, close_day, close_through, next_day
from journals.days.errors import CloseBlocked, CloseInProgress, DayNotClosed, DayNotNext
from journals.days.models import DayCloseStep, DaySnapshot
from journals.days.policies import set_day_policy
from journals.days.reopening import propose_reopening
from journals.errors import DayClosed
from journals.proof.ledger import verify_books
from journals.reading.as_of import balance_then
from ledgerflow.approvals.use_cases import decide, execute
from ledgerflow.books.models import Entity, Event
from ledgerflow.core.errors import Malformed
from tests.approving import REOPEN_DAY, a_person, reopened
from tests.builders import TODAY, a_transfer, an_account, an_entity, posted

pytestmark = pytest.mark.every_server

TOMORROW = TODAY + timedelta(days=1)
YESTERDAY = TODAY - timedelta(days=1)


@pytest.fixture
def books() -> Entity:
    entity = an_entity()
    an_account(entity, "cash")
    an_account(entity, "equity", "equity")
    an_account(entity, "idle")
    return entity


def snapshots(books: Entity, day: date) -> dict[str, tuple[str, ...]]:
    rows = DaySnapshot.objects.filter(account__entity=books, day=day).order_by("number")
    return {
        row.account.code: tuple(map(str, (row.opening, row.debits, row.credits, row.closing, row.count)))
        for row in rows.select_related("account")
    }


def test_a_day_closes_in_steps_and_freezes_its_balances(books: Entity) -> None:
    posted(books, a_transfer("cash", "equity", "10.00"))
    posted(books, a_transfer("cash", "equity", "5.00", effective_date=YESTERDAY - timedelta(days=3)))
    record = close_day(books.id, TODAY, actor="user:ann")
    assert (record.status, record.version, record.accounts) == ("closed", 1, 2)
    assert [(step.step, step.outcome) for step in record.steps] == [
        ("cut_off", "done"), ("checks", "done"), ("revaluation", "done"), ("base_amounts", "done"),
        ("snapshot", "done"), ("proof", "done"), ("close", "done"), ("new_day", "done"),
    ]  # fmt: skip
    assert record.totals == {"EUR": {"debits": "10.00", "credits": "10.00"}}
    assert snapshots(books, TODAY) == {
        "cash": ("5.00", "10.00", "0", "15.00", "1"), "equity": ("-5.00", "0", "10.00", "-15.00", "1"),
    }  # fmt: skip
    books.refresh_from_db()
    assert books.business_date == TOMORROW
    assert verify_books(books.id) == []


def test_closing_a_closed_day_gives_the_same_record(books: Entity) -> None:
    first = close_day(books.id, TODAY, actor="user:ann")
    events = Event.objects.filter(entity=books).count()
    assert close_day(books.id, TODAY, actor="user:bob") == first
    assert Event.objects.filter(entity=books).count() == events


def test_only_accounts_that_moved_have_a_row_and_the_others_keep_their_closing(books: Entity) -> None:
    posted(books, a_transfer("cash", "equity", "10.00"))
    close_day(books.id, actor="t")
    posted(books, a_transfer("idle", "cash", "4.00"))
    record = close_day(books.id, actor="t")
    assert record.day == TOMORROW
    assert snapshots(books, TOMORROW) == {
        "cash": ("10.00", "0", "4.00", "6.00", "1"), "idle": ("0", "4.00", "0", "4.00", "1"),
    }  # fmt: skip
    assert record.accounts == 3
    for day, cash in ((YESTERDAY, "0.00"), (TODAY, "10.00"), (TOMORROW, "6.00")):
        assert balance_then(books.id, "cash", as_of=day).balance == cash


def test_a_closed_day_takes_nothing_and_a_late_journal_rolls_forward(books: Entity) -> None:
    close_day(books.id, actor="t")
    with pytest.raises(DayClosed):
        posted(books, a_transfer("cash", "equity", "1.00", effective_date=TODAY))
    answer = posted(books, a_transfer("cash", "equity", "1.00", effective_date=TODAY, late="roll_forward"))
    assert b'"effective_date":"2026-03-03"' in answer.journal
    assert b'"original_date":"2026-03-02"' in answer.journal
    assert verify_books(books.id) == []


def test_days_close_in_order(books: Entity) -> None:
    with pytest.raises(DayNotNext) as refused:
        close_day(books.id, TOMORROW, actor="t")
    assert refused.value.data.items() >= {"next": "2026-03-02"}.items()
    days = [record.day for record in close_through(books.id, TODAY, actor="t")]
    assert days == [TODAY]


def test_a_day_that_has_not_begun_cannot_close(books: Entity) -> None:
    close_day(books.id, actor="t")
    books.refresh_from_db()
    assert next_day(books) == TOMORROW
    with pytest.raises(DayNotNext):
        close_day(books.id, TOMORROW + timedelta(days=1), actor="t")


def test_a_blocking_check_stops_the_close_until_it_is_put_right(books: Entity) -> None:
    an_account(books, "lost", role="suspense")
    set_day_policy(books.id, {"checks": {"suspense": "block"}}, actor="t")
    posted(books, a_transfer("lost", "equity", "3.00"))
    with pytest.raises(CloseBlocked) as refused:
        close_day(books.id, actor="t")
    assert refused.value.data["findings"] == {"suspense": ["lost stands at 3.00 EUR, not at zero."]}
    with pytest.raises(DayClosed):
        posted(books, a_transfer("cash", "lost", "3.00", effective_date=TODAY))
    assert cancel_close(books.id, TODAY, reason="to clear suspense", actor="t").status == "cancelled"
    posted(books, a_transfer("cash", "lost", "3.00", effective_date=TODAY))
    record = close_day(books.id, actor="t")
    assert (record.status, record.version) == ("closed", 2)


def test_a_blocking_check_is_passed_with_a_reason(books: Entity) -> None:
    an_account(books, "lost", role="suspense")
    set_day_policy(books.id, {"checks": {"suspense": "block"}}, actor="t")
    posted(books, a_transfer("lost", "equity", "3.00"))
    with pytest.raises(CloseBlocked):
        close_day(books.id, actor="t")
    record = close_day(books.id, actor="t", accept="known, written off tomorrow")
    assert record.status == "closed"
    outcomes = DayCloseStep.objects.filter(close_id=record.id, step="checks").values_list("outcome", flat=True)
    assert list(outcomes) == ["blocked", "warned"]


def test_weekends_and_holidays_are_stepped_over(books: Entity) -> None:
    policy: dict[str, Any] = {"weekend": [6, 7], "holidays": {"2026-03-09": "A feast"}}
    set_day_policy(books.id, policy, actor="t")
    days = [record.day.day for record in close_through(books.id, date(2026, 3, 6), actor="t")]
    assert days == [2, 3, 4, 5, 6]
    books.refresh_from_db()
    assert books.business_date == date(2026, 3, 10)
    posted(books, a_transfer("cash", "equity", "7.00", effective_date=date(2026, 3, 8)))
    assert close_day(books.id, actor="t").day == date(2026, 3, 10)
    assert snapshots(books, date(2026, 3, 10))["cash"] == ("0", "7.00", "0", "7.00", "1")
    assert balance_then(books.id, "cash", as_of=date(2026, 3, 7)).balance == "0.00"
    assert balance_then(books.id, "cash", as_of=date(2026, 3, 8)).balance == "7.00"


def test_a_day_that_was_closed_once_closes_again_whatever_the_calendar_says_now(books: Entity) -> None:
    """Its snapshot would otherwise answer for the date, without what came late."""
    posted(books, a_transfer("cash", "equity", "10.00"))
    list(close_through(books.id, TOMORROW, actor="t"))
    reopened(books, TODAY)
    posted(books, a_transfer("cash", "equity", "5.00", effective_date=TODAY))
    set_day_policy(books.id, {"holidays": {str(TODAY): "Declared later"}}, actor="t")
    assert [record.day for record in close_through(books.id, TOMORROW, actor="t")] == [TODAY, TOMORROW]
    assert balance_then(books.id, "cash", as_of=TODAY).balance == "15.00"


def test_a_misspelt_check_is_refused(books: Entity) -> None:
    with pytest.raises(Malformed, match="suspence"):
        set_day_policy(books.id, {"checks": {"suspence": "block"}}, actor="t")


def test_a_day_that_was_reopened_meanwhile_is_not_reopened_again(books: Entity) -> None:
    list(close_through(books.id, TOMORROW, actor="t"))
    ann, bob = a_person(REOPEN_DAY), a_person(REOPEN_DAY)
    later = propose_reopening(books.id, TOMORROW, reason="late", person=ann, via=ann)
    reopened(books, TODAY)
    outcome = decide(books.id, later.id, "approved", person=bob, via=bob)
    assert isinstance(outcome.failure, DayNotClosed)
    list(close_through(books.id, TOMORROW, actor="t"))
    execute(books.id, later.id, person=ann, via=ann)
    books.refresh_from_db()
    assert next_day(books) == TOMORROW
    execute(books.id, later.id, person=bob, via=bob)  # carried out once
    assert verify_books(books.id) == []


def test_no_day_reopens_while_a_later_one_is_closing(books: Entity) -> None:
    an_account(books, "lost", role="suspense")
    set_day_policy(books.id, {"checks": {"suspense": "block"}}, actor="t")
    close_day(books.id, actor="t")
    posted(books, a_transfer("lost", "equity", "3.00"))
    with pytest.raises(CloseBlocked):
        close_day(books.id, actor="t")
    ann, bob = a_person(REOPEN_DAY), a_person(REOPEN_DAY)
    proposal = propose_reopening(books.id, TODAY, reason="late", person=ann, via=ann)
    outcome = decide(books.id, proposal.id, "approved", person=bob, via=bob)
    assert isinstance(outcome.failure, CloseInProgress)


def test_people_with_the_longest_names_reopen_a_day(books: Entity) -> None:
    close_day(books.id, TODAY, actor="t")
    ann, bob = a_person(REOPEN_DAY), a_person(REOPEN_DAY)
    for person in (ann, bob):
        User.objects.filter(pk=person.removeprefix("user:")).update(username=person.ljust(150, "x"))
    proposal = propose_reopening(books.id, TODAY, reason="late", person=ann, via=ann)
    assert decide(books.id, proposal.id, "approved", person=bob, via=bob).failure is None
    assert verify_books(books.id) == []
