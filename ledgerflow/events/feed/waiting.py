"""Waiting for news: one thread of a process looks at the heads of all logs that somebody waits for, in one query.

So a hundred waiting requests cost as many queries as one, and hold no connection. It looks at once after a COMMIT of
this process.
"""

from __future__ import annotations

import os
import time
from threading import Event, Lock, Thread
from typing import Any
from uuid import UUID

import psycopg
import structlog

from ledgerflow.books.snapshots import own_connection
from ledgerflow.books.writing import commit_listeners
from ledgerflow.core.stopping import stop_request
from ledgerflow.events.feed.rows import HEADS

log = structlog.get_logger(__name__)

LOOK_SECONDS = 0.2
PAUSE_SECONDS = 0.02  # after a COMMIT, for what comes with it: busy books are not looked at more often
AGAIN_SECONDS = 1.0  # after the database was away
LINGER_LOOKS = 50  # without anybody waiting, before the connection is closed


class _Wait:
    def __init__(self, entity_id: UUID, position: int) -> None:
        self.entity_id = entity_id
        self.position = position
        self.over = Event()


class Heads:
    """The ends of logs, looked at while somebody waits for one to move."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._waits: set[_Wait] = set()
        self._watched: frozenset[UUID] = frozenset()
        self._wanted = Event()
        self._committed = Event()
        self._thread: Thread | None = None

    def wait_beyond(self, entity_id: UUID, position: int, seconds: float) -> bool:
        """Wait until a log has an event after `position`, at most so long; a process that stops ends it earlier."""
        wait = _Wait(entity_id, position)
        with self._lock:
            self._waits.add(wait)
            self._note_watched()
            self._wanted.set()
            if self._thread is None or not self._thread.is_alive():
                self._start()
        try:
            return wait.over.wait(seconds)
        finally:
            with self._lock:
                self._waits.discard(wait)
                self._note_watched()

    def _start(self) -> None:
        self._thread = Thread(target=self._watch, name="heads-of-logs", daemon=True)
        self._thread.start()
        if self._look_after_commit not in commit_listeners:  # only here, as nobody listens where nobody waits
            commit_listeners.append(self._look_after_commit)

    def _look_after_commit(self, entity_id: UUID) -> None:
        if entity_id in self._watched:
            self._committed.set()

    def _note_watched(self) -> None:
        self._watched = frozenset(one.entity_id for one in self._waits)

    def _watch(self) -> None:
        while self._wanted.wait():
            try:
                with own_connection() as connection:
                    self._look_while_wanted(connection)
            except psycopg.Error as error:
                log.warning("heads_not_seen", error=str(error))
                self._end_waits_of_a_stop()
                time.sleep(AGAIN_SECONDS)

    def _look_while_wanted(self, connection: psycopg.Connection[Any]) -> None:
        in_vain = 0
        while in_vain < LINGER_LOOKS:
            with self._lock:
                waits = list(self._waits)
                if not waits:
                    self._wanted.clear()
            in_vain = 0 if waits else in_vain + 1
            if waits:
                self._look(connection, waits)
            if self._committed.wait(LOOK_SECONDS):
                self._committed.clear()
                time.sleep(PAUSE_SECONDS)

    def _look(self, connection: psycopg.Connection[Any], waits: list[_Wait]) -> None:
        self._end_waits_of_a_stop()
        found = dict(connection.execute(HEADS, (list({one.entity_id for one in waits}),)).fetchall())
        for one in waits:
            if (found[one.entity_id] or 0) > one.position:
                one.over.set()

    def _end_waits_of_a_stop(self) -> None:
        if stop_request.has_come:
            with self._lock:
                for one in self._waits:
                    one.over.set()


heads = Heads()
os.register_at_fork(after_in_child=heads.__init__)  # type: ignore[misc]  # its thread stays with the parent
