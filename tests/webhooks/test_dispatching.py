"""Messages come in order, one by one, whatever the receiver answers; the delivery log shows it."""

from __future__ import annotations

from datetime import timedelta
from http.server import BaseHTTPRequestHandler

import pytest
from django.db import connections

from ledgerflow.books.models import Entity
from ledgerflow.core import clocks
from ledgerflow.events.webhooks.deliveries import discard, resend
from ledgerflow.events.webhooks.models import WebhookDelivery
from ledgerflow.events.webhooks.reading import failing_webhooks
from ledgerflow.events.webhooks.retries import SCHEDULE
from ledgerflow.events.webhooks.use_cases import (
    change_webhook,
    delete_webhook,
    disable_webhook,
    enable_webhook,
    webhook_in,
)
from tests.webhooks.receiving import (
    Answer,
    Clock,
    Receiver,
    a_dispatcher,
    a_webhook,
    attempts_at,
    books_with_accounts,
    consume,
    deliver,
    drip,
    due_now,
    hang,
    happen,
    log_of,
    receivers,
    status,
)

SHORT = 0.4  # seconds of patience where a receiver is to use all of it up


@pytest.fixture
def books() -> Entity:
    return books_with_accounts()


def nonsense(request: BaseHTTPRequestHandler, _receiver: Receiver) -> None:
    request.wfile.write(b"nonsense\r\n\r\n")


def hang_up(_request: BaseHTTPRequestHandler, _receiver: Receiver) -> None:
    """No answer at all."""


def test_events_come_in_order_as_they_were_recorded(books: Entity) -> None:
    with Receiver() as receiver:
        webhook, _ = a_webhook(books, receiver)
        sequences = happen(books, 5)
        assert deliver(books) == 5
        assert receiver.sequences == sequences
        event = books.events.get(sequence=sequences[0])
        message = receiver.received[0]
        assert message.json == {
            "type": "journal.posted.v1",
            "timestamp": event.recorded_at.isoformat(timespec="microseconds").replace("+00:00", "Z"),
            "id": str(event.id), "entity": books.code, "sequence": sequences[0], "subject": event.subject,
            "hash": bytes(event.hash).hex(), "data": message.json["data"],
        }  # fmt: skip
        assert event.data.encode() in message.body, "the data are sent as they were hashed"
        assert message.headers["webhook-id"] == str(event.id)
        assert message.headers["content-type"] == "application/json"
        assert message.headers["host"] == f"127.0.0.1:{receiver.port}"
        assert log_of(webhook) == [(sequence, "delivered", 1) for sequence in sequences]
        assert deliver(books) == 0


def test_what_fails_is_tried_again_and_nothing_overtakes_it(books: Entity) -> None:
    with Receiver(status(200), status(500, b"not today"), status(503), status(200)) as receiver:
        webhook, _ = a_webhook(books, receiver)
        first, second, third = happen(books, 3)
        assert deliver(books) == 2
        assert log_of(webhook) == [(first, "delivered", 1), (second, "waiting", 1), (third, "waiting", 0)]
        assert deliver(books) == 0, "it is not due yet"
        due_now(webhook)
        assert deliver(books) == 1
        due_now(webhook)
        assert deliver(books) == 2
        assert receiver.sequences == [first, second, second, second, third]
        assert log_of(webhook) == [(first, "delivered", 1), (second, "delivered", 3), (third, "delivered", 1)]
        tries = attempts_at(webhook, second)
        assert [one.http_status for one in tries] == [500, 503, 200]
        assert tries[0].response == "not today"
        assert all(one.duration_ms is not None and one.address == "127.0.0.1" for one in tries)
        assert len({one.headers["webhook-id"] for one in receiver.received[1:4]}) == 1


@pytest.mark.parametrize(
    "answer, seen, error",
    [
        (hang, None, "timed_out"),
        (drip(b""), None, "timed_out"),
        (drip(b"HTTP/1.1 200 OK\r\nx-long: "), None, "timed_out"),
        (drip(b"HTTP/1.1 200 OK\r\n\r\n"), None, "timed_out"),
        (drip(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"), None, "timed_out"),
        (status(302, location="http://127.0.0.1:1/"), 302, ""),
        (status(404), 404, ""),
        (nonsense, None, "broken_answer"),
        (hang_up, None, "connection_failed"),
    ],
    ids=["hangs", "drips", "drips headers", "drips a body", "drips a body with a length", "redirects", "404", "nonsense", "hangs up"],
)  # fmt: skip
def test_whatever_is_no_success_is_tried_again(books: Entity, answer: Answer, seen: int | None, error: str) -> None:
    with Receiver(answer, status(200)) as receiver:
        webhook, _ = a_webhook(books, receiver)
        first, second = happen(books, 2)
        assert deliver(books, seconds=SHORT) == 1
        assert log_of(webhook) == [(first, "waiting", 1), (second, "waiting", 0)]
        (attempt,) = attempts_at(webhook, first)
        assert (attempt.http_status, attempt.error) == (seen, error)
        due_now(webhook)
        assert deliver(books) == 2
        assert receiver.sequences == [first, first, second]


def test_a_redirect_is_not_followed(books: Entity) -> None:
    with receivers(2) as (target, receiver):
        receiver.script = [status(307, location=target.url())]
        webhook, _ = a_webhook(books, receiver)
        happen(books)
        assert deliver(books) == 1
        assert (len(receiver.received), len(target.received)) == (1, 0)
        assert [one[1] for one in log_of(webhook)] == ["waiting"]


def test_a_name_that_leads_inside_for_a_while_is_tried_again_in_order(books: Entity) -> None:
    """And nothing is connected to: neither at the address inside, nor at one that stood beside it."""
    answers = [["10.0.0.7"], ["127.0.0.1", "192.168.0.1"], ["127.0.0.1"]]
    with Receiver() as receiver:
        webhook, _ = a_webhook(books, receiver.url("intranet.example"))
        first, second = happen(books, 2)
        for _ in range(3):
            deliver(books, resolve=lambda _host, _port: answers.pop(0) if len(answers) > 1 else answers[0])
            due_now(webhook)
        assert receiver.sequences == [first, second]
        tries = attempts_at(webhook, first)
        assert [(one.error, one.address, one.http_status) for one in tries] == [
            ("address_refused", "", None),
            ("address_refused", "", None),
            ("", "127.0.0.1", 200),
        ]
        assert tries[0].detail.startswith("10.0.0.7 is a private")
        assert log_of(webhook) == [(first, "delivered", 3), (second, "delivered", 1)]


def test_410_disables_at_once_and_keeps_what_waits(books: Entity) -> None:
    with Receiver(status(410, b"go away"), status(200)) as receiver:
        webhook, _ = a_webhook(books, receiver)
        first, second = happen(books, 2)
        assert deliver(books) == 1
        gone = webhook_in(books.id, webhook.id)
        assert (gone.status, gone.disabled_reason) == (
            "disabled",
            "The receiver answered 410 (Gone): it wants no more.",
        )
        event = books.events.get(sequence=gone.revision)
        assert (event.type, event.actor) == ("webhook.disabled", "system:webhooks")
        due_now(webhook)
        assert deliver(books) == 0
        assert receiver.sequences == [first]
        assert log_of(webhook) == [(first, "waiting", 1), (second, "waiting", 0)]
        (missed,) = happen(books)
        consume(books)
        enable_webhook(books.id, webhook.id, actor="test")
        (later,) = happen(books)
        assert deliver(books) == 3
        assert receiver.sequences == [first, first, second, later]
        assert missed not in receiver.sequences, "what happened while it was disabled is not sent"


def test_the_schedule_goes_over_three_days_and_ends_in_a_dead_letter(books: Entity) -> None:
    clock = Clock()
    with Receiver(status(500)) as receiver:
        webhook, _ = a_webhook(books, receiver)
        first, second = happen(books, 2)
        began = clock()
        waited = []
        for number in range(1, len(SCHEDULE) + 1):
            assert deliver(books, clock=clock) == 1, number
            assert deliver(books, clock=clock) == 0, "nothing is tried before its time"
            waiting = WebhookDelivery.objects.get(webhook=webhook, event_sequence=first)
            assert waiting.attempts == number
            assert len(failing_webhooks(books.id).entries) == (number > 1)
            if waiting.status == "waiting":
                waited.append(waiting.next_attempt_at - clock())
                clock.forward(waited[-1])
        for found, planned in zip(waited, SCHEDULE[1:], strict=True):
            assert planned * 0.9 <= found <= planned * 1.1
        assert timedelta(days=2.7) < clock() - began < timedelta(days=3.6)
        assert log_of(webhook) == [(first, "failed", 10), (second, "waiting", 0)]
        assert [one.sentence[:19] for one in failing_webhooks(books.id).entries] == ["{url} takes nothing"]
        clock.forward(timedelta(days=30))
        assert deliver(books, clock=clock) == 0, "the others wait behind it, in order"
        receiver.script = [status(200)]
        resend(
            books.id, webhook.id, WebhookDelivery.objects.get(webhook=webhook, event_sequence=first).id, actor="test"
        )
        assert deliver(books, clock=clock) == 2
        assert receiver.sequences[-2:] == [first, second]
        assert log_of(webhook) == [(first, "delivered", 11), (second, "delivered", 1)]
        assert failing_webhooks(books.id).entries == []
        assert [one.number for one in attempts_at(webhook, first)] == list(range(1, 12))


def test_a_dead_letter_that_is_discarded_lets_the_others_go_on(books: Entity) -> None:
    with Receiver(status(500), status(200)) as receiver:
        webhook, _ = a_webhook(books, receiver)
        first, second = happen(books, 2)
        deliver(books)
        head = WebhookDelivery.objects.get(webhook=webhook, event_sequence=first)
        discard(books.id, webhook.id, head.id, reason="a test booking", actor="test")
        assert deliver(books) == 1
        assert receiver.sequences == [first, second]
        assert log_of(webhook) == [(first, "discarded", 1), (second, "delivered", 1)]


def test_what_was_delivered_can_be_sent_again_with_the_same_id(books: Entity) -> None:
    with Receiver() as receiver:
        webhook, _ = a_webhook(books, receiver)
        first, second = happen(books, 2)
        deliver(books)
        old = WebhookDelivery.objects.get(webhook=webhook, event_sequence=first)
        again = resend(books.id, webhook.id, old.id, actor="test")
        assert (again.status, again.attempts) == ("waiting", 1)
        (third,) = happen(books)
        assert deliver(books) == 2
        assert receiver.sequences == [first, second, first, third]
        assert receiver.received[0].headers["webhook-id"] == receiver.received[2].headers["webhook-id"]


def test_a_receiver_may_ask_for_more_time_and_not_for_less(books: Entity) -> None:
    clock = Clock()
    with Receiver(
        status(429, retry_after="3600"), status(503, retry_after="1"), status(503, retry_after="9" * 40)
    ) as receiver:
        webhook, _ = a_webhook(books, receiver)
        happen(books)
        for least, most in ((3600, 3600), (270, 330), (86_400, 86_400)):
            deliver(books, clock=clock)
            waiting = WebhookDelivery.objects.get(webhook=webhook)
            left = (waiting.next_attempt_at - clock()).total_seconds()
            assert least <= left <= most
            clock.forward(timedelta(seconds=left))


def test_a_receiver_that_hangs_keeps_no_other_waiting(books: Entity) -> None:
    with Receiver(hang) as stuck, Receiver() as receiver:
        a_webhook(books, stuck)
        a_webhook(books, receiver)
        sequences = happen(books, 3)
        assert deliver(books, seconds=SHORT, workers=2) == 4
        assert receiver.sequences == sequences
        assert stuck.sequences == sequences[:1]


def test_more_webhooks_than_hands_are_all_sent_to(books: Entity) -> None:
    with receivers(4) as many:
        for one in many:
            a_webhook(books, one)
        (sequence,) = happen(books)
        consume(books)
        assert [a_dispatcher(books, workers=3).deliver_due() for _ in range(3)] == [3, 1, 0]
        assert [one.sequences for one in many] == [[sequence]] * 4


def test_a_disabled_or_deleted_webhook_is_sent_nothing_more(books: Entity) -> None:
    with Receiver() as receiver:
        webhook, _ = a_webhook(books, receiver)
        happen(books)
        consume(books)
        disable_webhook(books.id, webhook.id, reason="maintenance", actor="test")
        assert a_dispatcher(books).deliver_due() == 0
        delete_webhook(books.id, webhook.id, actor="test")
        happen(books)
        assert deliver(books) == 0
        assert receiver.received == []


def test_another_url_is_tried_at_once(books: Entity) -> None:
    with Receiver(status(500)) as broken, Receiver() as mended:
        webhook, _ = a_webhook(books, broken)
        (sequence,) = happen(books)
        for _ in range(3):
            deliver(books)
            due_now(webhook)
        deliver(books)
        change_webhook(books.id, webhook.id, {"url": mended.url(path="/v2?x=1")}, actor="test")
        assert deliver(books) == 1
        assert mended.sequences == [sequence]
        assert mended.received[0].path == "/v2?x=1"


def test_a_huge_answer_is_read_no_further_than_its_beginning(books: Entity) -> None:
    def flood(request: BaseHTTPRequestHandler, _receiver: Receiver) -> None:
        request.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\n")
        for _ in range(10_000):
            request.wfile.write(b"\x00\xff" * 10_000)

    with Receiver(flood) as receiver:
        webhook, _ = a_webhook(books, receiver)
        (sequence,) = happen(books)
        assert deliver(books) == 1
        (attempt,) = attempts_at(webhook, sequence)
        assert (attempt.http_status, len(attempt.response)) == (200, 500)
        assert log_of(webhook) == [(sequence, "delivered", 1)]


def test_attempts_are_written_down_before_they_are_made(books: Entity) -> None:
    seen: list[tuple[int | None, int, bool]] = []

    def look(request: BaseHTTPRequestHandler, receiver: Receiver) -> None:
        (attempt,) = attempts_at(webhook, sequence)
        row = WebhookDelivery.objects.get(webhook=webhook)
        seen.append((attempt.duration_ms, row.attempts, row.next_attempt_at > clocks.now()))
        connections.close_all()  # a thread has its own
        status(200)(request, receiver)

    with Receiver(look) as receiver:
        webhook, _ = a_webhook(books, receiver)
        (sequence,) = happen(books)
        assert deliver(books) == 1
        assert seen == [(None, 1, True)]
