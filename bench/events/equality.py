"""Whether what was made of events is what the books hold: read models by SQL of its own, the topic by reading it."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple
from uuid import UUID

from confluent_kafka import Consumer, TopicPartition

from bench.events.world import ask
from ledgerflow.events.cloudevents import event_of

# Row by row, both ways; a row that is there twice breaks the primary key, and one that is missing shows as NULL.
JOURNALS = """
    SELECT coalesce(b.id, v.id), b.number, v.number FROM (
        SELECT j.id, j.number, j.event_sequence, j.effective_date, j.description,
               (SELECT count(*) FROM journals_posting p WHERE p.journal_id = j.id) AS lines
        FROM journals_journal j WHERE j.entity_id = ANY (%s)
    ) b
    FULL JOIN (
        SELECT id, number, event_sequence, effective_date, description, jsonb_array_length(lines) AS lines
        FROM read_models.journals WHERE entity_id = ANY (%s)
    ) v USING (id)
    WHERE (b.number, b.event_sequence, b.effective_date, b.description, b.lines)
        IS DISTINCT FROM (v.number, v.event_sequence, v.effective_date, v.description, v.lines)
    LIMIT 10
"""
BALANCES = """
    SELECT coalesce(b.code, v.account), b.debits, v.debits FROM (
        SELECT a.entity_id, a.code, x.debits, x.credits, x.held, x.version
        FROM accounts_account a JOIN accounts_balance x ON x.account_id = a.id
        WHERE a.entity_id = ANY (%s) AND x.version > 0
    ) b
    FULL JOIN (
        SELECT entity_id, account, debits, credits, held, version
        FROM read_models.balances WHERE entity_id = ANY (%s) AND version > 0
    ) v ON v.entity_id = b.entity_id AND v.account = b.code
    WHERE (b.debits, b.credits, b.held, b.version) IS DISTINCT FROM (v.debits, v.credits, v.held, v.version)
    LIMIT 10
"""
HEADS = "SELECT max(sequence) FROM books_event WHERE entity_id = %s"
POSITION = "SELECT sequence FROM read_models.consuming_position WHERE consumer = 'read_models' AND entity_id = %s"
IDLE_SECONDS = 15.0


class OnTopic(NamedTuple):
    """What stands on the topic of events."""

    messages: int
    repeated: int  # sent a second time, which at-least-once allows
    out_of_order: list[str]
    ids: set[UUID]


def differences(entities: list[UUID]) -> list[str]:
    """Rows of the read models that are not as in the books."""
    found = [f"journal {row}" for row in ask(JOURNALS, entities, entities)]
    return found + [f"balance {row}" for row in ask(BALANCES, entities, entities)]


def head(entity: UUID) -> int:
    return int(str(ask(HEADS, entity)[0][0] or 0))


def is_projected(entities: list[UUID]) -> bool:
    """Whether the read models have come to the end of the log."""
    return all([row[0] for row in ask(POSITION, entity)] == [head(entity)] for entity in entities)


def read_topic(bootstrap: str, topic: str, wanted: dict[UUID, int]) -> OnTopic:
    """Read a topic from its beginning until each entity's last event came; a first sight must be the next in order."""
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "bench-reader", "enable.auto.commit": False})
    partitions = consumer.list_topics(topic, timeout=30).topics[topic].partitions
    consumer.assign([TopicPartition(topic, number, 0) for number in partitions])
    last: Counter[UUID] = Counter()
    messages = repeated = 0
    out_of_order: list[str] = []
    ids: set[UUID] = set()
    try:
        while any(last[entity] < sequence for entity, sequence in wanted.items()):
            batch = consumer.consume(5_000, IDLE_SECONDS)
            if not batch:
                break
            for message in batch:
                assert message.error() is None, str(message.error())
                event = event_of(message.headers(), message.value())  # type: ignore[arg-type]  # ours are bytes
                if event.entity_id not in wanted:
                    continue
                messages += 1
                if event.sequence == last[event.entity_id] + 1:
                    last[event.entity_id] = event.sequence
                    ids.add(event.id)
                elif event.sequence <= last[event.entity_id]:
                    repeated += 1
                else:
                    out_of_order.append(f"{event.sequence} after {last[event.entity_id]}")
    finally:
        consumer.close()
    return OnTopic(messages, repeated, out_of_order, ids)
