"""Clients of Kafka: the one place that knows how they are set up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer
from confluent_kafka.admin import AdminClient
from django.conf import settings

from ledgerflow.events.publishing.errors import KafkaOptionsRefused

Client = TypeVar("Client")
OnError = Callable[[KafkaError], None]
CLIENT_ID = "ledgerflow"
MEBIBYTE = 1024 * 1024
# A journal of ten thousand lines is an event of a few megabytes, and an event is not cut into pieces.
MOST_MESSAGE_BYTES = 32 * MEBIBYTE
SESSION_MS = 6_000


def is_configured() -> bool:
    """Whether events go to Kafka at all; without it consumers read them from the table."""
    return bool(settings.LEDGERFLOW_KAFKA_BOOTSTRAP_SERVERS)


def new_producer(on_error: OnError, more: Mapping[str, Any] = {}) -> Producer:
    """A producer that keeps the order of what it sends, leaves no gap, and gives up nothing by itself.

    A message never times out: one that did could leave a gap, and later ones would arrive. Who waits for the
    acknowledgements sets the limit, purges what is left, and makes a new producer.
    """
    return _made(
        Producer,
        {
            "enable.idempotence": True,
            "enable.gapless.guarantee": True,
            "acks": "all",
            "message.timeout.ms": 0,
            "message.max.bytes": MOST_MESSAGE_BYTES,
            "queue.buffering.max.messages": 1_000_000,
            "queue.buffering.max.kbytes": 4 * MOST_MESSAGE_BYTES // 1024,
            "compression.type": "lz4",
            "linger.ms": 5,
            # The same partition for a key as Java's clients choose, so that streams can be joined.
            "partitioner": "murmur2_random",
            # Unless it is there after so long, a topic is taken for missing.
            "topic.metadata.propagation.max.ms": 3_000,
            "delivery.report.only.error": True,
            "error_cb": on_error,
        },
        more,
    )


def new_consumer(group: str, on_error: OnError, more: Mapping[str, Any] = {}) -> Consumer:
    """A consumer that begins with the oldest message and commits nothing by itself."""
    return _made(
        Consumer,
        {
            "group.id": group,
            "enable.auto.commit": False,
            "enable.auto.offset.store": False,
            "auto.offset.reset": "earliest",
            "session.timeout.ms": SESSION_MS,
            "heartbeat.interval.ms": SESSION_MS // 3,
            "error_cb": on_error,
        },
        more,
    )


def new_admin_client(more: Mapping[str, Any] = {}) -> AdminClient:
    return _made(AdminClient, {}, more)


def _made(sort: Callable[[dict[str, Any]], Client], own: Mapping[str, Any], more: Mapping[str, Any]) -> Client:
    """A client with the options of all, of its sort, of the operator and of the caller; the last one wins."""
    common = {
        "bootstrap.servers": settings.LEDGERFLOW_KAFKA_BOOTSTRAP_SERVERS,
        "client.id": CLIENT_ID,
        "allow.auto.create.topics": False,
        # A broker that comes back is found soon.
        "reconnect.backoff.ms": 100,
        "reconnect.backoff.max.ms": 1_000,
        # Errors come by `error_cb`; the library's own log repeats them for every attempt.
        "log_level": 0,
    }
    try:
        return sort({**common, **own, **settings.LEDGERFLOW_KAFKA_OPTIONS, **more})
    except KafkaException as error:
        raise KafkaOptionsRefused(reason=error.args[0].str()) from error
