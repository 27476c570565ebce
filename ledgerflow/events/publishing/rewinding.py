"""Sending again: a sink's position is put back, and the next run goes on from there."""

from __future__ import annotations

from uuid import UUID

import psycopg
import structlog

from ledgerflow.books.connections import writer_connection
from ledgerflow.books.errors import BusyElsewhere
from ledgerflow.events.publishing import rows, waking
from ledgerflow.events.publishing.errors import RewindRefused, SinkUnknown
from ledgerflow.events.publishing.kafka import is_configured
from ledgerflow.events.publishing.models import SINKS

log = structlog.get_logger(__name__)


def rewind(sink: str, entity_id: UUID, to: int, *, actor: str) -> int:
    """Count the events after `to` as not sent, 0 for all of them; how many that are comes out.

    Consumers know them already and skip them. Raises `SinkUnknown`, `RewindRefused` for a sequence that is negative or
    beyond what was sent, and `TryAgain` while a batch is under way.
    """
    if sink not in SINKS:
        raise SinkUnknown(sink=sink, known=", ".join(SINKS))
    try:
        with writer_connection() as connection, connection.transaction():
            position = rows.position_of(connection, sink, entity_id)
            if not 0 <= to <= position:
                raise RewindRefused(position=position, to=to)
            if to < position:
                rows.put_back(connection, sink, entity_id, to)
    except psycopg.errors.LockNotAvailable as error:
        raise BusyElsewhere from error
    log.info("sink_rewound", sink=sink, entity=str(entity_id), to=to, before=position, actor=actor)
    if is_configured():
        waking.wake_later(entity_id, 0)
    return position - to
