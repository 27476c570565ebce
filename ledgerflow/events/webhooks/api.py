"""The endpoints of webhooks. All need the scope `manage`: URLs and answers of receivers are theirs."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
from django.urls import reverse

from ledgerflow.access.scopes import MANAGE, READ
from ledgerflow.core.errors import NothingToChange
from ledgerflow.events.webhooks import bodies
from ledgerflow.events.webhooks.deliveries import delivery_in, discard, resend, send_test
from ledgerflow.events.webhooks.errors import WebhookNotFound
from ledgerflow.events.webhooks.models import DeliveryStatus, Webhook, WebhookStatus
from ledgerflow.events.webhooks.reading import (
    created_response,
    deliveries_of,
    delivery_detail,
    delivery_response,
    webhook_response,
    webhooks_of,
    with_head,
)
from ledgerflow.events.webhooks.use_cases import (
    change_webhook,
    create_webhook,
    delete_webhook,
    disable_webhook,
    enable_webhook,
    live_webhook,
    rotate_secret,
)
from ledgerflow.web.endpoints import Call, Endpoints, Reply, revised
from ledgerflow.web.queries import a_choice, a_text
from ledgerflow.web.schema import a_page

webhooks = Endpoints("webhooks")
CHANGING = (404, 409, 422)
LISTED = [WebhookStatus.ENABLED.value, WebhookStatus.DISABLED.value]


@webhooks.get(
    scope=READ, answer=a_page(bodies.WebhookResponse), query=[a_choice("status", LISTED, "How it stands.")], paged=True
)
def webhook_list(call: Call[None]) -> dict[str, Any]:
    """Webhooks, the newest first. Needs the scope `manage` too."""
    call.caller.require(MANAGE)
    return call.page(webhooks_of(call.entity_id, call.query["status"]), ["-id"], webhook_response)


@webhooks.post(
    bodies.WebhookRequest, scope=MANAGE, answer=bodies.WebhookSecretResponse, statuses=(201,), problems=(409, 422)
)
def webhook_create(call: Call[bodies.WebhookRequest]) -> Reply:
    """Have events sent to a URL from now on. The secret that signs them is in this answer and in no other."""
    made = create_webhook(call.entity_id, **msgspec.structs.asdict(call.body), actor=call.actor)
    content, headers, _ = revised(created_response(_with_queue(made.webhook), made.secret))
    return Reply(
        content,
        {**headers, "Location": reverse("ledgerflow:webhook", args=[made.webhook.pk]), "Cache-Control": "no-store"},
    )


@webhooks.get(scope=READ, answer=bodies.WebhookResponse, problems=(404,))
def webhook_show(call: Call[None], webhook_id: UUID) -> Reply:
    """One webhook. Needs the scope `manage` too."""
    call.caller.require(MANAGE)
    return _response(live_webhook(call.entity_id, webhook_id))


@webhooks.patch(
    bodies.WebhookChangeRequest, scope=MANAGE, answer=bodies.WebhookResponse, problems=(404, 422), if_match=True
)
def webhook_change(call: Call[bodies.WebhookChangeRequest], webhook_id: UUID) -> Reply:
    """Set fields of a webhook; what is left out stays. After another URL, what waits is tried at once."""
    changes = call.body.changes()
    if not changes:
        raise NothingToChange
    return _changed(call, change_webhook, webhook_id, changes)


@webhooks.delete(scope=MANAGE, answer=bodies.WebhookResponse, problems=(404,), if_match=True)
def webhook_delete(call: Call[None], webhook_id: UUID) -> Reply:
    """Send nothing more, for good. What it was stays in the history of the books."""
    return _changed(call, delete_webhook, webhook_id)


@webhooks.post(
    bodies.SecretRotationRequest, scope=MANAGE, answer=bodies.WebhookSecretResponse, problems=(404, 422), if_match=True
)
def webhook_rotate_secret(call: Call[bodies.SecretRotationRequest], webhook_id: UUID) -> Reply:
    """Sign with a new secret, and for a while with the present one too. The new one is in this answer only."""
    expected = call.expected_revision
    hours = call.body.kept_hours
    made = rotate_secret(call.entity_id, webhook_id, kept_hours=hours, actor=call.actor, expected_revision=expected)
    content, headers, _ = revised(created_response(_with_queue(made.webhook), made.secret))
    return Reply(content, {**headers, "Cache-Control": "no-store"})


@webhooks.post(bodies.WebhookReasonRequest, scope=MANAGE, answer=bodies.WebhookResponse, problems=(404,), if_match=True)
def webhook_disable(call: Call[bodies.WebhookReasonRequest], webhook_id: UUID) -> Reply:
    """Send nothing until it is enabled; what waits is kept."""
    return _changed(call, disable_webhook, webhook_id, reason=call.body.reason)


@webhooks.post(bodies.NothingRequest, scope=MANAGE, answer=bodies.WebhookResponse, problems=(404,), if_match=True)
def webhook_enable(call: Call[bodies.NothingRequest], webhook_id: UUID) -> Reply:
    """Send what waits, and what happens from now on. What happened meanwhile is not sent."""
    return _changed(call, enable_webhook, webhook_id)


@webhooks.post(bodies.NothingRequest, scope=MANAGE, answer=bodies.ProbeResponse, problems=(404, 409))
def webhook_test(call: Call[bodies.NothingRequest], webhook_id: UUID) -> bodies.ProbeResponse:
    """Send `webhook.test.v1` now, signed as every message is, and say how the receiver took it."""
    outcome = send_test(call.entity, webhook_id)
    return bodies.ProbeResponse(
        delivered=outcome.is_delivered,
        **{name: getattr(outcome, name) for name in bodies.ProbeResponse.__struct_fields__ if name != "delivered"},
    )


@webhooks.get(
    scope=READ,
    answer=a_page(bodies.DeliveryResponse),
    problems=(404,),
    query=[
        a_choice("status", DeliveryStatus.values, "How it stands."),
        a_text("event_type", "A versioned type, such as journal.posted.v1."),
    ],
    paged=True,
)
def webhook_delivery_list(call: Call[None], webhook_id: UUID) -> dict[str, Any]:
    """What was and is sent to a webhook, the newest event first. Needs the scope `manage` too."""
    call.caller.require(MANAGE)
    live_webhook(call.entity_id, webhook_id)
    rows = deliveries_of(webhook_id, call.query["status"], call.query["event_type"])
    return call.page(rows, ["-event_sequence"], delivery_response)


@webhooks.get(scope=READ, answer=bodies.DeliveryDetail, problems=(404,))
def webhook_delivery_show(call: Call[None], webhook_id: UUID, delivery_id: UUID) -> bodies.DeliveryDetail:
    """One message with every attempt to deliver it. Needs the scope `manage` too."""
    call.caller.require(MANAGE)
    return delivery_detail(delivery_in(call.entity_id, webhook_id, delivery_id))


@webhooks.post(bodies.NothingRequest, scope=MANAGE, answer=bodies.DeliveryDetail, problems=(404,))
def webhook_delivery_resend(
    call: Call[bodies.NothingRequest], webhook_id: UUID, delivery_id: UUID
) -> bodies.DeliveryDetail:
    """Send a message once more, whatever became of it, before all that waits; its `webhook-id` stays the same."""
    return delivery_detail(resend(call.entity_id, webhook_id, delivery_id, actor=call.actor))


@webhooks.post(bodies.DiscardRequest, scope=MANAGE, answer=bodies.DeliveryDetail, problems=(404, 409))
def webhook_delivery_discard(
    call: Call[bodies.DiscardRequest], webhook_id: UUID, delivery_id: UUID
) -> bodies.DeliveryDetail:
    """Never send a message that waits or has failed; those behind it go on."""
    found = discard(call.entity_id, webhook_id, delivery_id, reason=call.body.reason, actor=call.actor)
    return delivery_detail(found)


def _changed(call: Call[Any], use_case: Any, webhook_id: UUID, *args: Any, **given: Any) -> Reply:
    expected = call.expected_revision
    return _response(use_case(call.entity_id, webhook_id, *args, **given, actor=call.actor, expected_revision=expected))


def _response(webhook: Webhook) -> Reply:
    return revised(webhook_response(_with_queue(webhook)))


def _with_queue(webhook: Webhook) -> Webhook:
    """The webhook with what is known of its queue."""
    found = with_head(Webhook.objects.filter(pk=webhook.pk)).first()
    if found is None:  # pragma: no cover - it is never taken away
        raise WebhookNotFound
    return found
