"""Connections for writing: raw psycopg, from the `writer` alias, last in first out.

A process writes one batch per entity at a time, so a handful of connections serve any number of request threads,
and the one used last is the one whose plans and caches are warm. Django's own wrapper is left out: neither
`ATOMIC_REQUESTS` nor the admin's `atomic` can reach in here.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import connections

_idle: list[psycopg.Connection[Any]] = []
MAX_IDLE = 8


@contextmanager
def writer_connection() -> Iterator[psycopg.Connection[Any]]:
    """A connection in autocommit, outside any transaction. One that comes back broken or in doubt is closed."""
    connection = _take()
    try:
        yield connection
    finally:
        _give_back(connection)


def close_idle() -> None:
    """Close what is not in use; for tests and for processes that end."""
    while _idle:
        _idle.pop().close()


def parameters(alias: str) -> dict[str, Any]:
    """What psycopg connects with to the database of a Django alias."""
    # Not of the thread's own wrapper: one that is lent to a request has limits that are not for long work.
    params = connections.create_connection(alias).get_connection_params()
    # Django's adapters would turn dates and numbers into strings for its own fields; psycopg's own are faster.
    for django_only in ("context", "cursor_factory", "prepare_threshold"):
        params.pop(django_only, None)
    return params


def dedicated_connection(alias: str, **options: Any) -> psycopg.Connection[Any]:
    """A new connection in autocommit and UTC to the database of a Django alias, for a process that keeps it.

    `options` are settings of its session, such as `lock_timeout="5s"`.
    """
    connection = psycopg.connect(**parameters(alias), autocommit=True, prepare_threshold=2)
    for name, value in {"TimeZone": "UTC", **options}.items():
        connection.execute("SELECT set_config(%s, %s, false)", (name, value))
    return connection


def _take() -> psycopg.Connection[Any]:
    while _idle:
        connection = _idle.pop()
        if not connection.closed:
            return connection
    connection = psycopg.connect(**parameters("writer"), autocommit=True, prepare_threshold=2)
    connection.execute("SET TIME ZONE 'UTC'; SET plan_cache_mode = force_generic_plan")
    return connection


def _give_back(connection: psycopg.Connection[Any]) -> None:
    idle = connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
    if idle and len(_idle) < MAX_IDLE:
        _idle.append(connection)
    else:
        connection.close()


os.register_at_fork(after_in_child=_idle.clear)  # a connection belongs to the process that opened it
