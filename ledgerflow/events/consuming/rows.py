"""The SQL of positions, leases and dead letters. It names no schema: the search path of the connection does."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
import psycopg

from ledgerflow.core.events import RecordedEvent
from ledgerflow.core.ids import uuid7

Statement = tuple[str, tuple[Any, ...]]

LOCK = """
    SELECT sequence, hash, state, cause, kafka_offset, lease_owner, lease_epoch,
           coalesce(lease_expires_at > clock_timestamp(), false)
    FROM consuming_position WHERE consumer = %s AND entity_id = %s FOR UPDATE
"""
LOCK_NOW = f"{LOCK} NOWAIT"
ADD = "INSERT INTO consuming_position (consumer, entity_id) VALUES (%s, %s) ON CONFLICT DO NOTHING"
SAVE = """
    UPDATE consuming_position SET sequence = %s, hash = %s, lease_owner = %s, lease_epoch = %s,
        lease_expires_at = clock_timestamp() + make_interval(secs => %s), updated_at = clock_timestamp()
    WHERE consumer = %s AND entity_id = %s
"""
MOVE = """
    UPDATE consuming_position SET sequence = %s, hash = %s, updated_at = clock_timestamp()
    WHERE consumer = %s AND entity_id = %s
"""
STOP = """
    UPDATE consuming_position SET state = %s, cause = %s, stopped_at = clock_timestamp(), kafka_partition = %s,
        kafka_offset = least(kafka_offset, %s)
    WHERE consumer = %s AND entity_id = %s
"""
RESUME = """
    UPDATE consuming_position SET state = 'following', cause = '', stopped_at = NULL
    WHERE consumer = %s AND entity_id = %s
"""
# The missing event came after all. Nobody decided that, so no event tells of it.
HEALED = """
    UPDATE consuming_deadletter SET status = 'replayed', decided_by = %s, decided_at = clock_timestamp(),
        reason = 'The missing event came later.'
    WHERE consumer = %s AND entity_id = %s AND status = 'open' AND cause = 'gap'
"""
PASSED_OVER = """
    UPDATE consuming_position SET kafka_partition = %s, kafka_offset = %s
    WHERE consumer = %s AND entity_id = %s AND kafka_offset IS NULL AND state <> 'following'
"""
POSITIONS = """
    SELECT entity_id, sequence, state = 'following', lease_owner = %(owner)s,
           lease_owner NOT IN ('', %(owner)s) AND lease_expires_at > clock_timestamp()
    FROM consuming_position WHERE consumer = %(consumer)s
"""
RENEW = """
    UPDATE consuming_position p SET lease_expires_at = clock_timestamp() + make_interval(secs => %s)
    FROM (
        SELECT q.consumer, q.entity_id FROM consuming_position q
        WHERE q.consumer = %s AND q.entity_id = ANY (%s) AND q.lease_owner = %s FOR UPDATE SKIP LOCKED
    ) mine
    WHERE p.consumer = mine.consumer AND p.entity_id = mine.entity_id
    RETURNING p.entity_id, p.lease_wanted
"""
RELEASE = """
    UPDATE consuming_position p SET lease_owner = '', lease_expires_at = NULL, lease_wanted = false
    FROM (
        SELECT q.consumer, q.entity_id FROM consuming_position q
        WHERE q.consumer = %s AND q.entity_id = ANY (%s) AND q.lease_owner = %s FOR UPDATE SKIP LOCKED
    ) mine
    WHERE p.consumer = mine.consumer AND p.entity_id = mine.entity_id
"""
HOLDERS = """
    SELECT lease_owner, array_agg(entity_id ORDER BY entity_id) FROM consuming_position
    WHERE consumer = %s AND lease_owner <> '' AND lease_expires_at > clock_timestamp()
    GROUP BY lease_owner ORDER BY count(*) DESC LIMIT 1
"""
WANT = """
    UPDATE consuming_position SET lease_wanted = true
    WHERE consumer = %s AND entity_id = ANY (%s) AND lease_owner = %s
"""
LETTER = """
    INSERT INTO consuming_deadletter (id, consumer, entity_id, sequence, event_id, type, payload, cause, error,
        attempts, first_failed_at, last_failed_at, topic, kafka_partition, kafka_offset)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, clock_timestamp(), clock_timestamp(), %s, %s, %s)
    ON CONFLICT (consumer, entity_id, sequence) WHERE status = 'open' DO UPDATE
    SET error = excluded.error, cause = excluded.cause, last_failed_at = excluded.last_failed_at,
        attempts = consuming_deadletter.attempts + excluded.attempts
"""
LOCK_LETTER = "SELECT status FROM consuming_deadletter WHERE id = %s FOR UPDATE"
FAILED_AGAIN = """
    UPDATE consuming_deadletter SET error = %s, attempts = attempts + 1,
        last_failed_at = greatest(last_failed_at, clock_timestamp())
    WHERE id = %s AND status = 'open'
"""
DECIDE = """
    UPDATE consuming_deadletter SET status = %s, reason = %s, decided_by = %s, decided_at = %s WHERE id = %s
"""
RESUME_UNLESS_OPEN = """
    UPDATE consuming_position SET state = 'following', cause = '', stopped_at = NULL
    WHERE consumer = %(consumer)s AND entity_id = %(entity_id)s AND NOT EXISTS (
        SELECT FROM consuming_deadletter l
        WHERE l.consumer = %(consumer)s AND l.entity_id = %(entity_id)s AND l.status = 'open'
    )
"""
READ_FROM = """
    UPDATE consuming_position SET kafka_partition = %s, kafka_offset = %s
    WHERE consumer = %s AND entity_id = %s AND kafka_offset IS NOT NULL
"""
# A message that is read again is the same dead letter.
MALFORMED = """
    INSERT INTO consuming_deadletter (id, consumer, payload, cause, error, attempts, first_failed_at, last_failed_at,
        topic, kafka_partition, kafka_offset)
    VALUES (%s, %s, %s, 'malformed', %s, 1, clock_timestamp(), clock_timestamp(), %s, %s, %s)
    ON CONFLICT (consumer, topic, kafka_partition, kafka_offset) WHERE entity_id IS NULL DO NOTHING
"""
OFFSETS = """
    SELECT kafka_partition, next_offset FROM consuming_offset
    WHERE consumer = %s AND topic = %s AND kafka_partition = ANY (%s)
"""
SAVE_OFFSET = """
    INSERT INTO consuming_offset (consumer, topic, kafka_partition, next_offset) VALUES (%s, %s, %s, %s)
    ON CONFLICT (consumer, topic, kafka_partition) DO UPDATE SET next_offset = excluded.next_offset
"""
# Entities that go on, and whose messages were passed over before: from where to read again.
RESUMED = """
    SELECT kafka_partition, min(kafka_offset) FROM consuming_position
    WHERE consumer = %s AND state = 'following' AND kafka_partition = ANY (%s)
    GROUP BY kafka_partition
"""
REWIND = """
    UPDATE consuming_offset SET next_offset = least(next_offset, %s)
    WHERE consumer = %s AND topic = %s AND kafka_partition = %s
"""
REWOUND = """
    UPDATE consuming_position SET kafka_partition = NULL, kafka_offset = NULL
    WHERE consumer = %s AND state = 'following' AND kafka_partition = %s AND kafka_offset >= %s
"""
MEASURES = """
    SELECT coalesce(sum(sequence), 0)::bigint, count(*) FILTER (WHERE state <> 'following'),
           (SELECT count(*) FROM consuming_deadletter WHERE consumer = %(consumer)s AND status = 'open')
    FROM consuming_position WHERE consumer = %(consumer)s
"""
MAX_ERROR = 4_000


class Locked(NamedTuple):
    """A position whose row is locked until the transaction ends."""

    sequence: int
    hash: bytes
    state: str
    cause: str
    kafka_offset: int | None
    owner: str
    epoch: int
    is_live: bool


def lock(connection: psycopg.Connection[Any], consumer: str, entity_id: UUID, *, wait: bool = False) -> Locked:
    """The position, made where there is none. Raises `LockNotAvailable` where it is locked, unless told to wait."""
    statement = LOCK if wait else LOCK_NOW
    row = query(connection, statement, (consumer, entity_id)).fetchone()
    if row is None:
        query(connection, ADD, (consumer, entity_id))
        row = query(connection, statement, (consumer, entity_id)).fetchone()
    assert row is not None  # noqa: S101 - nobody deletes positions while consumers run
    return Locked._make(row)


def query(connection: psycopg.Connection[Any], statement: str, params: Any = ()) -> psycopg.Cursor[Any]:
    """Send a prepared statement; results come in PostgreSQL's binary form."""
    return connection.cursor(binary=True).execute(statement, params, prepare=True)


def rollback(connection: psycopg.Connection[Any]) -> None:
    """End the transaction; a connection that cannot even do that is closed."""
    try:
        connection.rollback()
    except psycopg.Error:
        connection.close()


class FailedEvent(NamedTuple):
    """What is kept of an event that could not be taken."""

    event: RecordedEvent
    cause: str
    error: str
    attempts: int


def letter(consumer: str, failure: FailedEvent, topic: str, partition: int | None, offset: int | None) -> Statement:
    """The statement that keeps an event as a dead letter; an open one of the same event is brought up to date."""
    event = failure.event
    found = (uuid7(), consumer, event.entity_id, event.sequence, event.id, event.type[:64], payload_of(event))
    return LETTER, (*found, failure.cause, storable(failure.error), failure.attempts, topic, partition, offset)


def payload_of(event: RecordedEvent) -> str:
    """The whole event as JSON."""
    members = event._asdict() | {"hash": event.hash.hex()}
    return msgspec.json.encode(members).decode()


def event_in(payload: str) -> RecordedEvent:
    """The event that a dead letter holds."""
    members: dict[str, Any] = msgspec.json.decode(payload)
    ids = {name: UUID(members[name]) for name in ("entity_id", "id")}
    return RecordedEvent(**members | ids | {"hash": bytes.fromhex(members["hash"])})


def storable(text: str) -> str:
    """An error as PostgreSQL takes it: no NUL character, no half of a surrogate pair, and no book."""
    return text.encode(errors="replace").decode().replace("\x00", "?")[:MAX_ERROR]


def run_in_one(connection: psycopg.Connection[Any], statements: Iterable[Statement]) -> None:
    """Send statements whose results nobody reads, and COMMIT, in one round trip."""
    with connection.pipeline():
        for statement, params in statements:
            query(connection, statement, params)
        connection.execute("COMMIT")
