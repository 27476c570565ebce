"""Webhooks in the admin: made with a secret that is shown once, tried, changed, and their messages decided about."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest
from django.test import Client

from ledgerflow.books.models import Entity
from ledgerflow.core import clocks
from ledgerflow.events.webhooks.models import Webhook, WebhookDelivery
from ledgerflow.events.webhooks.sealing import secrets_in_force
from ledgerflow.events.webhooks.use_cases import delete_webhook, disable_webhook
from tests.pages import column, page_of, read, send, text_of
from tests.people import a_member_of_staff, queries
from tests.webhooks.receiving import (
    Receiver,
    a_webhook,
    books_with_accounts,
    consume,
    deliver,
    happen,
    log_of,
    status,
)

WEBHOOKS = "/admin/webhooks/webhook/"
DELIVERIES = "/admin/webhooks/webhookdelivery/"
URL = "https://hooks.example/a"
ACTIONS = ("test", "edit", "rotate", "disable", "enable", "delete")


@pytest.fixture
def books() -> Entity:
    return books_with_accounts()


def buttons(client: Client, row: Webhook | WebhookDelivery, *names: str) -> list[str]:
    body = client.get(page_of(row)).content.decode()
    return [name for name in names or ACTIONS if f"/{row.pk}/{name}/" in body]


def secret_on(page: bytes) -> str:
    (found,) = re.findall(rb'<code id="secret">(.*?)</code>', page)
    return str(found.decode())


def test_a_webhook_is_added_and_its_secret_is_shown_once(operator: Client, books: Entity) -> None:
    operator.get("/admin/", {"entity": books.code})
    form = {"url": URL, "event_types": "journal.*\naccount.opened.v1", "description": "The warehouse"}
    made = operator.post(f"{WEBHOOKS}add/?entity={books.code}", form)
    webhook = Webhook.objects.get(entity=books)
    secret = secret_on(made.content)
    assert made.status_code == 200
    assert "no-store" in made.headers["Cache-Control"]
    assert secrets_in_force(webhook, clocks.now()) == [secret]
    assert (webhook.event_types, webhook.description) == (["journal.*", "account.opened.v1"], "The warehouse")
    assert webhook.actor.startswith("user:")
    page = read(operator, page_of(webhook))
    assert "Status enabled" in page
    assert "nothing waits" in page
    assert "whsec_" not in page


@pytest.mark.parametrize(
    "change, said",
    [
        ({"url": "ftp://x"}, "begins with https://"),
        ({"url": "https://10.0.0.1/"}, "private, local or reserved"),
        ({"event_types": "journal.lost.v1"}, "No event has the type"),
        ({"event_types": "  "}, "This field is required"),
    ],
)
def test_what_cannot_be_is_said_in_the_form(operator: Client, books: Entity, change: dict[str, str], said: str) -> None:
    form = {"url": URL, "event_types": "*"} | change
    assert said in text_of(operator.post(f"{WEBHOOKS}add/?entity={books.code}", form))
    assert not Webhook.objects.filter(entity=books).exists()


def test_a_webhook_is_changed_rotated_disabled_enabled_and_deleted(operator: Client, books: Entity) -> None:
    webhook, secret = a_webhook(books, URL)
    page = f"{WEBHOOKS}{webhook.pk}"
    assert buttons(operator, webhook) == ["test", "edit", "rotate", "disable", "delete"]
    assert URL in operator.get(f"{page}/edit/").content.decode()
    changed = {"url": "https://b.example/", "event_types": "*", "description": "x", "revision": str(webhook.revision)}
    assert "The webhook is changed." in text_of(operator.post(f"{page}/edit/", changed, follow=True))
    # Another tab that was open before that undoes nothing, and a second press ends no secret.
    assert "changed since" in text_of(operator.post(f"{page}/edit/", changed | {"url": URL}))
    webhook.refresh_from_db()
    assert webhook.url == "https://b.example/"
    rotation = {"kept_hours": "1", "revision": str(webhook.revision)}
    rotated = operator.post(f"{page}/rotate/", rotation)
    assert "no-store" in rotated.headers["Cache-Control"]
    assert "changed since" in text_of(operator.post(f"{page}/rotate/", rotation))
    webhook.refresh_from_db()
    assert secrets_in_force(webhook, clocks.now()) == [secret_on(rotated.content), secret]
    assert "Old secret counts until" in read(operator, page_of(webhook))
    assert "This field is required" in send(operator, f"{page}/disable/", reason="")
    assert "Status disabled Why holidays" in send(operator, f"{page}/disable/", reason="holidays")
    assert buttons(operator, webhook) == ["test", "edit", "rotate", "enable", "delete"]
    assert "The webhook is enabled." in send(operator, f"{page}/enable/")
    assert "The webhook is deleted." in send(operator, f"{page}/delete/")
    assert buttons(operator, webhook) == []
    for action in ("disable", "enable", "delete", "test", "rotate"):
        assert "There is no such webhook." in send(
            operator, f"{page}/{action}/", reason="x", kept_hours="1", revision="1"
        )


def test_the_button_sends_a_test(operator: Client, books: Entity) -> None:
    with Receiver(status(200), status(500)) as receiver:
        webhook, _ = a_webhook(books, receiver)
        page = f"{WEBHOOKS}{webhook.pk}/test/"
        assert "The receiver: 200 after" in send(operator, page)
        assert "The receiver: 500 after" in send(operator, page)
    assert "The receiver: connection failed:" in send(operator, page)
    assert [one.json["type"] for one in receiver.received] == ["webhook.test.v1"] * 2


def test_the_log_shows_attempts_and_takes_decisions(operator: Client, books: Entity) -> None:
    with Receiver(status(500, b"<b>sorry</b>"), status(200)) as receiver:
        webhook, _ = a_webhook(books, receiver)
        first, second = happen(books, 2)
        deliver(books)
        assert column(operator, DELIVERIES, "event_sequence", entity=books.code) == [str(second), str(first)]
        assert column(operator, DELIVERIES, "event_sequence", entity=books.code, status="failed") == []
        assert column(operator, DELIVERIES, "attempts", entity=books.code, webhook=str(webhook.pk)) == ["0", "1"]
        assert column(operator, WEBHOOKS, "queue_text", entity=books.code) == ["being tried again"]
        head = WebhookDelivery.objects.get(webhook=webhook, event_sequence=first)
        page = read(operator, page_of(head))
        assert "500" in page
        assert "127.0.0.1" in page
        assert b"&lt;b&gt;sorry&lt;/b&gt;" in operator.get(page_of(head)).content
        assert buttons(operator, head, "resend", "discard") == ["resend", "discard"]
        assert "This field is required" in send(operator, f"{DELIVERIES}{head.pk}/discard/", reason="")
        assert "The message is discarded." in send(operator, f"{DELIVERIES}{head.pk}/discard/", reason="a test")
        assert "This delivery is discarded already." in send(
            operator, f"{DELIVERIES}{head.pk}/discard/", reason="a test"
        )
        assert buttons(operator, head, "resend", "discard") == ["resend"]
        assert "The message is waiting." in send(operator, f"{DELIVERIES}{head.pk}/resend/")
        deliver(books)
        assert receiver.sequences == [first, first, second]
        assert [one[1] for one in log_of(webhook)] == ["delivered", "delivered"]


def test_lists_take_as_many_queries_however_long_they_are(operator: Client, books: Entity) -> None:
    a_webhook(books, URL)
    happen(books)
    consume(books)
    pages = [f"{WEBHOOKS}?entity={books.code}", f"{DELIVERIES}?entity={books.code}"]
    for page in pages:
        operator.get(page)  # from now on the session knows the books
    few = [queries(operator, page) for page in pages]
    for _ in range(3):
        a_webhook(books, URL)
    happen(books, 3)
    consume(books)
    assert [queries(operator, page) for page in pages] == few


def test_staff_without_the_permission_see_and_do_nothing(books: Entity) -> None:
    webhook, _ = a_webhook(books, URL)
    happen(books)
    consume(books)
    delivery = WebhookDelivery.objects.get(webhook=webhook)
    stranger, viewer = (
        a_member_of_staff("accounts.view_account"),
        a_member_of_staff("webhooks.view_webhook", "webhooks.view_webhookdelivery"),
    )
    for page in (WEBHOOKS, DELIVERIES, page_of(webhook), page_of(delivery)):
        assert (stranger.get(page).status_code, viewer.get(page).status_code) == (403, 200)
    assert buttons(viewer, webhook) == buttons(viewer, delivery, "resend", "discard") == []
    for client in (stranger, viewer):
        actions = [f"{WEBHOOKS}add/", *(f"{WEBHOOKS}{webhook.pk}/{name}/" for name in ACTIONS)]
        actions += [f"{DELIVERIES}{delivery.pk}/{name}/" for name in ("resend", "discard")]
        for page in actions:
            assert (
                client.post(page, {"reason": "x", "url": URL, "event_types": "*", "kept_hours": "1"}).status_code == 403
            )
    assert Webhook.objects.filter(entity=books).count() == 1


def test_messages_of_a_deleted_webhook_are_shown_and_left_alone(operator: Client, books: Entity) -> None:
    webhook, _ = a_webhook(books, URL)
    happen(books)
    consume(books)
    delete_webhook(books.id, webhook.id, actor="a")
    delivery = WebhookDelivery.objects.get(webhook=webhook)
    assert buttons(operator, delivery, "resend", "discard") == []
    assert "There is no such webhook." in send(operator, f"{DELIVERIES}{delivery.pk}/resend/")


def test_the_list_tells_which_are_disabled(operator: Client, books: Entity) -> None:
    first, _ = a_webhook(books, URL)
    a_webhook(books, URL)
    disable_webhook(books.id, first.id, reason="x", actor="a")
    assert column(operator, WEBHOOKS, "status", entity=books.code) == ["Enabled", "Disabled"]
    assert column(operator, WEBHOOKS, "status", entity=books.code, status="disabled") == ["Disabled"]


@pytest.mark.parametrize("page", [WEBHOOKS, DELIVERIES])
def test_hostile_addresses_get_an_answer(operator: Client, books: Entity, page: str) -> None:
    for query in (
        "webhook=x",
        "webhook=%00",
        f"webhook={uuid4()}",
        "status=lost",
        "entity=%00",
        "secret__startswith=g",
        "q=x",
    ):
        assert operator.get(f"{page}?{query}").status_code in {200, 302, 400}, query
    for row in (uuid4(), "x", "%00"):
        assert operator.get(f"{page}{row}/change/", follow=True).status_code in {200, 404}
        assert operator.get(f"{page}{row}/edit/", follow=True).status_code in {200, 404}
