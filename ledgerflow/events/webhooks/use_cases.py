"""Webhooks: made, changed, given a new secret, disabled, enabled and deleted. Each is an event of the books.

A secret is in the answer to the request that made it and nowhere else: rows hold it sealed, events its digest.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from django.conf import settings
from psycopg.rows import class_row

from ledgerflow.books.writing import Transaction, write
from ledgerflow.core.ids import uuid7
from ledgerflow.core.texts import check_text
from ledgerflow.events.webhooks import rows
from ledgerflow.events.webhooks.errors import (
    SecretKeptOutOfRange,
    TooManyWebhooks,
    WebhookNotFound,
    WebhookRevised,
)
from ledgerflow.events.webhooks.events import (
    WebhookChangedFact,
    WebhookCreatedFact,
    WebhookDeletedFact,
    WebhookDisabledFact,
    WebhookEnabledFact,
    WebhookFact,
    WebhookSecretRotatedFact,
)
from ledgerflow.events.webhooks.filters import checked_types
from ledgerflow.events.webhooks.models import MAX_DESCRIPTION, Webhook, WebhookStatus
from ledgerflow.events.webhooks.sealing import digest_of, seal
from ledgerflow.events.webhooks.sending.addresses import check_addresses, literal_address, read_url
from ledgerflow.events.webhooks.sending.signing import new_secret

ENABLED, DISABLED, DELETED = (one.value for one in WebhookStatus)
MOST_WEBHOOKS = 50  # of one entity: each event is compared with all of them
KEPT_HOURS = 24
MOST_KEPT_HOURS = 7 * 24


class WebhookState(msgspec.Struct):
    """A webhook's row, as a change finds it and as it leaves it."""

    id: UUID
    url: str
    event_types: list[str]
    description: str
    status: str
    disabled_reason: str
    secret: str
    previous_secret: str
    previous_secret_expires_at: Any
    revision: int


class WithSecret(NamedTuple):
    """A webhook and its new secret, which cannot be read again."""

    webhook: Webhook
    secret: str


def create_webhook(
    entity_id: UUID, *, url: str, event_types: list[str], description: str = "", actor: str
) -> WithSecret:
    """Have events sent to `url` from now on; event `webhook.created`.

    `event_types` are versioned types, groups and `*` (`filters.py`).
    Raises `Malformed` with a pointer, `WebhookAddressRefused` for an address that is out of reach (a name is looked up
    at each attempt), and `TooManyWebhooks`.
    """
    wanted = _checked({"url": url, "event_types": event_types, "description": description})
    secret, webhook_id = new_secret(), uuid7()
    state = WebhookState(
        webhook_id, **wanted, status=ENABLED, disabled_reason="", secret=seal(secret), previous_secret="",
        previous_secret_expires_at=None, revision=0,
    )  # fmt: skip

    def work(tx: Transaction, _: None) -> None:
        row = tx.query(rows.COUNT_WEBHOOKS, (entity_id,)).fetchone()
        if row is None or row[0] >= MOST_WEBHOOKS:
            raise TooManyWebhooks(most=MOST_WEBHOOKS)
        revision = tx.record(fact_of(state, WebhookCreatedFact), str(webhook_id), actor)
        what = (state.url, json.dumps(state.event_types), state.description, ENABLED, "", state.secret, "", None)
        tx.query(rows.INSERT_WEBHOOK, (webhook_id, entity_id, *what, tx.recorded_at, actor, revision))

    write(entity_id, work)
    return WithSecret(webhook_in(entity_id, webhook_id), secret)


def change_webhook(
    entity_id: UUID, webhook_id: UUID, changes: dict[str, Any], *, actor: str, expected_revision: int | None = None
) -> Webhook:
    """Set `url`, `event_types`, `description`, those that are given; event `webhook.changed`, none where all stays.

    With another URL, what waits is tried at once. Raises `NotFound`, `Malformed`, `WebhookAddressRefused`,
    `PreconditionFailed` when another revision is in force than expected.
    """
    checked = _checked(changes)

    def work(tx: Transaction, state: WebhookState) -> WebhookState:
        if "url" in checked and checked["url"] != state.url:
            tx.query(rows.TRY_NOW, (tx.now, webhook_id))
        return msgspec.structs.replace(state, **checked)

    return _changed(entity_id, webhook_id, work, WebhookChangedFact, actor, expected_revision)


def rotate_secret(
    entity_id: UUID,
    webhook_id: UUID,
    *,
    kept_hours: int = KEPT_HOURS,
    actor: str,
    expected_revision: int | None = None,
) -> WithSecret:
    """Sign with a new secret, and for `kept_hours` with the present one too; event `webhook.secret_rotated`.

    The one before the present one ends at once. Raises `NotFound`, `Malformed`, `PreconditionFailed`.
    """
    if not 0 <= kept_hours <= MOST_KEPT_HOURS:
        raise SecretKeptOutOfRange(pointer="/kept_hours", most=MOST_KEPT_HOURS)
    secret = new_secret()
    sealed = seal(secret)

    def work(tx: Transaction, state: WebhookState) -> WebhookState:
        kept, until = (state.secret, tx.now + timedelta(hours=kept_hours)) if kept_hours else ("", None)
        return msgspec.structs.replace(state, secret=sealed, previous_secret=kept, previous_secret_expires_at=until)

    changed = _changed(entity_id, webhook_id, work, WebhookSecretRotatedFact, actor, expected_revision)
    return WithSecret(changed, secret)


def disable_webhook(
    entity_id: UUID, webhook_id: UUID, *, reason: str = "", actor: str, expected_revision: int | None = None
) -> Webhook:
    """Send nothing more, and keep what waits; event `webhook.disabled`. A disabled one stays as it is.

    Raises `NotFound`, `Malformed`, `PreconditionFailed`.
    """
    check_text(reason, MAX_DESCRIPTION, "/reason")

    def work(_tx: Transaction, state: WebhookState) -> WebhookState:
        if state.status == DISABLED:
            return state
        return msgspec.structs.replace(state, status=DISABLED, disabled_reason=reason)

    return _changed(entity_id, webhook_id, work, WebhookDisabledFact, actor, expected_revision)


def enable_webhook(entity_id: UUID, webhook_id: UUID, *, actor: str, expected_revision: int | None = None) -> Webhook:
    """Send what waits, at once, and what happens from now on; event `webhook.enabled`. An enabled one stays as it is.

    What happened while it was disabled is not sent. Raises `NotFound`, `PreconditionFailed`.
    """

    def work(tx: Transaction, state: WebhookState) -> WebhookState:
        if state.status == ENABLED:
            return state
        tx.query(rows.TRY_NOW, (tx.now, webhook_id))
        return msgspec.structs.replace(state, status=ENABLED, disabled_reason="")

    return _changed(entity_id, webhook_id, work, WebhookEnabledFact, actor, expected_revision)


def delete_webhook(entity_id: UUID, webhook_id: UUID, *, actor: str, expected_revision: int | None = None) -> Webhook:
    """Send nothing more, for good, and forget the secrets; event `webhook.deleted`. What it was stays in the history.

    Raises `NotFound`, `PreconditionFailed`.
    """

    def work(_tx: Transaction, state: WebhookState) -> WebhookState:
        return msgspec.structs.replace(
            state, status=DELETED, secret="", previous_secret="", previous_secret_expires_at=None
        )

    return _changed(entity_id, webhook_id, work, WebhookDeletedFact, actor, expected_revision)


def webhook_in(entity_id: UUID, webhook_id: UUID) -> Webhook:
    """A webhook of these books, a deleted one too. Raises `NotFound`."""
    found = Webhook.objects.filter(entity_id=entity_id, pk=webhook_id).first()
    if found is None:
        raise WebhookNotFound
    return found


def live_webhook(entity_id: UUID, webhook_id: UUID) -> Webhook:
    """The same, but for those that are deleted."""
    found = webhook_in(entity_id, webhook_id)
    if found.status == DELETED:
        raise WebhookNotFound
    return found


def fact_of(state: WebhookState, kind: type[WebhookFact]) -> WebhookFact:
    """What an event tells of a webhook that stands so."""
    return kind(
        state.id, state.url, state.event_types, state.status, digest_of(state.secret), state.description,
        state.disabled_reason, digest_of(state.previous_secret), state.previous_secret_expires_at,
    )  # fmt: skip


def _changed(
    entity_id: UUID,
    webhook_id: UUID,
    work: Callable[[Transaction, WebhookState], WebhookState],
    kind: type[WebhookFact],
    actor: str,
    expected_revision: int | None,
) -> Webhook:
    """Change a webhook under the entity's lock; where `work` leaves it as it was, nothing has happened."""

    def locked(tx: Transaction, _: None) -> None:
        cursor = tx.connection.cursor(row_factory=class_row(WebhookState))
        state = cursor.execute(rows.WEBHOOK, (entity_id, webhook_id)).fetchone()
        if state is None:
            raise WebhookNotFound
        if expected_revision is not None and state.revision != expected_revision:
            raise WebhookRevised(revision=state.revision)
        changed = work(tx, state)
        if changed != state:
            revision = tx.record(fact_of(changed, kind), str(webhook_id), actor)
            tx.query(rows.UPDATE_WEBHOOK, (*_values(changed), revision, webhook_id))

    write(entity_id, locked)
    return webhook_in(entity_id, webhook_id)


def _values(state: WebhookState) -> tuple[Any, ...]:
    return (
        state.url, json.dumps(state.event_types), state.description, state.status, state.disabled_reason, state.secret,
        state.previous_secret, state.previous_secret_expires_at,
    )  # fmt: skip


def _checked(given: dict[str, Any]) -> dict[str, Any]:
    """The fields as they are stored."""
    checked = dict(given)
    if "url" in given:
        target = read_url(given["url"], allow_http=settings.LEDGERFLOW_WEBHOOK_HTTP)
        if literal_address(target.host) is not None:
            check_addresses([target.host], settings.LEDGERFLOW_WEBHOOK_PRIVATE_NETWORKS)
        checked["url"] = target.url
    if "event_types" in given:
        checked["event_types"] = checked_types(given["event_types"])
    if "description" in given:
        check_text(given["description"], MAX_DESCRIPTION, "/description")
    return checked
