"""The consumer of events: for each event and each webhook that wants it, a delivery that waits.

It follows the webhooks' own events as well. So an event is judged by what was in force when it happened, however far
behind the consumer is, and whoever disables a webhook or changes its types loses nothing of what came before.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg

from ledgerflow.core.events import RecordedEvent
from ledgerflow.core.ids import uuid7_run
from ledgerflow.events.cloudevents import as_versioned
from ledgerflow.events.webhooks import rows
from ledgerflow.events.webhooks.events import STATES
from ledgerflow.events.webhooks.filters import fits
from ledgerflow.events.webhooks.models import WebhookStatus

_STATES = {fact.event_type: fact for fact in STATES}


@dataclass
class Subscription:
    """What a webhook wants at one place of the log."""

    is_open: bool
    event_types: list[str]
    is_changed: bool = False


def queue_deliveries(connection: psycopg.Connection[Any], entity_id: UUID, events: Sequence[RecordedEvent]) -> None:
    """Queue a run of events of one entity, in the transaction that saves the consumer's position.

    A webhook gets the event that created or enabled it, and none that disabled or deleted it. Queued twice is queued
    once.
    """
    known = {
        webhook_id: Subscription(is_open, event_types)
        for webhook_id, is_open, event_types in connection.execute(rows.QUEUES, (entity_id,)).fetchall()
    }
    wanted: list[tuple[UUID, RecordedEvent]] = []
    for event in events:
        if event.type in _STATES:
            _follow(known, event)
        type_ = as_versioned(event.type)
        wanted += [(id_, event) for id_, one in known.items() if one.is_open and fits(one.event_types, type_)]
    for id_, one in known.items():
        if one.is_changed:
            connection.execute(rows.SAVE_QUEUE, (id_, entity_id, one.is_open, json.dumps(one.event_types)))
    if wanted:
        connection.execute(rows.INSERT_DELIVERIES, (entity_id, *_columns(wanted)))


def _follow(known: dict[UUID, Subscription], event: RecordedEvent) -> None:
    fact = _STATES[event.type].read(event.data)
    known[fact.id] = Subscription(fact.status == WebhookStatus.ENABLED, fact.event_types, is_changed=True)


def _columns(wanted: list[tuple[UUID, RecordedEvent]]) -> tuple[list[Any], ...]:
    return (
        uuid7_run(len(wanted)),
        [webhook_id for webhook_id, _ in wanted],
        [event.sequence for _, event in wanted],
        [event.id for _, event in wanted],
        [as_versioned(event.type) for _, event in wanted],
    )
