"""Proof of the webhooks: each is what its last event says, and nothing was discarded that no event tells of.

What waits and what was sent are records of work: they are forgotten after a while, and no books depend on them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import dict_row

from ledgerflow.books.faults import Fault, compare_rows, keyed
from ledgerflow.books.proof.event_facts import EventWithFact, events_with_facts
from ledgerflow.core.events import Fact
from ledgerflow.events.webhooks.events import DECISIONS, STATES, WebhookDeliveryDiscardedFact, WebhookDeliveryFact
from ledgerflow.events.webhooks.models import DeliveryStatus
from ledgerflow.events.webhooks.sealing import digest_of

WEBHOOK, DELIVERY = "webhooks_webhook", "webhooks_webhookdelivery"
WEBHOOKS = "SELECT * FROM webhooks_webhook WHERE entity_id = %s"
DISCARDED = """
    SELECT id, webhook_id, event_sequence, event_type, reason FROM webhooks_webhookdelivery
    WHERE entity_id = %s AND status = 'discarded'
"""
FACTS: tuple[type[Fact], ...] = (*STATES, *DECISIONS)

Row = dict[str, Any]


def check_webhooks(connection: psycopg.Connection[Any], entity_id: UUID) -> Iterator[Fault]:
    """What is wrong with the webhooks of an entity, as its events tell of them."""
    faults: list[Fault] = []
    expected: dict[str, Row] = {}
    decided: dict[str, WebhookDeliveryFact] = {}
    for event in events_with_facts(connection, entity_id, FACTS, faults):
        if isinstance(event.fact, WebhookDeliveryFact):
            decided[str(event.fact.delivery)] = event.fact
        else:
            expected[event.subject] = _row(event, expected.get(event.subject))
    yield from faults
    cursor = connection.cursor(row_factory=dict_row)
    found = keyed(map(_with_digests, cursor.execute(WEBHOOKS, (entity_id,)).fetchall()), lambda row: str(row["id"]))
    yield from compare_rows(WEBHOOK, expected, found)
    yield from _undecided(cursor.execute(DISCARDED, (entity_id,)).fetchall(), decided)


def _row(event: EventWithFact, before: Row | None) -> Row:
    fact = event.fact
    made = before or {"created_at": event.recorded_at, "actor": event.actor}
    return {
        "id": fact.id,
        "url": fact.url,
        "event_types": fact.event_types,
        "description": fact.description,
        "status": fact.status,
        "disabled_reason": fact.disabled_reason,
        "secret": fact.secret_digest,
        "previous_secret": fact.previous_secret_digest,
        "previous_secret_expires_at": fact.previous_secret_expires_at,
        "created_at": made["created_at"],
        "actor": made["actor"],
        "revision": event.sequence,
    }


def _with_digests(row: Row) -> Row:
    """A row with the digests of its secrets, which is what events tell of them."""
    return row | {name: digest_of(row[name]) for name in ("secret", "previous_secret")}


def _undecided(discarded: list[Row], decided: dict[str, WebhookDeliveryFact]) -> Iterator[Fault]:
    for row in discarded:
        fact = decided.get(str(row["id"]))
        wanted = (row["webhook_id"], row["event_sequence"], row["event_type"], row["reason"])
        if not isinstance(fact, WebhookDeliveryDiscardedFact) or wanted != (
            fact.id,
            fact.sequence,
            fact.type,
            fact.reason,
        ):
            yield Fault(DELIVERY, str(row["id"]), "status", "another one than", DeliveryStatus.DISCARDED.value)
