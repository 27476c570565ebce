"""What plain SQL cannot do to webhooks: be sent the books without an event that tells of it."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from tests.attacks import Attack, Books, refused_by
from tests.webhooks.receiving import a_webhook

pytestmark = pytest.mark.every_server

COMMIT = "SET CONSTRAINTS ALL IMMEDIATE"
OF_BOOKS = "webhooks_webhook_entity_id_2fabe317_fk_books_entity_id"
MOMENT = "2026-03-02T12:00:00Z"


def webhook(attack: Attack, **changes: Any) -> UUID:
    """A webhook that would be one, but for its event and `changes`."""
    row: dict[str, Any] = {
        "id": uuid4(), "entity_id": attack.books.id, "url": "https://evil.example/", "event_types": '["*"]',
        "description": "", "status": "enabled", "disabled_reason": "", "secret": "sealed", "previous_secret": "",
        "created_at": MOMENT, "actor": "attacker", "revision": 1,
    } | changes  # fmt: skip
    attack.insert("webhooks_webhook", **row)
    made: UUID = row["id"]
    return made


def delivery(attack: Attack, webhook_id: UUID, **changes: Any) -> UUID:
    row: dict[str, Any] = {
        "id": uuid4(), "webhook_id": webhook_id, "entity_id": attack.books.id, "event_sequence": 1, "event_id": uuid4(),
        "event_type": "x.v1", "status": "waiting", "next_attempt_at": MOMENT, "queued_at": MOMENT,
    } | changes  # fmt: skip
    attack.insert("webhooks_webhookdelivery", **row)
    made: UUID = row["id"]
    return made


def queue(attack: Attack, webhook_id: UUID) -> None:
    attack.insert(
        "webhooks_webhookqueue", webhook_id=webhook_id, entity_id=attack.books.id, is_open=True, event_types='["*"]'
    )


def test_events_are_sent_nowhere_without_an_event(attack: Attack) -> None:
    webhook(attack)
    with refused_by("webhook_has_event"):
        attack.run(COMMIT)


@pytest.mark.parametrize(
    "change",
    [
        "url = 'https://evil.example/'", "event_types = '[\"*\"]'", "status = 'disabled'", "secret = 'mine'",
        "previous_secret = 'mine', previous_secret_expires_at = now()", "description = 'x'", "disabled_reason = 'x'",
        "revision = 1",
    ],
)  # fmt: skip
def test_a_webhook_changes_by_an_event(attack: Attack, books: Books, change: str) -> None:
    made, _ = a_webhook(books.entity, "https://hooks.example/")
    attack.run(f"UPDATE webhooks_webhook SET {change} WHERE id = %s", made.id)
    with refused_by("webhook_has_event"):
        attack.run(COMMIT)


def test_the_applications_role_takes_no_webhook_away_and_gives_none_to_others(
    books: Books, as_role: psycopg.Connection[Any]
) -> None:
    made, _ = a_webhook(books.entity, "https://hooks.example/")
    for statement in ("DELETE FROM webhooks_webhook", "UPDATE webhooks_webhook SET entity_id = gen_random_uuid()"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege), as_role.transaction():
            as_role.execute(f"{statement} WHERE id = %s".encode(), (made.id,))


@pytest.mark.parametrize("status", ["", "on"])
def test_a_status_is_one_of_three(attack: Attack, status: str) -> None:
    with refused_by("webhook_status_known"):
        webhook(attack, status=status)


@pytest.mark.parametrize("changes", [{"secret": ""}, {"status": "deleted"}], ids=str)
def test_a_webhook_has_a_secret_until_it_is_deleted(attack: Attack, changes: dict[str, Any]) -> None:
    with refused_by("webhook_secret_until_deleted"):
        webhook(attack, **changes)


@pytest.mark.parametrize("changes", [{"previous_secret": "old"}, {"previous_secret_expires_at": MOMENT}], ids=str)
def test_an_old_secret_has_an_end(attack: Attack, changes: dict[str, Any]) -> None:
    with refused_by("webhook_previous_secret_ends"):
        webhook(attack, **changes)


def test_a_webhook_is_made_once_in_books_that_are_there(attack: Attack) -> None:
    made = webhook(attack)
    with refused_by("webhooks_webhook_pkey"), attack.connection.transaction():
        webhook(attack, id=made)
    webhook(attack, entity_id=uuid4())
    with refused_by(OF_BOOKS):
        attack.run(f'SET CONSTRAINTS "{OF_BOOKS}" IMMEDIATE')


def test_an_event_is_queued_once(attack: Attack) -> None:
    made = webhook(attack)
    first = delivery(attack, made)
    with refused_by("webhook_delivery_once"), attack.connection.transaction():
        delivery(attack, made)
    with refused_by("webhooks_webhookdelivery_pkey"), attack.connection.transaction():
        delivery(attack, made, id=first, event_sequence=2)


def test_a_message_is_of_a_webhook(attack: Attack) -> None:
    delivery(attack, uuid4())
    with refused_by("webhooks_webhookdeli_webhook_id_195f5243_fk_webhooks_"):
        attack.run(COMMIT)


@pytest.mark.parametrize("status", ["", "lost"])
def test_a_message_stands_in_one_of_four_ways(attack: Attack, status: str) -> None:
    made = webhook(attack)
    with refused_by("webhook_delivery_status_known"):
        delivery(attack, made, status=status, ended_at=MOMENT)


@pytest.mark.parametrize("changes", [{"ended_at": MOMENT}, {"status": "failed"}], ids=str)
def test_what_waits_has_not_ended(attack: Attack, changes: dict[str, Any]) -> None:
    made = webhook(attack)
    with refused_by("webhook_delivery_ended"):
        delivery(attack, made, **changes)


def test_an_attempt_is_of_a_message_and_has_a_number(attack: Attack) -> None:
    made = delivery(attack, webhook(attack))
    row = {"delivery_id": made, "number": 1, "started_at": MOMENT}
    attack.insert("webhooks_webhookattempt", **row)
    with refused_by("webhooks_webhookattempt_pkey"), attack.connection.transaction():
        attack.insert("webhooks_webhookattempt", **row)


def test_an_attempt_without_a_message_is_none(attack: Attack) -> None:
    attack.insert("webhooks_webhookattempt", delivery_id=uuid4(), number=1, started_at=MOMENT)
    with refused_by("webhooks_webhookatte_delivery_id_c57db657_fk_webhooks_"):
        attack.run(COMMIT)


def test_a_webhook_has_one_queue(attack: Attack) -> None:
    made = webhook(attack)
    queue(attack, made)
    with refused_by("webhooks_webhookqueue_pkey"):
        queue(attack, made)


def test_a_queue_is_of_a_webhook(attack: Attack) -> None:
    queue(attack, uuid4())
    with refused_by("webhooks_webhookqueu_webhook_id_c5351b8e_fk_webhooks_"):
        attack.run(COMMIT)
