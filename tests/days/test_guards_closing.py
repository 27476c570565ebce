"""How days were closed is history: runs, steps and snapshots are written once; a policy stays within its bounds."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.attacks import TODAY, TOMORROW, Attack, refused_by

pytestmark = pytest.mark.every_server

STRANGER = UUID(int=1)
MOMENT = "2026-03-02T12:00:00Z"


def close_row(attack: Attack, **changes: Any) -> UUID:
    row: dict[str, Any] = {
        "id": uuid4(), "entity_id": attack.books.id, "day": TODAY, "version": 1, "number": 1, "previous_day": None,
        "actor": "attacker", "event_sequence": 1, "started_at": MOMENT,
    } | changes  # fmt: skip
    attack.insert("days_dayclose", **row)
    made: UUID = row["id"]
    return made


def step(attack: Attack, close: UUID, **changes: Any) -> None:
    row = {
        "id": uuid4(), "close_id": close, "step": "proof", "outcome": "done", "detail": "{}", "actor": "attacker",
        "started_at": MOMENT, "ended_at": MOMENT,
    } | changes  # fmt: skip
    attack.insert("days_dayclosestep", **row)


def snapshot(attack: Attack, **changes: Any) -> None:
    row = {
        "account_id": attack.books.cash, "day": TODAY, "number": 1, "opening": 0, "debits": 100, "credits": 0,
        "closing": 100, "count": 1, "last_version": 1, "total_debits": 100, "total_credits": 0,
    } | changes  # fmt: skip
    attack.insert("days_daysnapshot", **row)


def policy(attack: Attack, **changes: Any) -> None:
    row = {
        "entity_id": attack.books.id, "cut_off_minutes": None, "weekend": "[]", "holidays": "{}",
        "holiday_policy": "allow", "checks": "{}", "revision": 0,
    } | changes  # fmt: skip
    attack.insert("days_daypolicy", **row)


def test_a_run_has_its_own_version_of_the_day_and_its_own_number(attack: Attack) -> None:
    run = close_row(attack)
    with refused_by("days_dayclose_pkey"), attack.connection.transaction():
        close_row(attack, id=run, version=2, number=2)
    with refused_by("day_close_version_unique"), attack.connection.transaction():
        close_row(attack, number=2)
    with refused_by("day_close_number_unique"), attack.connection.transaction():
        close_row(attack, day=TOMORROW)
    with refused_by("days_dayclose_version_check"):
        close_row(attack, version=-1, number=2)


def test_a_step_is_passed_once_and_refused_as_often_as_it_takes(attack: Attack) -> None:
    run = close_row(attack)
    for outcome in ("blocked", "failed", "blocked", "warned"):
        step(attack, run, outcome=outcome)
    for outcome in ("done", "warned"):
        with refused_by("day_close_step_once"), attack.connection.transaction():
            step(attack, run, outcome=outcome)
    with refused_by("day_close_step_outcome"):
        step(attack, run, step="close", outcome="fine")


@pytest.mark.parametrize(
    "changes",
    [{"closing": 99}, {"debits": 99}, {"opening": 1}, {"total_debits": 101}, {"total_credits": 1}],
    ids=lambda changes: next(iter(changes)),
)
def test_a_snapshot_adds_up(attack: Attack, changes: dict[str, int]) -> None:
    with refused_by("day_snapshot_adds_up"):
        snapshot(attack, **changes)


NAN = Decimal("NaN")


@pytest.mark.parametrize(
    "changes",
    [
        dict.fromkeys(("opening", "debits", "credits", "closing", "total_debits", "total_credits"), NAN),
        {"debits": NAN, "closing": NAN, "total_debits": NAN},
        {"opening": Decimal("Infinity"), "closing": Decimal("Infinity"), "total_debits": Decimal("Infinity")},
        {"credits": -1, "debits": 99},
        {"opening": -100, "debits": 200},
        {"count": -1},
        {"last_version": -1},
    ],
    ids=["NaN", "NaN moved", "infinite", "negative", "more in a day than ever", "count", "version"],
)
def test_amounts_of_a_snapshot(attack: Attack, changes: dict[str, Any]) -> None:
    with refused_by("day_snapshot_amounts_sane"):
        snapshot(attack, **changes)


def test_a_close_has_one_snapshot_of_an_account(attack: Attack) -> None:
    attack.run("ALTER TABLE days_daysnapshot DISABLE TRIGGER day_snapshot_guard")
    snapshot(attack)
    with refused_by("days_daysnapshot_pkey"):
        snapshot(attack)


@pytest.mark.parametrize("minutes", [0, 2881])
def test_a_cut_off_lies_within_two_days(attack: Attack, minutes: int) -> None:
    with refused_by("day_policy_cut_off_range"):
        policy(attack, cut_off_minutes=minutes)


def test_a_cut_off_is_never_negative(attack: Attack) -> None:
    attack.run("ALTER TABLE days_daypolicy DROP CONSTRAINT day_policy_cut_off_range")
    with refused_by("days_daypolicy_cut_off_minutes_check"):
        policy(attack, cut_off_minutes=-1)


def test_an_entity_has_one_policy_that_is_known(attack: Attack) -> None:
    with refused_by("day_policy_holidays_known"), attack.connection.transaction():
        policy(attack, holiday_policy="ignore")
    policy(attack)
    with refused_by("days_daypolicy_pkey"):
        policy(attack)


def test_runs_steps_snapshots_and_policies_belong_to_something(attack: Attack) -> None:
    made: dict[str, Callable[[], object]] = {
        "days_dayclose_entity_id_e9f6e336_fk_books_entity_id": lambda: close_row(attack, entity_id=STRANGER),
        "days_dayclosestep_close_id_a4951b60_fk_days_dayclose_id": lambda: step(attack, STRANGER),
        "days_daysnapshot_account_id_96742414_fk_accounts_account_id": lambda: snapshot(attack, account_id=STRANGER),
        "days_daypolicy_entity_id_a943b956_fk_books_entity_id": lambda: policy(attack, entity_id=STRANGER),
    }
    for constraint, insert in made.items():
        insert()
        with refused_by(constraint):
            attack.run("SET CONSTRAINTS ALL IMMEDIATE")
        attack.connection.rollback()


def test_a_step_has_its_own_id(attack: Attack) -> None:
    one = uuid4()
    run = close_row(attack)
    step(attack, run, id=one)
    with refused_by("days_dayclosestep_pkey"):
        step(attack, run, id=one, step="close")


def test_a_close_still_to_come_cannot_be_made_up(attack: Attack) -> None:
    """Rows of a close alone close nothing: the cut-off record does, and it wants its cut-off first."""
    run = close_row(attack)
    step(attack, run, step="close")
    attack.journal(day=TODAY)
    with refused_by("day_cut_off_in_order"):
        attack.cut_off_record(1, "close", TODAY, TODAY)
