"""One at a time, over all processes, without the entity's lock: for work that may take long."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psycopg

from ledgerflow.books.connections import parameters
from ledgerflow.books.errors import BusyElsewhere

# Ends with its transaction, so that no pool can hand it on and no killed process leaves it behind.
TAKE = "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))"
PATIENT = "SET LOCAL idle_in_transaction_session_timeout = 0"


@contextmanager
def one_at_a_time(name: str) -> Iterator[None]:
    """Do what is inside while nobody else does what has this name. Raises `TryAgain` when somebody is at it.

    It keeps two from starting, no more: should its connection break meanwhile, what is inside must itself notice.
    """
    connection = psycopg.connect(**parameters("default"))
    try:
        connection.execute(PATIENT)
        taken = connection.execute(TAKE, (name,)).fetchone()
        if taken != (True,):
            raise BusyElsewhere
        yield
    finally:
        with suppress(psycopg.Error):
            connection.rollback()  # answered once the lock is free; one that is only closed frees it some time later
        connection.close()
