"""Proof of the books: replay the event log from the beginning and compare everything that follows from it.

One REPEATABLE READ READ ONLY transaction, so that writing goes on meanwhile; memory grows with the accounts, not
with the journals.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import localcontext
from itertools import islice
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
import structlog

from journals.proof import balances as standing
from journals.proof.replay import Replay
from journals.proof.streams import END, EVENTS, JOURNALS, KEYS, PLANS, POSTINGS, USUAL_PLANS, Stream
from ledgerflow.books.faults import Fault, Faults, TooManyFaultsError
from ledgerflow.books.snapshots import snapshot
from ledgerflow.core.errors import NotFound
from ledgerflow.core.failures import described
from ledgerflow.core.money import CONTEXT
from ledgerflow.core.plugins import Verifier, registry

log = structlog.get_logger(__name__)
MAX_FAULTS = 100
PROGRESS_EVERY = 1000

Progress = Callable[[int], None]


class Verified(NamedTuple):
    """What was read, and what is wrong with it. `head` is the hash of the last event."""

    events: int
    journals: int
    postings: int
    head: bytes
    faults: list[Fault]


def verify_books(entity_id: UUID) -> list[Fault]:
    """The faults in an entity's books, the first wrong row first, at most `MAX_FAULTS`; none when all is proven.

    Raises `NotFound` for an unknown entity.
    """
    return verify(entity_id).faults


def verify(entity_id: UUID, *, max_faults: int = MAX_FAULTS, progress: Progress = lambda _events: None) -> Verified:
    """Verify one entity. `progress` is told the number of events done, every thousand of them.

    Proven are: the hash chain, numbers without a gap and moments that do not fall; journals, postings and idempotency
    keys against the events, row by row, none missing and none extra; zero per currency, in each journal and over all
    accounts; no posting of an account outside these journals; accounts, balances, limits and the business date against
    where the events lead; day totals against the postings; and what the verifiers of all rooms look at. Raises
    `NotFound` for an unknown entity.
    """
    with snapshot() as connection:
        if connection.execute("SELECT FROM books_entity WHERE id = %s", (entity_id,)).fetchone() is None:
            message = "There is no such entity."
            raise NotFound(message)
        return verify_in(connection, entity_id, max_faults=max_faults, progress=progress)


def verify_in(
    connection: psycopg.Connection[Any],
    entity_id: UUID,
    *,
    max_faults: int = MAX_FAULTS,
    progress: Progress = lambda _events: None,
) -> Verified:
    """The same on a connection that is in a transaction, of what that transaction sees."""
    faults = Faults(max_faults)
    replay = Replay(entity_id, faults)
    with localcontext(CONTEXT):
        try:
            _replay(connection, replay, progress)
            standing.check_entity(connection, replay)
            standing.check_currencies(connection, replay)
            standing.check_accounts(connection, replay)
            standing.check_sums(replay)
            standing.check_postings(connection, replay)
            standing.check_day_totals(connection, entity_id, replay)
            for verifier in registry.verifiers.values():
                for fault in _compared(connection, verifier, entity_id, max_faults):
                    faults.add(*fault)
        except TooManyFaultsError:
            pass
    return Verified(replay.events, replay.journals, replay.postings, replay.head, faults.found)


def _compared(connection: psycopg.Connection[Any], verifier: Verifier, entity_id: UUID, most: int) -> Iterable[Fault]:
    """What a verifier finds; that it could not compare is a fault too, and keeps no other from comparing."""
    try:
        with connection.transaction():  # a savepoint: an error of the database would end the snapshot
            return list(islice(verifier.compare(connection, entity_id), most))
    except Exception as error:
        log.exception("verifier_failed", entity=str(entity_id), verifier=verifier.name)
        return [Fault("verifier", verifier.name, "comparison", "done", described(error)["message"])]


def _replay(connection: psycopg.Connection[Any], replay: Replay, progress: Progress) -> None:
    """Walk through events, journals, postings and keys side by side, in the order of the events."""
    connection.execute(PLANS)
    with connection.pipeline():
        events, journals, postings, keys = (
            Stream(connection, name, sql, replay.entity_id)
            for name, sql in (("events", EVENTS), ("journals", JOURNALS), ("postings", POSTINGS), ("keys", KEYS))
        )
        while events.head != END:
            row = events.take()
            fact = replay.event(row)
            _extra(replay, journals, postings, keys, before=row[0])
            own_keys = keys.take_all(row[0])
            if own_keys or replay.key is not None:
                replay.keys(own_keys)
            if fact is not None:
                if journals.head == row[0]:
                    journal = journals.take()
                    replay.journal(fact, row[5], journal, postings.take_all(journal[1]))
                else:
                    replay.missing_journal(fact)
            if replay.events % PROGRESS_EVERY == 0:
                progress(replay.events)
        _extra(replay, journals, postings, keys, before=END)
        for stream in (events, journals, postings, keys):
            stream.close()
    connection.execute(USUAL_PLANS)


def _extra(replay: Replay, journals: Stream, postings: Stream, keys: Stream, *, before: int) -> None:
    """Journals and keys that name an event that is not there, or that names none of them."""
    while journals.head < before:
        journal = journals.take()
        postings.take_all(journal[1])
        replay.extra_journal(journal)
    while keys.head < before:
        replay.extra_key(keys.take())
