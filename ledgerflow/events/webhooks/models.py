"""Webhooks: who is told of which events, what waits to be sent, and what became of it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from ledgerflow.books.models import Entity
from ledgerflow.core.bounds import bounded
from ledgerflow.core.ids import uuid7
from ledgerflow.core.texts import MAX_ACTOR

MAX_DESCRIPTION = 500
MAX_RESPONSE = 500


class WebhookStatus(models.TextChoices):
    ENABLED = "enabled"
    DISABLED = "disabled"
    DELETED = "deleted"


@bounded()
class Webhook(models.Model):
    """A receiver of events. Its row follows its events; it is never taken away, because they refer to it.

    The secrets are sealed (`sealing.py`), and gone when it is deleted. `revision` is the sequence of its last event.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    entity = models.ForeignKey(Entity, models.PROTECT, db_index=False, related_name="webhooks")
    url = models.CharField(max_length=2048)
    event_types = models.JSONField()
    description = models.CharField(max_length=MAX_DESCRIPTION)
    status = models.CharField(max_length=8, choices=WebhookStatus.choices)
    disabled_reason = models.CharField(max_length=MAX_DESCRIPTION)
    secret = models.TextField()
    previous_secret = models.TextField()
    previous_secret_expires_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    actor = models.CharField(max_length=MAX_ACTOR)
    revision = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(status__in=WebhookStatus.values), name="webhook_status_known"),
            models.CheckConstraint(
                condition=Q(status=WebhookStatus.DELETED, secret="", previous_secret="")
                | (~Q(status=WebhookStatus.DELETED) & ~Q(secret="")),
                name="webhook_secret_until_deleted",
            ),
            models.CheckConstraint(
                condition=Q(previous_secret="", previous_secret_expires_at__isnull=True)
                | (~Q(previous_secret="") & Q(previous_secret_expires_at__isnull=False)),
                name="webhook_previous_secret_ends",
            ),
        ]
        indexes: ClassVar = [
            # Serves: GET /api/webhooks, newest first
            models.Index(fields=["entity", "id"], name="webhook_by_entity"),
        ]

    def __str__(self) -> str:
        return self.url


@bounded()
class WebhookQueue(models.Model):
    """How the consumer of events knows a webhook, and who is sending what waits for it.

    `is_open` and `event_types` are those that it has at the consumer's position and not at present, so that each event
    is judged by what was in force when it happened. `lease` rises each time somebody takes the queue: who has an older
    one marks nothing.
    """

    webhook = models.OneToOneField(Webhook, models.PROTECT, primary_key=True, related_name="queue")
    entity_id = models.UUIDField()
    is_open = models.BooleanField()
    event_types = models.JSONField()
    lease = models.BigIntegerField(default=0, db_default=0)
    leased_until = models.DateTimeField(null=True)

    class Meta:
        default_permissions: ClassVar = ()
        indexes: ClassVar = [
            # Serves: the consumer, for each run of events
            models.Index(fields=["entity_id"], name="webhook_queue_by_entity"),
        ]

    def __str__(self) -> str:
        return f"Queue of {self.webhook_id}"


class DeliveryStatus(models.TextChoices):
    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"
    DISCARDED = "discarded"


UNSENT = Q(status__in=[DeliveryStatus.WAITING.value, DeliveryStatus.FAILED.value])


@bounded()
class WebhookDelivery(models.Model):
    """One event on its way to one webhook.

    The first of a webhook that is unsent is its head: nothing overtakes it. One that has failed holds the others back
    until an operator decides. `attempts` counts all there were, `tried` those of the schedule that is running.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    webhook = models.ForeignKey(Webhook, models.PROTECT, db_index=False, related_name="deliveries")
    entity = models.ForeignKey(Entity, models.PROTECT, db_constraint=False, db_index=False, related_name="+")
    event_sequence = models.BigIntegerField()
    event_id = models.UUIDField()
    event_type = models.CharField(max_length=72)  # with its version
    status = models.CharField(max_length=9, choices=DeliveryStatus.choices)
    attempts = models.BigIntegerField(default=0, db_default=0)
    tried = models.BigIntegerField(default=0, db_default=0)
    next_attempt_at = models.DateTimeField()
    queued_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=MAX_DESCRIPTION, default="", db_default="")  # of being discarded

    class Meta:
        verbose_name_plural = "webhook deliveries"
        default_permissions: ClassVar = ("view",)
        constraints: ClassVar = [
            # Serves as well: the log of a webhook, newest first
            models.UniqueConstraint(fields=["webhook", "event_sequence"], name="webhook_delivery_once"),
            models.CheckConstraint(condition=Q(status__in=DeliveryStatus.values), name="webhook_delivery_status_known"),
            models.CheckConstraint(
                condition=Q(status=DeliveryStatus.WAITING, ended_at__isnull=True)
                | (~Q(status=DeliveryStatus.WAITING) & Q(ended_at__isnull=False)),
                name="webhook_delivery_ended",
            ),
        ]
        indexes: ClassVar = [
            # Serves: the head of each queue
            models.Index(fields=["webhook", "event_sequence"], condition=UNSENT, name="webhook_delivery_unsent"),
            # Serves: the log of an entity in the admin
            models.Index(fields=["entity", "event_sequence"], name="webhook_delivery_by_entity"),
            # Serves: forgetting those that ended long ago
            models.Index(fields=["entity", "ended_at"], condition=~UNSENT, name="webhook_delivery_by_end"),
        ]

    def __str__(self) -> str:
        return f"{self.event_type} {self.event_sequence}"


@bounded()
class WebhookAttempt(models.Model):
    """One try to deliver, written before it is made. Without a duration it is under way, or its dispatcher has died."""

    pk = models.CompositePrimaryKey("delivery_id", "number")
    delivery = models.ForeignKey(WebhookDelivery, models.PROTECT, db_index=False, related_name="tries")
    number = models.BigIntegerField()
    started_at = models.DateTimeField()
    duration_ms = models.BigIntegerField(null=True)
    http_status = models.BigIntegerField(null=True)
    error = models.CharField(max_length=32, default="", db_default="")
    detail = models.CharField(max_length=200, default="", db_default="")
    address = models.CharField(max_length=64, default="", db_default="")  # what was connected to
    response = models.CharField(max_length=MAX_RESPONSE, default="", db_default="")  # how the answer began

    class Meta:
        default_permissions: ClassVar = ()

    def __str__(self) -> str:
        return f"{self.delivery_id}/{self.number}"
