"""Receivers of webhooks for tests: real servers on loopback that answer as they are told, and what stands before them."""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from threading import Event as Signal
from threading import Thread
from typing import Any, NamedTuple, Self

from django.test import override_settings

from ledgerflow.books.models import Entity, Event
from ledgerflow.core import clocks
from ledgerflow.core.events import RecordedEvent
from ledgerflow.core.plugins import registry
from ledgerflow.events.consuming.runner import Runner
from ledgerflow.events.webhooks.deliveries import discard, resend
from ledgerflow.events.webhooks.dispatching import Dispatcher
from ledgerflow.events.webhooks.models import Webhook, WebhookAttempt, WebhookDelivery
from ledgerflow.events.webhooks.sending.client import WebhookSender
from ledgerflow.events.webhooks.use_cases import (
    WithSecret,
    change_webhook,
    create_webhook,
    delete_webhook,
    disable_webhook,
    enable_webhook,
    rotate_secret,
)
from tests.builders import a_transfer, an_account, an_entity, posted

LOOPBACK = [ip_network("127.0.0.0/8"), ip_network("::1/128")]
allowing_loopback = override_settings(LEDGERFLOW_WEBHOOK_HTTP=True, LEDGERFLOW_WEBHOOK_PRIVATE_NETWORKS=LOOPBACK)
POSTED = "journal.posted.v1"


class Received(NamedTuple):
    """One request as it came."""

    path: str
    headers: dict[str, str]  # in lower case
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def sequence(self) -> int:
        sequence: int = self.json["sequence"]
        return sequence


Answer = Callable[[BaseHTTPRequestHandler, "Receiver"], None]


def status(code: int, body: bytes = b"", **headers: str) -> Answer:
    """An answer of one status; headers with underscores for hyphens."""

    def answer(request: BaseHTTPRequestHandler, _receiver: Receiver) -> None:
        request.send_response(code)
        for name, value in headers.items():
            request.send_header(name.replace("_", "-"), value)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    return answer


def hang(_request: BaseHTTPRequestHandler, receiver: Receiver) -> None:
    """Nothing comes until the test is over."""
    receiver.over.wait()


def drip(start: bytes) -> Answer:
    """What comes is a byte at a time, each well within the patience of a socket, without an end."""

    def answer(request: BaseHTTPRequestHandler, receiver: Receiver) -> None:
        request.wfile.write(start)
        while not receiver.over.wait(0.02):
            request.wfile.write(b"x")

    return answer


class Receiver:
    """A server with a script: the next answer for each request, the last one for all that follow."""

    def __init__(self, *script: Answer, context: ssl.SSLContext | None = None) -> None:
        self.script = list(script) or [status(200)]
        self.received: list[Received] = []
        self.over = Signal()
        self.came = Signal()
        self._server = _Server(("127.0.0.1", 0), _handler_of(self))
        if context is not None:
            self._server.socket = context.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self._scheme = "https" if context else "http"
        self.port = self._server.server_address[1]

    def url(self, host: str = "127.0.0.1", path: str = "/hook") -> str:
        return f"{self._scheme}://{host}:{self.port}{path}"

    @property
    def sequences(self) -> list[int]:
        """Of the events that came, in their order."""
        return [one.sequence for one in self.received]

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers.get("content-length", "0")))
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.received.append(Received(request.path, headers, body))
        self.came.set()
        answer = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        answer(request, self)

    def __enter__(self) -> Self:
        self._thread = Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Whoever hangs up is no fault of the receiver."""


def _handler_of(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            receiver.answer(self)

        def do_GET(self) -> None:
            receiver.answer(self)

        def log_message(self, *_args: Any) -> None:
            pass

    return Handler


class Clock:
    """A clock that stands, a little ahead of what is queued meanwhile, until a test moves it on."""

    def __init__(self) -> None:
        self._moment = clocks.now() + timedelta(minutes=10)

    def __call__(self) -> datetime:
        return self._moment

    def forward(self, step: timedelta) -> None:
        self._moment += step


def a_webhook(entity: Entity, receiver: Receiver | str, *types: str, **given: Any) -> WithSecret:
    """A webhook for journals, or for these types."""
    url = receiver if isinstance(receiver, str) else receiver.url()
    return create_webhook(entity.id, url=url, event_types=list(types or [POSTED]), actor="test", **given)


def some_webhooks(entity: Entity, words: str = "") -> dict[str, Any]:
    """Everything that can happen to webhooks, none of which is sent; gives what the routes take in their paths."""
    url = f"https://hooks.example/{words}"
    made = [a_webhook(entity, url, "webhook.*", description=words).webhook for _ in range(4)]
    ids = [one.id for one in made]
    change_webhook(entity.id, ids[0], {"description": f"first {words}"}, actor="test")
    delete_webhook(entity.id, ids[3], actor="test")
    disable_webhook(entity.id, ids[0], reason="why", actor="test")
    enable_webhook(entity.id, ids[0], actor="test")
    rotate_secret(entity.id, ids[0], actor="test")
    consume(entity)
    first, second, *_ = WebhookDelivery.objects.filter(webhook=ids[0]).order_by("-event_sequence")
    resend(entity.id, ids[0], second.id, actor="test")
    discard(entity.id, ids[0], second.id, reason="why", actor="test")
    return {"webhook_id": ids[0], "delivery_id": first.id}


def books_with_accounts() -> Entity:
    entity = an_entity()
    an_account(entity, "cash")
    an_account(entity, "sales", "income")
    return entity


def happen(entity: Entity, count: int = 1) -> list[int]:
    """Journals are posted; gives the sequences of their events."""
    answers = [posted(entity, a_transfer("cash", "sales", "1.00")) for _ in range(count)]
    return [answer.event_sequence or 0 for answer in answers]


def recorded(entity: Entity, after: int = 0) -> list[RecordedEvent]:
    """The events of these books as a consumer gets them."""
    rows = Event.objects.filter(entity=entity, sequence__gt=after).order_by("sequence")
    return [_recorded(one) for one in rows]


def _recorded(one: Event) -> RecordedEvent:
    moment = one.recorded_at.isoformat(timespec="microseconds")
    what = (one.type, one.subject, one.data, one.actor, moment, bytes(one.hash))
    return RecordedEvent(one.entity_id, one.sequence, one.id, *what)


def consume(entity: Entity) -> None:
    """What the consumer does with the events that it has not seen."""
    runner = Runner(registry.consumers["webhooks"], source="table", only=[entity.id])
    try:
        runner.drain()
    finally:
        runner.close()


def a_dispatcher(entity: Entity, **given: Any) -> Dispatcher:
    """One for these books alone; `seconds` is the patience of its sender."""
    patience = {"whole_seconds": given.pop("seconds")} if "seconds" in given else {}
    sender = given.pop("sender", None) or WebhookSender(resolve=given.pop("resolve", None), **patience)
    return Dispatcher(entity_id=entity.id, sender=sender, **given)


def deliver(entity: Entity, **given: Any) -> int:
    """Consume what has happened, and send what is due."""
    consume(entity)
    return a_dispatcher(entity, **given).deliver_due()


def log_of(webhook: Webhook) -> list[tuple[int, str, int]]:
    """The delivery log in the order of the events: sequence, status, attempts."""
    rows = WebhookDelivery.objects.filter(webhook=webhook).order_by("event_sequence")
    return list(rows.values_list("event_sequence", "status", "attempts"))


def attempts_at(webhook: Webhook, sequence: int) -> list[WebhookAttempt]:
    return list(
        WebhookAttempt.objects.filter(delivery__webhook=webhook, delivery__event_sequence=sequence).order_by("number")
    )


def due_now(webhook: Webhook) -> None:
    """Move what waits to this moment, as time would."""
    WebhookDelivery.objects.filter(webhook=webhook, status="waiting").update(next_attempt_at=clocks.now())


@contextmanager
def receivers(count: int) -> Iterator[list[Receiver]]:
    made = [Receiver() for _ in range(count)]
    for one in made:
        one.__enter__()
    try:
        yield made
    finally:
        for one in made:
            one.__exit__()
