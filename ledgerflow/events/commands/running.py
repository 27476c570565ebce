"""The processor as a process: until somebody says stop, with health and metrics on a port."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from threading import Event
from typing import Any

import structlog
from prometheus_client import REGISTRY
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from ledgerflow.books.connections import writer_connection
from ledgerflow.events.commands.ending import is_for_later
from ledgerflow.events.commands.processing import Processor
from ledgerflow.events.commands.rows import COUNT_WAITING, OLDEST_SECONDS, WAITING_ENTITIES
from ledgerflow.events.commands.taking_in import CommandTopic
from ledgerflow.events.consuming.telling import STUCK_SECONDS, Telling
from ledgerflow.events.publishing.kafka import is_configured

log = structlog.get_logger(__name__)

IDLE_SECONDS = 0.1
TROUBLED_SECONDS = 1.0


def run_processor(stop: Event, port: int | None = None, address: str = "127.0.0.1", *, once: bool = False) -> None:
    """Carry out commands until `stop` is set, or with `once` until nothing is left; the batch at hand is finished."""
    processor = Processor(stop.is_set, join=CommandTopic if is_configured() else None)
    with _watched(processor, port, address), closing(processor):
        log.info("command_processor_runs", takes_from_topic=processor.takes_from_topic)
        done = 0
        while not stop.is_set():
            # A member of the group waits for its messages; without a topic there is only the table to look at.
            done = _step(processor, stop, 0.0 if done else IDLE_SECONDS)
            if once and not done:
                break
            if not done and not processor.takes_from_topic:
                stop.wait(IDLE_SECONDS)
        log.info("command_processor_ends")


def faults_of(processor: Processor) -> list[str]:
    """Why a processor is not ready: it has nothing to work with, or has not come round for a while."""
    measures = processor.measures
    if measures.away:
        return [measures.away]
    idle_seconds = int(time.monotonic() - measures.stepped_at)
    return [f"No command was looked for in {idle_seconds} seconds."] if idle_seconds > STUCK_SECONDS else []


class CommandCollector(Collector):
    """The measures of a processor as metrics, and how many commands wait, of all entities together."""

    def __init__(self, processor: Processor) -> None:
        self._processor = processor

    def collect(self) -> Iterable[Any]:
        ended = CounterMetricFamily("ledgerflow_commands_ended", "Commands carried out by this process")
        ended.add_metric([], self._processor.measures.ended)
        yield ended
        with writer_connection() as connection:
            entities = [entity_id for (entity_id,) in connection.execute(WAITING_ENTITIES)]
            ((waiting,),) = connection.execute(COUNT_WAITING).fetchall()
            ((oldest_seconds,),) = connection.execute(OLDEST_SECONDS, (entities,)).fetchall()
        yield GaugeMetricFamily("ledgerflow_commands_waiting", "Commands accepted and not ended yet", value=waiting)
        yield GaugeMetricFamily(
            "ledgerflow_commands_oldest_seconds", "How long the oldest of them has waited", value=oldest_seconds
        )


@contextmanager
def _watched(processor: Processor, port: int | None, address: str) -> Iterator[None]:
    """While inside, the processor's health and metrics can be asked for, if there is a port."""
    if port is None:
        yield
        return
    collector = CommandCollector(processor)
    telling = Telling(port, lambda: faults_of(processor), address)
    REGISTRY.register(collector)
    try:
        yield
    finally:
        REGISTRY.unregister(collector)
        telling.close()


def _step(processor: Processor, stop: Event, wait_seconds: float) -> int:
    """One step, and a pause where the database does not answer."""
    try:
        return processor.step(wait_seconds)
    except Exception as error:
        if not is_for_later(error):
            raise
        log.warning("command_processor_waits", error=repr(error))
        processor.measures.away = "The database cannot be reached."
        stop.wait(TROUBLED_SECONDS)
        return 0
