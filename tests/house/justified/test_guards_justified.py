"""What decides or explains something is tied to its event, and what takes two people to their proposal.

Each attack is by the application's role with its grants, and would be what it changes: rows beside it are forged to fit.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from journals.days.closing.running import close_day
from journals.days.models import DayClose
from journals.days.reopening import propose_reopening
from journals.periods.use_cases import close_period, make_fiscal_year, periods_of
from ledgerflow.approvals.use_cases import decide
from tests.approving import a_person
from tests.attacks import TODAY, TOMORROW, Attack, Books, refused_by

pytestmark = pytest.mark.every_server

SignIn = Callable[..., psycopg.Connection[Any]]
COMMIT = "SET CONSTRAINTS ALL IMMEDIATE"
MONTH_END = date(2026, 1, 31)
RECORDS = "days_daycutoff"


def told(attack: Attack, kind: str, subject: object, fact: dict[str, Any]) -> int:
    """An event that tells of something, forged; gives its sequence."""
    sequence = attack.last_event(attack.books.id) + 1
    attack.event(sequence=sequence, type=kind, subject=str(subject), data=json.dumps(fact, default=str))
    return sequence


# Days


def cut_off(attack: Attack, **changes: Any) -> UUID:
    """A cut-off of today with its event and its run, all that there is to it."""
    run = uuid4()
    sequence = told(attack, "day.cut_off", TODAY, {"close": run, "day": TODAY, "number": 1})
    attack.cut_off_record(1, "cut_off", TODAY, None, event_sequence=sequence)
    row = {
        "id": run, "entity_id": attack.books.id, "day": TODAY, "version": 1, "number": 1, "actor": "attacker",
        "event_sequence": sequence, "started_at": "2026-03-02T12:00:00Z",
    }  # fmt: skip
    attack.insert("days_dayclose", **row | changes)
    return run


def test_a_cut_off_with_all_that_belongs_to_it_is_taken(attack: Attack) -> None:
    """So that what is refused below is refused for what it lacks."""
    cut_off(attack)
    attack.run(COMMIT)


@pytest.mark.parametrize("action, through", [("cut_off", None), ("close", TODAY)])
def test_days_are_not_closed_without_an_event(attack: Attack, action: str, through: date | None) -> None:
    if action == "close":
        cut_off(attack)
    attack.cut_off_record(1 + (action == "close"), action, TODAY, through)
    with refused_by("day_has_event"):
        attack.run(COMMIT)


def test_an_old_event_closes_no_day(attack: Attack, own: Books) -> None:
    """The event of a close that was cancelled, for another one."""
    cut_off(attack)
    sequence = told(attack, "day.close_cancelled", TODAY, {"day": TODAY, "reason": "r"})
    attack.cut_off_record(2, "cancel", TODAY, None, event_sequence=sequence)
    attack.connection.commit()
    old = attack.value(f"SELECT event_sequence FROM {RECORDS} WHERE entity_id = %s AND number = 1", own.id)
    attack.cut_off_record(3, "cut_off", TODAY, None, event_sequence=old)
    with refused_by("day_has_event"):
        attack.connection.commit()


def test_a_cut_off_begins_a_run(attack: Attack) -> None:
    sequence = told(attack, "day.cut_off", TODAY, {"close": uuid4(), "day": TODAY, "number": 1})
    attack.cut_off_record(1, "cut_off", TODAY, None, event_sequence=sequence)
    with refused_by("day_cut_off_has_run"):
        attack.run(COMMIT)


def test_a_run_begins_with_its_cut_off(attack: Attack) -> None:
    row = {"day": TODAY, "version": 1, "number": 1, "actor": "attacker", "event_sequence": 1}
    attack.insert("days_dayclose", id=uuid4(), entity_id=attack.books.id, started_at="2026-03-02T12:00:00Z", **row)
    with refused_by("day_run_has_cut_off"):
        attack.run(COMMIT)


@pytest.mark.parametrize("steps", [[], ["snapshot"], ["proof"], ["snapshot", "other proof"]], ids=str)
def test_a_day_does_not_close_without_a_snapshot_and_its_proof(attack: Attack, steps: list[str]) -> None:
    run = cut_off(attack)
    for step in steps:
        attack.insert(
            "days_dayclosestep", id=uuid4(), close_id=run, step=step.rpartition(" ")[2], outcome="done",
            detail='{"sha256":"other"}', actor="attacker", started_at="2026-03-02T12:00:00Z",
            ended_at="2026-03-02T12:00:00Z",
        )  # fmt: skip
    sequence = told(attack, "day.closed", TODAY, {"close": run, "day": TODAY, "number": 1, "sha256": "a"})
    attack.cut_off_record(2, "close", TODAY, TODAY, event_sequence=sequence)
    with refused_by("day_close_has_snapshot"):
        attack.run(COMMIT)


def reopen(attack: Attack, number: int, **changes: Any) -> None:
    sequence = told(attack, "day.reopened", TODAY, {"day": TODAY})
    attack.cut_off_record(number, "reopen", TODAY, None, event_sequence=sequence, **changes)


def test_two_invented_names_reopen_no_day(attack: Attack, own: Books) -> None:
    close_day(own.id, TODAY, actor="t")
    attack.catch_up()
    reopen(attack, 3, actor="user:nobody1", approved_by="user:nobody2")
    with refused_by("day_reopening_has_proposal"):
        attack.run(COMMIT)


def test_what_one_person_proposed_reopens_no_day(attack: Attack, own: Books) -> None:
    close_day(own.id, TODAY, actor="t")
    person = a_person("days.reopen_day")
    proposal = propose_reopening(own.id, TODAY, reason="r", person=person, via=person)
    attack.catch_up()
    reopen(attack, 3, actor=person, approved_by="user:accomplice", proposal_id=proposal.id)
    with refused_by("day_reopening_has_proposal"):
        attack.run(COMMIT)


def test_a_proposal_reopens_once(attack: Attack, own: Books) -> None:
    close_day(own.id, TODAY, actor="t")
    person, other = a_person("days.reopen_day"), a_person("days.reopen_day")
    proposal = propose_reopening(own.id, TODAY, reason="r", person=person, via=person)
    assert decide(own.id, proposal.id, "approved", person=other, via=other).failure is None
    close_day(own.id, TODAY, actor="t")
    attack.catch_up()
    reopen(attack, 6, actor=person, approved_by=other, proposal_id=proposal.id)
    with refused_by("day_reopening_has_proposal"):
        attack.run(COMMIT)


def test_no_row_is_added_to_a_snapshot(attack: Attack, own: Books) -> None:
    """As-of balances of a closed day would change."""
    for day in (TODAY, TOMORROW):
        close_day(own.id, day, actor="t")
    number = DayClose.objects.filter(entity=own.entity).latest("number").number
    row = {"opening": 100, "debits": 900, "credits": 0, "closing": 1000, "count": 1, "last_version": 1}
    with refused_by("day_snapshot_of_its_close"):
        attack.insert(
            "days_daysnapshot",
            account_id=own.cash,
            day=TOMORROW,
            number=number,
            total_debits=1000,
            total_credits=0,
            **row,
        )


# Periods


@pytest.fixture
def year(sign_in: SignIn) -> Attack:
    """Books whose January is closed."""
    books = Books(MONTH_END)
    make_fiscal_year(books.id, date(2026, 1, 1), actor="t")
    close_day(books.id, MONTH_END, actor="t")
    close_period(books.id, periods_of(books.id).get(kind="month", ends_on=MONTH_END).id, actor="t")
    attack = Attack(sign_in(), books)
    attack.catch_up()
    return attack


def january(attack: Attack) -> UUID:
    return periods_of(attack.books.id).get(kind="month", ends_on=MONTH_END).id


def test_a_period_is_made_by_an_event(attack: Attack) -> None:
    period = attack.period(TODAY)
    with refused_by("period_has_event"), attack.connection.transaction():
        attack.run(COMMIT)
    made = {"id": period, "kind": "month", "name": f"month to {TODAY}", "starts_on": TODAY, "ends_on": TOMORROW}
    told(attack, "period.year_made", period, {"periods": [made]})
    with refused_by("period_has_event"):  # of other dates
        attack.run(COMMIT)


@pytest.mark.parametrize(
    "starts_on, ends_on",
    [(date(2026, 1, 15), date(2026, 2, 14)), (date(2026, 12, 31), date(2027, 1, 5)), (date(2025, 1, 1), date(2027, 1, 1))],
)  # fmt: skip
def test_periods_do_not_overlap(year: Attack, starts_on: date, ends_on: date) -> None:
    with refused_by("period_overlaps_none"):
        year.period(ends_on, starts_on=starts_on)


def test_a_status_has_its_event(year: Attack) -> None:
    february = periods_of(year.books.id).get(kind="month", ends_on=date(2026, 2, 28)).id
    year.status(february, 1, "locked")
    with refused_by("period_status_has_event"):
        year.run(COMMIT)


def test_two_invented_names_reopen_no_period(year: Attack) -> None:
    sequence = told(year, "period.reopened", january(year), {"number": 2})
    year.status(january(year), 2, "open", reason="r", actor="x", approved_by="y", event_sequence=sequence)
    with refused_by("period_reopening_has_proposal"):
        year.run(COMMIT)
