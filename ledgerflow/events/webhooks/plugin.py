"""What webhooks add to the whole."""

from __future__ import annotations

from django.utils.translation import gettext_noop

from ledgerflow.core.page_help import PageHelp
from ledgerflow.core.plugins import Consumer, HomeCheck, Job, Plugin, Verifier
from ledgerflow.events.webhooks.deliveries import entities_with_old_deliveries
from ledgerflow.events.webhooks.jobs import forget_deliveries
from ledgerflow.events.webhooks.proof import FACTS, check_webhooks
from ledgerflow.events.webhooks.queueing import queue_deliveries
from ledgerflow.events.webhooks.reading import failing_webhooks

HALF_A_DAY = 12 * 3600

PLUGIN = Plugin(
    room="webhooks",
    events=FACTS,
    home_checks=(HomeCheck("webhooks", gettext_noop("Webhooks"), 14, "webhooks.view_webhook", failing_webhooks),),
    jobs=(
        Job(
            "forget_deliveries",
            forget_deliveries,
            minute="45",
            hour="3",
            stale_after_seconds=HALF_A_DAY,
            entities=entities_with_old_deliveries,
        ),
    ),
    verifiers=(Verifier("webhooks", check_webhooks, facts=FACTS),),
    consumers=(Consumer("webhooks", queue_deliveries, on_failure="park"),),
    never_deleted_tables={
        "webhooks_webhook": (
            "url", "event_types", "description", "status", "disabled_reason", "secret", "previous_secret",
            "previous_secret_expires_at", "revision",
        ),
    },
    scope_permissions={"manage": ("webhooks.view_webhook", "webhooks.change_webhook")},
    helps=(
        PageHelp(
            "webhooks_webhook",
            "A webhook tells a server of somebody else what happens in these books.",
            "Give its address and the types of events, keep the secret, and send a test.",
            "A message that fails is tried again for three days.",
            "webhooks.md#setting-one-up",
        ),
        PageHelp(
            "webhooks_webhookdelivery",
            "A delivery is one message to one webhook, with every attempt and its answer.",
            "Send it again once the other server is well, or discard it with a reason.",
            "The receiver knows a message that comes twice by its id.",
            "webhooks.md#when-it-fails",
        ),
    ),
)  # fmt: skip
