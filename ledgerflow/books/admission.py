"""Reports are admitted: so many at once, and so long each, so that reading never keeps a process from posting.

WSGI does not tell a view that its client has gone, and granian has no other way to tell it: an abandoned report runs
on. That does no harm, because its time is bounded and it takes one of the few places that reports have; whoever finds
no place is refused at once and holds no thread.
"""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Lock
from typing import Any, TypeVar
from uuid import UUID

import psycopg
from django.conf import settings
from django.db import OperationalError

from ledgerflow.books.errors import ReportsBusy, ReportTimedOut

Item = TypeVar("Item")

_lock = Lock()
_running: Counter[UUID] = Counter()  # reports of this process by entity
_ends_at: ContextVar[float | None] = ContextVar("ends_at", default=None)  # by time.monotonic()


@contextmanager
def admitted(entity_id: UUID) -> Iterator[None]:
    """A place for one report of these books, with `REPORT_SECONDS` for all that is read and written within.

    Raises `ReportsBusy` when no place is free, and `ReportTimedOut` when the time is over. One entity takes at most
    half of the places of a process, so that it cannot keep the others from their reports.
    """
    _enter(entity_id)
    token = _ends_at.set(time.monotonic() + settings.LEDGERFLOW_REPORT_SECONDS)
    try:
        yield
    except psycopg.errors.QueryCanceled as error:
        raise _timed_out() from error
    except OperationalError as error:  # the same through Django's connection
        if isinstance(error.__cause__, psycopg.errors.QueryCanceled):
            raise _timed_out() from error
        raise
    finally:
        _ends_at.reset(token)
        _leave(entity_id)


def limit_statement(connection: psycopg.Connection[Any]) -> None:
    """Give the next statement of this transaction the time that is left. Raises `ReportTimedOut` when none is."""
    left = _seconds_left()
    if left is not None:
        milliseconds = str(math.ceil(left * 1000))
        connection.execute("SELECT set_config('statement_timeout', %s, true)", (milliseconds,))


def within_time(items: Iterable[Item]) -> Iterator[Item]:
    """The items, until the time is over; then `ReportTimedOut`."""
    for item in items:
        _seconds_left()
        yield item


def _seconds_left() -> float | None:
    """None outside of `admitted`: a command has all the time it wants."""
    ends_at = _ends_at.get()
    if ends_at is None:
        return None
    left = ends_at - time.monotonic()
    if left <= 0:
        raise _timed_out()
    return left


def _timed_out() -> ReportTimedOut:
    return ReportTimedOut(seconds=settings.LEDGERFLOW_REPORT_SECONDS)


def _enter(entity_id: UUID) -> None:
    most: int = settings.LEDGERFLOW_REPORTS_AT_ONCE
    with _lock:
        if _running.total() >= most or _running[entity_id] >= (most + 1) // 2:
            raise ReportsBusy(most=most)
        _running[entity_id] += 1


def _leave(entity_id: UUID) -> None:
    with _lock:
        _running[entity_id] -= 1
        if not _running[entity_id]:
            del _running[entity_id]
