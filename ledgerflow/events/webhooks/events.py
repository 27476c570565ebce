"""What happened to webhooks, as events tell it: what others are sent, and who has decided it. Pure."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ledgerflow.core.events import Fact


class WebhookFact(Fact, frozen=True, omit_defaults=True):
    """A webhook as it stands after a change.

    Of a secret it tells the SHA-256 of what is stored, which is sealed: nobody can sign with that.
    """

    read_scope = "manage"  # a URL may be a secret

    id: UUID
    url: str
    event_types: list[str]
    status: str
    secret_digest: str
    description: str = ""
    disabled_reason: str = ""
    previous_secret_digest: str = ""
    previous_secret_expires_at: datetime | None = None


class WebhookCreatedFact(WebhookFact, frozen=True):
    """Events are sent to another system from here on."""

    event_type = "webhook.created"


class WebhookChangedFact(WebhookFact, frozen=True):
    """Where they are sent, which, or the description was changed."""

    event_type = "webhook.changed"


class WebhookSecretRotatedFact(WebhookFact, frozen=True):
    """They are signed with a new secret, and until its end with the one before too."""

    event_type = "webhook.secret_rotated"


class WebhookDisabledFact(WebhookFact, frozen=True):
    """They are sent no more, by an operator or because the receiver wants none (410)."""

    event_type = "webhook.disabled"


class WebhookEnabledFact(WebhookFact, frozen=True):
    """They are sent again, from this event on."""

    event_type = "webhook.enabled"


class WebhookDeletedFact(WebhookFact, frozen=True):
    """They are sent no more, for good; the secrets are gone."""

    event_type = "webhook.deleted"


class WebhookDeliveryFact(Fact, frozen=True, omit_defaults=True):
    """An operator decided about one message: that of the event `sequence` to the webhook `id`."""

    read_scope = "manage"

    id: UUID
    delivery: UUID
    sequence: int
    type: str
    reason: str = ""


class WebhookDeliveryResentFact(WebhookDeliveryFact, frozen=True):
    """A message is sent once more."""

    event_type = "webhook.delivery_resent"


class WebhookDeliveryDiscardedFact(WebhookDeliveryFact, frozen=True):
    """A message is never sent, for a reason, and those behind it go on."""

    event_type = "webhook.delivery_discarded"


STATES: tuple[type[WebhookFact], ...] = (
    WebhookCreatedFact, WebhookChangedFact, WebhookSecretRotatedFact, WebhookDisabledFact, WebhookEnabledFact,
    WebhookDeletedFact,
)  # fmt: skip
DECISIONS: tuple[type[WebhookDeliveryFact], ...] = (WebhookDeliveryResentFact, WebhookDeliveryDiscardedFact)
