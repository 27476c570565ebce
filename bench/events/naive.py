"""What many write first: one reader for all entities that asks for ids above the last one it saw.

Ids are made before their transaction commits. When two entities post at once, the later id may be visible first; the
reader goes on from there and never sees the earlier one. It stands here so that the test beside it can fail.
"""

from __future__ import annotations

import os
from threading import Event, Thread
from uuid import UUID

import psycopg

NEXT = "SELECT id, entity_id FROM books_event WHERE id > %s AND entity_id = ANY (%s) ORDER BY id LIMIT 1000"
PAUSE_SECONDS = 0.005


class NaiveReader:
    """Reads until it is told to stop; `seen` are the ids it got."""

    def __init__(self, entities: list[UUID]) -> None:
        self.seen: set[UUID] = set()
        self._entities = entities
        self._stop = Event()
        self._thread = Thread(target=self._run, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Let it read what is left, and end it."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        last = UUID(int=0)
        with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
            while True:
                rows = connection.execute(NEXT, (last, self._entities)).fetchall()
                if rows:
                    last = rows[-1][0]
                    self.seen.update(row[0] for row in rows)
                elif self._stop.wait(PAUSE_SECONDS):
                    return
