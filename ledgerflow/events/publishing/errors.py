"""Refusals around publishing. What goes wrong while publishing is no refusal: it is in the log and on the sink."""

from __future__ import annotations

from ledgerflow.core.errors import LedgerError, Malformed, TryAgain


class KafkaNotConfigured(Malformed):
    template = "KAFKA_BOOTSTRAP_SERVERS is not set: there is no Kafka."


class KafkaOptionsRefused(Malformed):
    template = "LEDGERFLOW_KAFKA_OPTIONS or KAFKA_BOOTSTRAP_SERVERS: {reason}"


class KafkaAway(TryAgain):
    template = "Kafka cannot be reached at {servers}: {reason}"


class TopicDiffers(LedgerError):
    template = "The topic {topic} is there, but {difference}."


class TopicRefused(LedgerError):
    template = "Kafka does not make the topic {topic}: {reason}"


class SinkUnknown(Malformed):
    template = "There is no sink {sink!r}; there is: {known}."


class RewindRefused(Malformed):
    template = "Up to event {position} was sent, so the sink goes back to a number from 0 to {position}, not {to}."
