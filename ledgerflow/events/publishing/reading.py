"""How far sinks are: lag by entity, and the state of their breakers."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db.models import OuterRef, Subquery
from django.db.models.functions import Coalesce

from ledgerflow.books.models import Entity, Event
from ledgerflow.core import clocks
from ledgerflow.events.publishing.kafka import is_configured
from ledgerflow.events.publishing.models import KAFKA, BreakerState, SinkBreaker, SinkPosition


class Lag(NamedTuple):
    """How far a sink is with one entity."""

    entity_id: UUID
    code: str
    sequence: int  # of the last event that is acknowledged
    head: int  # of the last event that is recorded
    published_at: datetime | None
    problem: str

    @property
    def lag(self) -> int:
        return self.head - self.sequence


def head_of(entity: str) -> Coalesce:
    """The sequence of the last event, as an expression; `entity` names the column of the entity's id."""
    newest = Event.objects.filter(entity_id=OuterRef(entity)).order_by("-sequence").values("sequence")[:1]
    return Coalesce(Subquery(newest), 0)


def lags(sink: str = KAFKA, entity_id: UUID | None = None) -> list[Lag]:
    """Of all entities by code, or of one; those that were never published have all before them."""
    entities = Entity.objects.all() if entity_id is None else Entity.objects.filter(id=entity_id)
    positions = {
        one.entity_id: one
        for one in SinkPosition.objects.filter(sink=sink, **({} if entity_id is None else {"entity": entity_id}))
    }
    found = entities.annotate(head=head_of("id")).order_by("code").values_list("id", "code", "head")
    return [_lag(id_, code, head, positions.get(id_)) for id_, code, head in found]


def _lag(entity_id: UUID, code: str, head: int, position: SinkPosition | None) -> Lag:
    if position is None:
        return Lag(entity_id, code, 0, head, None, "")
    # The head was read before: what was recorded and acknowledged since is no negative lag.
    return Lag(
        entity_id, code, position.sequence, max(head, position.sequence), position.published_at, position.problem
    )


def lagging() -> list[UUID]:
    """The entities that have something to publish; none without Kafka."""
    return [one.entity_id for one in lags() if one.lag] if is_configured() else []


def breaker_of(sink: str) -> SinkBreaker:
    """The breaker's row; as good as new where nothing ever failed."""
    found = SinkBreaker.objects.filter(sink=sink).first()
    now = clocks.now()
    return found or SinkBreaker(
        sink=sink, state=BreakerState.CLOSED, failures=0, until=now, last_error="", changed_at=now
    )
