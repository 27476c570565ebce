"""Creating an item: one event, and the key of the request that asked for it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import psycopg

from apps.items.bodies import MAX_DESCRIPTION, MAX_NAME
from apps.items.errors import ItemNameRefused
from apps.items.events import ItemCreatedFact
from ledgerflow.books import once
from ledgerflow.books.idempotency import CLIENT, claim_of
from ledgerflow.books.writing import Transaction, write
from ledgerflow.core.texts import check_text
from ledgerflow.events.commands.checking import command_id_of


def create_item(
    entity_id: UUID, name: str, description: str = "", *, key: str, issuer: str = CLIENT, actor: str
) -> int:
    """Create an item; gives the sequence of its event, also when the same key and content created it before.

    Raises `Malformed`, `IdempotencyKeyReused`, and as `write`.
    """
    claim = claim_of(key, item_content(name, description), issuer)

    def work(tx: Transaction, keys: psycopg.Cursor[Any]) -> int:
        earlier = once.loaded(claim, keys)
        if earlier is not None:
            return earlier
        item_id = command_id_of(entity_id, key, issuer)
        sequence = tx.record(ItemCreatedFact(item_id, name, description, **claim.fact()), str(item_id), actor)
        tx.remember(*claim, sequence)
        return sequence

    return write(entity_id, work, load=lambda tx: once.load(tx, claim), repeatable=True)


def item_content(name: str, description: str) -> list[str]:
    """What creating an item asks for: its fingerprint is of this. Raises `Malformed`."""
    if not name.strip():
        raise ItemNameRefused(pointer="/name", most=MAX_NAME)
    check_text(name, MAX_NAME, "/name")
    check_text(description, MAX_DESCRIPTION, "/description")
    return ["item.create", name, description]
