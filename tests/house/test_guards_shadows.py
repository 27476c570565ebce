"""A temporary table hides the table of its name, and a guard must not look at it instead."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from journals.days.closing.running import close_day
from journals.periods.use_cases import close_period, make_fiscal_year, periods_of
from tests.attacks import TODAY, Attack, Books, connect, refused_by

pytestmark = pytest.mark.every_server

SignIn = Callable[..., psycopg.Connection[Any]]
OURS = """
    SELECT proname FROM pg_proc
    WHERE pronamespace = 'public'::regnamespace
      AND NOT coalesce('search_path=pg_catalog, public, pg_temp' = ANY (proconfig), false)
"""


@pytest.fixture
def own(request: pytest.FixtureRequest) -> Books:
    """Books of one test alone, because a day is closed in them."""
    return Books(getattr(request, "param", TODAY))


@pytest.fixture
def attack(own: Books) -> Iterator[Attack]:
    """As somebody who may make temporary tables, which the application's role may not: the guards hold by themselves."""
    with connect() as connection:
        yield Attack(connection, own)
        connection.rollback()


def shadow(attack: Attack, table: str, *, copied: bool = False) -> None:
    """A temporary table in front of `table`: empty, or with the rows that are there."""
    attack.run(f"CREATE TEMPORARY TABLE {table} (LIKE public.{table}) ON COMMIT DROP")
    if copied:
        attack.run(f"INSERT INTO pg_temp.{table} SELECT * FROM public.{table}")


def journal(attack: Attack, day: date = TODAY, **changes: Any) -> None:
    """A balanced journal that goes into the tables of the books, whatever hides them."""
    attack.schema = "public"
    attack.catch_up()
    attack.journal(day=day, **changes)


def test_every_function_names_the_schemas_it_looks_in() -> None:
    """With the temporary schema last, where a table of the same name never hides one of ours."""
    with connect() as connection:
        assert connection.execute(OURS).fetchall() == []


def test_a_function_without_it_is_seen(attack: Attack) -> None:
    """The check above can fail."""
    attack.run("CREATE FUNCTION public.sloppy() RETURNS integer LANGUAGE sql AS 'SELECT 1'")
    assert attack.run(OURS).fetchall() == [("sloppy",)]


def test_the_applications_role_makes_no_temporary_table(sign_in: SignIn) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        sign_in().execute("CREATE TEMPORARY TABLE journals_posting (LIKE public.journals_posting)")


def test_a_balanced_copy_does_not_hide_lines_that_do_not_balance(attack: Attack, own: Books) -> None:
    one = uuid4()
    attack.schema = "public"
    attack.line(one, 1, own.cash, "1000000.00")
    shadow(attack, "journals_posting", copied=True)
    attack.schema = "pg_temp"
    attack.line(one, 2, own.capital, "-1000000.00")
    attack.schema = "public"
    with refused_by("journal_balances"):
        attack.head(one)


def test_an_empty_copy_of_the_cut_offs_opens_no_closed_day(attack: Attack, own: Books) -> None:
    close_day(own.id, TODAY, actor="t")
    shadow(attack, "days_daycutoff")
    with refused_by("journal_day_open"):
        journal(attack)


def test_a_copy_of_the_entity_moves_no_business_date(attack: Attack) -> None:
    shadow(attack, "books_entity", copied=True)
    attack.run("UPDATE pg_temp.books_entity SET business_date = '2099-01-01'")
    with refused_by("journal_not_in_future"):
        journal(attack, date(2098, 1, 1))


def test_a_copy_of_the_entity_is_not_what_is_locked(attack: Attack, own: Books) -> None:
    with connect() as holder:
        holder.execute("SELECT FROM books_entity WHERE id = %s FOR NO KEY UPDATE", (own.id,))
        attack.run("SET lock_timeout = '50ms'")
        shadow(attack, "books_entity", copied=True)
        with pytest.raises(psycopg.errors.LockNotAvailable):
            journal(attack)
        holder.rollback()


def test_an_empty_copy_of_the_journals_takes_no_line_into_an_old_one(attack: Attack, own: Books) -> None:
    old = attack.value("SELECT id FROM journals_journal WHERE entity_id = %s", own.id)
    shadow(attack, "journals_journal")
    attack.schema = "public"
    with refused_by("posting_into_existing_journal"):
        attack.line(old, 3, own.cash, "77.00")


@pytest.mark.parametrize("own", [date(2026, 3, 31)], indirect=True)
def test_an_empty_copy_of_the_statuses_opens_no_closed_period(attack: Attack, own: Books) -> None:
    make_fiscal_year(own.id, date(2026, 3, 1), actor="t")
    close_day(own.id, date(2026, 3, 31), actor="t")
    period = periods_of(own.id).get(kind="month", ends_on=date(2026, 3, 31))
    close_period(own.id, period.id, actor="t")
    shadow(attack, "periods_periodstatus")
    with refused_by("journal_period_open"):
        journal(attack, period.ends_on, layer="adjustment")


def test_a_changed_copy_of_a_proposal_lets_nobody_approve_his_own(attack: Attack, own: Books) -> None:
    proposal = uuid4()
    attack.schema = "public"
    attack.insert(
        "approvals_proposal", id=proposal, entity_id=own.id, kind="day.reopen", subject="x", payload="{}", reason="r",
        proposed_by="user:1", proposed_by_name="eve", proposed_via="user:1", proposed_at="2026-03-02T12:00:00Z",
        expires_at="2026-03-09T12:00:00Z", event_sequence=99,
    )  # fmt: skip
    shadow(attack, "approvals_proposal", copied=True)
    attack.run("UPDATE pg_temp.approvals_proposal SET proposed_by = 'user:2'")
    with refused_by("proposal_four_eyes"):
        attack.insert(
            "approvals_proposaldecision", proposal_id=proposal, decision="approved", decided_by="user:1",
            decided_by_name="eve", decided_via="user:1", decided_at="2026-03-03T12:00:00Z", note="", event_sequence=100,
        )  # fmt: skip


def test_an_empty_copy_of_the_events_starts_no_second_log(attack: Attack, own: Books) -> None:
    shadow(attack, "books_event")
    attack.schema = "public"
    with refused_by("event_gap_free"):
        attack.event(sequence=own.last_sequence + 5)
