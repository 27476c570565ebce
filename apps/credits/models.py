"""Turns: that an owner has had an operation which is due once in a period. All of it is history."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from apps.credits.definitions import MAX_NAME, MAX_OWNER
from ledgerflow.books.models import Entity
from ledgerflow.core.bounds import bounded
from ledgerflow.core.ids import uuid7
from ledgerflow.core.texts import MAX_ACTOR


@bounded()
class Turn(models.Model):
    """An owner has had an operation in a period: "ever", a business date or a month. A reversal leaves it taken."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    entity = models.ForeignKey(Entity, models.PROTECT, db_index=False, related_name="+")
    owner_id = models.CharField(max_length=MAX_OWNER)
    application = models.CharField(max_length=MAX_NAME)
    operation = models.CharField(max_length=MAX_NAME)
    period = models.CharField(max_length=10)
    # None for an event without a journal. The journal is written by COPY in the same transaction.
    journal = models.ForeignKey(
        "journals.Journal", models.PROTECT, null=True, db_constraint=False, db_index=False, related_name="turns"
    )
    event_sequence = models.BigIntegerField()
    recorded_at = models.DateTimeField()
    actor = models.CharField(max_length=MAX_ACTOR)

    class Meta:
        db_table = "credits_turn"
        constraints: ClassVar = [
            # Serves: deciding who was first. It is this row, and not a look before it is written.
            models.UniqueConstraint(
                fields=["entity", "owner_id", "application", "operation", "period"], name="credit_turn_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.owner_id} {self.operation} {self.period}"
