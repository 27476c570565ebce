"""Proof of the items: each was created once, under the id that follows from its key, as its command says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import psycopg

from apps.items.applying import FACTS
from apps.items.commands import CREATE_ITEM
from apps.items.events import ItemCreatedFact
from apps.items.use_cases import item_content
from ledgerflow.books.faults import ABSENT, Fault
from ledgerflow.books.idempotency import claim_of
from ledgerflow.books.proof.event_facts import EventWithFact, events_with_facts
from ledgerflow.core.errors import LedgerError
from ledgerflow.events.commands.checking import command_id_of

EVENT, COMMAND = "books_event", "commands_command"
RESULTS = """
    SELECT id, result_sequence FROM commands_command
    WHERE entity_id = %s AND type = %s AND status = 'completed' ORDER BY number
"""


def check_items(connection: psycopg.Connection[Any], entity_id: UUID) -> Iterator[Fault]:
    """What is wrong with the items of an entity."""
    faults: list[Fault] = []
    first: dict[UUID, int] = {}
    for event in events_with_facts(connection, entity_id, FACTS, faults):
        item: ItemCreatedFact = event.fact
        faults += _faults_of(event, item, entity_id)
        if first.setdefault(item.id, event.sequence) != event.sequence:
            faults.append(Fault(EVENT, str(event.sequence), "item", ABSENT, f"{item.id}, as in {first[item.id]}"))
    for command, sequence in connection.execute(RESULTS, (entity_id, CREATE_ITEM)):
        if first.get(command) != sequence:
            faults.append(Fault(COMMAND, str(command), "item", f"created by event {sequence}", str(first.get(command))))
    yield from faults


def _faults_of(event: EventWithFact, item: ItemCreatedFact, entity_id: UUID) -> Iterator[Fault]:
    made = command_id_of(entity_id, item.idempotency_key, item.key_issuer)
    if not str(made) == event.subject == str(item.id):
        yield Fault(EVENT, str(event.sequence), "id, by its key", str(made), f"{item.id} of {event.subject}")
    try:
        claim = claim_of(item.idempotency_key, item_content(item.name, item.description), item.key_issuer)
    except LedgerError as refusal:
        yield Fault(EVENT, str(event.sequence), "data", "an item", refusal.message)
        return
    if claim.fingerprint.hex() != item.fingerprint:
        yield Fault(EVENT, str(event.sequence), "fingerprint", claim.fingerprint.hex(), item.fingerprint)
