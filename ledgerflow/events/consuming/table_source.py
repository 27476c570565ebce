"""Events from the event table itself: what comes after each position, found by one look into an index per entity.

Nothing is notified, it is asked five times a second: LISTEN and NOTIFY take one lock for all commits of a database.
"""

from __future__ import annotations

import time
from collections.abc import Collection
from typing import Any
from uuid import UUID

import psycopg

from ledgerflow.core.events import RecordedEvent
from ledgerflow.events.consuming import rows
from ledgerflow.events.consuming.applying import Applier, EventRun
from ledgerflow.events.consuming.leases import Leases

BATCH = 1_000
# Asking costs 15 microseconds an entity: with many thousands of them it is asked less often.
LEAST_WAIT_SECONDS = 0.2
LONGEST_WAIT_SECONDS = 5.0
SHARE = 9  # of ten parts of the time; the tenth goes into asking
# LIMIT keeps the planner from joining the whole log with the entities.
NEWS = """
    SELECT e.id, coalesce(p.sequence, 0), p.is_mine
    FROM books_entity e
    LEFT JOIN unnest(%(entities)s::uuid[], %(sequences)s::bigint[], %(mine)s::boolean[])
         AS p (entity_id, sequence, is_mine) ON p.entity_id = e.id
    CROSS JOIN LATERAL (
        SELECT FROM books_event v WHERE v.entity_id = e.id AND v.sequence > coalesce(p.sequence, 0)
        ORDER BY v.sequence LIMIT 1
    ) news
    WHERE e.id <> ALL (%(others)s) AND (%(only)s::uuid[] IS NULL OR e.id = ANY (%(only)s))
"""
READ = """
    SELECT entity_id, sequence, id, type, subject, data, actor, recorded_at, hash FROM books_event
    WHERE entity_id = %s AND sequence > %s ORDER BY sequence LIMIT %s
"""
BEHIND = """
    SELECT coalesce(sum(head.sequence - coalesce(p.sequence, 0)), 0)::bigint
    FROM books_entity e
    LEFT JOIN unnest(%(entities)s::uuid[], %(sequences)s::bigint[]) AS p (entity_id, sequence) ON p.entity_id = e.id
    CROSS JOIN LATERAL (
        SELECT v.sequence FROM books_event v WHERE v.entity_id = e.id ORDER BY v.sequence DESC LIMIT 1
    ) head
    WHERE %(only)s::uuid[] IS NULL OR e.id = ANY (%(only)s)
"""
SESSION = {"enable_seqscan": "off", "statement_timeout": "60s"}


def events_after(
    log: psycopg.Connection[Any], entity_id: UUID, sequence: int, limit: int = BATCH
) -> list[RecordedEvent]:
    """The next events of an entity, on a connection to the books in UTC."""
    found = rows.query(log, READ, (entity_id, sequence, limit))
    # The moment as the text that was hashed.
    return [
        RecordedEvent._make((*row[:7], row[7].isoformat(timespec="microseconds"), row[8])) for row in found.fetchall()
    ]


class TableSource:
    """Hands an applier what is new in the event table, read on the connection `log`. `only`: of these entities."""

    def __init__(
        self, applier: Applier, log: psycopg.Connection[Any], only: Collection[UUID] | None = None, batch: int = BATCH
    ) -> None:
        self._applier = applier
        self._leases = Leases(applier, shares=True)
        self._log = log
        self._only = None if only is None else list(only)
        self._batch = batch
        self._wait_seconds = LEAST_WAIT_SECONDS

    @property
    def wait_seconds(self) -> float:
        """Nothing where a whole batch was there. Else what comes meanwhile makes a batch of its own."""
        return self._wait_seconds

    def step(self) -> int:
        """Apply one batch of each entity that has something new and that nobody else holds; gives how many events."""
        self._leases.keep_when_due()
        began = time.monotonic()
        news = self._news()
        self._wait_seconds = min(max(LEAST_WAIT_SECONDS, SHARE * (time.monotonic() - began)), LONGEST_WAIT_SECONDS)
        count = 0
        for entity_id, sequence in news:
            run = EventRun(entity_id, events_after(self._log, entity_id, sequence, self._batch))
            if len(run.events) == self._batch:
                self._wait_seconds = 0.0
            count += self._applier.take(run).applied
            self._leases.keep_when_due()
        return count

    def lag(self) -> int:
        """How many events are in the log and not applied yet, of all entities together."""
        positions = self._positions()
        known = {"entities": [row[0] for row in positions], "sequences": [row[1] for row in positions]}
        found = rows.query(self._log, BEHIND, known | {"only": self._only}).fetchone()
        return int(found[0]) if found else 0

    def close(self) -> None:
        self._leases.give_back()

    def _positions(self) -> list[tuple[Any, ...]]:
        who = {"consumer": self._applier.consumer.name, "owner": self._applier.owner}
        return rows.query(self._applier.connection, rows.POSITIONS, who).fetchall()

    def _news(self) -> list[tuple[UUID, int]]:
        """Entities with something new, and the last sequence applied. Of those that are free, half at a time.

        So several processes that start together each find some.
        """
        positions = self._positions()
        mine = [row for row in positions if row[2] and not row[4]]
        others = [row[0] for row in positions if not row[2] or row[4]]
        known = {
            "entities": [row[0] for row in mine],
            "sequences": [row[1] for row in mine],
            "mine": [row[3] for row in mine],
        }
        found = rows.query(self._log, NEWS, known | {"others": others, "only": self._only}).fetchall()
        own = [(entity_id, sequence) for entity_id, sequence, is_mine in found if is_mine]
        free = [(entity_id, sequence) for entity_id, sequence, is_mine in found if not is_mine]
        return own + free[: (len(free) + 1) // 2]
