"""A set of books: the entity, its ordered event log, and its idempotency keys."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from ledgerflow.core.bounds import bounded
from ledgerflow.core.ids import uuid7
from ledgerflow.core.texts import MAX_ACTOR


@bounded()
class Entity(models.Model):
    """One set of books. The row's lock is the right to write into them; the row itself hardly ever changes."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    code = models.SlugField(max_length=64, unique=True)
    name = models.CharField(max_length=200)
    base_currency = models.CharField(max_length=12)
    time_zone = models.CharField(max_length=64, default="UTC")
    first_business_date = models.DateField()
    business_date = models.DateField()
    dimensions = models.JSONField(default=list)  # names of up to eight posting dimensions, e.g. ["cost_centre"]
    created_at = models.DateTimeField()
    # Rises with each change of the calendar, so that whoever decides by an older snapshot fails at the row's lock.
    calendar_version = models.BigIntegerField(default=0, db_default=0, editable=False)

    class Meta:
        verbose_name_plural = "entities"
        ordering: ClassVar = ["code"]
        permissions: ClassVar = [("leap_business_date", "Can propose and approve a leap of the business date")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(business_date__gte=models.F("first_business_date")),
                name="entity_business_date_not_before_first",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} · {self.name}"


@bounded("sequence", "recorded_at", "hash")
class Event(models.Model):
    """One thing that happened in an entity. The log is the outbox, the audit trail and the proof.

    `data` is the exact canonical text that was hashed; jsonb would lose its order and spacing. The entity's
    existence is checked once per statement by a trigger, which costs a batch less than a foreign key per row.
    """

    pk = models.CompositePrimaryKey("entity_id", "sequence")
    entity = models.ForeignKey(Entity, models.PROTECT, db_constraint=False, db_index=False, related_name="events")
    sequence = models.BigIntegerField()
    id = models.UUIDField()
    type = models.CharField(max_length=64)
    subject = models.CharField(max_length=64)
    data = models.TextField()
    actor = models.CharField(max_length=MAX_ACTOR)
    recorded_at = models.DateTimeField()
    hash = models.BinaryField(max_length=32)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(sequence__gte=1), name="event_sequence_positive"),
        ]
        indexes: ClassVar = [
            # Serves: every past state of an account; the last change of the chart. Journals stay out of it.
            models.Index(
                fields=["entity", "subject", "sequence"],
                condition=models.Q(type__startswith="account."),
                name="event_of_account",
            ),
            # Serves: `known_at`, a moment to the last sequence recorded by then.
            models.Index(fields=["entity", "recorded_at", "sequence"], name="event_at"),
        ]

    def __str__(self) -> str:
        return f"{self.sequence} {self.type}"


@bounded("fingerprint", "event_sequence")
class IdempotencyKey(models.Model):
    """A key that somebody used and the event that was its answer. Never deleted: a retry may come years later.

    The key stands before its issuer: a batch's keys are looked up by entity and key alone, whoever issued them.
    """

    pk = models.CompositePrimaryKey("entity_id", "key", "issuer")
    entity = models.ForeignKey(Entity, models.PROTECT, db_constraint=False, db_index=False, related_name="+")
    key = models.CharField(max_length=255)
    issuer = models.CharField(max_length=32)
    fingerprint = models.BinaryField(max_length=33)
    event_sequence = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            # What `idempotency.check_key` says, for whoever writes with SQL of his own.
            models.CheckConstraint(condition=Q(key__regex=r"^[!#-~][!-~]*$"), name="idempotency_key_visible_ascii"),
            models.CheckConstraint(condition=Q(issuer__regex=r"^[a-z]+(_[a-z]+)*$"), name="idempotency_key_issuer"),
        ]

    def __str__(self) -> str:
        return self.key
