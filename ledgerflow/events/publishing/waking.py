"""Wake-ups: after each COMMIT a task that publishes the entity, at most five a second.

A wake-up is a hint: what is lost of them, the job of each minute makes good. So sending them fails in silence, from a
thread of its own, and never in the request that posted.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from threading import Condition, Thread
from time import sleep
from typing import Any
from uuid import UUID

import structlog

from ledgerflow.events.publishing.kafka import is_configured

log = structlog.get_logger(__name__)

TASK = "ledgerflow.events.publishing.tasks.publish_entity"
FAN_OUT = "ledgerflow.ops.tasks.fan_out"
JOB = "publish_events"
STALE_SECONDS = 60
PAUSE_SECONDS = 0.2
# Redis is away: no use in asking it five times a second.
LONG_PAUSE_SECONDS = 5.0


class Waker:
    """Collects entities and hands them to `send`, each once in a pause, from a thread that ends with the process."""

    def __init__(self, send: Callable[[UUID], object], pause_seconds: float = PAUSE_SECONDS) -> None:
        self._send = send
        self._pause_seconds = pause_seconds
        self._changed = Condition()
        self._waiting: set[UUID] = set()
        self._thread: Thread | None = None

    def wake(self, entity_id: UUID) -> None:
        """Note it, and return at once."""
        with self._changed:
            if self._thread is None:
                self._thread = Thread(target=self._run, name="waker", daemon=True)
                self._thread.start()
            if entity_id not in self._waiting:
                self._waiting.add(entity_id)
                self._changed.notify()

    def after_fork(self) -> None:
        """A thread belongs to the process that started it, and so does what it was told."""
        self._changed, self._waiting, self._thread = Condition(), set(), None

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._waiting:
                    self._changed.wait()
                found, self._waiting = self._waiting, set()
            sleep(self._pause_seconds if self._send_all(found) else LONG_PAUSE_SECONDS)

    def _send_all(self, found: set[UUID]) -> bool:
        try:
            for entity_id in found:
                self._send(entity_id)
        except Exception as error:  # noqa: BLE001 - whatever Redis, Celery or the network come up with
            log.warning("wake_up_failed", error=str(error), entities=len(found))
            return False
        return True


def wake_after_commit(entity_id: UUID) -> None:
    """Listens to commits (`ledgerflow.books.writing`)."""
    if is_configured():
        waker.wake(entity_id)


def wake(entity_id: UUID, after_seconds: float = 0) -> None:
    """Send the task that publishes an entity. Raises what Celery raises."""
    _send_task(TASK, str(entity_id), countdown=after_seconds or None, expires=after_seconds + STALE_SECONDS)


def wake_later(entity_id: UUID, seconds: float) -> None:
    """Publish it again after a pause. Raises nothing."""
    _quietly(lambda: wake(entity_id, seconds))


def wake_all() -> None:
    """Publish every entity that lags, as the job of each minute does. Raises nothing."""
    _quietly(lambda: _send_task(FAN_OUT, JOB, expires=STALE_SECONDS))


def _send_task(name: str, *arguments: str, **options: Any) -> None:
    from celery import current_app  # noqa: PLC0415 - only where there is Kafka; see the app's `ready`

    current_app.send_task(name, arguments, **options)


def _quietly(send: Callable[[], None]) -> None:
    try:
        send()
    except Exception as error:  # noqa: BLE001 - as above
        log.warning("wake_up_failed", error=str(error))


waker = Waker(wake)
os.register_at_fork(after_in_child=waker.after_fork)
