"""What an operator does with messages: send one again, discard one, try a webhook out, forget what ended long ago."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings

from ledgerflow.books.advisory_locks import one_at_a_time
from ledgerflow.books.models import Entity
from ledgerflow.books.snapshots import own_connection
from ledgerflow.books.writing import Transaction, write
from ledgerflow.core import clocks
from ledgerflow.core.ids import uuid7
from ledgerflow.core.texts import check_text
from ledgerflow.events.webhooks import rows
from ledgerflow.events.webhooks.errors import DeliveryEnded, DeliveryNotFound, DiscardReasonMissing
from ledgerflow.events.webhooks.events import (
    WebhookDeliveryDiscardedFact,
    WebhookDeliveryFact,
    WebhookDeliveryResentFact,
)
from ledgerflow.events.webhooks.models import MAX_DESCRIPTION, DeliveryStatus, WebhookDelivery
from ledgerflow.events.webhooks.sealing import secrets_in_force
from ledgerflow.events.webhooks.sending.client import Outcome, WebhookSender
from ledgerflow.events.webhooks.sending.messages import probe_body
from ledgerflow.events.webhooks.sending.signing import signed_headers
from ledgerflow.events.webhooks.use_cases import live_webhook

FORGOTTEN_AT_ONCE = 5_000
UNSENT = (DeliveryStatus.WAITING.value, DeliveryStatus.FAILED.value)


def resend(entity_id: UUID, webhook_id: UUID, delivery_id: UUID, *, actor: str) -> WebhookDelivery:
    """Send a message once more, whatever became of it; event `webhook.delivery_resent`.

    It is the first of its webhook again, at once and with a whole schedule before it; its id is the same, so that a
    receiver that had it already can tell. Raises `NotFound`.
    """

    def work(tx: Transaction, _: None) -> None:
        fact, _status = _locked(tx, webhook_id, delivery_id, WebhookDeliveryResentFact)
        tx.record(fact, str(webhook_id), actor)
        tx.query(rows.RESEND, (tx.now, delivery_id))

    live_webhook(entity_id, webhook_id)
    write(entity_id, work)
    return delivery_in(entity_id, webhook_id, delivery_id)


def discard(entity_id: UUID, webhook_id: UUID, delivery_id: UUID, *, reason: str, actor: str) -> WebhookDelivery:
    """Never send a message that waits or has failed, and let those behind it go on; event `webhook.delivery_discarded`.

    Raises `NotFound`, `Malformed` (the reason), `DeliveryEnded`.
    """
    check_text(reason, MAX_DESCRIPTION, "/reason")
    if not reason.strip():
        raise DiscardReasonMissing(pointer="/reason", most=MAX_DESCRIPTION)

    def work(tx: Transaction, _: None) -> None:
        fact, status = _locked(tx, webhook_id, delivery_id, WebhookDeliveryDiscardedFact, reason)
        if status not in UNSENT:
            raise DeliveryEnded(status=status)
        tx.record(fact, str(webhook_id), actor)
        tx.query(rows.DISCARD, (tx.now, reason, delivery_id))

    live_webhook(entity_id, webhook_id)
    write(entity_id, work)
    return delivery_in(entity_id, webhook_id, delivery_id)


def send_test(entity: Entity, webhook_id: UUID, sender: WebhookSender | None = None) -> Outcome:
    """Send `webhook.test.v1` right away, also to a webhook that is disabled; nothing of it stays.

    Raises `NotFound`, `SecretUnreadable`, and `TryAgain` while another test of this webhook is under way.
    """
    webhook = live_webhook(entity.pk, webhook_id)
    now, message_id = clocks.now(), uuid7()
    body = probe_body(message_id, now, entity.code, webhook.pk)
    headers = signed_headers(secrets_in_force(webhook, now), str(message_id), now, body)
    with one_at_a_time(f"webhook test {webhook.pk}"):
        return (sender or WebhookSender()).send(webhook.url, headers, body, now)


def delivery_in(entity_id: UUID, webhook_id: UUID, delivery_id: UUID) -> WebhookDelivery:
    """One message of a webhook of these books. Raises `NotFound`."""
    found = WebhookDelivery.objects.filter(entity_id=entity_id, webhook_id=webhook_id, pk=delivery_id).first()
    if found is None:
        raise DeliveryNotFound
    return found


def entities_with_old_deliveries() -> list[UUID]:
    """Those whose log has something to forget."""
    with own_connection() as connection:
        return [entity_id for (entity_id,) in connection.execute(rows.ENTITIES_WITH_OLD, (_oldest(),))]


def forget_old_deliveries(entity_id: UUID) -> bool:
    """Take what ended long ago out of the log, and what waits for a deleted webhook; whether there may be more."""
    with own_connection() as connection:
        given = {"entity": entity_id, "oldest": _oldest(), "most": FORGOTTEN_AT_ONCE}
        forgotten = connection.execute(rows.FORGET, given).rowcount
    return forgotten == FORGOTTEN_AT_ONCE


def _oldest() -> Any:
    return clocks.now() - timedelta(days=settings.LEDGERFLOW_WEBHOOK_LOG_DAYS)


def _locked(
    tx: Transaction, webhook_id: UUID, delivery_id: UUID, kind: type[WebhookDeliveryFact], reason: str = ""
) -> tuple[WebhookDeliveryFact, str]:
    row = tx.query(rows.DELIVERY, (webhook_id, delivery_id)).fetchone()
    if row is None:
        raise DeliveryNotFound
    sequence, type_, status = row
    return kind(webhook_id, delivery_id, sequence, type_, reason), status
