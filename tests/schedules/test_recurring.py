"""Recurring journals: posted on each of their dates, in order; and proof of all that is posted by its date."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from msgspec.structs import replace as changed

from accounts.changing import change_account
from accounts.errors import UnknownAccount
from journals.days.closing.running import close_day
from journals.days.models import DayCloseStep
from journals.days.policies import set_day_policy
from journals.drafts import Draft
from journals.errors import Unbalanced
from journals.models import Journal
from journals.periods.use_cases import lock_period
from journals.proof.ledger import verify_books
from journals.schedules import recurring
from journals.schedules.accruals import post_accrual
from journals.schedules.dates import DueDates
from journals.schedules.errors import RecurringEnded
from journals.schedules.models import RecurringJournal, RecurringRun
from journals.schedules.proof import check_schedules
from journals.schedules.recurring import end, pause, resume
from journals.schedules.templates import Template, TemplateLine
from ledgerflow.books.models import Entity, Event
from ledgerflow.core.errors import LedgerError, Malformed, NotFound
from ledgerflow.core.plugins import registry
from tests.attacks import connect
from tests.builders import a_transfer, an_account, an_entity, balance_of, posted
from tests.calendars import FIRST_OF_FEBRUARY, JANUARY, an_accrual, books_on, close, due, fact_of, period
from tests.jobs import tick

pytestmark = pytest.mark.every_server


@pytest.fixture
def books() -> Entity:
    """Books on the last day of January."""
    return books_on(JANUARY)


RENT = [TemplateLine("rent", "debit", "50.00"), TemplateLine("cash", "credit", "50.00")]


def rent(**given: Any) -> Template:
    """Rent on the last day of each month, from January on."""
    schedule: dict[str, Any] = {"frequency": "monthly", "day": 31, "starts_on": date(2026, 1, 1)} | given
    return Template("Rent", RENT, DueDates(**schedule))


def a_recurring(entity_id: UUID, template: Template) -> RecurringJournal:
    """Made by somebody who sends nothing twice."""
    return recurring.create_recurring(
        entity_id, template, key=uuid4().hex, confirm_unusual_date=True, actor="ann"
    ).recurring


def runs(made: RecurringJournal) -> list[tuple[str, str]]:
    rows = RecurringRun.objects.filter(recurring=made).order_by("id")
    return [(str(row.due_on), row.code or row.outcome) for row in rows]


def test_it_is_posted_on_each_of_its_dates(books: Entity) -> None:
    made = a_recurring(books.id, rent())
    assert made.next_due == JANUARY
    assert due(books, JANUARY)["recurring_posted"] == 1
    assert due(books, date(2026, 2, 27))["recurring_posted"] == 0
    assert due(books, date(2026, 2, 28))["recurring_posted"] == 1
    fact = fact_of(books, 2)
    assert (fact.kind, fact.effective_date, fact.idempotency_key) == (
        "recurring", date(2026, 2, 28), f"recurring:{made.id}:2026-02-28",
    )  # fmt: skip
    assert (fact.description, fact.metadata) == ("Rent", {"recurring_journal": str(made.id), "due_on": "2026-02-28"})
    made.refresh_from_db()
    assert made.next_due == date(2026, 3, 31)
    assert verify_books(books.id) == []


def test_missed_dates_are_posted_one_by_one_in_order(books: Entity) -> None:
    made = a_recurring(books.id, rent())
    assert due(books, date(2026, 4, 1))["recurring_posted"] == 3
    assert runs(made) == [("2026-01-31", "posted"), ("2026-02-28", "posted"), ("2026-03-31", "posted")]
    assert [str(fact_of(books, number).effective_date) for number in (1, 2, 3)] == [
        "2026-01-31", "2026-02-28", "2026-03-31",
    ]  # fmt: skip


def test_a_date_that_is_closed_rolls_forward_with_its_date_kept(books: Entity) -> None:
    close(books, JANUARY)
    a_recurring(books.id, rent())
    due(books, FIRST_OF_FEBRUARY)
    fact = fact_of(books, 1)
    assert (fact.effective_date, fact.original_date) == (FIRST_OF_FEBRUARY, JANUARY)


@pytest.mark.parametrize(
    "rule, early, day",
    [("preceding", date(2026, 1, 29), date(2026, 1, 30)), ("following", date(2026, 1, 31), date(2026, 2, 2)),
     ("none", date(2026, 1, 30), date(2026, 1, 31))],
)  # fmt: skip
def test_a_holiday_rule_moves_it(rule: str, early: date, day: date) -> None:
    """31 January 2026 is a Saturday."""
    entity = books_on(date(2026, 1, 20))
    set_day_policy(entity.id, {"weekend": [6, 7]}, actor="test")
    a_recurring(entity.id, rent(holiday_rule=rule))
    assert due(entity, early)["recurring_posted"] == 0
    assert due(entity, day)["recurring_posted"] == 1
    assert fact_of(entity, 1).effective_date == day


def test_it_ends_after_its_last_date(books: Entity) -> None:
    made = a_recurring(books.id, rent(ends_on=date(2026, 2, 28)))
    assert due(books, date(2026, 6, 1))["recurring_posted"] == 2
    made.refresh_from_db()
    assert (made.next_due, made.status) == (None, "active")
    assert verify_books(books.id) == []


INSURANCE = [TemplateLine("rent", "debit", "1000.00"), TemplateLine("cash", "credit", "1000.00")]


def in_three(**given: Any) -> Template:
    """Insurance of 1,000.00 on the last days of January, February and March."""
    schedule: dict[str, Any] = {"frequency": "monthly", "day": 31, "starts_on": date(2026, 1, 1), "times": 3} | given
    return Template("Insurance", INSURANCE, DueDates(**schedule), split=True)


def amounts(entity: Entity) -> list[str]:
    journals = Journal.objects.filter(entity=entity, kind="recurring").order_by("number")
    return [fact_of(entity, one.number).lines[0].amount for one in journals]


def test_a_sum_is_paid_in_instalments_and_the_last_takes_what_is_left(books: Entity) -> None:
    made = a_recurring(books.id, in_three())
    assert (made.ends_on, made.times, made.lines[0]["amount"], made.lines[0]["last_amount"]) == (
        date(2026, 3, 31), 3, "333.33", "333.34",
    )  # fmt: skip
    due(books, date(2026, 6, 30))
    assert amounts(books) == ["333.33", "333.33", "333.34"]
    made.refresh_from_db()
    assert made.next_due is None
    assert balance_of(books, "rent") == Decimal("1000.00")
    assert verify_books(books.id) == []


def test_a_pause_loses_no_instalment(books: Entity) -> None:
    made = a_recurring(books.id, in_three())
    due(books, JANUARY)
    pause(books.id, made.id, actor="ann")
    due(books, date(2026, 3, 1))
    assert amounts(books) == ["333.33"]
    resume(books.id, made.id, actor="ann")
    due(books, date(2026, 3, 1))
    due(books, date(2026, 4, 1))
    assert amounts(books) == ["333.33", "333.33", "333.34"]
    assert verify_books(books.id) == []


def test_a_last_amount_may_be_given(books: Entity) -> None:
    last = [changed(line, amount="300.00", last_amount="250.00") for line in INSURANCE]
    schedule = DueDates("quarterly", 31, date(2026, 1, 1), ends_on=date(2026, 7, 30))
    a_recurring(books.id, Template("Lease", last, schedule))
    due(books, date(2026, 8, 1))
    assert amounts(books) == ["300.00", "250.00"]


@pytest.mark.parametrize(
    "template, pointer",
    [
        (changed(in_three(times=None), split=True), "/split"), (in_three(ends_on=date(2026, 5, 1)), "/ends_on"),
        (changed(in_three(), lines=[changed(line, last_amount="1.00") for line in INSURANCE]), "/split"),
        (in_three(frequency="monthly", every=120, times=1200), "/times"), (in_three(times=1001), None),
        (changed(in_three(), lines=[changed(line, amount="0.02") for line in INSURANCE]), "/lines/0/amount"),
        (changed(rent(), lines=[changed(line, last_amount="0") for line in RENT]), "/lines/0/amount"),
    ],
    ids=["no times", "two ends", "two last amounts", "beyond all dates", "a thousand times", "nothing each", "nothing last"],
)  # fmt: skip
def test_what_is_no_instalment_is_refused(books: Entity, template: Template, pointer: str | None) -> None:
    if pointer is None:
        assert a_recurring(books.id, template).lines[0]["last_amount"] == "10"  # 0.99 a thousand times
        return
    with pytest.raises(Malformed) as caught:
        a_recurring(books.id, template)
    assert caught.value.pointer == pointer


def test_a_last_amount_balances_too(books: Entity) -> None:
    lines = [RENT[0], changed(RENT[1], last_amount="49.00")]
    with pytest.raises(Unbalanced):
        a_recurring(books.id, changed(rent(), lines=lines))


def test_what_is_refused_is_shown_and_tried_again(books: Entity) -> None:
    an_account(books, "wallet", "liability", min_balance="0")
    lines = [TemplateLine("wallet", "debit", "5.00"), TemplateLine("sales", "credit", "5.00")]
    fee = a_recurring(books.id, Template("Fee", lines, DueDates("monthly", 31, date(2026, 1, 1))))
    other = a_recurring(books.id, rent())
    done = due(books, date(2026, 2, 28))
    assert (done["recurring_posted"], [one["code"] for one in done["refused"]]) == (2, ["insufficient_funds"])
    due(books, date(2026, 2, 28))  # nothing new to say about the same day
    assert runs(fee) == [("2026-01-31", "insufficient_funds")]
    due(books, date(2026, 3, 1))
    assert runs(fee) == [("2026-01-31", "insufficient_funds")] * 2
    posted(books, a_transfer("cash", "wallet", "7.00"))
    assert due(books, date(2026, 3, 1))["recurring_posted"] == 1
    assert runs(fee)[2:] == [("2026-01-31", "posted"), ("2026-02-28", "insufficient_funds")]
    assert len(runs(other)) == 2
    assert verify_books(books.id) == []


def test_a_refusal_does_not_keep_the_day_from_closing(books: Entity) -> None:
    a_recurring(books.id, rent(day=1, starts_on=FIRST_OF_FEBRUARY))
    lock_period(books.id, period(books, date(2026, 2, 28)).id, actor="test")
    close_day(books.id, JANUARY, actor="test")
    step = DayCloseStep.objects.get(close__entity=books, step="new_day")
    assert (step.outcome, step.detail["refused"][0]["code"]) == ("warned", "period_locked")


def test_paused_it_rests_and_leaves_out_what_it_missed(books: Entity) -> None:
    made = a_recurring(books.id, rent())
    assert pause(books.id, made.id, actor="ann").status == "paused"
    assert due(books, date(2026, 3, 15))["recurring_posted"] == 0
    resumed = resume(books.id, made.id, actor="ann")
    assert (resumed.status, resumed.next_due) == ("active", date(2026, 3, 31))
    assert due(books, date(2026, 3, 31))["recurring_posted"] == 1
    assert verify_books(books.id) == []


def test_resumed_on_its_last_date_it_is_not_due_again(books: Entity) -> None:
    made = a_recurring(books.id, rent(ends_on=JANUARY))
    due(books, JANUARY)
    pause(books.id, made.id, actor="ann")
    assert resume(books.id, made.id, actor="ann").next_due is None
    assert due(books, JANUARY) == {"accruals_reversed": 0, "recurring_posted": 0}
    assert verify_books(books.id) == []


def test_ended_it_stays_ended(books: Entity) -> None:
    made = a_recurring(books.id, rent())
    ended = end(books.id, made.id, actor="ann")
    assert (ended.status, ended.next_due) == ("ended", None)
    events = Event.objects.filter(entity=books).count()
    assert end(books.id, made.id, actor="ann").revision == ended.revision
    for change in (pause, resume):
        with pytest.raises(RecurringEnded):
            change(books.id, made.id, actor="ann")
    assert due(books, date(2026, 6, 1))["recurring_posted"] == 0
    assert Event.objects.filter(entity=books).exclude(type="business_date.advanced").count() == events
    assert verify_books(books.id) == []


@pytest.mark.parametrize("overtake", [pause, end], ids=["paused", "ended"])
def test_what_is_stopped_while_it_runs_is_not_posted(
    books: Entity, monkeypatch: pytest.MonkeyPatch, overtake: Any
) -> None:
    made = a_recurring(books.id, rent())
    draft_of = recurring.draft_of

    def overtaken(*args: Any) -> Draft:
        overtake(books.id, made.id, actor="ann")
        return draft_of(*args)

    monkeypatch.setattr(recurring, "draft_of", overtaken)
    assert due(books, JANUARY) == {"accruals_reversed": 0, "recurring_posted": 0}
    assert not Journal.objects.filter(entity=books).exists()


def test_two_runs_at_once_post_it_once(books: Entity, monkeypatch: pytest.MonkeyPatch) -> None:
    made = a_recurring(books.id, rent())
    draft_of = recurring.draft_of

    def overtaken(*args: Any) -> Draft:
        monkeypatch.undo()
        assert due(books, JANUARY)["recurring_posted"] == 1
        return draft_of(*args)

    monkeypatch.setattr(recurring, "draft_of", overtaken)
    assert due(books, JANUARY)["recurring_posted"] == 0
    assert runs(made) == [("2026-01-31", "posted")]


@pytest.mark.parametrize(
    "lines, refusal",
    [
        ([TemplateLine("rent", "debit", "1.00")], Malformed),
        ([TemplateLine("rent", "debit", "1.00"), TemplateLine("cash", "credit", "2.00")], Unbalanced),
        ([TemplateLine("rent", "debit", "1.00"), TemplateLine("nowhere", "credit", "1.00")], UnknownAccount),
    ],
    ids=["one line", "unbalanced", "unknown account"],
)
def test_a_template_that_could_never_be_posted(
    books: Entity, lines: list[TemplateLine], refusal: type[LedgerError]
) -> None:
    with pytest.raises(refusal):
        a_recurring(books.id, Template("x", lines, rent().schedule))
    assert not RecurringJournal.objects.filter(entity=books).exists()


def test_one_needs_a_name_and_belongs_to_its_books(books: Entity) -> None:
    with pytest.raises(Malformed) as caught:
        a_recurring(books.id, Template(" ", RENT, rent().schedule))
    assert caught.value.pointer == "/name"
    made = a_recurring(books.id, rent())
    with pytest.raises(NotFound):
        pause(an_entity().id, made.id, actor="eve")


def test_what_cannot_be_paid_now_may_recur(books: Entity) -> None:
    """Only what no day puts right is refused when the template is made."""
    an_account(books, "wallet", "liability", min_balance="0")
    lines = [TemplateLine("wallet", "debit", "5.00"), TemplateLine("sales", "credit", "5.00")]
    a_recurring(books.id, Template("Fee", lines, rent().schedule))


# The net below the close


def test_beat_posts_what_is_due_in_all_books(monkeypatch: pytest.MonkeyPatch) -> None:
    entities = [books_on(JANUARY) for _ in range(2)]
    for entity in entities:
        a_recurring(entity.id, rent())
    job = replace(registry.jobs["post_what_is_due"], entities=lambda: [entity.pk for entity in entities])
    monkeypatch.setitem(registry.jobs, job.name, job)
    change_account(entities[0].id, "rent", {"name": "Rent"}, actor="ann")
    due = registry.new_day_jobs["recurring_journals"]

    def failing(entity_id: Any, *args: Any) -> dict[str, Any]:
        if entity_id == entities[0].id:
            message = "broken"
            raise RuntimeError(message)
        return due.work(entity_id, *args)

    monkeypatch.setitem(registry.new_day_jobs, due.name, replace(due, work=failing))
    tick("post_what_is_due")
    assert [Journal.objects.filter(entity=entity).count() for entity in entities] == [0, 1]


# Proof


@pytest.mark.parametrize(
    "table, forgery, what",
    [
        ("schedules_scheduledreversal", "UPDATE schedules_scheduledreversal SET due_on = due_on + 1 WHERE entity_id = %s", "due_on"),
        ("schedules_recurringjournal", "UPDATE schedules_recurringjournal SET next_due = next_due + 1 WHERE entity_id = %s", "next_due"),
        ("schedules_recurringjournal", "UPDATE schedules_recurringjournal SET status = 'paused' WHERE entity_id = %s", "status"),
        ("schedules_recurringjournal", "UPDATE schedules_recurringjournal SET lines = '[]' WHERE entity_id = %s", "lines"),
        ("schedules_recurringrun", """UPDATE schedules_recurringrun SET due_on = due_on + 1 FROM schedules_recurringjournal j
                                     WHERE recurring_id = j.id AND j.entity_id = %s""", "due_on"),
        ("schedules_recurringrun", """DELETE FROM schedules_recurringrun r USING schedules_recurringjournal j
                                     WHERE recurring_id = j.id AND j.entity_id = %s""", "row"),
    ],
    ids=["due date", "next date", "status", "lines", "date of a run", "run"],
)  # fmt: skip
def test_what_does_not_follow_from_an_event_is_found(books: Entity, table: str, forgery: str, what: str) -> None:
    post_accrual(books.id, an_accrual())
    a_recurring(books.id, rent())
    due(books, JANUARY + timedelta(days=1))
    with connect() as connection:
        assert list(check_schedules(connection, books.id)) == []
        connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER".encode())
        connection.execute(forgery.encode(), (books.id,))
        faults = list(check_schedules(connection, books.id))
        connection.rollback()
    assert [(fault.table, fault.what) for fault in faults] == [(table, what)]
