"""Periods by layer, and what is posted by its date: each rule of the tables met by somebody with plain SQL."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest

from journals.dating import ONE_DAY
from tests.attacks import TODAY, TOMORROW, YESTERDAY, Attack, Books, refused_by
from tests.builders import a_transfer, an_account, posted

pytestmark = pytest.mark.every_server

STRANGER = "00000000-0000-0000-0000-000000000001"


def scheduled(attack: Attack, journal: Any, **changes: Any) -> None:
    row = {"journal_id": journal, "entity_id": attack.books.id, "due_on": TOMORROW, "event_sequence": 1}
    attack.insert("schedules_scheduledreversal", **row | changes)


def recurring(attack: Attack, **changes: Any) -> UUID:
    """A monthly journal of the last day, from today on."""
    id_ = uuid4()
    row = {
        "id": id_, "entity_id": attack.books.id, "name": "Rent", "description": "", "lines": "[]", "frequency": "monthly",
        "day": 31, "every": 1, "holiday_rule": "none", "starts_on": TODAY, "next_due": date(2026, 3, 31), "status": "active",
        "revision": 1,
    }  # fmt: skip
    attack.insert("schedules_recurringjournal", **row | changes)
    return id_


def run(attack: Attack, of: Any, **changes: Any) -> None:
    """A refused run of today."""
    row = {
        "id": uuid4(), "recurring_id": of, "due_on": TODAY, "attempt": 1, "business_date": TODAY, "outcome": "refused",
        "code": "insufficient_funds", "message": "", "event_sequence": 1, "recorded_at": "2026-03-02T12:00:00Z",
    }  # fmt: skip
    attack.insert("schedules_recurringrun", **row | changes)


def journal_of(attack: Attack, books: Books) -> UUID:
    found: UUID = attack.value("SELECT id FROM journals_journal WHERE entity_id = %s", books.id)
    return found


# Layers


def test_a_closing_entry_obeys_the_year_and_not_its_last_month(attack: Attack) -> None:
    attack.close(TODAY)
    month = attack.period(TODAY)
    with refused_by("journal_period_open"), attack.connection.transaction():
        attack.journal(day=TODAY, layer="closing")  # no year ends today
    year = attack.period(TODAY, kind="year")
    attack.status(month, 1, "closed")
    with refused_by("journal_period_open"), attack.connection.transaction():
        attack.journal(day=TODAY, layer="adjustment")
    with attack.connection.transaction(force_rollback=True):
        attack.journal(day=TODAY, layer="closing")
    attack.status(year, 1, "closed")
    with refused_by("journal_period_open"), attack.connection.transaction():
        attack.journal(day=TODAY, layer="closing")


def test_adjustments_obey_the_special_period_instead_of_the_last_month(attack: Attack) -> None:
    attack.close(TODAY)
    attack.period(TODAY, kind="year")
    month = attack.period(TODAY)
    special = attack.period(TODAY, kind="special")
    attack.status(month, 1, "closed")
    with attack.connection.transaction(force_rollback=True):
        attack.journal(day=TODAY, layer="adjustment")
    attack.status(special, 1, "closed")
    with refused_by("journal_period_open"):
        attack.journal(day=TODAY, layer="adjustment")


@pytest.mark.parametrize(
    "ends_on, changes, constraint",
    [
        (TOMORROW, {"kind": "special"}, "period_special_of_year"),
        (TODAY, {"kind": "special", "starts_on": YESTERDAY}, "period_kind_known"),
        (TODAY, {"kind": "week"}, "period_kind_known"),
        (TOMORROW + ONE_DAY, {"kind": "year"}, "period_follows"),
        (TODAY - ONE_DAY * 2, {"kind": "earlier"}, "period_follows"),
        (TODAY, {"kind": "earlier", "starts_on": date(1900, 1, 1)}, "period_follows"),
        (TOMORROW, {"name": f"year to {TODAY}"}, "period_name_unique"),
    ],
    ids=["special of no year", "a longer special one", "unknown kind", "a gap after", "a gap before", "earlier over a year",
         "name"],
)  # fmt: skip
def test_a_calendar_makes_sense(attack: Attack, ends_on: date, changes: dict[str, Any], constraint: str) -> None:
    attack.period(TODAY, kind="year")
    with refused_by(constraint):
        attack.period(ends_on, **changes)


def test_the_first_year_begins_no_later_than_income_does(attack: Attack, books: Books) -> None:
    an_account(books.entity, "sales", "income")
    posted(books.entity, a_transfer("cash", "sales", "1.00"))
    with refused_by("period_after_first_journal"), attack.connection.transaction():
        attack.period(TOMORROW, kind="year")
    with attack.connection.transaction(force_rollback=True):
        attack.period(TODAY, kind="earlier", starts_on=date(1900, 1, 1))
        attack.period(TOMORROW, kind="year")
        with refused_by("period_overlaps_none"), attack.connection.transaction():
            attack.period(TODAY, kind="year")


# Scheduled reversals


def test_a_journal_is_scheduled_once(attack: Attack, books: Books) -> None:
    journal = journal_of(attack, books)
    scheduled(attack, journal)
    with refused_by("schedules_scheduledreversal_pkey"):
        scheduled(attack, journal, due_on=TODAY)


@pytest.mark.parametrize(
    "column, constraint",
    [
        ("journal_id", "scheduled_reversal_of_journal"),
        ("entity_id", "schedules_scheduledr_entity_id_2082afa6_fk_books_ent"),
    ],
)
def test_what_is_scheduled_is_a_journal_of_books(attack: Attack, books: Books, column: str, constraint: str) -> None:
    scheduled(attack, **{"journal": journal_of(attack, books), column: STRANGER})
    with refused_by(constraint):
        attack.run(f"SET CONSTRAINTS {constraint} IMMEDIATE")


@pytest.mark.parametrize(
    "table, trigger",
    [
        ("schedules_scheduledreversal", "scheduled_reversal_immutable"),
        ("schedules_recurringrun", "recurring_run_immutable"),
    ],
)
@pytest.mark.parametrize("change", ["DELETE FROM {}", "UPDATE {} SET event_sequence = 0", "TRUNCATE {}"])
def test_what_was_scheduled_or_ran_stays(attack: Attack, table: str, trigger: str, change: str) -> None:
    assert (
        attack.value("SELECT count(*) FROM pg_trigger WHERE tgname = %s AND tgrelid = %s::regclass", trigger, table)
        == 1
    )
    with refused_by("history_is_immutable"):
        attack.run(change.format(table))


# Recurring journals


@pytest.mark.parametrize(
    "changes, constraint",
    [
        ({"status": "asleep"}, "recurring_status_known"),
        ({"holiday_rule": "maybe"}, "recurring_holiday_rule_known"),
        ({"frequency": "daily"}, "recurring_schedule_consistent"),
        ({"day": 32}, "recurring_schedule_consistent"),
        ({"frequency": "weekly", "day": 8}, "recurring_schedule_consistent"),
        ({"month": 3}, "recurring_schedule_consistent"),
        ({"frequency": "yearly"}, "recurring_schedule_consistent"),
        ({"frequency": "yearly", "month": 13}, "recurring_schedule_consistent"),
        ({"ends_on": YESTERDAY, "next_due": None}, "recurring_dates_in_order"),
        ({"next_due": YESTERDAY}, "recurring_next_due_in_range"),
        ({"ends_on": TOMORROW}, "recurring_next_due_in_range"),
        ({"status": "ended"}, "recurring_next_due_in_range"),
        ({"day": -1}, "recurring_schedule_consistent"),
        ({"frequency": "yearly", "month": -1}, "recurring_schedule_consistent"),
        ({"frequency": "quarterly", "month": 3}, "recurring_schedule_consistent"),
        ({"every": 0}, "recurring_counts_known"),
        ({"every": 121}, "recurring_counts_known"),
        ({"times": 3}, "recurring_counts_known"),
        ({"times": 0, "ends_on": date(2026, 3, 31)}, "recurring_counts_known"),
    ],
    ids=["status", "holiday rule", "frequency", "day", "weekday", "month of a monthly one", "no month", "13th month",
         "ends before it starts", "due before it starts", "due after it ends", "due though ended", "day below zero",
         "month below zero", "month of a quarterly one", "never", "too rarely", "times without an end", "no times"],
)  # fmt: skip
def test_a_schedule_makes_sense(attack: Attack, changes: dict[str, Any], constraint: str) -> None:
    with refused_by(constraint):
        recurring(attack, **changes)


def test_a_recurring_journal_is_one_and_of_books(attack: Attack) -> None:
    made = recurring(attack)
    with refused_by("schedules_recurringjournal_pkey"), attack.connection.transaction():
        recurring(attack, id=made)
    recurring(attack, entity_id=STRANGER)
    with refused_by("schedules_recurringj_entity_id_57bb9aeb_fk_books_ent"):
        attack.run("SET CONSTRAINTS schedules_recurringj_entity_id_57bb9aeb_fk_books_ent IMMEDIATE")


def test_a_due_date_is_posted_once_and_each_attempt_counts(attack: Attack, books: Books) -> None:
    made = recurring(attack)
    posted = {"outcome": "posted", "code": "", "journal_id": journal_of(attack, books)}
    run(attack, made)
    with refused_by("recurring_run_attempt_unique"), attack.connection.transaction():
        run(attack, made)
    run(attack, made, attempt=2, **posted)
    with refused_by("recurring_run_posted_once"), attack.connection.transaction():
        run(attack, made, attempt=3, **posted)
    with refused_by("schedules_recurringrun_pkey"):
        attack.run("INSERT INTO schedules_recurringrun SELECT * FROM schedules_recurringrun")


@pytest.mark.parametrize(
    "changes, constraint",
    [
        ({"outcome": "posted"}, "recurring_run_outcome"),
        ({"outcome": "posted", "code": ""}, "recurring_run_outcome"),
        ({"code": ""}, "recurring_run_outcome"),
        ({"outcome": "lost"}, "recurring_run_outcome"),
        ({"attempt": -1}, "schedules_recurringrun_attempt_check"),
    ],
    ids=["posted with a refusal", "posted without a journal", "refused for nothing", "unknown", "attempt below zero"],
)
def test_a_run_says_what_became_of_it(attack: Attack, changes: dict[str, Any], constraint: str) -> None:
    made = recurring(attack)
    with refused_by(constraint):
        run(attack, made, **changes)


@pytest.mark.parametrize(
    "changes, constraint",
    [
        ({}, "schedules_recurringr_recurring_id_72e609d3_fk_schedules"),
        (
            {"outcome": "posted", "code": "", "journal_id": STRANGER},
            "schedules_recurringr_journal_id_593403b2_fk_journals_",
        ),
    ],
    ids=["recurring journal", "journal"],
)
def test_a_run_refers_to_what_exists(attack: Attack, changes: dict[str, Any], constraint: str) -> None:
    run(attack, recurring(attack) if changes else STRANGER, **changes)
    with refused_by(constraint):
        attack.run(f"SET CONSTRAINTS {constraint} IMMEDIATE")
