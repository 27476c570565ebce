"""Checkpoints on their topic, where other systems keep them: the key is the entity's code, the value the note."""

from __future__ import annotations

from collections.abc import Sequence
from time import monotonic

from confluent_kafka import KafkaError, KafkaException
from django.conf import settings

from ledgerflow.events.publishing.kafka import new_producer

ACKNOWLEDGE_SECONDS = 5
# After a failure nobody in this process tries for so long: each entity would wait for the same brokers again.
PAUSE_SECONDS = 60
CONTENT_TYPE: dict[str, str | bytes | None] = {"content-type": b"text/plain; charset=utf-8"}


class TopicAwayError(Exception):
    """Kafka does not take checkpoints at the moment."""


class CheckpointTopic:
    """The topic, and until when it is left alone."""

    def __init__(self) -> None:
        self._not_before = 0.0

    def put(self, code: str, notes: Sequence[str]) -> None:
        """Send the notes of one entity in their order. Raises `TopicAwayError` unless all are acknowledged."""
        if monotonic() < self._not_before:
            message = "Kafka did not take any a moment ago."
            raise TopicAwayError(message)
        try:
            self._put(code, notes)
        except (KafkaException, BufferError) as error:
            self._not_before = monotonic() + PAUSE_SECONDS
            raise TopicAwayError(str(error)) from error

    def _put(self, code: str, notes: Sequence[str]) -> None:
        failures: list[KafkaError | None] = []
        producer = new_producer(lambda _error: None)
        for note in notes:
            producer.produce(
                settings.LEDGERFLOW_KAFKA_CHECKPOINTS_TOPIC, note.encode(), code.encode(), headers=CONTENT_TYPE,
                on_delivery=lambda error, _message: failures.append(error),
            )  # fmt: skip
        if producer.flush(ACKNOWLEDGE_SECONDS):
            producer.purge()
            producer.poll(0)
        # With `delivery.report.only.error` called for what failed alone, and by the purge.
        if failures:
            raise KafkaException(failures[0])


checkpoint_topic = CheckpointTopic()
