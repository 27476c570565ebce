"""Proof of the books: replay the event log from the beginning and compare everything that follows from it.

One REPEATABLE READ READ ONLY transaction, so that writing goes on meanwhile; memory grows with the accounts, not
with the journals.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from decimal import localcontext
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
import structlog

from journals.proof import balances
from journals.proof.replay import Replay
from journals.proof.streams import END, EVENTS, JOURNALS, KEYS, PLANS, POSTINGS, USUAL_PLANS, Stream
from ledgerflow.books.errors import EntityNotFound
from ledgerflow.books.faults import Fault, Faults, TooManyFaultsError
from ledgerflow.books.models import Entity
from ledgerflow.books.proof.any_moment import read_any_moment
from ledgerflow.books.snapshots import snapshot
from ledgerflow.core.failures import described
from ledgerflow.core.money import CONTEXT
from ledgerflow.core.plugins import Verifier, registry
from ledgerflow.events.checkpoints.proof import Copies, check_copies, own_copies

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


def verify(
    entity_id: UUID,
    *,
    max_faults: int = MAX_FAULTS,
    progress: Progress = lambda _events: None,
    checkpoints: Path | None = None,
) -> Verified:
    """Verify one entity. `progress` is told the number of events done, every thousand of them.

    Proven are: the hash chain, numbers without a gap and moments that do not fall; journals, postings and idempotency
    keys against the events, row by row, none missing and none extra; zero per currency, in each journal and over all
    accounts; no posting of an account outside these journals; accounts, balances, limits and the business date against
    where the events lead; day totals against the postings; what the verifiers of all rooms look at; and the copies of
    checkpoints outside the database, in this server's folder and in `checkpoints`. Raises `NotFound` for an unknown
    entity.
    """
    code = Entity.objects.filter(id=entity_id).values_list("code", flat=True).first()
    if code is None:
        raise EntityNotFound
    copies = own_copies(code)  # before the snapshot, which has the checkpoints of all that are there now
    if checkpoints is not None:
        copies.append(Copies.in_folder(checkpoints, code, is_own=False))
    with snapshot() as connection:
        return verify_in(connection, entity_id, max_faults=max_faults, progress=progress, copies=copies)


def verify_in(
    connection: psycopg.Connection[Any],
    entity_id: UUID,
    *,
    max_faults: int = MAX_FAULTS,
    progress: Progress = lambda _events: None,
    copies: Sequence[Copies] = (),
) -> Verified:
    """The same on a connection that is in a transaction, of what that transaction sees, and with these copies."""
    faults = Faults(max_faults)
    replay = Replay(entity_id, faults)
    read_any_moment(connection)
    with localcontext(CONTEXT), suppress(TooManyFaultsError):
        whole = _attempt(connection, replay, "replay", lambda: _replay(connection, replay, progress))
        for name, check in STANDING.items() if whole else ():
            _attempt(connection, replay, name, partial(check, connection, replay))
        for verifier in registry.verifiers.values():
            _attempt(connection, replay, verifier.name, partial(_compare, connection, replay, verifier, max_faults))
        for one in copies:
            outside = Verifier("copies", partial(check_copies, copies=one))
            _attempt(connection, replay, outside.name, partial(_compare, connection, replay, outside, max_faults))
    return Verified(replay.events, replay.journals, replay.postings, replay.head, faults.found)


# What stands in the books in the end, against what the replay has come to.
STANDING: dict[str, Callable[[psycopg.Connection[Any], Replay], None]] = {
    "entity": balances.check_entity,
    "currencies": balances.check_currencies,
    "accounts": balances.check_accounts,
    "sums": balances.check_sums,
    "postings": balances.check_postings,
    "day_totals": balances.check_day_totals,
}


def _compare(connection: psycopg.Connection[Any], replay: Replay, verifier: Verifier, most: int) -> None:
    found = list(islice(verifier.compare(connection, replay.entity_id), most))
    for fault in found:
        replay.faults.add(*fault)


def _attempt(connection: psycopg.Connection[Any], replay: Replay, name: str, check: Callable[[], None]) -> bool:
    """Carry a check out; that it could not be is a fault too, and keeps no other from being carried out."""
    try:
        with connection.transaction():  # a savepoint: an error of the database would end the snapshot
            check()
    except TooManyFaultsError:
        raise
    except Exception as error:
        log.exception("verifier_failed", entity=str(replay.entity_id), verifier=name)
        replay.faults.add("verifier", name, "comparison", "done", described(error)["message"])
        return False
    return True


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
