"""Making and changing webhooks, their secrets, and which events are queued for whom."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import override_settings

from ledgerflow.books.models import Entity
from ledgerflow.core import clocks
from ledgerflow.core.errors import LedgerError, TextTooLong
from ledgerflow.events.webhooks import use_cases
from ledgerflow.events.webhooks.deliveries import (
    discard,
    entities_with_old_deliveries,
    forget_old_deliveries,
    resend,
    send_test,
)
from ledgerflow.events.webhooks.errors import (
    DeliveryEnded,
    DeliveryNotFound,
    DiscardReasonMissing,
    SecretKeptOutOfRange,
    SecretUnreadable,
    TooManyWebhooks,
    WebhookAddressRefused,
    WebhookNotFound,
    WebhookRevised,
    WebhookTypeUnknown,
    WebhookUrlRefused,
)
from ledgerflow.events.webhooks.models import Webhook, WebhookAttempt, WebhookDelivery
from ledgerflow.events.webhooks.queueing import queue_deliveries
from ledgerflow.events.webhooks.sealing import seal, secrets_in_force
from ledgerflow.events.webhooks.use_cases import (
    change_webhook,
    create_webhook,
    delete_webhook,
    disable_webhook,
    enable_webhook,
    live_webhook,
    rotate_secret,
)
from tests.attacks import connect
from tests.builders import an_entity
from tests.webhooks.receiving import (
    POSTED,
    Receiver,
    a_webhook,
    attempts_at,
    books_with_accounts,
    consume,
    deliver,
    happen,
    log_of,
    recorded,
    status,
)

URL = "https://hooks.example/a"


@pytest.fixture(scope="module")
def books(_database: None) -> Entity:
    return an_entity()


@pytest.fixture
def own() -> Entity:
    return books_with_accounts()


def types_of(entity: Entity, webhook: Webhook) -> list[str]:
    events = entity.events.filter(subject=str(webhook.id)).order_by("sequence")
    return list(events.values_list("type", flat=True))


def delivery_of(webhook: Webhook, sequence: int) -> WebhookDelivery:
    return WebhookDelivery.objects.get(webhook=webhook, event_sequence=sequence)


# Making and changing


def test_a_webhook_is_made_with_a_secret_that_is_nowhere_in_the_clear(books: Entity) -> None:
    webhook, secret = a_webhook(books, "HTTPS://Hooks.Example:443/a", "journal.*", description="The warehouse")
    assert (webhook.url, webhook.event_types, webhook.status) == (URL, ["journal.*"], "enabled")
    assert secrets_in_force(webhook, clocks.now()) == [secret]
    (event,) = books.events.filter(subject=str(webhook.id))
    assert (event.type, event.actor, event.sequence) == ("webhook.created", "test", webhook.revision)
    everything = event.data + "".join(str(value) for value in Webhook.objects.filter(pk=webhook.pk).values_list()[0])
    assert secret not in everything
    assert secret.removeprefix("whsec_") not in everything


def test_every_change_is_an_event_and_nothing_is_none(books: Entity) -> None:
    webhook, _ = a_webhook(books, URL)
    which = (books.id, webhook.id)
    changed = change_webhook(*which, {"url": "https://b.example/", "event_types": ["*"], "description": "x"}, actor="a")
    assert (changed.url, changed.event_types, changed.description) == ("https://b.example/", ["*"], "x")
    change_webhook(*which, {"event_types": ["*"]}, actor="a")
    rotate_secret(*which, actor="a")
    disabled, _again = (disable_webhook(*which, reason="holidays", actor="a") for _ in range(2))
    assert (disabled.status, disabled.disabled_reason) == ("disabled", "holidays")
    enabled, _again = (enable_webhook(*which, actor="a") for _ in range(2))
    assert (enabled.status, enabled.disabled_reason) == ("enabled", "")
    gone = delete_webhook(*which, actor="a")
    assert (gone.status, gone.secret, gone.previous_secret, gone.previous_secret_expires_at) == (
        "deleted",
        "",
        "",
        None,
    )
    assert types_of(books, webhook) == [f"webhook.{name}" for name in ("created", "changed", "secret_rotated", "disabled", "enabled", "deleted")]  # fmt: skip


@pytest.mark.parametrize(
    "given, refusal, pointer",
    [
        ({"url": "ftp://x.example"}, WebhookUrlRefused, "/url"),
        ({"url": "https://10.0.0.1/"}, WebhookAddressRefused, "/url"),
        ({"url": "https://[::ffff:10.0.0.1]/"}, WebhookAddressRefused, "/url"),
        ({"event_types": ["journal.lost.v1"]}, WebhookTypeUnknown, "/event_types/0"),
        ({"description": "x" * 501}, TextTooLong, "/description"),
        ({"description": "\x00"}, LedgerError, "/description"),
    ],
)
def test_what_is_wrong_is_refused_before_anything_is_written(
    books: Entity, given: dict[str, Any], refusal: type[LedgerError], pointer: str
) -> None:
    webhook, _ = a_webhook(books, URL)
    before = books.events.count()
    for use_case in (
        lambda: create_webhook(books.id, **({"url": URL, "event_types": ["*"]} | given), actor="a"),
        lambda: change_webhook(books.id, webhook.id, given, actor="a"),
    ):
        with pytest.raises(refusal) as refused:
            use_case()
        assert refused.value.pointer == pointer
    assert books.events.count() == before


def test_http_takes_a_setting(books: Entity) -> None:
    with override_settings(LEDGERFLOW_WEBHOOK_HTTP=False), pytest.raises(WebhookUrlRefused):
        a_webhook(books, "http://hooks.example/")
    assert a_webhook(books, "http://hooks.example/").webhook.url == "http://hooks.example/"


def test_books_have_so_many_webhooks_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(use_cases, "MOST_WEBHOOKS", 2)
    books = an_entity()
    first, _ = a_webhook(books, URL)
    a_webhook(books, URL)
    with pytest.raises(TooManyWebhooks):
        a_webhook(books, URL)
    delete_webhook(books.id, first.id, actor="a")
    a_webhook(books, URL)


def test_who_read_an_older_state_changes_nothing(books: Entity) -> None:
    webhook, _ = a_webhook(books, URL)
    old = webhook.revision
    change_webhook(books.id, webhook.id, {"description": "new"}, actor="a", expected_revision=old)
    for use_case, given in (
        (change_webhook, ({"description": "other"},)), (rotate_secret, ()), (disable_webhook, ()), (enable_webhook, ()),
        (delete_webhook, ()),
    ):  # fmt: skip
        with pytest.raises(WebhookRevised):
            use_case(books.id, webhook.id, *given, actor="a", expected_revision=old)


def test_a_webhook_of_others_or_one_that_is_deleted_is_not_there(books: Entity) -> None:
    webhook, _ = a_webhook(an_entity(), URL)
    gone, _ = a_webhook(books, URL)
    delete_webhook(books.id, gone.id, actor="a")
    for id_ in (webhook.id, gone.id, uuid4()):
        for use_case in (rotate_secret, disable_webhook, enable_webhook, delete_webhook):
            with pytest.raises(WebhookNotFound):
                use_case(books.id, id_, actor="a")
        with pytest.raises(WebhookNotFound):
            send_test(books, id_)
        with pytest.raises(WebhookNotFound):
            resend(books.id, id_, uuid4(), actor="a")
        with pytest.raises(WebhookNotFound):
            discard(books.id, id_, uuid4(), reason="x", actor="a")


# Secrets


def test_the_old_secret_counts_for_a_day_and_then_no_more(books: Entity) -> None:
    webhook, first = a_webhook(books, URL)
    rotated, second = rotate_secret(books.id, webhook.id, actor="a")
    now = clocks.now()
    until = rotated.previous_secret_expires_at
    assert isinstance(until, datetime)
    assert timedelta(hours=23, minutes=59) < until - now <= timedelta(hours=24)
    assert secrets_in_force(rotated, now) == [second, first]
    assert secrets_in_force(rotated, until) == [second]
    again, third = rotate_secret(books.id, webhook.id, kept_hours=0, actor="a")
    assert secrets_in_force(again, now) == [third]
    assert len({first, second, third}) == 3


@pytest.mark.parametrize("hours", [-1, 169, 10**9])
def test_an_old_secret_is_kept_within_bounds(books: Entity, hours: int) -> None:
    webhook, _ = a_webhook(books, URL)
    with pytest.raises(SecretKeptOutOfRange):
        rotate_secret(books.id, webhook.id, kept_hours=hours, actor="a")


def test_a_key_of_before_opens_what_it_sealed_and_another_does_not(books: Entity) -> None:
    webhook, secret = a_webhook(books, URL)
    now, own_key = clocks.now(), settings.SECRET_KEY
    with override_settings(SECRET_KEY="new", SECRET_KEY_FALLBACKS=["other", own_key]):
        assert secrets_in_force(webhook, now) == [secret]
        rotated, newer = rotate_secret(books.id, webhook.id, actor="a")
        assert secrets_in_force(rotated, now) == [newer, secret]
    with override_settings(SECRET_KEY="new", SECRET_KEY_FALLBACKS=[]):
        assert secrets_in_force(rotated, now) == [newer], "the old one is lost, the new one is enough"
    with override_settings(SECRET_KEY="lost"), pytest.raises(SecretUnreadable):
        secrets_in_force(rotated, now)
    assert seal(secret) != seal(secret), "two that are alike do not look it"


def test_a_secret_that_cannot_be_read_is_a_failed_attempt(own: Entity) -> None:
    with Receiver() as receiver:
        webhook, _ = a_webhook(own, receiver)
        (sequence,) = happen(own)
        with override_settings(SECRET_KEY="lost"):
            assert deliver(own) == 1
            with pytest.raises(SecretUnreadable):
                send_test(own, webhook.id)
        assert receiver.received == []
        (attempt,) = attempts_at(webhook, sequence)
        assert attempt.error == "secret_unreadable"


# Which events are queued


def test_events_before_a_webhook_are_not_sent_to_it(own: Entity) -> None:
    happen(own, 2)
    webhook, _ = a_webhook(own, URL)
    (after,) = happen(own)
    consume(own)
    assert [one[0] for one in log_of(webhook)] == [after]


def test_each_event_is_judged_by_what_was_in_force_when_it_happened(own: Entity) -> None:
    """However late the consumer comes: it reads all of this at once."""
    webhook, _ = a_webhook(own, URL)
    which = (own.id, webhook.id)
    first = happen(own)
    disable_webhook(*which, actor="a")
    happen(own)
    enable_webhook(*which, actor="a")
    second = happen(own)
    change_webhook(*which, {"event_types": ["account.*"]}, actor="a")
    happen(own)
    change_webhook(*which, {"event_types": [POSTED]}, actor="a")
    third = happen(own)
    delete_webhook(*which, actor="a")
    happen(own)
    consume(own)
    assert [one[0] for one in log_of(webhook)] == [*first, *second, *third]


def test_a_webhook_for_all_gets_what_created_and_enabled_it_and_not_what_ended_it(own: Entity) -> None:
    webhook, _ = a_webhook(own, URL, "*")
    disable_webhook(own.id, webhook.id, actor="a")
    enable_webhook(own.id, webhook.id, actor="a")
    happen(own)
    consume(own)
    queued = WebhookDelivery.objects.filter(webhook=webhook).order_by("event_sequence")
    assert list(queued.values_list("event_type", flat=True)) == ["webhook.created.v1", "webhook.enabled.v1", POSTED]


def test_events_that_are_queued_twice_are_sent_once(own: Entity) -> None:
    webhook, _ = a_webhook(own, URL)
    sequences = happen(own, 3)
    consume(own)
    with connect() as connection:
        queue_deliveries(connection, own.id, recorded(own, after=sequences[0] - 1))
    assert log_of(webhook) == [(sequence, "waiting", 0) for sequence in sequences]


def test_what_the_consumer_rolls_back_was_not_queued(own: Entity) -> None:
    webhook, _ = a_webhook(own, URL)
    happen(own)
    with connect() as connection:
        queue_deliveries(connection, own.id, recorded(own))
        connection.rollback()
    assert log_of(webhook) == []
    consume(own)
    assert len(log_of(webhook)) == 1


# Messages in the hands of an operator


def test_decisions_about_messages_are_events(own: Entity) -> None:
    webhook, _ = a_webhook(own, URL)
    first, second = happen(own, 2)
    consume(own)
    one = delivery_of(webhook, first)
    gone = discard(own.id, webhook.id, one.id, reason="a test booking", actor="ann")
    assert (gone.status, gone.reason) == ("discarded", "a test booking")
    with pytest.raises(DeliveryEnded):
        discard(own.id, webhook.id, one.id, reason="again", actor="ann")
    back = resend(own.id, webhook.id, one.id, actor="ann")
    assert (back.status, back.reason, back.ended_at) == ("waiting", "", None)
    assert types_of(own, webhook)[1:] == ["webhook.delivery_discarded", "webhook.delivery_resent"]
    assert log_of(webhook) == [(first, "waiting", 0), (second, "waiting", 0)]


@pytest.mark.parametrize(
    "reason, refusal", [("", DiscardReasonMissing), ("  ", DiscardReasonMissing), ("x" * 501, TextTooLong)]
)
def test_discarding_takes_a_reason(own: Entity, reason: str, refusal: type[LedgerError]) -> None:
    webhook, _ = a_webhook(own, URL)
    (sequence,) = happen(own)
    consume(own)
    with pytest.raises(refusal):
        discard(own.id, webhook.id, delivery_of(webhook, sequence).id, reason=reason, actor="ann")


def test_a_message_of_another_webhook_is_not_there(own: Entity) -> None:
    webhook, _ = a_webhook(own, URL)
    other, _ = a_webhook(own, URL)
    (sequence,) = happen(own)
    consume(own)
    for use_case in (resend, discard):
        given = {"reason": "x"} if use_case is discard else {}
        with pytest.raises(DeliveryNotFound):
            use_case(own.id, other.id, delivery_of(webhook, sequence).id, actor="ann", **given)


def test_a_test_is_sent_at_once_and_leaves_nothing(own: Entity) -> None:
    with Receiver(status(200, b"thanks"), status(500)) as receiver:
        webhook, _ = a_webhook(own, receiver)
        disable_webhook(own.id, webhook.id, actor="a")
        before = own.events.count()
        outcome = send_test(own, webhook.id)
        assert (outcome.is_delivered, outcome.http_status, outcome.response) == (True, 200, "thanks")
        (got,) = receiver.received
        assert got.json == {
            "type": "webhook.test.v1", "timestamp": got.json["timestamp"], "id": got.headers["webhook-id"],
            "entity": own.code, "data": {"webhook": str(webhook.id)},
        }  # fmt: skip
        assert not send_test(own, webhook.id).is_delivered
        assert own.events.count() == before
        assert log_of(webhook) == []


def test_what_ended_long_ago_is_forgotten(own: Entity) -> None:
    with Receiver() as receiver:
        webhook, _ = a_webhook(own, receiver)
        old, recent = happen(own, 2)
        deliver(own)
        (unsent,) = happen(own)
        consume(own)
        long_ago = clocks.now() - timedelta(days=settings.LEDGERFLOW_WEBHOOK_LOG_DAYS, seconds=1)
        for sequence in (old, unsent):
            WebhookDelivery.objects.filter(webhook=webhook, event_sequence=sequence).update(queued_at=long_ago)
        WebhookDelivery.objects.filter(webhook=webhook, event_sequence=old).update(ended_at=long_ago)
        assert own.id in entities_with_old_deliveries()
        assert forget_old_deliveries(own.id) is False
        assert own.id not in entities_with_old_deliveries()
        assert [one[0] for one in log_of(webhook)] == [recent, unsent]
        assert WebhookAttempt.objects.filter(delivery__webhook=webhook).count() == 1


def test_what_waited_for_a_deleted_webhook_is_forgotten(own: Entity) -> None:
    kept, _ = a_webhook(own, URL)
    gone, _ = a_webhook(own, URL)
    (sequence,) = happen(own)
    consume(own)
    delete_webhook(own.id, gone.id, actor="a")
    assert own.id in entities_with_old_deliveries()
    assert forget_old_deliveries(own.id) is False
    assert (log_of(gone), log_of(kept)) == ([], [(sequence, "waiting", 0)])


def test_a_deleted_webhook_stays_in_the_history(books: Entity) -> None:
    webhook, _ = a_webhook(books, URL)
    delete_webhook(books.id, webhook.id, actor="a")
    assert Webhook.objects.get(pk=webhook.pk).url == URL
    with pytest.raises(WebhookNotFound):
        live_webhook(books.id, webhook.id)
