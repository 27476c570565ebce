"""Bodies of the webhook endpoints. Pure."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

Url = Annotated[str, msgspec.Meta(min_length=1, max_length=2048)]
Type = Annotated[str, msgspec.Meta(min_length=1, max_length=72)]
Types = Annotated[list[Type], msgspec.Meta(min_length=1, max_length=100)]
Words = Annotated[str, msgspec.Meta(max_length=500)]
WhyDiscarded = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
Hours = Annotated[int, msgspec.Meta(ge=0, le=168)]


class WebhookRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Where events are sent, and which: versioned types (`journal.posted.v1`), groups (`journal.*`), or `*`."""

    url: Url
    event_types: Types
    description: Words = ""


class WebhookChangeRequest(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """Fields to set; what is left out stays."""

    url: Url | msgspec.UnsetType = msgspec.UNSET
    event_types: Types | msgspec.UnsetType = msgspec.UNSET
    description: Words | msgspec.UnsetType = msgspec.UNSET

    def changes(self) -> dict[str, Any]:
        """Those that are given."""
        given = msgspec.structs.asdict(self)
        return {name: value for name, value in given.items() if value is not msgspec.UNSET}


class SecretRotationRequest(msgspec.Struct, forbid_unknown_fields=True):
    """How long messages are signed with the present secret as well."""

    kept_hours: Hours = 24


class WebhookReasonRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Why, for whoever reads it later."""

    reason: Words = ""


class DiscardRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Why the receiver never gets this message."""

    reason: WhyDiscarded


class NothingRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Nothing to say."""


class QueueResponse(msgspec.Struct):
    """What waits for a webhook: its first message, and when that is tried. `parked`: an operator has to decide."""

    state: Literal["idle", "sending", "retrying", "parked"]
    delivery: str | None
    next_attempt_at: str | None


class WebhookResponse(msgspec.Struct):
    """A receiver of events."""

    id: str
    url: str
    event_types: list[str]
    description: str
    status: Literal["enabled", "disabled", "deleted"]
    disabled_reason: str
    created_at: str
    actor: str
    previous_secret_expires_at: str | None
    revision: int
    queue: QueueResponse


class WebhookSecretResponse(WebhookResponse):
    """A webhook with its new secret, which no later answer holds."""

    secret: str


class DeliveryResponse(msgspec.Struct):
    """One event on its way to one webhook. `event_id` is the header `webhook-id`.

    `next_attempt_at` counts once it is the first that is unsent: until then it waits for those before it.
    """

    id: str
    event_sequence: int
    event_id: str
    event_type: str
    status: Literal["waiting", "delivered", "failed", "discarded"]
    attempts: int
    next_attempt_at: str | None
    queued_at: str
    ended_at: str | None
    reason: str


class AttemptResponse(msgspec.Struct):
    """One try: `error` is "" where an answer came, whose beginning is `response`. No duration: it is under way."""

    number: int
    started_at: str
    duration_ms: int | None
    http_status: int | None
    error: str
    detail: str
    address: str
    response: str


class DeliveryDetail(DeliveryResponse):
    """The same with its attempts."""

    log: list[AttemptResponse]


class ProbeResponse(msgspec.Struct):
    """How the receiver took a test."""

    delivered: bool
    duration_ms: int
    http_status: int | None
    error: str
    detail: str
    address: str
    response: str
