"""Refusals of webhooks."""

from __future__ import annotations

from ledgerflow.core.errors import LedgerError, Malformed, NotFound, PreconditionFailed


class WebhookNotFound(NotFound):
    template = "There is no such webhook."


class DeliveryNotFound(NotFound):
    template = "This webhook has no such delivery."


class WebhookRevised(PreconditionFailed):
    template = "The webhook has changed since it was read."


class WebhookUrlRefused(Malformed):
    template = "The URL of a webhook {fault}."


class WebhookTypeUnknown(Malformed):
    template = "No event has the type {type!r}: give one such as journal.posted.v1, or journal.* for a group, or *."


class WebhookTypesCount(Malformed):
    template = "A webhook has from 1 to {most} types of events."


class SecretKeptOutOfRange(Malformed):
    template = "The old secret is kept from 0 to {most} hours."


class DiscardReasonMissing(Malformed):
    template = "What is discarded has a reason of 1 to {most} characters."


class WebhookAddressRefused(LedgerError):
    """The receiver's address is private, local or reserved, and no setting allows it."""

    code = "webhook_address_refused"
    template = "{address} is a private, local or reserved address, and webhooks are not sent there."


class TooManyWebhooks(LedgerError):
    code = "too_many_webhooks"
    status = 409
    template = "These books have {most} webhooks, and more are not taken: delete one first."


class DeliveryEnded(LedgerError):
    """Only what waits or has failed can be discarded."""

    code = "delivery_ended"
    status = 409
    template = "This delivery is {status} already."


class SecretUnreadable(LedgerError):
    """The key of this installation is another one than the secret was sealed with: rotate the secret."""

    code = "webhook_secret_unreadable"
    status = 409
    template = "The secret of this webhook cannot be read with the keys of this installation: rotate it."
