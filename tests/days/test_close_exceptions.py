"""Whatever a check, a step or a job of a close raises, the close behaves by its policy, and the record says why.

The cases are made from the registry: what a room adds tomorrow is covered by itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from itertools import cycle, islice
from typing import Any

import psycopg
import pytest
from django.db import IntegrityError

from fx.rates.errors import RateMissing
from journals.days.closing import running
from journals.days.closing.records import CloseRecord, step_names
from journals.days.closing.running import close_day
from journals.days.errors import CloseBlocked, CloseFailed
from journals.days.models import DayCloseStep
from journals.days.policies import set_day_policy
from journals.proof.ledger import verify_books
from journals.schedules import accruals, dates, recurring
from journals.schedules.accruals import post_accrual
from journals.schedules.dates import DueDates
from journals.schedules.models import RecurringJournal
from journals.schedules.recurring import create_recurring
from journals.schedules.templates import Template, TemplateLine
from ledgerflow.books.models import Entity
from ledgerflow.core.dates import EARLIEST
from ledgerflow.core.errors import Malformed, TryAgain
from ledgerflow.core.plugins import NewDayJob, registry
from tests.builders import TODAY, a_journal, a_transfer, an_account, an_entity, posted
from tests.jobs import tick_for

EXCEPTIONS = (
    OverflowError("date value out of range"),
    RuntimeError("a NUL \x00 in the middle"),
    KeyError("missing"),
    RateMissing("There is no rate."),
)
WORDS: dict[type[Exception], str] = {type(error): str(error).replace("\x00", "?") for error in EXCEPTIONS}


def each_raising(names: Iterable[str]) -> list[Any]:
    """Each of them with one of the exceptions, and each exception with one of them: what is caught does not ask who."""
    known = list(names)
    cases = islice(zip(cycle(known), cycle(EXCEPTIONS), strict=False), max(len(known), len(EXCEPTIONS)))
    return [pytest.param(name, error, id=f"{name}-{type(error).__name__}") for name, error in cases]


def some_books() -> Entity:
    entity = an_entity()
    an_account(entity, "cash")
    an_account(entity, "equity", "equity")
    posted(entity, a_transfer("cash", "equity", "10.00"))
    return entity


def raising(error: Exception) -> Any:
    def work(*_given: Any) -> Any:
        raise error

    return work


def detail_of(record: CloseRecord, step: str) -> dict[str, Any]:
    return next(one.detail for one in reversed(record.steps) if one.step == step)


def last_step(entity: Entity) -> DayCloseStep:
    return DayCloseStep.objects.filter(close__entity=entity).order_by("-id")[0]


@pytest.mark.parametrize("name, error", each_raising(registry.checks))
def test_a_check_that_raises_has_found_something(monkeypatch: pytest.MonkeyPatch, name: str, error: Exception) -> None:
    entity = some_books()
    monkeypatch.setitem(registry.checks, name, replace(registry.checks[name], find=raising(error)))
    set_day_policy(entity.id, {"checks": {name: "block"}}, actor="t")
    with pytest.raises(CloseBlocked) as blocked:
        close_day(entity.id, actor="t")
    assert blocked.value.data["blocking"] == [name]
    set_day_policy(entity.id, {"checks": {name: "warn"}}, actor="t")
    record = close_day(entity.id, actor="t")
    assert record.status == "closed"
    (found,) = detail_of(record, "checks")["findings"][name]
    assert found.startswith("The check could not be carried out:")
    assert WORDS[type(error)] in found


@pytest.mark.parametrize("name, error", each_raising(registry.close_steps))
def test_a_declared_step_that_raises_stops_the_close_until_it_does_not(
    monkeypatch: pytest.MonkeyPatch, name: str, error: Exception
) -> None:
    entity = some_books()
    with monkeypatch.context() as patch:
        patch.setitem(registry.close_steps, name, replace(registry.close_steps[name], work=raising(error)))
        with pytest.raises((CloseFailed, RateMissing)):
            close_day(entity.id, actor="t")
    failed = last_step(entity)
    assert (failed.step, failed.outcome) == (name, "failed")
    assert WORDS[type(error)] in failed.detail["message"]
    assert close_day(entity.id, actor="t").status == "closed"
    assert verify_books(entity.id) == []


@pytest.mark.parametrize("name", running.WORK)
def test_a_step_of_the_close_itself_that_raises_is_recorded_and_the_next_close_goes_on(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    entity = some_books()
    with monkeypatch.context() as patch:
        patch.setitem(running.WORK, name, raising(EXCEPTIONS[1]))
        if name == "new_day":
            assert close_day(entity.id, actor="t").status == "closed"
        else:
            with pytest.raises(CloseFailed):
                close_day(entity.id, actor="t")
    failed = last_step(entity)
    assert (failed.step, failed.outcome, failed.detail["code"]) == (name, "failed", "close_failed")
    record = close_day(entity.id, TODAY, actor="t")
    assert record.status == "closed"
    assert [step.step for step in record.steps if step.outcome != "failed"] == step_names()
    assert verify_books(entity.id) == []


@pytest.mark.parametrize("name, error", each_raising(registry.new_day_jobs))
def test_a_job_of_the_new_day_that_raises_stops_nothing(
    monkeypatch: pytest.MonkeyPatch, name: str, error: Exception
) -> None:
    entity = some_books()
    ran: list[str] = []

    def noting(job: NewDayJob) -> NewDayJob:
        def work(entity_id: Any, day: date, actor: str) -> dict[str, Any]:
            ran.append(job.name)
            return job.work(entity_id, day, actor)

        return replace(job, work=work)

    jobs = {job.name: noting(job) for job in registry.new_day_jobs.values()}
    monkeypatch.setattr(registry, "new_day_jobs", jobs | {name: replace(jobs[name], work=raising(error))})
    record = close_day(entity.id, actor="t")
    assert (record.status, record.steps[-1].outcome) == ("closed", "warned")
    (refused,) = record.steps[-1].detail["refused"]
    assert refused["job"] == name
    assert WORDS[type(error)] in refused["message"]
    assert set(ran) == registry.new_day_jobs.keys() - {name}
    assert close_day(entity.id, actor="t").status == "closed"


@pytest.mark.parametrize("name", registry.verifiers)
def test_a_verifier_that_raises_is_a_fault_and_the_others_compare(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    entity = some_books()

    def compare(connection: psycopg.Connection[Any], _entity_id: Any) -> Any:
        yield from connection.execute("SELECT 1 / 0")

    monkeypatch.setitem(registry.verifiers, name, replace(registry.verifiers[name], compare=compare))
    (fault,) = verify_books(entity.id)
    assert (fault.table, fault.key) == ("verifier", name)
    assert "division by zero" in fault.found


# What started it: dates at the beginning of time


def rent_from(entity: Entity, name: str, starts_on: date, holiday_rule: str) -> RecurringJournal:
    lines = [TemplateLine("cash", "debit", "1.00"), TemplateLine("equity", "credit", "1.00")]
    schedule = DueDates("weekly", 1, starts_on, None, None, holiday_rule)
    return create_recurring(
        entity.id, Template(name, lines, schedule), key=name, confirm_unusual_date=True, actor="t"
    ).recurring


def test_a_schedule_from_the_first_day_there_is_stops_no_close() -> None:
    """0001-01-01 is a Monday, and here Mondays are off: neither the rule nor the table takes it."""
    entity = some_books()
    set_day_policy(entity.id, {"weekend": [1]}, actor="t")
    with pytest.raises(Malformed):
        rent_from(entity, "rent", date.min, "preceding")
    first = rent_from(entity, "first", EARLIEST, "preceding")
    with pytest.raises(IntegrityError, match="_bounds"):
        RecurringJournal.objects.filter(pk=first.pk).update(starts_on=date.min, next_due=date.min)
    assert close_day(entity.id, actor="t").status == "closed"


def test_one_recurring_journal_that_raises_does_not_keep_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    entity = some_books()
    first, second = (rent_from(entity, name, TODAY, rule) for name, rule in (("a", "preceding"), ("b", "following")))
    moved = dates.moved

    def overflowing(due: date, rule: str, *given: Any) -> date:
        if rule == "preceding":
            raise OverflowError
        return moved(due, rule, *given)

    monkeypatch.setattr(recurring, "moved", overflowing)
    record = [close_day(entity.id, actor="t") for _ in range(8)][-1]
    assert [one["recurring"] for one in detail_of(record, "new_day")["refused"]] == [str(first.id)]
    assert second.runs.filter(outcome="posted").exists()


def test_one_accrual_that_raises_does_not_keep_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    entity = some_books()
    due_on = date.fromordinal(TODAY.toordinal() + 1)
    made = [post_accrual(entity.id, a_journal(("cash", "1"), ("equity", "-1")), reverse_on=due_on) for _ in range(2)]
    reverse, left = accruals.reverse_due, [OverflowError()]

    def once(*given: Any) -> Any:
        if left:
            raise left.pop()
        return reverse(*given)

    monkeypatch.setattr(accruals, "reverse_due", once)
    detail = detail_of(close_day(entity.id, actor="t"), "new_day")
    assert len(made) == 2
    assert detail["accruals_reversed"] == 1
    assert [one["code"] for one in detail["refused"]] == ["internal_error"]


def test_a_step_that_was_cut_off_by_its_connection_is_tried_again_by_the_schedule(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    entity = some_books()
    set_day_policy(entity.id, {"cut_off_minutes": 1440}, actor="t")
    with monkeypatch.context() as patch:
        patch.setitem(running.WORK, "proof", raising(psycopg.OperationalError("the connection is lost")))
        with pytest.raises(TryAgain):
            close_day(entity.id, actor="t")
    assert last_step(entity).detail["retryable"] is True
    tick_for("close_due_days", entity.id)
    assert DayCloseStep.objects.filter(close__entity=entity, close__day=TODAY, step="new_day").exists()
