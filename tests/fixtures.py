"""Fixtures of several rooms: books under attack, the application's role, and people at the admin."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from io import StringIO
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import psycopg
import pytest
from confluent_kafka import KafkaException
from django.core.management import call_command
from django.db import connections
from django.test import override_settings
from psycopg import sql

if TYPE_CHECKING:
    from django.test import Client

    from ledgerflow.books.models import Entity
    from tests.attacks import Attack, Books


@pytest.fixture(scope="module")
def books() -> Books:
    """Books that every attack of a module meets: none gets through, so nothing of it is left for the next."""
    from tests.attacks import Books

    return Books()


@pytest.fixture(scope="module")
def used_connections(_database: None) -> Iterator[list[psycopg.Connection[Any]]]:
    """What attacks of a module leave to the next ones, as new: to open a connection takes longer than most attacks."""
    left: list[psycopg.Connection[Any]] = []
    yield left
    for connection in left:
        connection.close()


@pytest.fixture
def attack(books: Books, used_connections: list[psycopg.Connection[Any]]) -> Iterator[Attack]:
    from tests.attacks import Attack, connect

    connection = used_connections.pop() if used_connections else connect()
    yield Attack(connection, books)
    connection.rollback()
    connection.autocommit = True
    connection.execute("DISCARD ALL")
    connection.autocommit = False
    used_connections.append(connection)


@pytest.fixture
def forger(_database: None) -> Iterator[psycopg.Connection[Any]]:
    """An owner who takes the guards down, in a transaction that is never committed."""
    from tests.attacks import connect

    with connect() as connection:
        connection.execute("SET session_replication_role = replica")
        yield connection
        connection.rollback()


ROLE_PASSWORD = "a-password-of-a-test"


@pytest.fixture(scope="session")
def role(_database: None) -> Iterator[str]:
    """A role of this test database that owns nothing, with the grants applied, as the application's in production."""
    from tests.attacks import connect

    owner = connections["default"]
    owner.ensure_connection()
    name = f"app of {owner.settings_dict['NAME']}"
    identifier = sql.Identifier(name)
    with connect() as connection:
        connection.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(identifier))
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(identifier, ROLE_PASSWORD))
    call_command("grant_roles", role=name, apply=True, stdout=StringIO(), stderr=StringIO())
    yield name
    with connect() as connection:
        connection.execute(sql.SQL("REASSIGN OWNED BY {} TO CURRENT_USER").format(identifier))
        connection.execute(sql.SQL("DROP OWNED BY {}").format(identifier))
        connection.execute(sql.SQL("DROP ROLE {}").format(identifier))


@pytest.fixture
def as_role(role: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[psycopg.Connection[Any]]:
    """The writer signs in as the role, and so does the connection that comes out."""
    from ledgerflow.books.connections import close_idle
    from tests.attacks import connect

    close_idle()
    for setting, value in (("USER", role), ("PASSWORD", ROLE_PASSWORD)):
        monkeypatch.setitem(connections["writer"].settings_dict, setting, value)
    with connect(user=role, password=ROLE_PASSWORD) as connection:
        yield connection
        connection.rollback()
    close_idle()


@pytest.fixture
def sign_in(role: str) -> Iterator[Callable[..., psycopg.Connection[Any]]]:
    """Opens connections as the application's role; what was not committed is rolled back when the test ends."""
    from tests.attacks import connect

    with ExitStack() as opened:
        yield lambda **options: opened.enter_context(closing(connect(user=role, password=ROLE_PASSWORD, **options)))


@pytest.fixture(scope="module")
def operator(_database: None) -> Client:
    from tests.people import an_operator

    return an_operator()


@pytest.fixture(scope="module")
def quiet_shop(_database: None) -> Entity:
    """A shop for tests that write nothing, or are refused."""
    from tests.people import a_shop

    return a_shop()


@pytest.fixture
def shop() -> Entity:
    from tests.people import a_shop

    return a_shop()


@pytest.fixture
def topics(kafka: str) -> Iterator[str]:
    """Settings with the real broker and names of topics that are not there yet; what they begin with comes out."""
    with names_of_topics(kafka) as prefix:
        yield prefix
        _remove_topics()


@contextmanager
def names_of_topics(servers: str) -> Iterator[str]:
    """Settings with a broker and names of topics of one test."""
    prefix = f"test-{uuid4().hex[:12]}"
    names = {
        f"LEDGERFLOW_KAFKA_{sort.upper()}_TOPIC": f"{prefix}.{sort}" for sort in ("events", "commands", "checkpoints")
    }
    with override_settings(LEDGERFLOW_KAFKA_BOOTSTRAP_SERVERS=servers, **names):
        yield prefix


def _remove_topics() -> None:
    from ledgerflow.events.publishing.kafka import new_admin_client
    from ledgerflow.events.publishing.topics import topic_names

    client = new_admin_client()  # kept: answers to a client that is gone never come
    for removed in client.delete_topics([*topic_names()]).values():
        with suppress(KafkaException):  # not made
            removed.result(timeout=60)
