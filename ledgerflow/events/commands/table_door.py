"""The door into the table: commands that arrive at once are written down by one statement.

It takes no lock of an entity, so that it waits for no posting, however busy the books are.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

import psycopg
import structlog
from django.conf import settings

from ledgerflow.books.connections import writer_connection
from ledgerflow.books.groupcommit import GroupCommit
from ledgerflow.books.idempotency import CLIENT, Claim, check_same
from ledgerflow.books.writing import LOST
from ledgerflow.core.errors import LedgerError
from ledgerflow.events.commands.checking import NewCommand, Receipt
from ledgerflow.events.commands.errors import CommandNotTaken
from ledgerflow.events.commands.rows import INSERT_COMMANDS, KNOWN, USED_OTHERWISE

log = structlog.get_logger(__name__)

# A key that two transactions insert in opposite order is a deadlock, and a connection may be lost: neither comes twice.
TRIES = 3
Answers = list[Receipt | LedgerError]
Known = dict[UUID, tuple[bytes, datetime]]  # by id: the fingerprint, and when it was received
Connection = psycopg.Connection[Any]


def accept_in_table(commands: Sequence[NewCommand]) -> Answers:
    """Write commands down, in their order; a receipt or a refusal (`IdempotencyKeyReused`) for each.

    Raises `CommandNotTaken` or `QueueFull`; whoever sends the same commands again gets the same answers.
    """
    return _queue().submit(commands, len(commands))


@cache
def _queue() -> GroupCommit[Sequence[NewCommand], Answers]:
    return GroupCommit(
        _insert_all,
        batch_limit=settings.LEDGERFLOW_WRITER_BATCH_LIMIT,
        queue_limit=settings.LEDGERFLOW_WRITER_QUEUE_LIMIT,
        wait_seconds=settings.LEDGERFLOW_WRITER_WAIT_SECONDS,
    )


def _insert_all(requests: Sequence[Sequence[NewCommand]]) -> list[Answers]:
    answers = iter(_insert_patiently([command for request in requests for command in request]))
    return [[next(answers) for _ in request] for request in requests]


def _insert_patiently(commands: list[NewCommand]) -> Answers:
    for _ in range(TRIES):
        try:
            with writer_connection() as connection:
                return insert(connection, commands, used_otherwise(connection, commands))
        except LOST as error:
            log.warning("commands_not_written", error=str(error), commands=len(commands))
    raise CommandNotTaken


def insert(connection: Connection, commands: Sequence[NewCommand], used: Collection[UUID] = ()) -> Answers:
    """Write commands down on a connection; a receipt or a refusal for each.

    Those in `used` are refused, unless they were written down before the books used their keys otherwise.
    """
    fresh = [command for command in commands if command.id not in used]
    cursor = connection.cursor(binary=True)
    inserted = {row[0] for row in cursor.execute(INSERT_COMMANDS, _columns(fresh), prepare=True)} if fresh else set()
    others = [command.id for command in commands if command.id not in inserted]
    return answers_of(commands, known_of(connection, others) if others else {}, used)


def used_otherwise(connection: Connection, commands: Sequence[NewCommand]) -> set[UUID]:
    """The commands whose keys the books know for another request: each would fail, so it is not accepted."""
    ids, entities, _, _, keys, fingerprints, *_ = _columns(commands)
    found = connection.execute(USED_OTHERWISE, (ids, entities, keys, fingerprints), prepare=True)
    return {id_ for (id_,) in found}


def known_of(connection: Connection, ids: Sequence[UUID]) -> Known:
    """Those that are in the table."""
    found = connection.execute(KNOWN, (_ids(ids),), prepare=True)
    return {row[0]: (bytes(row[1]), row[2]) for row in found}


def answers_of(commands: Sequence[NewCommand], known: Known, used: Collection[UUID]) -> Answers:
    """What is said of commands of which those in `known` were there before, and those in `used` cannot be."""
    known = {command.id: (b"", command.received_at) for command in commands if command.id in used} | known
    answers: Answers = []
    for command in commands:
        earlier = known.get(command.id)
        answers.append(_answer(command, earlier))
        if earlier is None:  # the same key may come again in this very list
            known[command.id] = (command.fingerprint, command.received_at)
    return answers


def _answer(command: NewCommand, earlier: tuple[bytes, datetime] | None) -> Receipt | LedgerError:
    if earlier is None:
        return Receipt(command.id, command.type, command.key, command.received_at)
    fingerprint, received_at = earlier
    try:
        check_same(Claim(CLIENT, command.key, command.fingerprint), fingerprint)
    except LedgerError as refusal:
        return refusal
    return Receipt(command.id, command.type, command.key, received_at, is_replayed=True)


def _columns(commands: Sequence[NewCommand]) -> tuple[Any, ...]:
    return (
        _ids([command.id for command in commands]),
        _ids([command.entity_id for command in commands]),
        [command.type for command in commands],
        [command.payload for command in commands],
        [command.key for command in commands],
        [command.fingerprint for command in commands],
        [command.actor for command in commands],
        [command.received_at for command in commands],
    )


def _ids(ids: Sequence[UUID]) -> str:
    """An array literal: PostgreSQL reads a UUID without hyphens, and Python writes it three times faster."""
    return "{" + ",".join([one.hex for one in ids]) + "}"
