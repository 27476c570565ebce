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
from ledgerflow.events.consuming.applying import Applier
from ledgerflow.events.consuming.leases import new_owner
from ledgerflow.events.consuming.stores import connection_for
from ledgerflow.events.consuming.table_source import SESSION, TableSource

log = structlog.get_logger(__name__)

SourceName = Literal["table", "kafka"]
FIRST_WAIT_SECONDS = 0.5
LONGEST_WAIT_SECONDS = 5.0


class Source(Protocol):
    """Where the events come from."""

    idle_seconds: float  # how long to wait when there was nothing

    def step(self) -> int: ...
    def lag(self) -> int: ...
    def close(self) -> None: ...


def default_source() -> SourceName:
    return "kafka" if settings.KAFKA_BOOTSTRAP_SERVERS else "table"


class Runner:
    """Follows the log for one consumer. `step` does a bounded piece of work; nothing runs between two of them.

    `only` names the entities to follow, None all. `connect` opens the connection to where the consumer's tables are.
    """

    def __init__(
        self,
        consumer: Consumer,
        *,
        source: SourceName | None = None,
        only: Collection[UUID] | None = None,
        connect: Callable[[], psycopg.Connection[Any]] | None = None,
        pause: Callable[[float], object] = time.sleep,
    ) -> None:
        self.consumer = consumer
        self.source_name = source or default_source()
        self.owner = new_owner()  # kept over a new connection, so that its leases are still its own
        self._only = only
        self._connect = connect or (lambda: connection_for(consumer))
        self._pause = pause
        self._opened: list[psycopg.Connection[Any]] = []
        self._source: Source | None = None

    def step(self) -> int:
        """Apply what is there, a batch of each entity; gives how many events. What it raises ends its connections.

        The next step then opens new ones.
        """
        try:
            if self._source is None:
                self._source = self._open()
            return self._source.step()
        except BaseException:
            self._drop()
            raise

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
                count = self.step()
            except Exception as error:
                is_away = isinstance(error, psycopg.Error)
                log.warning("consumer_waits", consumer=self.consumer.name, error=repr(error), exc_info=not is_away)
                stop.wait(wait)
                wait = min(2 * wait, LONGEST_WAIT_SECONDS)
                continue
            wait = FIRST_WAIT_SECONDS
            if not count and self._source is not None:
                stop.wait(self._source.idle_seconds)
        self.close()

    def close(self) -> None:
        """Give the leases back, so that another process need not wait for their end."""
        if self._source is not None:
            with suppress(psycopg.Error):
                self._source.close()
        self._drop()

    def _open(self) -> Source:
        connection = self._connect()
        self._opened.append(connection)
        applier = Applier(self.consumer, self.owner, connection, self._pause)
        books = dedicated_connection("default", **SESSION)
        self._opened.append(books)
        return TableSource(applier, books, self._only)

    def _drop(self) -> None:
        self._source = None
        while self._opened:
            self._opened.pop().close()
