"""A process that publishes seven events at a time, and forks children that do: `python process.py ENTITY MOMENT...`.

A child stops for ever at its moment of the first batch, and says its number: `handed over` (Kafka has not acknowledged
it yet), `acknowledged` (nobody has written it down yet). With `done` it ends by itself after one batch, as a process
ends that was forked beside a producer. Afterwards the parent publishes what is left.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Any
from uuid import UUID

import django

BATCH = 7


def main() -> None:
    django.setup()
    from ledgerflow.books.connections import writer_connection
    from ledgerflow.events.publishing import publisher
    from ledgerflow.events.publishing.sending import sender
    from ledgerflow.events.publishing.waking import waker

    entity = UUID(sys.argv[1])
    publisher.BATCH_EVENTS = BATCH
    publish_one(entity)
    waker.wake(entity)
    producer, thread = sender._producer, waker._thread
    assert thread is not None
    for moment in sys.argv[2:]:
        child = os.fork()
        if child == 0:
            assert (sender._producer, waker._thread) == (None, None)
            in_child(entity, moment)
            sys.exit(0)
        say("ended", os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    with writer_connection() as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    while publisher.publish(entity):
        pass
    assert sender._producer is producer
    assert thread.is_alive()


def publish_one(entity: UUID) -> None:
    from ledgerflow.books.connections import writer_connection
    from ledgerflow.events.publishing import publisher, rows

    with writer_connection() as connection:
        assert rows.has_more(connection, "kafka", entity, despite_problem=True)
        assert publisher.publish_batch(connection, entity) is publisher.BatchEnd.SENT


def in_child(entity: UUID, moment: str) -> None:
    from ledgerflow.events.publishing import rows
    from ledgerflow.events.publishing.sending import sender

    places: dict[str, tuple[Any, str]] = {"handed over": (sender, "_wait"), "acknowledged": (rows, "move")}
    if moment in places:
        setattr(*places[moment], stop)
    publish_one(entity)


def stop(*_: Any) -> None:
    say("stopped", os.getpid())
    while True:
        signal.pause()


def say(word: str, number: int) -> None:
    sys.stdout.write(f"{word} {number}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
