"""How far each set of books is published, and whether a sink takes anything at all."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from ledgerflow.books.models import Entity
from ledgerflow.core.bounds import bounded
from ledgerflow.core.ids import uuid7

KAFKA = "kafka"
SINKS = (KAFKA,)
MAX_TEXT = 500


@bounded()
class SinkPosition(models.Model):
    """The last event of an entity that a sink has acknowledged: the next one goes on from here.

    `hash` is that event's hash, so that the events that follow are known to follow it. `problem` says why an entity
    stands still although its sink works; it is empty as long as all is well.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    sink = models.CharField(max_length=32)
    entity = models.ForeignKey(Entity, models.PROTECT, db_index=False, related_name="+")
    sequence = models.BigIntegerField()
    hash = models.BinaryField(max_length=32)
    published_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=MAX_TEXT, default="")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["sink", "entity"], name="sink_position_of_entity"),
            models.CheckConstraint(condition=Q(sink__in=SINKS), name="sink_position_known_sink"),
        ]

    def __str__(self) -> str:
        return f"{self.sink}: {self.entity}"


class BreakerState(models.TextChoices):
    CLOSED = "closed"  # all is well
    OPEN = "open"  # nobody tries until `until`
    HALF_OPEN = "half-open", "Half open"  # one tries; if it dies at that, another one may after `until`


@bounded()
class SinkBreaker(models.Model):
    """The circuit breaker of a sink, shared by all processes: after some failures nobody tries for a while."""

    sink = models.CharField(max_length=32, primary_key=True)
    state = models.CharField(max_length=9, choices=BreakerState.choices)
    failures = models.PositiveIntegerField()
    until = models.DateTimeField()
    last_error = models.CharField(max_length=MAX_TEXT)
    changed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(sink__in=SINKS), name="sink_breaker_known_sink"),
            models.CheckConstraint(condition=Q(state__in=BreakerState.values), name="sink_breaker_known_state"),
        ]

    def __str__(self) -> str:
        return f"{self.sink}: {self.state}"
