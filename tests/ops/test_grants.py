"""The application's role posts, and is refused by privilege where the guards stand behind."""

from __future__ import annotations

from io import StringIO
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connections
from psycopg import sql

from accounts.changing import change_account
from journals.proof.ledger import verify_books
from ledgerflow.core.plugins import registry
from ledgerflow.ops.grants import excesses, grants_for
from tests.attacks import connect
from tests.builders import a_transfer, an_account, an_entity, balance_of, posted

pytestmark = pytest.mark.every_server

HISTORY = (
    "books_event", "books_idempotencykey", "journals_journal", "journals_posting", "days_daycutoff",
    "holds_holdentry",
    "schedules_scheduledreversal", "schedules_recurringrun",
    "approvals_proposal", "approvals_proposaldecision",
    "periods_period", "periods_periodstatus", "days_dayclose", "days_dayclosestep", "days_daysnapshot",
    "rates_pair", "rates_rate",
    "deals_fxquote", "deals_settlement", "deals_settlementreversal", "revaluation_revaluation", "revaluation_revaluationline", "revaluation_pinnedrate",
    "functional_basemeasure", "functional_measuredrate", "functional_basesnapshot", "functional_ownrate", "functional_carriedline",
)  # fmt: skip


def refused_by_privilege(connection: psycopg.Connection[Any], statement: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(statement.encode())
    connection.rollback()


def test_the_role_does_all_of_the_applications_work(as_role: psycopg.Connection[Any]) -> None:
    entity = an_entity()
    an_account(entity, "cash")
    an_account(entity, "wallet", "liability", min_balance="0")
    posted(entity, a_transfer("cash", "wallet", "10.00", key="k"))
    assert posted(entity, a_transfer("cash", "wallet", "10.00", key="k")).status == "replayed"
    change_account(entity.id, "wallet", {"name": "Purse"}, actor="test")
    assert as_role.execute("SELECT current_user").fetchone() != ("postgres",)
    assert balance_of(entity, "wallet") == 10
    assert verify_books(entity.id) == []


@pytest.mark.parametrize("table", HISTORY)
def test_history_is_out_of_its_reach(as_role: psycopg.Connection[Any], table: str) -> None:
    columns = {"books_event": "data", "books_idempotencykey": "key", "journals_posting": "amount", "rates_pair": "base"}
    columns |= {"approvals_proposal": "kind", "approvals_proposaldecision": "note"}
    columns |= {"schedules_scheduledreversal": "due_on", "schedules_recurringrun": "outcome"}
    columns |= {"periods_period": "ends_on", "days_daysnapshot": "closing"}
    columns |= {"revaluation_revaluationline": "posted_gain", "revaluation_pinnedrate": "chain"}
    columns |= {"functional_measuredrate": "chain", "functional_basesnapshot": "day", "functional_carriedline": "value"}
    column = columns.get(table, "actor")
    refused_by_privilege(as_role, f"UPDATE {table} SET {column} = {column}")
    refused_by_privilege(as_role, f"DELETE FROM {table}")
    refused_by_privilege(as_role, f"TRUNCATE {table}")


@pytest.mark.parametrize("table", sorted(registry.never_deleted_tables))
def test_what_history_refers_to_stays(as_role: psycopg.Connection[Any], table: str) -> None:
    refused_by_privilege(as_role, f"DELETE FROM {table}")
    refused_by_privilege(as_role, f"TRUNCATE {table} CASCADE")


@pytest.mark.parametrize("table", sorted(registry.never_deleted_tables))
def test_only_what_the_application_changes_can_be_changed(as_role: psycopg.Connection[Any], table: str) -> None:
    """Column by column of every table: a new one is out of reach until its room declares it."""
    rows = as_role.execute(
        "SELECT attname, has_column_privilege(attrelid, attnum, 'UPDATE') FROM pg_attribute"
        " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''", (table,)
    ).fetchall()  # fmt: skip
    assert {name for name, may in rows if may} == set(registry.never_deleted_tables[table])
    fixed = sorted(name for name, may in rows if not may)
    assert fixed
    for column in fixed:
        refused_by_privilege(as_role, f"UPDATE {table} SET {column} = {column}")


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE journals_posting DISABLE TRIGGER USER",
        "DROP TRIGGER posting_immutable ON journals_posting",
        "SET session_replication_role = replica",
        "CREATE TABLE mine (x int)",
        "CREATE TEMPORARY TABLE books_entity (x int)",
        "CREATE FUNCTION pg_temp.now() RETURNS timestamptz LANGUAGE sql AS 'SELECT NULL::timestamptz'",
        "CREATE OR REPLACE FUNCTION books_refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
        "DELETE FROM django_migrations",
    ],
)
def test_the_guards_are_out_of_its_reach(as_role: psycopg.Connection[Any], statement: str) -> None:
    refused_by_privilege(as_role, statement)


def test_the_grants_are_printed_and_taken_only_when_asked(role: str) -> None:
    out, err = StringIO(), StringIO()
    with connect() as connection:
        connection.execute(sql.SQL("REVOKE INSERT ON books_event FROM {}").format(sql.Identifier(role)))
    call_command("grant_roles", role=role, stdout=out, stderr=err)
    printed = f'GRANT SELECT, INSERT ON "public"."books_event" TO "{role}";'
    assert printed in out.getvalue().splitlines()
    assert err.getvalue() == ""
    with connect() as connection:
        asked = "SELECT has_table_privilege(%s, 'books_event', 'INSERT')"
        assert connection.execute(asked, (role,)).fetchone() == (False,)
        for statement in out.getvalue().splitlines():
            connection.execute(statement.encode())
        assert connection.execute(asked, (role,)).fetchone() == (True,)


def test_an_owner_is_warned_that_grants_do_not_bind_it() -> None:
    owner = connections["default"].settings_dict["USER"]
    err = StringIO()
    call_command("grant_roles", role=owner, stdout=StringIO(), stderr=err)
    assert "do not bind it" in err.getvalue()


def test_the_applications_role_is_bound(role: str) -> None:
    with connect() as connection:
        assert excesses(connection, role) == []


@pytest.mark.parametrize(
    "statement, said",
    [
        ("GRANT pg_write_all_data TO {role}", "It is a member of pg_write_all_data."),
        ("GRANT pg_execute_server_program TO {role}", "It is a member of pg_execute_server_program."),
        ("GRANT {owner} TO {role}", "It is a member of {name}, which owns tables: grants do not bind it."),
        ("GRANT SET ON PARAMETER session_replication_role TO {role}", "It may set session_replication_role"),
        ("GRANT DELETE ON journals_posting TO PUBLIC", "It may DELETE journals_posting."),
        ("GRANT TRUNCATE ON auth_user TO PUBLIC", "It may TRUNCATE auth_user."),
        ("GRANT UPDATE (amount) ON journals_posting TO {role}", "It may UPDATE journals_posting."),
        ("GRANT DELETE ON accounts_balance TO {role}", "It may DELETE accounts_balance."),
        ("GRANT INSERT, UPDATE ON journals_journalkind TO {role}", "It may UPDATE journals_journalkind."),
        ("GRANT INSERT ON journals_journalkind TO {role}", "It may INSERT into journals_journalkind."),
        (
            "GRANT UPDATE ON accounts_currency TO PUBLIC",
            "It may UPDATE id, code, name, minor_units, is_custom, entity_id",
        ),
        ("GRANT UPDATE (entity_id) ON access_apikey TO {role}", "It may UPDATE entity_id of access_apikey."),
        ("GRANT TEMPORARY ON DATABASE {database} TO PUBLIC", "It may make temporary tables"),
        ("GRANT CREATE ON SCHEMA public TO {role}", "It may make tables and functions"),
        ("ALTER ROLE {role} CREATEROLE", "It may make roles"),
        ("ALTER ROLE {role} BYPASSRLS", "It is free of row security"),
        ("ALTER ROLE {role} REPLICATION", "It may copy the whole server"),
        ("ALTER ROLE {role} SUPERUSER", "It is a superuser: grants do not bind it."),
    ],
)
def test_each_way_around_the_guards_is_said(role: str, statement: str, said: str) -> None:
    settings = connections["default"].settings_dict
    owner = settings["USER"] or "postgres"
    named = {"role": role, "owner": owner, "database": settings["NAME"]}
    with connect() as connection:
        owner = connection.info.user
        named["owner"] = owner
        identifiers = {name: sql.Identifier(value) for name, value in named.items()}
        connection.execute(sql.SQL(statement).format(**identifiers))
        sentences = excesses(connection, role)
        connection.rollback()
    assert any(sentence.startswith(said.format(name=owner)) for sentence in sentences), sentences


@pytest.mark.parametrize(
    "statement",
    [
        "GRANT DELETE, UPDATE, TRUNCATE ON journals_posting TO PUBLIC",
        "GRANT UPDATE (amount) ON journals_posting TO {role}",
        "GRANT TEMPORARY ON DATABASE {database} TO PUBLIC",
    ],
)
def test_the_grants_take_it_back(role: str, statement: str) -> None:
    names = {"role": sql.Identifier(role), "database": sql.Identifier(connections["default"].settings_dict["NAME"])}
    with connect() as connection:
        connection.execute(sql.SQL(statement).format(**names))
        assert excesses(connection, role) != []
        for grant in grants_for(connection, role):
            connection.execute(grant.encode())
        assert excesses(connection, role) == []
        connection.rollback()


def test_an_unknown_role_is_refused() -> None:
    with pytest.raises(CommandError, match="CREATE ROLE"):
        call_command("grant_roles", role="nobody of that name")
