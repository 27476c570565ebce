"""The topics: made once, with a retention without end, because a read model is built from the first event on."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future
from time import monotonic, sleep
from typing import Any

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient, ConfigResource, NewTopic, ResourceType
from django.conf import settings

from ledgerflow.events.publishing.errors import KafkaAway, KafkaNotConfigured, TopicDiffers, TopicRefused
from ledgerflow.events.publishing.kafka import MOST_MESSAGE_BYTES, is_configured, new_admin_client

ANSWER_SECONDS = 5
PARTITIONS = 6
OF_THE_CLUSTER = -1  # the number of replicas that the brokers are set to
WITHOUT_END = {"retention.ms": "-1", "retention.bytes": "-1", "cleanup.policy": "delete"}
# With fewer than three copies there is no second one to wait for.
SAFE_REPLICATION = 3


def topic_names() -> tuple[str, ...]:
    return (
        settings.LEDGERFLOW_KAFKA_EVENTS_TOPIC,
        settings.LEDGERFLOW_KAFKA_COMMANDS_TOPIC,
        settings.LEDGERFLOW_KAFKA_CHECKPOINTS_TOPIC,
    )


def create_topics(partitions: int | None = None, replication: int = OF_THE_CLUSTER) -> Iterator[str]:
    """Make the topics that are missing; a sentence for each comes out. What is there is looked at and not changed.

    The number of partitions stays: with another one, later events of an entity would overtake earlier ones. Raises
    `TopicDiffers` for a topic that would lose events, or has another number of partitions than was asked for.
    """
    if not is_configured():
        raise KafkaNotConfigured
    client = new_admin_client()
    there = _found(client)
    made = {name for name in topic_names() if name not in there and _create(client, name, partitions, replication)}
    there = _wait(client)
    for name in topic_names():
        if name not in made:
            _check(client, name, there.get(name, 0), partitions)
        yield f"{name} {'was made' if name in made else 'is there'}, with {there.get(name, 0)} partitions."


def _found(client: AdminClient) -> dict[str, int]:
    """The topics of the cluster and their numbers of partitions."""
    try:
        metadata = client.list_topics(timeout=ANSWER_SECONDS)
    except KafkaException as error:
        raise _away(error) from error
    return {name: len(topic.partitions) for name, topic in metadata.topics.items() if not topic.error}


def _wait(client: AdminClient) -> dict[str, int]:
    """What is there once the brokers have told each other of what was made, which takes them a moment."""
    deadline = monotonic() + ANSWER_SECONDS
    while True:
        there = _found(client)
        if set(topic_names()) <= there.keys() or monotonic() > deadline:
            return there
        sleep(0.05)


def _create(client: AdminClient, name: str, partitions: int | None, replication: int) -> bool:
    """Whether it was made; False when somebody else has just done it."""
    config = WITHOUT_END | {"max.message.bytes": str(MOST_MESSAGE_BYTES)}
    if replication >= SAFE_REPLICATION:
        config["min.insync.replicas"] = "2"
    topic = NewTopic(name, partitions or PARTITIONS, replication, config=config)
    try:
        _answer(client.create_topics([topic], operation_timeout=ANSWER_SECONDS)[name])
    except KafkaException as error:
        code = error.args[0].code()
        if code == KafkaError.TOPIC_ALREADY_EXISTS:
            return False
        if code in {KafkaError._TRANSPORT, KafkaError._TIMED_OUT}:  # noqa: SLF001 - the library's public names
            raise _away(error) from error
        raise TopicRefused(topic=name, reason=error.args[0].str()) from error
    return True


def _check(client: AdminClient, name: str, found: int, wanted: int | None) -> None:
    if wanted is not None and wanted != found:
        raise TopicDiffers(topic=name, difference=f"has {found} partitions and not {wanted}, which cannot be changed")
    resource = ConfigResource(ResourceType.TOPIC, name)
    try:
        config = _answer(client.describe_configs([resource], request_timeout=ANSWER_SECONDS)[resource])
    except KafkaException as error:
        raise _away(error) from error
    for option, value in WITHOUT_END.items():
        if config[option].value != value:
            raise TopicDiffers(topic=name, difference=f"{option} is {config[option].value} and not {value}")


def _answer(future: Future[Any]) -> Any:
    return future.result(timeout=2 * ANSWER_SECONDS)


def _away(error: KafkaException) -> KafkaAway:
    return KafkaAway(servers=settings.LEDGERFLOW_KAFKA_BOOTSTRAP_SERVERS, reason=error.args[0].str())
