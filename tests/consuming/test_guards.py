"""What the tables of consumers hold, whoever writes; and that those beside the read models are the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from ledgerflow.events.consuming.stores import TABLES
from tests.attacks import connect, refused_by

pytestmark = pytest.mark.every_server

COLUMNS = """
    SELECT table_name || '.' || column_name, data_type, character_maximum_length, is_nullable, column_default
    FROM information_schema.columns WHERE table_schema = %s AND table_name LIKE 'consuming\\_%%'
"""
CONSTRAINTS = """
    SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE connamespace = %s::regnamespace AND conrelid::regclass::text LIKE '%%consuming\\_%%' AND contype <> 'n'
"""
INDEXES = "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = %s AND tablename LIKE 'consuming\\_%%'"
LETTER = {
    "id": None, "consumer": "c", "entity_id": None, "sequence": None, "event_id": None, "payload": "{}",
    "cause": "malformed", "error": "e", "attempts": 1, "first_failed_at": "2026-03-02", "last_failed_at": "2026-03-02",
    "topic": "t", "kafka_partition": 0, "kafka_offset": 7,
}  # fmt: skip


@pytest.fixture
def connection(_database: None) -> Iterator[psycopg.Connection[Any]]:
    with connect() as made:
        yield made
        made.rollback()


def insert(connection: psycopg.Connection[Any], table: str, **row: Any) -> None:
    names = ", ".join(row)
    values = ", ".join(["%s"] * len(row))
    connection.execute(f"INSERT INTO {table} ({names}) VALUES ({values})".encode(), list(row.values()))


def letter(connection: psycopg.Connection[Any], **changes: Any) -> None:
    insert(connection, "consuming_deadletter", **LETTER | {"id": uuid4()} | changes)


def of_an_event(**changes: Any) -> dict[str, Any]:
    return {"entity_id": uuid4(), "sequence": 5, "event_id": uuid4(), "cause": "failed"} | changes


def test_a_consumer_has_one_position_in_a_log(connection: psycopg.Connection[Any]) -> None:
    row = {"consumer": "c", "entity_id": uuid4()}
    insert(connection, "consuming_position", **row)
    with refused_by("consuming_position_pkey"):
        insert(connection, "consuming_position", **row)


@pytest.mark.parametrize(
    "row, constraint",
    [
        ({"state": "lost"}, "consuming_position_state_known"),
        ({"state": "stopped"}, "consuming_position_stopped_at"),
        ({"stopped_at": "2026-03-02"}, "consuming_position_stopped_at"),
    ],
)
def test_a_position_follows_or_has_stopped(
    connection: psycopg.Connection[Any], row: dict[str, Any], constraint: str
) -> None:
    with refused_by(constraint):
        insert(connection, "consuming_position", consumer="c", entity_id=uuid4(), **row)


def test_a_partition_has_one_offset(connection: psycopg.Connection[Any]) -> None:
    row = {"consumer": "c", "topic": "t", "kafka_partition": 0, "next_offset": 7}
    insert(connection, "consuming_offset", **row)
    with refused_by("consuming_offset_pkey"):
        insert(connection, "consuming_offset", **row)


@pytest.mark.parametrize(
    "row, constraint",
    [
        ({"cause": "bad luck"}, "consuming_deadletter_cause_known"),
        ({"status": "lost", "decided_at": "2026-03-02", "decided_by": "x"}, "consuming_deadletter_status_known"),
        ({"status": "discarded"}, "consuming_deadletter_decided"),
        ({"decided_by": "x"}, "consuming_deadletter_decided"),
        ({"sequence": 5}, "consuming_deadletter_of_an_event"),
        ({"entity_id": uuid4()}, "consuming_deadletter_of_an_event"),
        ({"last_failed_at": "2026-03-01"}, "consuming_deadletter_failed_in_order"),
    ],
)
def test_a_dead_letter_says_what_it_is(
    connection: psycopg.Connection[Any], row: dict[str, Any], constraint: str
) -> None:
    with refused_by(constraint):
        letter(connection, **row)


def test_a_dead_letter_has_one_id(connection: psycopg.Connection[Any]) -> None:
    one = uuid4()
    letter(connection, id=one)
    with refused_by("consuming_deadletter_pkey"):
        letter(connection, id=one, kafka_offset=8)


def test_an_event_is_one_open_dead_letter(connection: psycopg.Connection[Any]) -> None:
    row = of_an_event()
    decided = {"status": "replayed", "decided_by": "x", "decided_at": "2026-03-02"}
    letter(connection, **row, **decided)
    letter(connection, **row)
    with refused_by("consuming_deadletter_open_once"):
        letter(connection, **row)


def test_a_message_is_one_dead_letter(connection: psycopg.Connection[Any]) -> None:
    letter(connection)
    letter(connection, **of_an_event())
    with refused_by("consuming_deadletter_message_once"):
        letter(connection)


def test_the_tables_beside_read_models_are_the_same(connection: psycopg.Connection[Any]) -> None:
    connection.execute("CREATE SCHEMA beside")
    connection.execute("SET search_path = beside")
    for _ in range(2):  # it may run again
        connection.execute(TABLES.read_bytes())
    for query in (COLUMNS, CONSTRAINTS, INDEXES):
        found = []
        for schema in ("public", "beside"):
            connection.execute(f"SET search_path = {schema}".encode())
            rows = connection.execute(query.encode(), (schema,)).fetchall()
            found.append({str(row).replace(f"{schema}.", "") for row in rows})
        assert found[0]
        assert found[0] == found[1]
