"""Reading webhooks back: how each stands, and the log of what was sent to it."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.utils.translation import gettext_noop

from ledgerflow.core.clocks import as_text
from ledgerflow.core.plugins import HOME_MOST, Cure, HomeEntry, HomeLook
from ledgerflow.events.webhooks import bodies
from ledgerflow.events.webhooks.deliveries import UNSENT
from ledgerflow.events.webhooks.models import DeliveryStatus, Webhook, WebhookAttempt, WebhookDelivery, WebhookStatus

MOST_LOOKED_AT = 200
TRIED = 2  # one attempt fails now and then
PARKED = gettext_noop("{url} takes nothing: what waits for it stands behind a message that has failed.")
RETRYING = gettext_noop("{url} has not taken a message after {tried} attempts; the next is at {next_at}.")

QueueState = Literal["idle", "sending", "retrying", "parked"]


def webhooks_of(entity_id: UUID, status: str | None = None) -> QuerySet[Webhook]:
    """The webhooks of these books that are not deleted, each with its queue's state."""
    rows = Webhook.objects.filter(entity_id=entity_id).exclude(status=WebhookStatus.DELETED)
    return with_head(rows.filter(status=status) if status else rows)


def with_head(webhooks: QuerySet[Webhook]) -> QuerySet[Webhook]:
    """The same, each with what is known of the first message that is unsent."""
    unsent = WebhookDelivery.objects.filter(webhook=OuterRef("pk"), status__in=UNSENT).order_by("event_sequence")
    return webhooks.annotate(
        **{f"head_{name}": Subquery(unsent.values(name)[:1]) for name in ("id", "status", "tried", "next_attempt_at")},
        has_unsent=Exists(unsent),
    )


def queue_state(webhook: Any) -> QueueState:
    """How the queue of an annotated webhook stands."""
    if not webhook.has_unsent:
        return "idle"
    if webhook.head_status == DeliveryStatus.FAILED:
        return "parked"
    return "retrying" if webhook.head_tried else "sending"


def failing_webhooks(entity_id: UUID) -> HomeLook:
    """Webhooks that are enabled and whose first message has failed, or fails again and again. One query."""
    rows: list[Any] = list(webhooks_of(entity_id, WebhookStatus.ENABLED).order_by("id")[:MOST_LOOKED_AT])
    found = [entry for row in rows if (entry := _failing(row)) is not None]
    return HomeLook(found[: HOME_MOST + 1])


def _failing(webhook: Any) -> HomeEntry | None:
    cures = (Cure("Webhook", "webhooks_webhook_change", webhook.pk),)
    state = queue_state(webhook)
    if state == "parked":
        return HomeEntry(PARKED, {"url": webhook.url}, cures)
    if state == "retrying" and webhook.head_tried >= TRIED:
        figures = {"url": webhook.url, "tried": webhook.head_tried, "next_at": webhook.head_next_attempt_at}
        return HomeEntry(RETRYING, figures, cures)
    return None


def webhook_response(webhook: Any) -> bodies.WebhookResponse:
    """A webhook as it is told; of its secret only until when the one before counts."""
    return bodies.WebhookResponse(**_webhook(webhook))


def created_response(webhook: Any, secret: str) -> bodies.WebhookSecretResponse:
    """The same with the secret, once."""
    return bodies.WebhookSecretResponse(**_webhook(webhook), secret=secret)


def deliveries_of(webhook_id: UUID, status: str | None, event_type: str | None) -> QuerySet[WebhookDelivery]:
    """The log of a webhook."""
    rows = WebhookDelivery.objects.filter(webhook_id=webhook_id)
    if status is not None:
        rows = rows.filter(status=status)
    return rows.filter(event_type=event_type) if event_type is not None else rows


def delivery_response(delivery: WebhookDelivery) -> bodies.DeliveryResponse:
    """One message."""
    return bodies.DeliveryResponse(**_delivery(delivery))


def delivery_detail(delivery: WebhookDelivery) -> bodies.DeliveryDetail:
    """One message with its attempts, the first first."""
    log = [_attempt(one) for one in delivery.tries.order_by("number")]
    return bodies.DeliveryDetail(**_delivery(delivery), log=log)


def _webhook(webhook: Any) -> dict[str, Any]:
    same = ("url", "event_types", "description", "status", "disabled_reason", "revision", "actor")
    until, next_at = webhook.previous_secret_expires_at, webhook.head_next_attempt_at
    return {
        "id": str(webhook.id),
        **{name: getattr(webhook, name) for name in same},
        "created_at": as_text(webhook.created_at),
        "previous_secret_expires_at": until and as_text(until),
        "queue": bodies.QueueResponse(
            queue_state(webhook),
            webhook.head_id and str(webhook.head_id),
            as_text(next_at) if next_at and webhook.head_status == DeliveryStatus.WAITING else None,
        ),
    }


def _delivery(delivery: WebhookDelivery) -> dict[str, Any]:
    is_waiting = delivery.status == DeliveryStatus.WAITING
    return {
        "id": str(delivery.id),
        "event_sequence": delivery.event_sequence,
        "event_id": str(delivery.event_id),
        "event_type": delivery.event_type,
        "status": delivery.status,
        "attempts": delivery.attempts,
        "next_attempt_at": as_text(delivery.next_attempt_at) if is_waiting else None,
        "queued_at": as_text(delivery.queued_at),
        "ended_at": delivery.ended_at and as_text(delivery.ended_at),
        "reason": delivery.reason,
    }


def _attempt(attempt: WebhookAttempt) -> bodies.AttemptResponse:
    return bodies.AttemptResponse(
        attempt.number, as_text(attempt.started_at), attempt.duration_ms, attempt.http_status, attempt.error,
        attempt.detail, attempt.address, attempt.response,
    )  # fmt: skip
