"""The system checks say what the database no longer holds the application to."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO

import psycopg
import pytest
from django.core.checks import run_checks
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import connection, connections

from ledgerflow.ops.guard_checks import TAG, check_guards, declared_guards


def raw() -> psycopg.Connection[object]:
    connection.ensure_connection()
    found = connection.connection
    assert isinstance(found, psycopg.Connection)
    return found


@pytest.fixture
def as_application(role: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Django's own connection signs in as the application's role."""
    from tests.fixtures import ROLE_PASSWORD

    settings = connections["default"].settings_dict
    connection.close()
    monkeypatch.setitem(settings, "USER", role)
    monkeypatch.setitem(settings, "PASSWORD", ROLE_PASSWORD)
    yield
    connection.close()


def ids() -> list[str | None]:
    return [message.id for message in check_guards(None, databases=["default"])]


def test_nothing_is_wrong_with_the_applications_role(as_application: None) -> None:
    assert ids() == []
    call_command("check", deploy=True, tags=[TAG], databases=["default"], stdout=StringIO(), stderr=StringIO())


def test_a_superuser_may_change_history() -> None:
    (message,) = check_guards(None, databases=["default"])
    assert message.id == "ledgerflow.E002"
    assert "superuser" in message.msg
    with pytest.raises(SystemCheckError, match=r"ledgerflow\.E002"):
        call_command("check", deploy=True, tags=[TAG], databases=["default"], stdout=StringIO(), stderr=StringIO())


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE journals_posting DISABLE TRIGGER posting_immutable",
        "ALTER TABLE journals_posting ENABLE REPLICA TRIGGER posting_immutable",
        "DROP TRIGGER posting_immutable ON journals_posting",
    ],
)
def test_a_guard_that_is_off_is_named(statement: str) -> None:
    with raw().transaction(force_rollback=True):
        raw().execute(statement.encode())
        messages = [one for one in check_guards(None, databases=["default"]) if one.id == "ledgerflow.E001"]
    assert [one.msg for one in messages] == ["Guards are missing or off: posting_immutable."]


def test_guards_that_a_session_switches_off_are_named() -> None:
    with raw().transaction(force_rollback=True):
        raw().execute("SET LOCAL session_replication_role = replica")
        said = [one.msg for one in check_guards(None, databases=["default"])]
    assert any("session_replication_role = replica" in one for one in said)


def test_a_session_in_another_time_zone_is_named() -> None:
    with raw().transaction(force_rollback=True):
        raw().execute("SET LOCAL TIME ZONE 'Europe/Berlin'")
        assert "ledgerflow.E003" in ids()


def test_every_guard_is_declared_in_a_file() -> None:
    assert "journal_immutable" in declared_guards()
    assert len(declared_guards()) > 30


def test_without_a_database_nothing_is_asked() -> None:
    assert check_guards(None) == []
    assert run_checks(tags=[TAG], include_deployment_checks=True) == []
