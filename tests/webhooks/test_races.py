"""One dispatcher at a time for each webhook: two at once, one that was killed, and one that lives on without its lease."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from io import StringIO
from pathlib import Path
from threading import Event as Signal
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command

from ledgerflow.books.models import Entity
from ledgerflow.books.snapshots import own_connection
from ledgerflow.core import clocks
from ledgerflow.events.webhooks import dispatching, rows
from ledgerflow.events.webhooks.deliveries import discard
from ledgerflow.events.webhooks.dispatching import LEASE_SECONDS
from ledgerflow.events.webhooks.models import Webhook, WebhookDelivery, WebhookQueue
from ledgerflow.events.webhooks.retries import SCHEDULE
from tests.services.launching import free_port, wait_for
from tests.webhooks.receiving import (
    Receiver,
    a_dispatcher,
    a_webhook,
    attempts_at,
    books_with_accounts,
    consume,
    deliver,
    due_now,
    hang,
    happen,
    log_of,
    receivers,
    status,
)

PROJECT = Path(__file__).parents[2]


@pytest.fixture
def books() -> Entity:
    return books_with_accounts()


class Gate:
    """An answer that waits until the test lets it come."""

    def __init__(self, code: int) -> None:
        self.reached, self.opened = Signal(), Signal()
        self._code = code

    def __call__(self, request: BaseHTTPRequestHandler, receiver: Receiver) -> None:
        self.reached.set()
        assert self.opened.wait(30)
        status(self._code)(request, receiver)


def end_of_lease(webhook: Webhook) -> None:
    """As if its time were over."""
    queue = WebhookQueue.objects.filter(webhook=webhook)
    assert queue.update(leased_until=clocks.now() - timedelta(seconds=1)) == 1


def test_two_dispatchers_send_each_message_once_and_in_order(books: Entity) -> None:
    with receivers(6) as many, ThreadPoolExecutor(2) as threads:
        webhooks = [a_webhook(books, one).webhook for one in many]
        sequences = happen(books, 8)
        consume(books)
        runs = [threads.submit(a_dispatcher(books, workers=3).deliver_due) for _ in range(2)]
        assert sum(run.result() for run in runs) == len(many) * len(sequences)
        assert [one.sequences for one in many] == [sequences] * len(many)
        assert all(log_of(one) == [(sequence, "delivered", 1) for sequence in sequences] for one in webhooks)


def both_at_one(books: Entity) -> tuple[list[int], int]:
    """Two dispatchers at one webhook, the second while the first is under way; what came, and what the second did."""
    gate = Gate(200)
    with Receiver(gate, status(200)) as receiver, ThreadPoolExecutor(1) as thread:
        a_webhook(books, receiver)
        happen(books)
        consume(books)
        first = thread.submit(a_dispatcher(books).deliver_due)
        assert gate.reached.wait(30)
        WebhookDelivery.objects.filter(entity=books).update(next_attempt_at=clocks.now())
        second = a_dispatcher(books).deliver_due()
        gate.opened.set()
        first.result()
        return receiver.sequences, second


def test_a_queue_in_the_hands_of_one_is_left_alone_by_others(books: Entity) -> None:
    came, second = both_at_one(books)
    assert (len(came), second) == (1, 0)


def test_without_leases_a_message_is_sent_twice(books: Entity, monkeypatch: pytest.MonkeyPatch) -> None:
    """The check above can fail."""
    unguarded = rows.TAKE_LEASES.replace("q.leased_until < clock_timestamp()", "true")
    assert unguarded != rows.TAKE_LEASES
    monkeypatch.setattr(rows, "TAKE_LEASES", unguarded)
    came, second = both_at_one(books)
    assert (len(came), second) == (2, 1)


def test_who_lost_his_lease_marks_nothing(books: Entity) -> None:
    """He was away for too long, another one took over and delivered; then he comes back with a failure."""
    gate = Gate(500)
    with Receiver(gate, status(200)) as receiver, ThreadPoolExecutor(1) as thread:
        webhook, _ = a_webhook(books, receiver)
        first, second = happen(books, 2)
        consume(books)
        away = thread.submit(a_dispatcher(books).deliver_due)
        assert gate.reached.wait(30)
        end_of_lease(webhook)
        due_now(webhook)
        assert a_dispatcher(books).deliver_due() == 2
        gate.opened.set()
        assert away.result() == 1
        assert receiver.sequences == [first, first, second]
        assert [(one.http_status, one.error) for one in attempts_at(webhook, first)] == [
            (None, "interrupted"),
            (200, ""),
        ]
        assert log_of(webhook) == [(first, "delivered", 2), (second, "delivered", 1)]


def test_a_dispatcher_that_died_in_the_last_attempt_leaves_a_dead_letter(books: Entity) -> None:
    with Receiver() as receiver:
        webhook, _ = a_webhook(books, receiver)
        (sequence,) = happen(books)
        consume(books)
        WebhookDelivery.objects.filter(webhook=webhook).update(tried=len(SCHEDULE), attempts=len(SCHEDULE))
        assert deliver(books) == 0
        assert log_of(webhook) == [(sequence, "failed", len(SCHEDULE))]
        assert receiver.received == []


def test_a_message_that_is_discarded_while_it_is_sent_stays_discarded(books: Entity) -> None:
    gate = Gate(500)
    with Receiver(gate, status(200)) as receiver, ThreadPoolExecutor(1) as thread:
        webhook, _ = a_webhook(books, receiver)
        first, second = happen(books, 2)
        consume(books)
        sending = thread.submit(a_dispatcher(books).deliver_due)
        assert gate.reached.wait(30)
        head = WebhookDelivery.objects.get(webhook=webhook, event_sequence=first)
        discard(books.id, webhook.id, head.id, reason="known", actor="ann")
        gate.opened.set()
        sending.result()
        assert log_of(webhook)[0] == (first, "discarded", 1)
        assert deliver(books) == 1
        assert receiver.sequences == [first, second]


def a_process(books: Entity, database_url: str, output: Path, *more: str) -> subprocess.Popen[bytes]:
    """`manage.py dispatch_webhooks`, for these books."""
    allowed = {"LEDGERFLOW_WEBHOOK_HTTP": "1", "LEDGERFLOW_WEBHOOK_PRIVATE_NETWORKS": "127.0.0.0/8"}
    command = [sys.executable, "-m", "ledgerflow", "dispatch_webhooks", "--entity", books.code, *more]
    with output.open("wb") as file:
        return subprocess.Popen(
            command, cwd=PROJECT, env=os.environ | allowed | {"DATABASE_URL": database_url}, stdout=file, stderr=file
        )


def asked(port: int, path: str) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=30) as answer:
        text: str = answer.read().decode()
        return text


def test_what_a_killed_process_had_in_hand_is_taken_over(books: Entity, database_url: str, tmp_path: Path) -> None:
    with Receiver(status(200), hang, status(200)) as receiver:
        webhook, _ = a_webhook(books, receiver)
        first, second, third = happen(books, 3)
        consume(books)
        one = a_process(books, database_url, tmp_path / "one")
        try:
            wait_for(lambda: len(receiver.received) == 2)
        finally:
            one.kill()
            one.wait(timeout=60)
        until = WebhookQueue.objects.get(webhook=webhook).leased_until
        assert until is not None
        assert until <= clocks.now() + timedelta(seconds=LEASE_SECONDS)
        assert log_of(webhook) == [(first, "delivered", 1), (second, "waiting", 1), (third, "waiting", 0)]
        end_of_lease(webhook)
        due_now(webhook)
        port = free_port()
        other = a_process(books, database_url, tmp_path / "other", "--port", str(port))
        try:
            wait_for(lambda: len(receiver.received) == 4)
            wait_for(lambda: log_of(webhook)[-1][1] == "delivered")
            assert asked(port, "/health/ready") == '{"ready":true,"faults":[]}'
            assert 'ledgerflow_webhook_attempts_total{outcome="delivered"} 2.0' in asked(port, "/metrics")
        finally:
            other.send_signal(signal.SIGTERM)
        assert other.wait(timeout=60) == 0, (tmp_path / "other").read_text()
        assert receiver.sequences == [first, second, second, third]
        assert log_of(webhook) == [(first, "delivered", 1), (second, "delivered", 2), (third, "delivered", 1)]
        assert attempts_at(webhook, second)[0].error == "interrupted"
        assert WebhookQueue.objects.get(webhook=webhook).leased_until is None


def test_the_command_sends_once_for_some_books_or_says_why_not(books: Entity) -> None:
    with Receiver() as receiver:
        a_webhook(books, receiver)
        sequences = happen(books, 2)
        consume(books)
        said = StringIO()
        call_command("dispatch_webhooks", once=True, entity=books.code, stdout=said)
        assert (said.getvalue(), receiver.sequences) == ("2 attempts\n", sequences)
    with pytest.raises(CommandError) as refused:
        call_command("dispatch_webhooks", once=True, entity="nowhere")
    assert refused.value.returncode == 2


def test_a_dispatcher_without_a_database_says_so_and_goes_on(books: Entity, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its connection is ended again and again, and what waits is sent all the same."""
    with Receiver() as receiver, ThreadPoolExecutor(1) as thread:
        webhook, _ = a_webhook(books, receiver)
        (sequence,) = happen(books)
        monkeypatch.setattr(dispatching, "RENEW_SECONDS", 0.01)
        ended = 0

        @contextmanager
        def failing() -> Iterator[Any]:
            nonlocal ended
            ended += 1
            if ended < 4:
                message = "the database is away"
                raise psycopg.OperationalError(message)
            with own_connection() as found:
                yield found

        monkeypatch.setattr(dispatching, "own_connection", failing)
        stop = Signal()
        dispatcher = a_dispatcher(books)
        running = thread.submit(dispatcher.run, stop)
        try:
            consume(books)
            wait_for(lambda: log_of(webhook) == [(sequence, "delivered", 1)])
            assert dispatcher.faults() == []
        finally:
            stop.set()
        running.result()
        assert ended >= 4


def test_one_that_does_not_come_round_is_not_ready(books: Entity, monkeypatch: pytest.MonkeyPatch) -> None:
    dispatcher = a_dispatcher(books)
    monkeypatch.setattr(dispatching, "STUCK_SECONDS", -1)
    assert dispatcher.faults() == ["No message was looked for in 0 seconds."]
