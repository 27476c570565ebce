"""Django's connections, lent to the threads that need one: threads are many and cheap, connections are neither.

Django keeps a connection for each thread. The web server has a thread for every request that waits, and a thread that
once read something would keep its connection as long as it lives.

What the web server reads through them has `READ_SECONDS` for each statement, because a request holds one of the few
places for reading until it ends. Commands, jobs and closes have connections of their own, without that limit.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper

MAX_IDLE = 32
_idle: dict[str, list[BaseDatabaseWrapper]] = defaultdict(list)  # last in, first out: the one used last is warm


@contextmanager
def borrowed_connection(alias: str = DEFAULT_DB_ALIAS) -> Iterator[None]:
    """The thread's connection is one of those that nobody uses, or a new one; a thread that has one keeps it.

    What connects lazily still does: nothing is opened for work that asks the database nothing.
    """
    if any(wrapper.alias == alias for wrapper in connections.all(initialized_only=True)):
        yield
        return
    try:
        wrapper = _idle[alias].pop()
    except IndexError:
        wrapper = _limited_connection(alias)
        wrapper.inc_thread_sharing()  # it moves from thread to thread, and is never in two at a time
    connections[alias] = wrapper
    # Nothing is asked here: one that broke, or is too old, is made anew by whoever uses it. On the short way no signal
    # of Django's does that.
    wrapper.close_if_unusable_or_obsolete()
    try:
        yield
    finally:
        del connections[alias]
        _give_back(wrapper)


def _limited_connection(alias: str) -> BaseDatabaseWrapper:
    wrapper = connections.create_connection(alias)
    options = wrapper.settings_dict["OPTIONS"]
    limit = f"-c statement_timeout={settings.LEDGERFLOW_READ_SECONDS * 1000:.0f}"
    # First, so that a limit in DATABASE_URL counts; in a copy, as the dictionary is that of the settings.
    limited = options | {"options": " ".join(filter(None, [limit, options.get("options")]))}
    wrapper.settings_dict = wrapper.settings_dict | {"OPTIONS": limited}
    return wrapper


def _give_back(wrapper: BaseDatabaseWrapper) -> None:
    if wrapper.in_atomic_block or len(_idle[wrapper.alias]) >= MAX_IDLE:
        wrapper.close()
    else:
        _idle[wrapper.alias].append(wrapper)


def close_borrowed() -> None:
    """Close what is not in use; for tests and for processes that end."""
    for idle in list(_idle.values()):
        while idle:
            idle.pop().close()


os.register_at_fork(after_in_child=_idle.clear)  # a connection belongs to the process that opened it
