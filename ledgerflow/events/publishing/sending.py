"""The producer of this process: sends a batch and waits until all of it is acknowledged.

A batch that is not acknowledged in time is given up together with its producer. What was under way may have arrived
or not, but always a part from the beginning, because one connection keeps the order; so sending again from the last
acknowledged event repeats some and leaves none out.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Sequence
from contextlib import suppress
from threading import Lock
from time import monotonic
from typing import Any, NamedTuple

from confluent_kafka import KafkaError, KafkaException, Producer

from ledgerflow.core.events import RecordedEvent
from ledgerflow.events.cloudevents import headers_of
from ledgerflow.events.publishing.kafka import new_producer

ACKNOWLEDGE_SECONDS = 10
# A broker that restarts on the spot is back sooner; beyond that it is not worth holding a worker.
NOBODY_SECONDS = 1.5
LOOK_SECONDS = 0.1
# What another attempt does not change. When the brokers refuse a batch for good, all that the library says by a code
# is that going on would leave a gap; its sentence has the reason.
FOR_GOOD = frozenset({KafkaError.MSG_SIZE_TOO_LARGE, KafkaError._GAPLESS_GUARANTEE})  # noqa: SLF001 - public


class SendingFailedError(Exception):
    """Kafka did not acknowledge all of a batch."""


class Sent(NamedTuple):
    """How many of the events are acknowledged, and why the next one cannot be sent, whatever Kafka's health."""

    acknowledged: int
    refusal: str = ""


class BatchSender:
    """One producer, made when it is first needed, and anew after each failure."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._producer: Producer | None = None
        self._first_failure: KafkaError | None = None
        self._nobody_since: float | None = None
        self._last_error = ""

    def send(self, topic: str, entity_code: str, events: Sequence[RecordedEvent]) -> Sent:
        """Send events of one entity in their order. Raises `SendingFailedError` unless Kafka has them all."""
        with self._lock:
            self._forget_errors()
            producer = self._producer = self._producer or new_producer(self._on_error)
            try:
                sent = self._hand_over(producer, topic, entity_code, events)
                self._wait(producer)
                if self._first_failure is not None:
                    raise KafkaException(self._first_failure)  # noqa: TRY301 - as the library raises the fatal ones
            except BaseException as error:
                self._give_up(producer)
                # So it is raised where a callback runs while the library is about to raise a fatal error.
                cause = error.__cause__ if isinstance(error, SystemError) else error
                if _is_for_good(cause):
                    return Sent(0, f"{_sentence(cause)}, in a batch of {len(events)}")
                if isinstance(cause, KafkaException | BufferError):
                    raise SendingFailedError(_sentence(cause)) from error
                raise
            return sent

    def close(self) -> None:
        """For a process that ends, and for tests."""
        with self._lock:
            self._producer = None

    def after_fork(self) -> None:
        """The child makes its own: the threads of the parent's are not here, and ending it would wait for them."""
        if self._producer is not None:
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(self._producer))  # never collected in this process
        self._producer = None
        self._lock = Lock()

    def _hand_over(self, producer: Producer, topic: str, entity_code: str, events: Sequence[RecordedEvent]) -> Sent:
        produce, key, on_delivery = producer.produce, entity_code.encode(), self._on_delivery
        for count, event in enumerate(events):
            headers: Any = headers_of(event, entity_code)
            try:
                produce(topic, event.data, key, headers=headers, on_delivery=on_delivery)
            except KafkaException as error:
                if _is_for_good(error):
                    return Sent(count, _sentence(error))
                raise
        return Sent(len(events))

    def _wait(self, producer: Producer) -> None:
        left, deadline = len(producer), monotonic() + ACKNOWLEDGE_SECONDS
        while left and self._first_failure is None:
            before, left, now = left, producer.flush(LOOK_SECONDS), monotonic()
            if left < before:
                self._nobody_since = None
            if now > deadline or (self._nobody_since is not None and now - self._nobody_since > NOBODY_SECONDS):
                raise SendingFailedError(self._last_error or f"no acknowledgement in {ACKNOWLEDGE_SECONDS} s")

    def _give_up(self, producer: Producer) -> None:
        self._producer = None
        with suppress(KafkaException):  # a fatal error is raised by whatever comes next
            producer.purge()
            producer.poll(0)

    def _forget_errors(self) -> None:
        self._first_failure = self._nobody_since = None
        self._last_error = ""

    def _on_error(self, error: KafkaError) -> None:
        if error.code() == KafkaError._ALL_BROKERS_DOWN:  # noqa: SLF001 - public, for all its underscore
            self._nobody_since = self._nobody_since or monotonic()
        else:
            self._last_error = _named(error)

    def _on_delivery(self, error: KafkaError | None, _message: Any) -> None:
        # With `delivery.report.only.error` called for what failed alone.
        if self._first_failure is None:
            self._first_failure = error


def _named(error: KafkaError) -> str:
    return f"{error.str()} ({error.name()})"


def _is_for_good(error: BaseException | None) -> bool:
    return isinstance(error, KafkaException) and error.args[0].code() in FOR_GOOD


def _sentence(error: BaseException | None) -> str:
    return _named(error.args[0]) if isinstance(error, KafkaException) else str(error)


sender = BatchSender()
os.register_at_fork(after_in_child=sender.after_fork)
