"""The SQL of publishing: where an entity stands, and what follows there."""

from __future__ import annotations

from typing import Any, NamedTuple
from uuid import UUID

import psycopg

from ledgerflow.books.eventlog import GENESIS
from ledgerflow.core.events import RecordedEvent
from ledgerflow.core.ids import uuid7
from ledgerflow.events.publishing.models import MAX_TEXT

Connection = psycopg.Connection[Any]

LOOK = """
    SELECT coalesce((SELECT sequence FROM books_event WHERE entity_id = %(entity)s ORDER BY sequence DESC LIMIT 1), 0)
           > coalesce(p.sequence, 0), p.problem
    FROM (VALUES (1)) AS always LEFT JOIN publishing_sinkposition p
      ON p.sink = %(sink)s AND p.entity_id = %(entity)s
"""
# The row's lock is the right to publish this entity. Who does not get it leaves: the holder looks again afterwards.
TAKE = """
    SELECT p.sequence, p.hash, e.code, p.problem
    FROM publishing_sinkposition p JOIN books_entity e ON e.id = p.entity_id
    WHERE p.sink = %(sink)s AND p.entity_id = %(entity)s FOR NO KEY UPDATE OF p SKIP LOCKED
"""
BEGIN_AT_ZERO = """
    INSERT INTO publishing_sinkposition (id, sink, entity_id, sequence, hash, problem)
    VALUES (%(id)s, %(sink)s, %(entity)s, 0, %(genesis)s, '') ON CONFLICT DO NOTHING
"""
# Bounded by number and by size: a thousand large events would not fit into the memory of a worker. The first event
# always comes, however large it is.
READ = """
    SELECT sequence, id, type, subject, data, actor, recorded_at, hash
    FROM (SELECT *, sum(octet_length(data)) OVER (ORDER BY sequence) - octet_length(data) AS before
          FROM (SELECT * FROM books_event WHERE entity_id = %s AND sequence > %s ORDER BY sequence LIMIT %s) AS next
         ) AS measured
    WHERE before < %s ORDER BY sequence
"""
MOVE = """
    UPDATE publishing_sinkposition SET sequence = %s, hash = %s, published_at = clock_timestamp(), problem = ''
    WHERE sink = %s AND entity_id = %s
"""
NOTE = "UPDATE publishing_sinkposition SET problem = %s WHERE sink = %s AND entity_id = %s"
PLACE = "SELECT sequence, hash FROM publishing_sinkposition WHERE sink = %s AND entity_id = %s FOR NO KEY UPDATE"
HASH = "SELECT hash FROM books_event WHERE entity_id = %s AND sequence = %s"
PUT_BACK = """
    UPDATE publishing_sinkposition SET sequence = %s, hash = %s, problem = '' WHERE sink = %s AND entity_id = %s
"""


class SinkPlace(NamedTuple):
    """Where an entity stands in a sink, read under its lock."""

    sequence: int
    hash: bytes
    code: str
    problem: str


def has_more(connection: Connection, sink: str, entity_id: UUID, *, despite_problem: bool) -> bool:
    """Whether there are events that the sink has not acknowledged; of those there is a place to begin at afterwards."""
    given = {"sink": sink, "entity": entity_id}
    row = query(connection, LOOK, given).fetchone()
    assert row is not None  # noqa: S101 - it begins with a row of its own
    is_behind, problem = row
    if is_behind and problem is None:
        # In a transaction of its own: a place that is not committed yet would make others wait for the whole batch.
        query(connection, BEGIN_AT_ZERO, given | {"id": uuid7(), "genesis": GENESIS})
    return bool(is_behind and (despite_problem or not problem))


def take(connection: Connection, sink: str, entity_id: UUID) -> SinkPlace | None:
    """The place of an entity, locked until the transaction ends; None when somebody else has it."""
    row = query(connection, TAKE, {"sink": sink, "entity": entity_id}).fetchone()
    return None if row is None else SinkPlace._make(row)


def read(connection: Connection, entity_id: UUID, after: int, most: int, most_bytes: int) -> list[RecordedEvent]:
    """The events that follow, in order."""
    rows = query(connection, READ, (entity_id, after, most, most_bytes)).fetchall()
    return [
        RecordedEvent(entity_id, sequence, id_, type_, subject, data, actor, _moment(recorded_at), hash_)
        for sequence, id_, type_, subject, data, actor, recorded_at, hash_ in rows
    ]


def move(connection: Connection, sink: str, last: RecordedEvent) -> None:
    query(connection, MOVE, (last.sequence, last.hash, sink, last.entity_id))


def note_problem(connection: Connection, sink: str, entity_id: UUID, problem: str) -> None:
    query(connection, NOTE, (problem[:MAX_TEXT], sink, entity_id))


def position_of(connection: Connection, sink: str, entity_id: UUID) -> int:
    """The sequence of the last acknowledged event, locked; 0 where nothing was sent. Waits for who is at it."""
    row = query(connection, PLACE, (sink, entity_id)).fetchone()
    return 0 if row is None else int(row[0])


def put_back(connection: Connection, sink: str, entity_id: UUID, to: int) -> None:
    """What follows `to` is sent again."""
    row = query(connection, HASH, (entity_id, to)).fetchone() if to else (GENESIS,)
    assert row is not None  # noqa: S101 - what was acknowledged is in the log, which has no gaps
    query(connection, PUT_BACK, (to, row[0], sink, entity_id))


def query(connection: Connection, sql: str, params: Any) -> psycopg.Cursor[Any]:
    """Results come in PostgreSQL's binary form, decoded by psycopg."""
    return connection.cursor(binary=True).execute(sql, params, prepare=True)


def _moment(recorded_at: Any) -> str:
    text: str = recorded_at.isoformat(timespec="microseconds")
    return text
