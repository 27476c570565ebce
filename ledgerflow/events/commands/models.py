"""Commands that were accepted, and what became of each."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from ledgerflow.books.models import Entity
from ledgerflow.core.bounds import bounded
from ledgerflow.core.texts import MAX_ACTOR


class CommandStatus(models.TextChoices):
    ACCEPTED = "accepted"
    COMPLETED = "completed"
    FAILED = "failed"


@bounded()
class Command(models.Model):
    """What somebody wants done, written down before he is answered. It changes once, when it ends.

    `payload` is the JSON as it was sent. `number` orders the commands of all books as they came. `result_sequence` is
    the event that answers a completed one, `event_sequence` the one that says how it ended; `error` is the canonical
    JSON of why it failed. `tries` is how often it failed unexpectedly, and `due_at` when it is tried next,
    None for at once.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    # No foreign key, which would lock the entity's row for each command: whoever calls has found the entity.
    entity = models.ForeignKey(Entity, models.PROTECT, db_constraint=False, db_index=False, related_name="commands")
    number = models.BigIntegerField()
    type = models.CharField(max_length=64)
    payload = models.TextField()
    key = models.CharField(max_length=255)
    fingerprint = models.BinaryField(max_length=33)
    actor = models.CharField(max_length=MAX_ACTOR)
    received_at = models.DateTimeField()
    status = models.CharField(max_length=9, choices=CommandStatus.choices)
    tries = models.IntegerField()
    due_at = models.DateTimeField(null=True)
    result_sequence = models.BigIntegerField(null=True)
    error = models.TextField()  # "" for none
    event_sequence = models.BigIntegerField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(status="accepted", result_sequence=None, error="", event_sequence=None, finished_at=None)
                | (
                    Q(event_sequence__isnull=False, finished_at__isnull=False)
                    & (
                        Q(status="completed", result_sequence__isnull=False, error="")
                        | (Q(status="failed", result_sequence=None) & ~Q(error=""))
                    )
                ),
                name="command_status_consistent",
            ),
        ]
        indexes: ClassVar = [
            # Serves: GET /api/commands, newest first
            models.Index(fields=["entity", "number"], name="command_by_entity"),
            # Serves: the processor, and the list of those that wait
            models.Index(fields=["entity", "number"], condition=Q(status="accepted"), name="command_accepted"),
            # Serves: the list of those that failed
            models.Index(fields=["entity", "number"], condition=Q(status="failed"), name="command_failed"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.id}"
