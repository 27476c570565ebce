"""Accruals: they reverse themselves on their day, once, unless somebody did by hand."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from accounts.errors import UnknownAccount
from journals.days.closing.new_day import begin_day
from journals.days.closing.running import close_day
from journals.days.models import DayCloseStep
from journals.days.policies import set_day_policy
from journals.events import read_fact
from journals.models import Journal
from journals.proof.ledger import verify_books
from journals.reversal import reverse_journal
from journals.schedules import accruals
from journals.schedules.accruals import post_accrual
from journals.schedules.models import ScheduledReversal
from ledgerflow.books.models import Entity
from ledgerflow.core.errors import IdempotencyKeyReused, Malformed
from ledgerflow.core.plugins import registry
from tests.builders import a_journal, a_transfer, an_account, balance_of, posted
from tests.calendars import FIRST_OF_FEBRUARY, JANUARY, an_accrual, books_on, close, due, fact_of


@pytest.fixture
def books() -> Entity:
    """Books on the last day of January."""
    return books_on(JANUARY)


def test_an_accrual_reverses_itself_on_the_first_of_the_next_month(books: Entity) -> None:
    accrued = post_accrual(books.id, an_accrual())
    assert (read_fact(accrued.answer.journal).kind, accrued.due_on) == ("accrual", FIRST_OF_FEBRUARY)
    assert due(books, JANUARY) == {"accruals_reversed": 0, "recurring_posted": 0}
    assert due(books, FIRST_OF_FEBRUARY) == {"accruals_reversed": 1, "recurring_posted": 0}
    back = fact_of(books, 2)
    assert (back.kind, back.effective_date, back.reverses) == (
        "reversal", FIRST_OF_FEBRUARY, read_fact(accrued.answer.journal).id,
    )  # fmt: skip
    assert balance_of(books, "rent") == 0
    assert due(books, FIRST_OF_FEBRUARY)["accruals_reversed"] == 0
    assert verify_books(books.id) == []


def test_the_close_brings_the_new_day_and_what_is_due_on_it(books: Entity) -> None:
    post_accrual(books.id, an_accrual())
    close_day(books.id, JANUARY, actor="test")
    assert balance_of(books, "rent") == 0
    step = DayCloseStep.objects.get(close__entity=books, step="new_day")
    assert (step.outcome, step.detail["accruals_reversed"]) == ("done", 1)


@pytest.mark.parametrize("policy", ["refuse", "following", "allow"])
def test_a_first_day_that_is_a_day_off_does_not_keep_it_from_reversing_itself(policy: str) -> None:
    """The first of February 2026 is a Sunday."""
    books = books_on(date(2026, 1, 30))
    set_day_policy(books.id, {"weekend": [6, 7], "holiday_policy": policy}, actor="t")
    post_accrual(books.id, an_accrual())
    close_day(books.id, actor="t")
    assert balance_of(books, "rent") == 0
    off = policy == "allow"
    assert fact_of(books, 2).effective_date == (FIRST_OF_FEBRUARY if off else date(2026, 2, 2))
    assert fact_of(books, 2).original_date == (None if off else FIRST_OF_FEBRUARY)


@pytest.mark.parametrize(
    "day, due_on",
    [(date(2026, 1, 5), "2026-02-01"), (date(2025, 12, 10), "2026-01-01")],
    ids=["in the fiscal calendar", "outside of it"],
)
def test_the_next_period_is_that_after_its_date(books: Entity, day: date, due_on: str) -> None:
    assert str(post_accrual(books.id, an_accrual(effective_date=day)).due_on) == due_on


def test_an_adjustment_is_taken_back_by_an_ordinary_journal(books: Entity) -> None:
    close(books, JANUARY)
    accrued = post_accrual(books.id, an_accrual(layer="adjustment", effective_date=JANUARY))
    assert accrued.due_on == FIRST_OF_FEBRUARY
    due(books, FIRST_OF_FEBRUARY)
    assert (fact_of(books, 2).layer, fact_of(books, 2).effective_date) == ("ordinary", FIRST_OF_FEBRUARY)


def test_the_day_may_be_said(books: Entity) -> None:
    accrued = post_accrual(books.id, an_accrual(), reverse_on=date(2026, 2, 10))
    assert accrued.due_on == date(2026, 2, 10)
    for day in (JANUARY, date(2026, 1, 1)):
        with pytest.raises(Malformed) as caught:
            post_accrual(books.id, an_accrual(), reverse_on=day)
        assert caught.value.pointer == "/reverse_on"
    assert Journal.objects.filter(entity=books).count() == 1


def test_the_same_key_replays_and_another_day_is_another_request(books: Entity) -> None:
    draft = an_accrual(key="k")
    first = post_accrual(books.id, draft)
    again = post_accrual(books.id, draft)
    assert (again.answer.status, again.due_on) == ("replayed", first.due_on)
    with pytest.raises(IdempotencyKeyReused):
        post_accrual(books.id, draft, reverse_on=date(2026, 2, 2))
    plain = a_journal(("rent", "1.00"), ("cash", "-1.00"), kind="accrual")
    posted(books, plain)
    with pytest.raises(IdempotencyKeyReused):  # that one was not scheduled
        post_accrual(books.id, plain)
    assert ScheduledReversal.objects.filter(entity=books).count() == 1


def test_one_that_was_taken_back_by_hand_is_left_alone(books: Entity) -> None:
    accrued = post_accrual(books.id, an_accrual())
    reverse_journal(books.id, read_fact(accrued.answer.journal).id, key="k", actor="ann")
    assert due(books, FIRST_OF_FEBRUARY)["accruals_reversed"] == 0
    assert Journal.objects.filter(entity=books).count() == 2


def test_by_hand_while_it_runs_is_by_hand(books: Entity, monkeypatch: pytest.MonkeyPatch) -> None:
    accrued = post_accrual(books.id, an_accrual())
    reverse = accruals.reverse_due

    def overtaken(*args: Any) -> Any:
        reverse_journal(books.id, read_fact(accrued.answer.journal).id, key="k", actor="ann")
        return reverse(*args)

    monkeypatch.setattr(accruals, "reverse_due", overtaken)
    assert due(books, FIRST_OF_FEBRUARY) == {"accruals_reversed": 0, "recurring_posted": 0}


def test_a_due_date_that_is_closed_rolls_forward(books: Entity) -> None:
    post_accrual(books.id, an_accrual(effective_date=date(2026, 1, 5)), reverse_on=date(2026, 1, 20))
    close_without_new_day(books, JANUARY)
    assert begin_day(books.id, FIRST_OF_FEBRUARY, "test")["accruals_reversed"] == 1
    back = fact_of(books, 2)
    assert (back.effective_date, back.original_date) == (FIRST_OF_FEBRUARY, date(2026, 1, 20))


def close_without_new_day(entity: Entity, day: date) -> None:
    """A close that was killed before its last step."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registry, "new_day_jobs", {})
        close(entity, day)


def test_a_reversal_that_is_refused_stays_due_and_stops_nothing(books: Entity) -> None:
    an_account(books, "wallet", "liability", min_balance="0")
    refused = post_accrual(books.id, a_transfer("cash", "wallet", "10.00"))
    posted(books, a_transfer("wallet", "cash", "10.00"))  # spent
    post_accrual(books.id, an_accrual())
    done = due(books, FIRST_OF_FEBRUARY)
    assert done["accruals_reversed"] == 1
    assert [(one["journal"], one["code"]) for one in done["refused"]] == [
        (str(read_fact(refused.answer.journal).id), "insufficient_funds")
    ]
    posted(books, a_transfer("cash", "wallet", "10.00"))
    assert due(books, FIRST_OF_FEBRUARY) == {"accruals_reversed": 1, "recurring_posted": 0}


def test_closing_entries_are_no_accruals(books: Entity) -> None:
    with pytest.raises(Malformed) as caught:
        post_accrual(books.id, an_accrual(layer="closing", effective_date=JANUARY))
    assert caught.value.pointer == "/layer"


def test_a_refused_accrual_schedules_nothing(books: Entity) -> None:
    with pytest.raises(UnknownAccount):
        post_accrual(books.id, a_transfer("rent", "nowhere", "1.00"))
    assert not ScheduledReversal.objects.filter(entity=books).exists()
