"""The proof finds a webhook that is other than its events say, a secret that was exchanged, and a loss nobody decided."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from ledgerflow.books.faults import Fault
from ledgerflow.books.models import Entity
from ledgerflow.events.webhooks.deliveries import discard, resend
from ledgerflow.events.webhooks.models import Webhook, WebhookDelivery
from ledgerflow.events.webhooks.proof import check_webhooks
from ledgerflow.events.webhooks.sealing import seal
from ledgerflow.events.webhooks.use_cases import change_webhook, delete_webhook, disable_webhook, rotate_secret
from tests.webhooks.receiving import a_webhook, books_with_accounts, consume, happen

URL = "https://hooks.example/"


@pytest.fixture(scope="module")
def books(_database: None) -> Entity:
    """Webhooks in every state, one message discarded and one that was and is to be sent after all."""
    entity = books_with_accounts()
    webhook, _ = a_webhook(entity, URL, description="first")
    change_webhook(entity.id, webhook.id, {"event_types": ["*"]}, actor="a")
    rotate_secret(entity.id, webhook.id, actor="b")
    happen(entity, 2)
    consume(entity)
    for delivery in WebhookDelivery.objects.filter(webhook=webhook)[:2]:
        discard(entity.id, webhook.id, delivery.id, reason="known", actor="c")
    resend(entity.id, webhook.id, delivery.id, actor="c")
    other, _ = a_webhook(entity, URL)
    disable_webhook(entity.id, other.id, reason="x", actor="a")
    gone, _ = a_webhook(entity, URL)
    delete_webhook(entity.id, gone.id, actor="a")
    return entity


def first(books: Entity) -> Webhook:
    return Webhook.objects.get(entity=books, description="first")


def found_after(forger: psycopg.Connection[Any], books: Entity, statement: str, *params: Any) -> list[Fault]:
    assert forger.execute(statement.encode(), params).rowcount == 1
    return list(check_webhooks(forger, books.id))


def test_what_is_right_has_no_fault(forger: psycopg.Connection[Any], books: Entity) -> None:
    assert list(check_webhooks(forger, books.id)) == []


@pytest.mark.parametrize(
    "column, value",
    [
        ("url", "'https://evil.example/'"), ("event_types", "'[\"journal.*\"]'"), ("description", "'first '"),
        ("status", "'disabled'"), ("disabled_reason", "'x'"), ("previous_secret_expires_at", "now()"),
        ("created_at", "now()"), ("actor", "'x'"), ("revision", "1"), ("secret", "'x'"), ("previous_secret", "secret"),
    ],
)  # fmt: skip
def test_a_column_that_no_event_has_set_is_named(
    forger: psycopg.Connection[Any], books: Entity, column: str, value: str
) -> None:
    webhook = first(books)
    (fault,) = found_after(forger, books, f"UPDATE webhooks_webhook SET {column} = {value} WHERE id = %s", webhook.id)
    assert (fault.table, fault.key) == ("webhooks_webhook", str(webhook.id))
    assert fault.what.partition(".")[0] == column


def test_a_secret_of_the_forgers_own_is_found(forger: psycopg.Connection[Any], books: Entity) -> None:
    """Sealed with the right key, as whoever has the settings can."""
    webhook = first(books)
    (fault,) = found_after(
        forger, books, "UPDATE webhooks_webhook SET secret = %s WHERE id = %s", seal("whsec_mine"), webhook.id
    )
    assert fault.what == "secret"


def test_a_webhook_that_is_missing_or_extra_is_named(forger: psycopg.Connection[Any], books: Entity) -> None:
    webhook = first(books)
    statement = "UPDATE webhooks_webhook SET id = gen_random_uuid() WHERE id = %s"
    faults = found_after(forger, books, statement, webhook.id)
    assert {(fault.what, fault.expected, fault.found) for fault in faults} == {
        ("row", "a row", "absent"),
        ("row", "absent", "a row"),
    }


@pytest.mark.parametrize(
    "change", ["status = 'discarded', ended_at = now()", "status = 'discarded', ended_at = now(), reason = 'known'"]
)
def test_a_message_that_nobody_discarded_is_named(forger: psycopg.Connection[Any], books: Entity, change: str) -> None:
    """One that was never discarded, and one that was sent again afterwards."""
    for waiting in WebhookDelivery.objects.filter(entity=books, status="waiting"):
        with forger.transaction(force_rollback=True):
            statement = f"UPDATE webhooks_webhookdelivery SET {change} WHERE id = %s"
            (fault,) = found_after(forger, books, statement, waiting.id)
            assert (fault.table, fault.key) == ("webhooks_webhookdelivery", str(waiting.id))


def test_another_reason_than_was_given_is_named(forger: psycopg.Connection[Any], books: Entity) -> None:
    gone = WebhookDelivery.objects.get(entity=books, status="discarded")
    statement = "UPDATE webhooks_webhookdelivery SET reason = 'forged' WHERE id = %s"
    (fault,) = found_after(forger, books, statement, gone.id)
    assert fault.key == str(gone.id)
