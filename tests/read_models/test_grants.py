"""The application's role makes, fills and rebuilds read models by itself, and comes no nearer to the books by that."""

from __future__ import annotations

import psycopg
import pytest
from django.db import connections
from psycopg import sql

from ledgerflow.core.errors import LedgerError
from ledgerflow.events.read_models import rebuilding
from ledgerflow.ops.grants import grants_for
from tests.attacks import connect
from tests.builders import an_entity
from tests.eventful import eventful_books
from tests.fixtures import ROLE_PASSWORD
from tests.read_models.projecting import history, project, read_models

pytestmark = pytest.mark.every_server


@pytest.fixture
def as_application(role: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read models are built and read as the role."""
    for setting, value in (("USER", role), ("PASSWORD", ROLE_PASSWORD)):
        monkeypatch.setitem(connections["read_models"].settings_dict, setting, value)


@pytest.mark.usefixtures("as_application")
def test_it_builds_what_lies_beside_the_books(role: str) -> None:
    entity = eventful_books()
    assert project(entity) > 0
    with read_models() as connection:
        assert connection.execute("SELECT current_user").fetchone() == (role,)
        assert connection.execute("SELECT count(*) FROM entities WHERE id = %s", (entity.id,)).fetchone() == (1,)


def test_it_makes_and_rebuilds_its_own(apart: None, second_database: str, role: str, as_application: None) -> None:
    with connect(dbname=second_database, autocommit=True) as connection:
        name = {"role": sql.Identifier(role), "database": sql.Identifier(second_database)}
        connection.execute(sql.SQL("GRANT CREATE ON DATABASE {database} TO {role}").format(**name))
    entity = eventful_books()
    project(entity)
    for _ in range(2):
        with history(entity) as log:
            rebuilding.rebuild(log)
    with history(entity) as log:
        assert rebuilding.compare(log) == []


def test_what_was_made_by_another_is_given_to_it(role: str) -> None:
    """As a `migrate` of the owner alone leaves it, before the application has a role of its own."""
    with connect() as connection:
        connection.execute("ALTER SCHEMA read_models OWNER TO current_user")
        granted = grants_for(connection, role)
        assert f'ALTER SCHEMA read_models OWNER TO "{role}";' in granted
        for statement in granted:
            connection.execute(statement.encode())
        assert not any("read_models" in statement for statement in grants_for(connection, role))
        connection.rollback()


def test_a_table_of_its_own_hides_none_of_the_books(role: str) -> None:
    """Not in a schema that is named like the role, nor in one that it makes the first of its own sessions."""
    hidden = sql.SQL("CREATE SCHEMA {role} CREATE TABLE books_entity (id uuid, code text)")
    first = sql.SQL("ALTER ROLE {role} SET search_path = {role}, public")
    names = {"role": sql.Identifier(role)}
    with connect(user=role, password=ROLE_PASSWORD, autocommit=True) as connection:
        connection.execute(hidden.format(**names))
        connection.execute(first.format(**names))
    try:
        entity = an_entity()
        with connect(user=role, password=ROLE_PASSWORD) as connection:
            found = connection.execute("SELECT count(*) FROM books_entity WHERE id = %s", (entity.id,)).fetchone()
            assert found == (1,)
    except (LedgerError, psycopg.Error) as error:
        pytest.fail(f"the books were hidden: {error}")
    finally:
        with connect(autocommit=True) as connection:
            connection.execute(sql.SQL("DROP SCHEMA {role} CASCADE").format(**names))
            connection.execute(sql.SQL("ALTER ROLE {role} RESET search_path").format(**names))
