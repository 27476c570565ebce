"""A consumer for tests: it writes down which events it was given, in a table that refuses one a second time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any, Literal
from uuid import UUID, uuid4

import psycopg

from ledgerflow.books.models import Entity
from ledgerflow.core.events import RecordedEvent
from ledgerflow.core.plugins import Consumer, registry
from ledgerflow.events.consuming.models import DeadLetter, Position
from ledgerflow.events.consuming.runner import Runner
from tests.attacks import connect
from tests.builders import a_transfer, an_account, an_entity, posted

# In a schema of its own: tests of the house look at all tables of ours.
TABLE = """
    CREATE SCHEMA IF NOT EXISTS toys;
    CREATE TABLE IF NOT EXISTS toys.taken (
        number bigserial, consumer text, entity_id uuid, sequence bigint, hash bytea,
        PRIMARY KEY (consumer, entity_id, sequence)
    );
"""


_running: list[Runner] = []


def close_runners() -> None:
    """End what the toys of a test have started."""
    while _running:
        _running.pop().close()


@cache
def prepare() -> None:
    """The table of all toys."""
    with connect(autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(7)")
        connection.execute(TABLE)


class PoisonError(Exception):
    """What a toy raises for an event that it cannot take."""


class Toy:
    """A consumer of one test. It fails for each event in `poison`, and with what is in `ill`, once for each."""

    def __init__(
        self,
        on_failure: Literal["stop", "park"] = "stop",
        database: Literal["books", "read_models"] = "books",
        name: str = "",
    ) -> None:
        prepare()
        self.consumer = Consumer(name or f"toy-{uuid4().hex[:12]}", self.apply, on_failure, database)
        self.poison: set[tuple[UUID, int]] = set()
        self.ill: list[Exception] = []
        self.calls = 0
        self.pauses: list[float] = []

    def apply(self, connection: psycopg.Connection[Any], entity_id: UUID, events: Sequence[RecordedEvent]) -> None:
        self.calls += 1
        for event in events:
            connection.execute(
                "INSERT INTO toys.taken (consumer, entity_id, sequence, hash) VALUES (%s, %s, %s, %s)",
                (self.consumer.name, entity_id, event.sequence, event.hash),
            )
            if (entity_id, event.sequence) in self.poison:
                message = f"event {event.sequence} is poison"
                raise PoisonError(message)
        if self.ill:
            raise self.ill.pop(0)

    def runner(self, *entities: Entity, **given: Any) -> Runner:
        """A process of this consumer that follows these entities."""
        values: dict[str, Any] = {"source": "table", "pause": self.pauses.append, **given}
        runner = Runner(self.consumer, **{"only": [entity.id for entity in entities], **values})
        _running.append(runner)
        return runner

    def taken(self, entity: Entity) -> list[int]:
        """The sequences in the order in which they were applied."""
        with connect() as connection:
            rows = connection.execute(
                "SELECT sequence FROM toys.taken WHERE consumer = %s AND entity_id = %s ORDER BY number",
                (self.consumer.name, entity.id),
            ).fetchall()
        return [sequence for (sequence,) in rows]

    def position(self, entity: Entity) -> Position:
        return Position.objects.get(consumer=self.consumer.name, entity_id=entity.id)

    def letters(self, **given: Any) -> list[DeadLetter]:
        return list(DeadLetter.objects.filter(consumer=self.consumer.name, **given).order_by("id"))


def lapse(toy: Toy) -> None:
    """The time of all leases of a consumer is over."""
    with connect() as connection:
        connection.execute(
            "UPDATE consuming_position SET lease_expires_at = clock_timestamp() - interval '1 second'"
            " WHERE consumer = %s AND lease_owner <> ''",
            (toy.consumer.name,),
        )


@contextmanager
def registered(toy: Toy) -> Iterator[None]:
    """A room declares this consumer."""
    registry.consumers[toy.consumer.name] = toy.consumer
    try:
        yield
    finally:
        del registry.consumers[toy.consumer.name]


def a_dead_letter(toy: Toy, entity: Entity, sequence: int) -> DeadLetter:
    """The toy follows the entity and cannot take this event."""
    toy.poison.add((entity.id, sequence))
    runner = toy.runner(entity)
    runner.drain()
    runner.close()
    return toy.letters(entity_id=entity.id)[-1]


def books_with(count: int) -> Entity:
    """Books whose log has `count` events, the last of them transfers."""
    entity = an_entity()
    an_account(entity, "cash")
    an_account(entity, "capital", "equity")
    more(entity, count - last(entity))
    return entity


def more(entity: Entity, count: int) -> None:
    for _ in range(count):
        posted(entity, a_transfer("cash", "capital", "1.00"))


def last(entity: Entity) -> int:
    """The sequence of the last event."""
    return entity.events.latest("sequence").sequence
