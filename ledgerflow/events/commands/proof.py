"""Proof of the commands: how each ended is what its event says, and none ended without one.

Memory does not grow with their number.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import msgspec
import psycopg
from psycopg.rows import dict_row

from ledgerflow.books.faults import ABSENT, PRESENT, Fault, Faults
from ledgerflow.core import canonical
from ledgerflow.core.errors import LedgerError
from ledgerflow.core.events import Fact
from ledgerflow.core.plugins import registry
from ledgerflow.events.commands.checking import claim_for, command_id_of, decode_payload
from ledgerflow.events.commands.ending import error_of
from ledgerflow.events.commands.events import CommandCompletedFact, CommandFailedFact
from ledgerflow.events.commands.models import CommandStatus

# Each end beside its event; an end without one, or an event without its row, has nothing on the other side.
ENDS = """
    SELECT coalesce(e.sequence, c.event_sequence) AS at, e.type AS event_type, e.subject, e.data,
           e.actor AS event_actor, e.recorded_at, c.id::text AS id, c.type, c.key, c.actor, c.status, c.result_sequence,
           c.error, c.finished_at, c.payload, encode(c.fingerprint, 'hex') AS fingerprint, r.sequence AS answer
    FROM (SELECT * FROM books_event WHERE entity_id = %(entity)s AND type = ANY (%(types)s)) e
    FULL JOIN (SELECT * FROM commands_command WHERE entity_id = %(entity)s AND status <> 'accepted') c
        ON c.event_sequence = e.sequence
    LEFT JOIN books_event r ON r.entity_id = %(entity)s AND r.sequence = c.result_sequence AND r.sequence < e.sequence
    ORDER BY 1
"""
EVENT, COMMAND = "books_event", "commands_command"
MAX_FAULTS = 1000
FACTS: dict[str, type[Fact]] = {fact.event_type: fact for fact in (CommandCompletedFact, CommandFailedFact)}

Row = dict[str, Any]


def check_commands(connection: psycopg.Connection[Any], entity_id: UUID) -> Iterator[Fault]:
    """What is wrong with the ends of an entity's commands, in the order of their events."""
    faults = Faults(MAX_FAULTS)
    with connection.cursor("command_ends", row_factory=dict_row) as cursor:
        for row in cursor.execute(ENDS, {"entity": entity_id, "types": list(FACTS)}):
            _check(row, entity_id, faults)
    yield from faults.found


def _check(row: Row, entity_id: UUID, faults: Faults) -> None:
    if row["data"] is None:
        faults.add(COMMAND, row["id"], f"end by event {row['at']}", ABSENT, PRESENT)
        return
    if row["id"] is None:
        faults.add(COMMAND, row["subject"], f"end by event {row['at']}", PRESENT, ABSENT)
        return
    try:
        expected = _expected(FACTS[row["event_type"]].read(row["data"]))
    except msgspec.MsgspecError as error:
        faults.add(EVENT, row["at"], "data", f"a fact of {row['event_type']}", repr(error))
        return
    expected |= {"actor": row["event_actor"], "finished_at": row["recorded_at"]}
    faults.compare(COMMAND, row["id"], expected, row)
    made = str(command_id_of(entity_id, row["key"]))
    if row["id"] != made:
        faults.add(COMMAND, row["id"], "key", f"that of {made}", row["key"])
    if not _asks_for(row):
        faults.add(COMMAND, row["id"], "payload", f"of the fingerprint {row['fingerprint']}", row["payload"])
    if expected["result_sequence"] != row["answer"]:
        faults.add(COMMAND, row["id"], "answer", "an event before its end", row["result_sequence"])


def _asks_for(row: Row) -> bool:
    """Whether the payload is what the fingerprint says; it is not looked at where no kind of now can read it."""
    kind = registry.command_kinds.get(row["type"])
    if kind is None:
        return True
    try:
        claim = claim_for(kind, decode_payload(kind, row["payload"].encode()), row["key"])
    except LedgerError as refusal:
        # One that was written down by another release, and ended so.
        return bool(row["error"] and canonical.decode(row["error"])["code"] == refusal.code)
    return bool(claim.fingerprint.hex() == row["fingerprint"])


def _expected(fact: Fact) -> Row:
    if isinstance(fact, CommandCompletedFact):
        status, result, error = CommandStatus.COMPLETED.value, fact.result, ""
    else:
        assert isinstance(fact, CommandFailedFact)  # noqa: S101 - the query asks for these two
        status, result, error = CommandStatus.FAILED.value, None, error_of(fact)
    found = {"id": str(fact.id), "type": fact.type, "fingerprint": fact.fingerprint, "status": status}
    return found | {"result_sequence": result, "error": error}
