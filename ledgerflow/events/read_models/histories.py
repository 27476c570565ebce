"""The log from its beginning, to make something anew from it: from the event table, or from Kafka."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any, Protocol
from uuid import UUID

import psycopg

from ledgerflow.books.connections import dedicated_connection
from ledgerflow.core.events import RecordedEvent
from ledgerflow.events.consuming.table_source import events_after
from ledgerflow.events.read_models.errors import HistoryShortError

SOURCES = ("table", "kafka")
BATCH = 5_000
HEADS = """
    SELECT e.id, head.sequence FROM books_entity e CROSS JOIN LATERAL (
        SELECT v.sequence FROM books_event v WHERE v.entity_id = e.id ORDER BY v.sequence DESC LIMIT 1
    ) head
    WHERE %(only)s::uuid[] IS NULL OR e.id = ANY (%(only)s)
    ORDER BY e.code
"""

Run = tuple[UUID, list[RecordedEvent]]
Positions = dict[UUID, int]


class History(Protocol):
    """Gives the events of all entities, each entity's in their order.

    `runs` gives what comes after `positions`, which the caller moves on with each run: all that is there when it is
    called, or where `until` is given, exactly what leads to those positions. A run may begin with events that the
    caller has already.
    """

    def runs(self, positions: Positions, until: Positions | None = None) -> Iterator[Run]: ...
    def size(self) -> int: ...


class TableHistory:
    """The event table, on a connection to the books in UTC. `only`: of these entities, None for all."""

    def __init__(self, log: psycopg.Connection[Any], only: list[UUID] | None = None) -> None:
        self._log = log
        self._only = only

    def heads(self) -> Positions:
        """The last event of each entity."""
        return dict(self._log.execute(HEADS, {"only": self._only}).fetchall())

    def size(self) -> int:
        """How many events there are now, for those who want to know how long it takes."""
        return sum(self.heads().values())

    def runs(self, positions: Positions, until: Positions | None = None) -> Iterator[Run]:
        for entity_id, last in (self.heads() if until is None else until).items():
            while (position := positions.get(entity_id, 0)) < last:
                events = events_after(self._log, entity_id, position, min(BATCH, last - position))
                if not events:
                    message = f"{entity_id}: there is no event {position + 1} in the books."
                    raise HistoryShortError(message)
                yield entity_id, events


@contextmanager
def open_history(source: str, only: list[UUID] | None = None) -> Iterator[History]:
    """The history of a source by its name."""
    with closing(dedicated_connection("default", enable_seqscan="off")) as log:
        yield TableHistory(log, only)
