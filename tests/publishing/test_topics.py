"""`create_topics`: what is missing is made, what is there stays, and what would lose events is refused."""

from __future__ import annotations

from io import StringIO

import pytest
from confluent_kafka.admin import ConfigResource, NewTopic, ResourceType
from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import override_settings

from ledgerflow.events.publishing import topics
from ledgerflow.events.publishing.errors import KafkaOptionsRefused
from ledgerflow.events.publishing.kafka import MOST_MESSAGE_BYTES, new_admin_client

NOBODY = "127.0.0.1:1"


def created(*words: str) -> list[str]:
    out = StringIO()
    call_command("create_topics", *words, stdout=out)
    return out.getvalue().splitlines()


def refused(*words: str) -> tuple[int, str]:
    with pytest.raises(CommandError) as raised:
        created(*words)
    return raised.value.returncode, str(raised.value)


def test_the_topics_are_made_once_and_keep_everything(topics: str) -> None:
    assert created("--partitions", "3", "--replication-factor", "1") == [
        f"{topics}.events was made, with 3 partitions.",
        f"{topics}.commands was made, with 3 partitions.",
        f"{topics}.checkpoints was made, with 3 partitions.",
    ]
    assert created() == [
        f"{topics}.events is there, with 3 partitions.",
        f"{topics}.commands is there, with 3 partitions.",
        f"{topics}.checkpoints is there, with 3 partitions.",
    ]
    resource = ConfigResource(ResourceType.TOPIC, f"{topics}.events")
    client = new_admin_client()
    config = client.describe_configs([resource])[resource].result()
    kept = {name: config[name].value for name in ("retention.ms", "retention.bytes", "max.message.bytes")}
    assert kept == {"retention.ms": "-1", "retention.bytes": "-1", "max.message.bytes": str(MOST_MESSAGE_BYTES)}


def test_another_number_of_partitions_is_refused(topics: str) -> None:
    created("--partitions", "2")
    code, said = refused("--partitions", "3")
    assert (code, "has 2 partitions and not 3" in said) == (2, True)


def test_a_topic_that_forgets_is_refused(topics: str) -> None:
    topic = NewTopic(settings.LEDGERFLOW_KAFKA_EVENTS_TOPIC, 1, config={"retention.ms": "604800000"})
    client = new_admin_client()
    client.create_topics([topic])[settings.LEDGERFLOW_KAFKA_EVENTS_TOPIC].result()
    code, said = refused()
    assert (code, "retention.ms is 604800000 and not -1" in said) == (2, True)


def test_what_kafka_refuses_is_said(topics: str) -> None:
    code, said = refused("--replication-factor", "9")
    assert (code, "does not make the topic" in said) == (1, True)


def test_a_broker_that_is_away_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(topics, "ANSWER_SECONDS", 0.3)
    with override_settings(LEDGERFLOW_KAFKA_BOOTSTRAP_SERVERS=NOBODY):
        code, said = refused()
    assert (code, f"cannot be reached at {NOBODY}" in said) == (1, True)


def test_without_kafka_nothing_is_made() -> None:
    assert refused()[0] == 2


@pytest.mark.parametrize("words", [("--partitions", "0"), ("--partitions", "x"), ("--replication-factor", "-2")])
def test_nonsense_is_refused(words: tuple[str, ...]) -> None:
    with pytest.raises(CommandError, match="argument --"):
        created(*words)


def test_an_option_that_no_client_has_is_named() -> None:
    with override_settings(LEDGERFLOW_KAFKA_BOOTSTRAP_SERVERS=NOBODY, LEDGERFLOW_KAFKA_OPTIONS={"nonsense": 1}):
        with pytest.raises(KafkaOptionsRefused, match="nonsense"):
            new_admin_client()
        assert refused()[0] == 2
