"""The log from its beginning, to make something anew from it: from the event table, or from Kafka."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from functools import partial
from typing import Any, Protocol
from uuid import UUID

import psycopg
import structlog
from confluent_kafka import OFFSET_BEGINNING, KafkaException, TopicPartition
from django.conf import settings

from ledgerflow.books.connections import dedicated_connection
from ledgerflow.core.events import RecordedEvent
from ledgerflow.events.cloudevents import MessageRefusedError, event_of
from ledgerflow.events.consuming.table_source import events_after
from ledgerflow.events.publishing.kafka import new_consumer
from ledgerflow.events.read_models.errors import HistoryShortError

log = structlog.get_logger(__name__)

SOURCES = ("table", "kafka")
BATCH = 5_000
POLL_SECONDS = 0.2
ANSWER_SECONDS = 10  # of a broker that is asked for its topics
PATIENCE_SECONDS = 30  # for events that a publisher has yet to send
GROUP = "ledgerflow.history"  # a client wants a name; this one joins no group, and commits no offsets
HEADS = """
    SELECT e.id, head.sequence FROM books_entity e CROSS JOIN LATERAL (
        SELECT v.sequence FROM books_event v WHERE v.entity_id = e.id ORDER BY v.sequence DESC LIMIT 1
    ) head
    WHERE %(only)s::uuid[] IS NULL OR e.id = ANY (%(only)s)
    ORDER BY e.code
"""

Run = tuple[UUID, list[RecordedEvent]]
Positions = dict[UUID, int]


class History(Protocol):
    """Gives the events of all entities, each entity's in their order.

    `runs` gives what comes after `positions`, which the caller moves on with each run: all that is there when it is
    called, or where `until` is given, exactly what leads to those positions. A run may begin with events that the
    caller has already.
    """

    def runs(self, positions: Positions, until: Positions | None = None) -> Iterator[Run]: ...
    def size(self) -> int: ...


class TableHistory:
    """The event table, on a connection to the books in UTC. `only`: of these entities, None for all."""

    def __init__(self, log: psycopg.Connection[Any], only: list[UUID] | None = None) -> None:
        self._log = log
        self._only = only

    def heads(self) -> Positions:
        """The last event of each entity."""
        return dict(self._log.execute(HEADS, {"only": self._only}).fetchall())

    def size(self) -> int:
        """How many events there are now, for those who want to know how long it takes."""
        return sum(self.heads().values())

    def runs(self, positions: Positions, until: Positions | None = None) -> Iterator[Run]:
        for entity_id, last in (self.heads() if until is None else until).items():
            while (position := positions.get(entity_id, 0)) < last:
                events = events_after(self._log, entity_id, position, min(BATCH, last - position))
                if not events:
                    message = f"{entity_id}: there is no event {position + 1} in the books."
                    raise HistoryShortError(message)
                yield entity_id, events


class KafkaHistory:
    """The topic of events, by a client that belongs to no group. `only`: of these entities, None for all.

    `asker` is the client that asks where the topic ends: an answer to the other one waits behind its messages.
    What comes before its turn is kept: after a failure a publisher may send an event after one that follows it.
    """

    def __init__(self, client: Any, asker: Any, only: list[UUID] | None = None) -> None:
        self._client = client
        self._asker = asker
        self._only = None if only is None else frozenset(only)
        self._topic: str = settings.LEDGERFLOW_KAFKA_EVENTS_TOPIC
        self._waiting: dict[UUID, dict[int, RecordedEvent]] = {}
        found = self._ask(lambda: asker.list_topics(self._topic, timeout=ANSWER_SECONDS).topics[self._topic])
        if found.error is not None:
            message = f"The topic {self._topic} cannot be read: {found.error}"
            raise HistoryShortError(message)
        self._next = dict.fromkeys(found.partitions, 0)
        client.assign([TopicPartition(self._topic, number, OFFSET_BEGINNING) for number in self._next])

    def size(self) -> int:
        """How many messages there are now."""
        return sum(high - low for low, high in self._watermarks().values())

    def runs(self, positions: Positions, until: Positions | None = None) -> Iterator[Run]:
        ends = {number: high for number, (low, high) in self._watermarks().items() if high > low}
        silent_since = time.monotonic()
        yield from self._ready(positions, until)
        while _behind(self._next, ends) if until is None else _behind(positions, until):
            messages = self._client.consume(BATCH, POLL_SECONDS)
            if messages:
                silent_since = time.monotonic()
            elif time.monotonic() - silent_since > PATIENCE_SECONDS:
                raise HistoryShortError(_missing(positions, until))
            for message in messages:
                self._take(message, positions)
            yield from self._ready(positions, until)

    def _take(self, message: Any, positions: Positions) -> None:
        if message.error() is not None:
            log.warning("kafka_says", error=str(message.error()))
            return
        self._next[message.partition()] = message.offset() + 1
        try:
            event = event_of(message.headers(), message.value())
        except MessageRefusedError as error:  # a consumer makes it a dead letter
            log.warning("message_malformed", partition=message.partition(), offset=message.offset(), error=str(error))
            return
        wanted = self._only is None or event.entity_id in self._only
        if wanted and event.sequence > positions.get(event.entity_id, 0):
            self._waiting.setdefault(event.entity_id, {}).setdefault(event.sequence, event)

    def _ready(self, positions: Positions, until: Positions | None) -> Iterator[Run]:
        """What follows the positions of what is waiting, without a gap."""
        for entity_id, waiting in self._waiting.items():
            position = positions.get(entity_id, 0)
            last = max(waiting, default=0) if until is None else until.get(entity_id, 0)
            run = []
            while position < last and position + 1 in waiting:
                position += 1
                run.append(waiting.pop(position))
            if run:
                yield entity_id, run

    def _watermarks(self) -> dict[int, tuple[int, int]]:
        places = {number: TopicPartition(self._topic, number) for number in self._next}
        ask = self._asker.get_watermark_offsets
        return {number: self._ask(partial(ask, place, timeout=ANSWER_SECONDS)) for number, place in places.items()}

    def _ask(self, question: Callable[[], Any]) -> Any:
        try:
            return question()
        except KafkaException as error:
            message = f"Kafka does not answer: {error}"
            raise HistoryShortError(message) from error


def _tell(error: Any) -> None:
    log.warning("kafka_says", error=str(error))


def _behind(reached: Mapping[Any, int], wanted: Mapping[Any, int]) -> bool:
    return any(reached.get(name, 0) < last for name, last in wanted.items())


def _missing(positions: Positions, until: Positions | None) -> str:
    for entity_id, last in (until or {}).items():
        if positions.get(entity_id, 0) < last:
            return f"{entity_id}: Kafka has no event {positions.get(entity_id, 0) + 1}, and the books have {last}."
    return "Kafka gives no more messages, and there are some."


@contextmanager
def open_history(source: str, only: list[UUID] | None = None) -> Iterator[History]:
    """The history of a source by its name."""
    if source == "kafka":
        with closing(new_consumer(GROUP, _tell)) as client, closing(new_consumer(GROUP, _tell)) as asker:
            yield KafkaHistory(client, asker, only)
        return
    with closing(dedicated_connection("default", enable_seqscan="off")) as log_of_books:
        yield TableHistory(log_of_books, only)
