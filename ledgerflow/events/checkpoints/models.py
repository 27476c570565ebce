"""Checkpoints: what the log of an entity was when it had so many events, signed; and the hashes they are proved from.

They are rows beside the log and no events in it: an event for each checkpoint would be a reason for the next one.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from ledgerflow.books.models import Entity
from ledgerflow.core.bounds import bounded
from ledgerflow.core.ids import uuid7
from ledgerflow.events.checkpoints.merkle import HASH_BYTES, WIDTH


@bounded()
class Checkpoint(models.Model):
    """The signed head of the tree over the first `size` events of an entity. Insert-only; `note` says it all."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    entity = models.ForeignKey(Entity, models.PROTECT, db_index=False, related_name="checkpoints")
    number = models.BigIntegerField()
    size = models.BigIntegerField()
    root = models.BinaryField(max_length=HASH_BYTES)
    note = models.TextField()
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            # Serves: the newest one, and GET /api/checkpoints, newest first
            models.UniqueConstraint(fields=["entity", "size"], name="checkpoint_size_unique"),
            models.UniqueConstraint(fields=["entity", "number"], name="checkpoint_number_unique"),
            models.CheckConstraint(condition=Q(number__gte=1, size__gte=models.F("number")), name="checkpoint_counts"),
        ]

    def __str__(self) -> str:
        return f"{self.number} of {self.size} events"


@bounded("hashes")
class Tile(models.Model):
    """Hashes of one kept level of a tree that stand side by side, as far as one checkpoint made them. Insert-only.

    Of level 0 the hashes are those of events, of level 8 the nodes over 256 of them each, and so on. `first` is the
    place of the first; all that are here stand below one node of the next level, which is why they are 256 at most.
    """

    pk = models.CompositePrimaryKey("entity_id", "level", "first")
    entity = models.ForeignKey(Entity, models.PROTECT, db_index=False, related_name="+")
    level = models.SmallIntegerField()
    first = models.BigIntegerField()
    hashes = models.BinaryField(max_length=HASH_BYTES * WIDTH)

    def __str__(self) -> str:
        return f"{self.level}/{self.first}"


@bounded()
class CopyPosition(models.Model):
    """The number of the last checkpoint that went to a place outside the database. A note, not history."""

    pk = models.CompositePrimaryKey("entity_id", "place")
    entity = models.ForeignKey(Entity, models.PROTECT, db_index=False, related_name="+")
    place = models.CharField(max_length=16)
    number = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.place}: {self.number}"
