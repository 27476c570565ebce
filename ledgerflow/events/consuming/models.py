"""How far each consumer has come in the log of each entity, and what it could not take.

These tables are twice there: in the schema `public` of the books, and in that of the read models, which may be in
another database. So they refer to no other table, and SQL names them without a schema. `tables.sql` makes those of the
read models; a test compares it with the models.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from ledgerflow.books.eventlog import GENESIS
from ledgerflow.core.bounds import bounded
from ledgerflow.core.ids import uuid7
from ledgerflow.core.texts import MAX_ACTOR

MAX_NAME = 64
MAX_OWNER = 100
MAX_REASON = 500
MAX_TOPIC = 249  # Kafka's own limit


class State(models.TextChoices):
    """What a consumer does with the events of an entity."""

    FOLLOWING = "following"
    STOPPED = "stopped"  # a projection: what it shows of the entity is as old as its position
    PARKED = "parked"  # work for others: what it owes them waits in its order


class Cause(models.TextChoices):
    """Why an event became a dead letter."""

    FAILED = "failed"  # the consumer raised an error
    GAP = "gap"  # an event before it is missing
    BROKEN = "broken"  # its hash does not follow from the one before
    MALFORMED = "malformed"  # a message on Kafka that is no event


class Status(models.TextChoices):
    OPEN = "open"
    REPLAYED = "replayed"
    DISCARDED = "discarded"


@bounded()
class Position(models.Model):
    """The last event of an entity that a consumer has taken, and who takes the next: saved with what the event did.

    A lease says which process goes on. Its epoch rises with each process that takes it over, so one that slept through
    the end of its lease finds another epoch in the row, and writes nothing.
    """

    pk = models.CompositePrimaryKey("consumer", "entity_id")
    consumer = models.CharField(max_length=MAX_NAME)
    entity_id = models.UUIDField()
    sequence = models.BigIntegerField(db_default=0)
    hash = models.BinaryField(max_length=32, db_default=GENESIS)
    state = models.CharField(max_length=9, choices=State.choices, db_default=State.FOLLOWING)
    cause = models.CharField(max_length=9, db_default="")
    stopped_at = models.DateTimeField(null=True)
    # The first message on Kafka that was passed over while the entity was stopped: from there it is read again.
    kafka_partition = models.IntegerField(null=True)
    kafka_offset = models.BigIntegerField(null=True)
    lease_owner = models.CharField(max_length=MAX_OWNER, db_default="")
    lease_epoch = models.BigIntegerField(db_default=0)
    lease_expires_at = models.DateTimeField(null=True)
    lease_wanted = models.BooleanField(db_default=False)  # another process has less to do
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(state__in=State.values), name="consuming_position_state_known"),
            models.CheckConstraint(
                condition=Q(state=State.FOLLOWING, stopped_at=None) | (~Q(state=State.FOLLOWING) & ~Q(stopped_at=None)),
                name="consuming_position_stopped_at",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.consumer} {self.sequence}"


@bounded()
class Offset(models.Model):
    """The next message of a partition that a consumer reads: saved with the effect of those before it."""

    pk = models.CompositePrimaryKey("consumer", "topic", "kafka_partition")
    consumer = models.CharField(max_length=MAX_NAME)
    topic = models.CharField(max_length=MAX_TOPIC)
    kafka_partition = models.IntegerField()
    next_offset = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.consumer} {self.topic} {self.kafka_partition}"


@bounded()
class DeadLetter(models.Model):
    """An event that a consumer could not take, with all it takes to try again, and what was decided about it.

    `payload` is JSON: the whole event, or for a message that is none its key, headers and value in base 64. Such a
    message belongs to no entity and has no sequence, but a place on Kafka.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    consumer = models.CharField(max_length=MAX_NAME)
    entity_id = models.UUIDField(null=True)
    sequence = models.BigIntegerField(null=True)
    event_id = models.UUIDField(null=True)
    type = models.CharField(max_length=64, db_default="")
    payload = models.TextField()
    cause = models.CharField(max_length=9, choices=Cause.choices)
    error = models.TextField()
    attempts = models.IntegerField()
    first_failed_at = models.DateTimeField()
    last_failed_at = models.DateTimeField()
    topic = models.CharField(max_length=MAX_TOPIC, db_default="")
    kafka_partition = models.IntegerField(null=True)
    kafka_offset = models.BigIntegerField(null=True)
    status = models.CharField(max_length=9, choices=Status.choices, db_default=Status.OPEN)
    reason = models.CharField(max_length=MAX_REASON, db_default="")
    decided_by = models.CharField(max_length=MAX_ACTOR, db_default="")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(cause__in=Cause.values), name="consuming_deadletter_cause_known"),
            models.CheckConstraint(condition=Q(status__in=Status.values), name="consuming_deadletter_status_known"),
            models.CheckConstraint(
                condition=Q(status=Status.OPEN, decided_at=None, decided_by="")
                | (~Q(status=Status.OPEN) & ~Q(decided_at=None) & ~Q(decided_by="")),
                name="consuming_deadletter_decided",
            ),
            models.CheckConstraint(
                condition=Q(entity_id=None, sequence=None, event_id=None)
                | (~Q(entity_id=None) & ~Q(sequence=None) & ~Q(event_id=None)),
                name="consuming_deadletter_of_an_event",
            ),
            models.CheckConstraint(
                condition=Q(last_failed_at__gte=F("first_failed_at")), name="consuming_deadletter_failed_in_order"
            ),
            models.UniqueConstraint(
                fields=["consumer", "entity_id", "sequence"],
                condition=Q(status=Status.OPEN),
                name="consuming_deadletter_open_once",
            ),
            # A message that is read again is the same dead letter, whatever was decided about it.
            models.UniqueConstraint(
                fields=["consumer", "topic", "kafka_partition", "kafka_offset"],
                condition=Q(entity_id=None),
                name="consuming_deadletter_message_once",
            ),
        ]
        permissions: ClassVar = [("decide_deadletter", "Can replay and discard dead letters")]
        indexes: ClassVar = [
            # Serves: GET /api/dead-letters and the list in the admin, newest first
            models.Index(fields=["entity_id", "id"], name="consuming_deadletter_by_entity"),
            # Serves: what is open of a consumer, for its metrics
            models.Index(fields=["consumer", "id"], condition=Q(status=Status.OPEN), name="consuming_deadletter_open"),
        ]

    def __str__(self) -> str:
        return f"{self.consumer}: {self.place}"

    @property
    def place(self) -> str:
        """Which event of its entity it is, or where on Kafka the message lies."""
        if self.sequence is not None:
            return f"event {self.sequence}"
        return f"{self.topic}, partition {self.kafka_partition}, offset {self.kafka_offset}"


class ReadModelDeadLetter(DeadLetter):
    """The same of the consumers that keep their tables beside the read models, for the admin."""

    class Meta:
        proxy = True
        verbose_name = "dead letter of read models"
        verbose_name_plural = "dead letters of read models"
