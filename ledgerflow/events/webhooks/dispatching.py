"""Sending what waits: in order for each webhook, many webhooks at once, by one process at a time for each.

A dispatcher takes the queues whose head is due by a lease of a few seconds, which it renews while it works. The queue
of one that was killed is free again after that, and what it began counts as an attempt, because that is written before
the request is made. Who lost a lease and lives on marks nothing: each mark looks for the lease's number under its lock.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
import structlog
from django.conf import settings
from prometheus_client import Counter
from psycopg.rows import namedtuple_row

from ledgerflow.books.borrowing import borrowed_connection
from ledgerflow.books.snapshots import own_connection
from ledgerflow.core import clocks
from ledgerflow.core.errors import LedgerError
from ledgerflow.core.events import RecordedEvent
from ledgerflow.events.consuming.telling import STUCK_SECONDS
from ledgerflow.events.webhooks import rows
from ledgerflow.events.webhooks.errors import SecretUnreadable
from ledgerflow.events.webhooks.models import DeliveryStatus
from ledgerflow.events.webhooks.retries import SCHEDULE, next_attempt
from ledgerflow.events.webhooks.sealing import secrets_in_force
from ledgerflow.events.webhooks.sending.client import Outcome, WebhookSender
from ledgerflow.events.webhooks.sending.messages import event_body
from ledgerflow.events.webhooks.sending.signing import signed_headers
from ledgerflow.events.webhooks.use_cases import disable_webhook

log = structlog.get_logger(__name__)

ACTOR = "system:webhooks"
SECRET_UNREADABLE = "secret_unreadable"  # noqa: S105 - the name of an error
GONE = 410
GONE_REASON = "The receiver answered 410 (Gone): it wants no more."
ATTEMPTS = Counter("ledgerflow_webhook_attempts", "Attempts to deliver to webhooks, by what came of them", ["outcome"])
LEASE_SECONDS = 10
RENEW_SECONDS = 3
LOOK_SECONDS = 0.5
MOST_IN_A_ROW = 100  # messages of one webhook; then others have their turn


class LeaseLostError(Exception):
    """Another dispatcher has this queue by now."""


class QueueLease(NamedTuple):
    webhook_id: UUID
    number: int


class Attempt(NamedTuple):
    """One that is written down and not made yet. `tried` counts it, of the schedule that is running."""

    delivery_id: UUID
    entity_id: UUID
    number: int
    tried: int
    url: str
    headers: dict[str, str] | None  # None where the secret cannot be read
    body: bytes


class LeasedQueue:
    """One webhook's queue in the hands of a dispatcher: the attempts at its head, each mark a transaction."""

    def __init__(self, connection: psycopg.Connection[Any], lease: QueueLease, clock: Callable[[], datetime]) -> None:
        self._connection = connection
        self._lease = lease
        self._clock = clock

    def begin(self) -> Attempt | None:
        """Write down an attempt at the head, if it is due. Raises `LeaseLostError`."""
        now = self._clock()
        with self._connection.transaction():
            self._check_lease()
            cursor = self._connection.cursor(row_factory=namedtuple_row)
            head: Any = cursor.execute(rows.HEAD, (self._lease.webhook_id,)).fetchone()
            if head is None or head.status != DeliveryStatus.WAITING or head.next_attempt_at > now:
                return None
            self._connection.execute(rows.CLOSE_INTERRUPTED, (head.id,))
            if head.tried >= len(SCHEDULE):  # its dispatcher died in the last attempt
                self._give_up(head.id, head.tried, now)
                return None
            number, tried = head.attempts + 1, head.tried + 1
            again_at = next_attempt(tried, now) or now
            self._connection.execute(rows.BEGIN_ATTEMPT, (head.id, number, now))
            self._connection.execute(rows.COUNT_ATTEMPT, (number, tried, again_at, head.id))
        return self._attempt(head, number, tried, now)

    def end(self, attempt: Attempt, outcome: Outcome) -> None:
        """Write down how it went. Raises `LeaseLostError`."""
        now = self._clock()
        with self._connection.transaction():
            self._check_lease()
            found = (outcome.duration_ms, outcome.http_status, outcome.error, outcome.detail, outcome.address)
            self._connection.execute(rows.END_ATTEMPT, (*found, outcome.response, attempt.delivery_id, attempt.number))
            if outcome.is_delivered:
                self._connection.execute(rows.DELIVERED, (now, attempt.delivery_id))
                return
            again_at = next_attempt(attempt.tried, now, outcome.retry_after)
            if again_at is not None:
                self._connection.execute(rows.PUT_OFF, (again_at, attempt.delivery_id, attempt.tried))
            elif outcome.http_status != GONE:  # which waits with the others until somebody enables the webhook again
                self._give_up(attempt.delivery_id, attempt.tried, now)

    def release(self) -> None:
        """Let others have it at once."""
        self._connection.execute(rows.RELEASE, self._lease)

    def _check_lease(self) -> None:
        if self._connection.execute(rows.LOCK_LEASE, self._lease).fetchone() is None:
            raise LeaseLostError

    def _give_up(self, delivery_id: UUID, tried: int, now: datetime) -> None:
        self._connection.execute(rows.GIVE_UP, (now, delivery_id, tried))
        log.error("webhook_delivery_failed", webhook=str(self._lease.webhook_id), delivery=str(delivery_id))

    @staticmethod
    def _attempt(head: Any, number: int, tried: int, now: datetime) -> Attempt:
        moment = head.recorded_at.isoformat(timespec="microseconds")
        what = (head.type, head.subject, head.data, head.event_actor, moment, bytes(head.hash))
        body = event_body(RecordedEvent(head.entity_id, head.sequence, head.event_id, *what), head.entity)
        headers = None
        with suppress(SecretUnreadable):
            headers = signed_headers(secrets_in_force(head, now), str(head.event_id), now, body)
        return Attempt(head.id, head.entity_id, number, tried, head.url, headers, body)


class Dispatcher:
    """Sends what waits, until it is told to stop. Any number of them may run, in one process or in many."""

    def __init__(
        self,
        *,
        sender: WebhookSender | None = None,
        clock: Callable[[], datetime] = clocks.now,
        workers: int | None = None,
        entity_id: UUID | None = None,
    ) -> None:
        self._sender = sender or WebhookSender()
        self._clock = clock
        self._workers = workers or settings.LEDGERFLOW_WEBHOOK_WORKERS
        self._entity_id = entity_id
        self._in_hand: dict[Future[int], QueueLease] = {}
        self._stopping = threading.Event()
        self._renewed_at = self._looked_at = time.monotonic()

    def deliver_due(self) -> int:
        """Send what is due now, and what waits behind it; gives how many attempts that took. For tests and cron."""
        with ThreadPoolExecutor(self._workers, thread_name_prefix="webhook") as pool, own_connection() as connection:
            self._take(connection, pool)
            started = list(self._in_hand)
            while self._in_hand:
                self._tend(connection, RENEW_SECONDS)
        return sum(one.result() for one in started if not one.exception())

    def run(self, stop: threading.Event) -> None:
        """Go on until `stop` is set; what is under way then is finished, which takes as long as one attempt at most."""
        with ThreadPoolExecutor(self._workers, thread_name_prefix="webhook") as pool:
            while not stop.is_set():
                try:
                    self._look(stop, pool)
                except psycopg.Error:
                    log.exception("webhook_dispatcher_without_database")
                    stop.wait(RENEW_SECONDS)
            self._stopping.set()

    def faults(self) -> list[str]:
        """Why it is not ready: it has not come round for a while, as without a database."""
        idle_seconds = int(time.monotonic() - self._looked_at)
        return [f"No message was looked for in {idle_seconds} seconds."] if idle_seconds > STUCK_SECONDS else []

    def _look(self, stop: threading.Event, pool: ThreadPoolExecutor) -> None:
        with own_connection() as connection:
            while not stop.is_set():
                self._take(connection, pool)
                self._tend(connection, LOOK_SECONDS)
                if not self._in_hand:
                    stop.wait(LOOK_SECONDS)
            self._stopping.set()
            while self._in_hand:
                self._tend(connection, RENEW_SECONDS)

    def _take(self, connection: psycopg.Connection[Any], pool: ThreadPoolExecutor) -> None:
        """Take as many queues as there are free hands."""
        free = self._workers - len(self._in_hand)
        self._looked_at = time.monotonic()
        if free:
            given = {"now": self._clock(), "entity": self._entity_id, "most": free, "seconds": LEASE_SECONDS}
            for row in connection.execute(rows.TAKE_LEASES, given).fetchall():
                lease = QueueLease(*row)
                self._in_hand[pool.submit(self._send_queue, lease)] = lease

    def _tend(self, connection: psycopg.Connection[Any], seconds: float) -> None:
        """Wait for the first queue to be done with, and keep the leases of the others."""
        done, _ = wait(self._in_hand, timeout=seconds, return_when=FIRST_COMPLETED)
        for one in done:
            lease = self._in_hand.pop(one)
            error = one.exception()
            if error is not None:
                log.error("webhook_queue_failed", webhook=str(lease.webhook_id), exc_info=error)
        if self._in_hand and time.monotonic() - self._renewed_at >= RENEW_SECONDS:
            self._renewed_at = time.monotonic()
            held = list(self._in_hand.values())
            ids, numbers = [one.webhook_id for one in held], [one.number for one in held]
            connection.execute(rows.RENEW_LEASES, (LEASE_SECONDS, ids, numbers))

    def _send_queue(self, lease: QueueLease) -> int:
        """Send from the head on until one fails, or nothing is due; gives how many attempts that took."""
        made = 0
        with own_connection() as connection, suppress(LeaseLostError):
            queue = LeasedQueue(connection, lease, self._clock)
            while made < MOST_IN_A_ROW and not self._stopping.is_set():
                attempt = queue.begin()
                if attempt is None:
                    break
                outcome = self._made(attempt)
                made += 1
                ATTEMPTS.labels(_word(outcome)).inc()
                queue.end(attempt, outcome)
                if outcome.http_status == GONE:
                    self._disable(attempt.entity_id, lease.webhook_id)
                if not outcome.is_delivered:
                    break
            queue.release()
        return made

    def _made(self, attempt: Attempt) -> Outcome:
        if attempt.headers is None:
            return Outcome(error=SECRET_UNREADABLE, detail=SecretUnreadable.template)
        return self._sender.send(attempt.url, attempt.headers, attempt.body, self._clock())

    @staticmethod
    def _disable(entity_id: UUID, webhook_id: UUID) -> None:
        """As the receiver wants. Where the books are busy the next attempt is answered the same, and disables it."""
        try:
            with borrowed_connection():
                disable_webhook(entity_id, webhook_id, reason=GONE_REASON, actor=ACTOR)
        except LedgerError as refusal:
            log.warning("webhook_not_disabled", webhook=str(webhook_id), code=refusal.code)
        else:
            log.warning("webhook_disabled", webhook=str(webhook_id), reason=GONE_REASON)


def _word(outcome: Outcome) -> str:
    """What a metric calls it: delivered, refused with another status, or why no answer came."""
    return outcome.error or ("delivered" if outcome.is_delivered else "refused")
