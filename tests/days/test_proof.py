"""The proof names each cut-off record, close, step, snapshot and policy that is not what the events say."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from journals.days.closing.running import cancel_close, close_day
from journals.days.errors import CloseBlocked
from journals.days.models import DayClose, DayCloseStep, DayCutOff
from journals.days.policies import set_day_policy
from journals.days.proof import check_days
from journals.proof.ledger import verify_in
from ledgerflow.books.models import Entity
from tests.approving import reopened
from tests.builders import TODAY, a_transfer, an_account, an_entity, posted

TOMORROW = TODAY + timedelta(days=1)


@pytest.fixture(scope="module")
def books() -> Entity:
    """Cut-off records 1 to 9: a close given up, two days closed, both reopened, the first of them closed again."""
    entity = an_entity()
    an_account(entity, "cash")
    an_account(entity, "equity", "equity")
    an_account(entity, "lost", role="suspense")
    set_day_policy(entity.id, {"checks": {"suspense": "block"}, "holidays": {"2026-12-25": "A feast"}}, actor="t")
    posted(entity, a_transfer("cash", "equity", "7.00", effective_date=TODAY - timedelta(days=9)))
    posted(entity, a_transfer("lost", "equity", "10.00"))
    with pytest.raises(CloseBlocked):
        close_day(entity.id, actor="t")
    cancel_close(entity.id, TODAY, reason="to clear suspense", actor="t")
    posted(entity, a_transfer("cash", "lost", "10.00", effective_date=TODAY))
    close_day(entity.id, actor="t")
    posted(entity, a_transfer("equity", "cash", "1.50"))
    close_day(entity.id, actor="t")
    reopened(entity, TODAY)
    posted(entity, a_transfer("cash", "equity", "4.00", effective_date=TODAY))
    close_day(entity.id, actor="t")
    return entity


def blocked_books() -> Entity:
    """A day that does not close because of what is on suspense."""
    entity = an_entity()
    an_account(entity, "lost", role="suspense")
    an_account(entity, "equity", "equity")
    set_day_policy(entity.id, {"checks": {"suspense": "block"}}, actor="t")
    posted(entity, a_transfer("lost", "equity", "10.00"))
    with pytest.raises(CloseBlocked):
        close_day(entity.id, actor="t")
    return entity


@pytest.fixture(scope="module")
def blocked() -> Entity:
    return blocked_books()


@pytest.fixture(scope="module")
def accepted() -> Entity:
    entity = blocked_books()
    close_day(entity.id, actor="t", accept="known since Monday")
    return entity


@pytest.fixture
def forger(forger: psycopg.Connection[Any]) -> psycopg.Connection[Any]:
    forger.execute("SET TIME ZONE 'UTC'")
    for name in ("day_snapshot_amounts_sane", "days_daysnapshot_bounds"):
        forger.execute(f"ALTER TABLE days_daysnapshot DROP CONSTRAINT {name}".encode())
    return forger


def named(connection: psycopg.Connection[Any], books: Entity) -> set[tuple[str, str, str]]:
    found = list(check_days(connection, books.id))
    assert all(fault.expected != fault.found for fault in found)
    return {(fault.table, fault.key, fault.what.partition(".")[0]) for fault in found}


def test_honest_days_are_proven(forger: psycopg.Connection[Any], books: Entity) -> None:
    assert DayCutOff.objects.filter(entity=books).count() == 9
    assert named(forger, books) == set()
    assert verify_in(forger, books.id).faults == []


@pytest.mark.parametrize(
    "number, column, value",
    [
        (1, "action", "close"),
        (1, "day", "2026-03-01"),
        (4, "closed_through", "2026-03-05"),
        (3, "ordinary_through", "2026-03-05"),
        (2, "reason", "another"),
        (4, "actor", "user:other"),
        (7, "approved_by", "user:other"),
        (7, "proposal_id", "00000000-0000-0000-0000-000000000001"),
        (4, "event_sequence", "1"),
        (4, "recorded_at", "2020-01-01T00:00:00Z"),
    ],
    ids=lambda value: value if isinstance(value, str) and "_" in value and value.islower() else None,
)
def test_a_rewritten_cut_off_is_named(
    forger: psycopg.Connection[Any], books: Entity, number: int, column: str, value: str
) -> None:
    forger.execute("ALTER TABLE days_daycutoff DROP CONSTRAINT day_cut_off_consistent")
    forger.execute(
        f"UPDATE days_daycutoff SET {column} = %s WHERE entity_id = %s AND number = %s".encode(),
        (value, books.id, number),
    )
    assert named(forger, books) == {("days_daycutoff", str(number), column)}


def test_a_cut_off_that_is_gone_is_missed_and_one_too_many_is_extra(
    forger: psycopg.Connection[Any], books: Entity
) -> None:
    forger.execute("DELETE FROM days_daycutoff WHERE entity_id = %s AND number = 7", (books.id,))
    forger.execute("UPDATE days_daycutoff SET number = 10 WHERE entity_id = %s AND number = 9", (books.id,))
    assert named(forger, books) == {("days_daycutoff", number, "row") for number in ("7", "9", "10")}


@pytest.mark.parametrize(
    "column, value",
    [
        ("id", "00000000-0000-0000-0000-000000000001"),
        ("day", "2026-03-01"),
        ("version", "9"),
        ("previous_day", "2026-03-01"),
        ("actor", "user:other"),
        ("event_sequence", "1"),
        ("started_at", "2020-01-01T00:00:00Z"),
    ],
)
def test_a_rewritten_close_is_named(forger: psycopg.Connection[Any], books: Entity, column: str, value: str) -> None:
    forger.execute(
        f"UPDATE days_dayclose SET {column} = %s WHERE entity_id = %s AND number = 5".encode(), (value, books.id)
    )
    assert ("days_dayclose", "5", column) in named(forger, books)


def test_a_close_that_is_gone_is_missed(forger: psycopg.Connection[Any], books: Entity) -> None:
    forger.execute("DELETE FROM days_dayclose WHERE entity_id = %s AND number = 5", (books.id,))
    assert ("days_dayclose", "5", "row") in named(forger, books)


@pytest.mark.parametrize("step", ["cut_off", "checks", "revaluation", "proof", "close"])
def test_a_step_that_is_gone_is_missed(forger: psycopg.Connection[Any], books: Entity, step: str) -> None:
    taken = DayCloseStep.objects.get(close__entity=books, close__number=8, step=step)
    forger.execute("DELETE FROM days_dayclosestep WHERE id = %s", (taken.id,))
    assert ("days_dayclosestep", str(taken.id), "row") in named(forger, books)


@pytest.mark.parametrize(
    "name, value", [("sha256", '"beef"'), ("accounts", "7"), ("totals", "{}")], ids=["sha256", "accounts", "totals"]
)
def test_a_proof_that_tells_another_story_is_named(
    forger: psycopg.Connection[Any], books: Entity, name: str, value: str
) -> None:
    taken = DayCloseStep.objects.get(close__entity=books, close__number=8, step="proof")
    forger.execute(
        "UPDATE days_dayclosestep SET detail = jsonb_set(detail, ARRAY[%s], %s) WHERE id = %s", (name, value, taken.id)
    )
    assert named(forger, books) == {("days_dayclosestep", str(taken.id), "detail")}


@pytest.mark.parametrize(
    "change, what",
    [
        ("UPDATE days_dayclosestep SET detail = detail - 'accepted' WHERE detail ? 'accepted'", "detail"),
        ("UPDATE days_dayclosestep SET outcome = 'done' WHERE outcome = 'warned'", "outcome"),
        ("DELETE FROM days_dayclosestep WHERE outcome = 'blocked'", "row"),
    ],
    ids=["accepted reason wiped", "warning wiped", "blocked step wiped"],
)
def test_why_a_day_was_closed_nevertheless_cannot_be_wiped(
    forger: psycopg.Connection[Any], accepted: Entity, change: str, what: str
) -> None:
    assert named(forger, accepted) == set()
    mine = "close_id IN (SELECT id FROM days_dayclose WHERE entity_id = %s)"
    forger.execute(f"{change} AND {mine}".encode(), (accepted.id,))
    assert {(table, name) for table, _, name in named(forger, accepted)} == {("days_dayclosestep", what)}


def test_what_stopped_a_close_is_told_before_it_ends(forger: psycopg.Connection[Any], blocked: Entity) -> None:
    """That its cut-off is not told yet is no fault."""
    assert named(forger, blocked) == set()
    mine = "close_id IN (SELECT id FROM days_dayclose WHERE entity_id = %s)"
    change = f"UPDATE days_dayclosestep SET detail = '{{}}' WHERE step = 'checks' AND {mine}"
    forger.execute(change.encode(), (blocked.id,))
    assert {name for _, _, name in named(forger, blocked)} == {"detail"}


def test_a_run_that_was_given_up_was_never_closed(forger: psycopg.Connection[Any], books: Entity) -> None:
    run = DayClose.objects.get(entity=books, number=1)
    forger.execute(
        """INSERT INTO days_dayclosestep (id, close_id, step, outcome, detail, actor, started_at, ended_at)
           VALUES (%s, %s, 'close', 'done', '{}', 't', now(), now())""",
        (extra := uuid4(), run.id),
    )
    assert named(forger, books) == {("days_dayclosestep", str(extra), "row")}


FORGED = "account_id = (SELECT id FROM accounts_account WHERE entity_id = %s AND code = 'cash')"


@pytest.mark.parametrize("number, day", [(8, TODAY)], ids=["in force"])
@pytest.mark.parametrize(
    "change, figures",
    [
        ("closing = closing + 1, debits = debits + 1, total_debits = total_debits + 1", {"debits", "total_debits"}),
        (
            "closing = closing - 1, credits = credits + 1, total_credits = total_credits + 1",
            {"credits", "total_credits"},
        ),
        ("total_debits = total_debits + 1, total_credits = total_credits + 1", {"total_debits", "total_credits"}),
        ("count = count + 1", {"count"}),
        ("debits = 'NaN', opening = 'NaN', closing = 'NaN', total_debits = 'NaN'", {"debits", "total_debits"}),
    ],
    ids=["debits", "credits", "totals", "count", "NaN"],
)
def test_a_snapshot_in_force_is_compared_with_its_day_totals(
    forger: psycopg.Connection[Any], books: Entity, number: int, day: Any, change: str, figures: set[str]
) -> None:
    forger.execute(f"UPDATE days_daysnapshot SET {change} WHERE {FORGED} AND number = %s".encode(), (books.id, number))
    found = named(forger, books)
    assert {what for table, key, what in found if key == f"cash {day}"} == figures


@pytest.mark.parametrize("number, day, version", [(3, TODAY, 2), (5, TOMORROW, 1), (8, TODAY, 3)])
def test_the_hash_of_a_close_names_what_day_totals_cannot(
    forger: psycopg.Connection[Any], books: Entity, number: int, day: Any, version: int
) -> None:
    """The last version of an account, and the rows of closes that are in force no more."""
    forger.execute(
        f"UPDATE days_daysnapshot SET last_version = last_version + 1 WHERE {FORGED} AND number = %s".encode(),
        (books.id, number),
    )
    assert ("days_daysnapshot", f"{day} version {version}", "sha256") in named(forger, books)


def test_a_snapshot_that_is_gone_is_missed_and_one_of_no_close_is_extra(
    forger: psycopg.Connection[Any], books: Entity
) -> None:
    forger.execute(f"DELETE FROM days_daysnapshot WHERE {FORGED} AND number = 8".encode(), (books.id,))
    found = named(forger, books)
    assert {
        ("days_daysnapshot", f"{TODAY} of close 8", "rows"),
        ("days_daysnapshot", f"cash {TODAY}", "row"),
    } <= found
    forger.rollback()
    forger.execute("SET session_replication_role = replica")
    forger.execute(
        f"""INSERT INTO days_daysnapshot (account_id, day, number, opening, debits, credits, closing, count,
                last_version, total_debits, total_credits)
            SELECT account_id, day, 9, 0, 0, 0, 0, 0, 9, 0, 0 FROM days_daysnapshot
            WHERE {FORGED} AND number = 8""".encode(),
        (books.id,),
    )
    assert ("days_daysnapshot", f"{TODAY} of close 9", "rows") in named(forger, books)


@pytest.mark.parametrize(
    "column, value",
    [
        ("cut_off_minutes", "1440"),
        ("weekend", "[6]"),
        ("holidays", "{}"),
        ("holiday_policy", "refuse"),
        ("checks", "{}"),
        ("revision", "1"),
    ],
)
def test_a_rewritten_policy_is_named(forger: psycopg.Connection[Any], books: Entity, column: str, value: str) -> None:
    forger.execute(f"UPDATE days_daypolicy SET {column} = %s WHERE entity_id = %s".encode(), (value, books.id))
    assert named(forger, books) == {("days_daypolicy", "", column)}


def test_a_policy_that_is_gone_is_missed(forger: psycopg.Connection[Any], books: Entity) -> None:
    forger.execute("DELETE FROM days_daypolicy WHERE entity_id = %s", (books.id,))
    assert named(forger, books) == {("days_daypolicy", "", "row")}


def test_a_policy_nobody_set_is_extra(forger: psycopg.Connection[Any]) -> None:
    other = an_entity()
    forger.execute(
        """INSERT INTO days_daypolicy (entity_id, weekend, holidays, holiday_policy, checks, revision)
           VALUES (%s, '[]', '{}', 'allow', '{}', 1)""",
        (other.id,),
    )
    assert named(forger, other) == {("days_daypolicy", "", "row")}


@pytest.mark.parametrize("data", ["[]", "{}", "no JSON", '{"day":"soon"}'])
@pytest.mark.parametrize("type_", ["day.cut_off", "day.closed", "day.close_cancelled", "day.reopened"])
def test_an_event_that_tells_nothing_is_named(
    forger: psycopg.Connection[Any], books: Entity, type_: str, data: str
) -> None:
    event = books.events.filter(type=type_).order_by("sequence")[0]
    forger.execute(
        "UPDATE books_event SET data = %s WHERE entity_id = %s AND sequence = %s", (data, books.id, event.sequence)
    )
    assert ("books_event", str(event.sequence), "data") in named(forger, books)


def test_a_reopening_nobody_else_approved_is_named(forger: psycopg.Connection[Any], books: Entity) -> None:
    """However well the events were forged along with the rows."""
    cut_off_record = DayCutOff.objects.get(entity=books, number=7)
    forger.execute("ALTER TABLE days_daycutoff DROP CONSTRAINT day_cut_off_reopened_by_two")
    forger.execute("UPDATE days_daycutoff SET approved_by = actor WHERE id = %s", (cut_off_record.id,))
    forger.execute(
        "UPDATE books_event SET data = replace(data, %s, %s) WHERE entity_id = %s AND sequence = %s",
        (cut_off_record.approved_by, cut_off_record.actor, books.id, cut_off_record.event_sequence),
    )
    found = [fault for fault in check_days(forger, books.id) if fault.what == "approved_by"]
    assert [(fault.expected, fault.found) for fault in found] == [
        (cut_off_record.approved_by, cut_off_record.actor), ("another person", cut_off_record.actor),
    ]  # fmt: skip
