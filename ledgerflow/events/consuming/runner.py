"""The loop of one consumer, a step at a time, and what it does when the database goes away."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from contextlib import suppress
from threading import Event
from typing import Any, Literal, Protocol
from uuid import UUID

import psycopg
import structlog
from django.conf import settings

from ledgerflow.books.connections import dedicated_connection
from ledgerflow.core.plugins import Consumer
from ledgerflow.events.consuming import rows
from ledgerflow.events.consuming.applying import Applier
from ledgerflow.events.consuming.kafka_source import KafkaSource
from ledgerflow.events.consuming.leases import new_owner
from ledgerflow.events.consuming.stores import connection_for
from ledgerflow.events.consuming.table_source import SESSION, TableSource

log = structlog.get_logger(__name__)

SourceName = Literal["table", "kafka"]
FIRST_WAIT_SECONDS = 0.5
LONGEST_WAIT_SECONDS = 5.0
MEASURE_SECONDS = 5


class Source(Protocol):
    """Where the events come from."""

    @property
    def wait_seconds(self) -> float:
        """How long to wait before the next step."""

    def step(self) -> int: ...
    def lag(self) -> int: ...
    def close(self) -> None: ...


class ConsumerMeasures:
    """How a consumer does, as its process tells: what it applied, how far it is behind, and what waits for a person."""

    def __init__(self) -> None:
        self.applied = 0  # events since the process began
        self.position = 0  # the last sequences of all entities together
        self.lag = 0
        self.rate = 0  # events in a second, lately
        self.stopped = 0  # entities
        self.open_letters = 0
        self.away = ""  # why the last step failed
        self.turned_at = time.monotonic()
        self._measured_at = self.turned_at
        self._measured_applied = 0

    def step_ended(self, count: int) -> bool:
        """Count what a step applied; gives whether it is time to measure the rest."""
        self.applied += count
        self.away = ""
        self.turned_at = time.monotonic()
        return self.turned_at - self._measured_at >= MEASURE_SECONDS

    def measure(self, found: tuple[int, int, int], lag: int) -> None:
        """Take in the position, the entities that are stopped, the dead letters that are open, and the lag."""
        now = time.monotonic()
        self.position, self.stopped, self.open_letters = found
        self.lag = lag
        self.rate = int((self.applied - self._measured_applied) / max(now - self._measured_at, 1))
        self._measured_at, self._measured_applied = now, self.applied


def default_source() -> SourceName:
    return "kafka" if settings.LEDGERFLOW_KAFKA_BOOTSTRAP_SERVERS else "table"


class Runner:
    """Follows the log for one consumer. `step` does a bounded piece of work; nothing runs between two of them.

    `only` names the entities to follow, None all. `connect` opens the connection to where the consumer's tables are,
    and `client` is another client of Kafka than its own.
    """

    def __init__(
        self,
        consumer: Consumer,
        *,
        source: SourceName | None = None,
        only: Collection[UUID] | None = None,
        connect: Callable[[], psycopg.Connection[Any]] | None = None,
        pause: Callable[[float], object] = time.sleep,
        client: Callable[[], Any] | None = None,
    ) -> None:
        self.consumer = consumer
        self.source_name = source or default_source()
        self.owner = new_owner()  # kept over a new connection, so that its leases are still its own
        self.measures = ConsumerMeasures()
        self._only = only
        self._connect = connect or (lambda: connection_for(consumer))
        self._pause = pause
        self._client = client
        self._opened: list[psycopg.Connection[Any]] = []
        self._source: Source | None = None

    def step(self) -> int:
        """Apply what is there, a batch of each entity; gives how many events.

        What it raises ends its connections, and the next step opens new ones.
        """
        try:
            if self._source is None:
                self._source = self._open()
            count = self._source.step()
            if self.measures.step_ended(count):
                self.measure()
        except BaseException as error:
            self.measures.away = f"{type(error).__name__}: {error}".strip()
            self.close()
            raise
        return count

    def drain(self) -> int:
        """Steps until there is nothing left to do; gives how many events were applied."""
        total = 0
        while count := self.step():
            total += count
        return total

    def run(self, stop: Event) -> None:
        """Steps until `stop` is set; then gives the leases back. Waits for a database that is away, and goes on."""
        wait = FIRST_WAIT_SECONDS
        while not stop.is_set():
            try:
                self.step()
            except Exception as error:
                is_away = isinstance(error, psycopg.Error)
                log.warning("consumer_waits", consumer=self.consumer.name, error=repr(error), exc_info=not is_away)
                stop.wait(wait)
                wait = min(2 * wait, LONGEST_WAIT_SECONDS)
                continue
            wait = FIRST_WAIT_SECONDS
            if self._source is not None:
                stop.wait(self._source.wait_seconds)
        self.close()

    def measure(self) -> None:
        """Bring the measures up to date."""
        if self._source is not None:
            found = rows.query(self._opened[0], rows.MEASURES, {"consumer": self.consumer.name}).fetchone()
            self.measures.measure(found or (0, 0, 0), self._source.lag())

    def close(self) -> None:
        """Give the leases back, so that another process need not wait for their end, and close what was opened."""
        source, self._source = self._source, None
        if source is not None:
            # It may be for a fault of the connection that all this ends.
            with suppress(Exception):
                source.close()
        while self._opened:
            self._opened.pop().close()

    def _open(self) -> Source:
        connection = self._connect()
        self._opened.append(connection)
        if self.consumer.prepare is not None:
            self.consumer.prepare(connection)
        applier = Applier(self.consumer, self.owner, connection, self._pause)
        if self.source_name == "kafka":  # the books may be in a database that cannot be reached from here
            return KafkaSource(applier, self._client() if self._client else None, self._only)
        books = dedicated_connection("default", **SESSION)
        self._opened.append(books)
        return TableSource(applier, books, self._only)
