"""Consumers as a process: a thread for each, until somebody says stop."""

from __future__ import annotations

import signal
from collections.abc import Sequence
from threading import Event, Thread

import structlog
from prometheus_client import REGISTRY
from prometheus_client.registry import Collector

from ledgerflow.core.plugins import Consumer, registry
from ledgerflow.events.consuming.errors import ConsumerUnknown
from ledgerflow.events.consuming.runner import Runner, SourceName, default_source
from ledgerflow.events.consuming.stores import BOOKS
from ledgerflow.events.consuming.telling import ConsumerCollector, PublishingCollector, Telling, faults_of
from ledgerflow.events.publishing.kafka import is_configured

log = structlog.get_logger(__name__)

SIGNALS = (signal.SIGTERM, signal.SIGINT)


def consumers_called(names: Sequence[str]) -> list[Consumer]:
    """The consumers with these names, all for none. Raises `ConsumerUnknown`, which names the known ones."""
    for name in names:
        if name not in registry.consumers:
            known = ", ".join(sorted(registry.consumers)) or "none"
            raise ConsumerUnknown(name=name[:100], known=known)
    return [registry.consumers[name] for name in names or registry.consumers]


def stop_on_signals() -> Event:
    """What is set by the first SIGTERM or SIGINT from now on. Call it before any thread is started.

    A thread waits for them: a handler would run in between two steps of whatever the main thread is doing, and setting
    what that waits for could block for ever.
    """
    stop = Event()
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)

    def wait() -> None:
        signal.sigwait(SIGNALS)
        stop.set()

    Thread(target=wait, name="signals", daemon=True).start()
    return stop


def run_consumers(
    names: Sequence[str], source: SourceName | None, port: int | None, stop: Event, address: str = "127.0.0.1"
) -> None:
    """Run the consumers with these names, all for none, until `stop` is set; health and metrics are on `port`.

    The batch at hand is finished, and the leases are given back. Raises `ConsumerUnknown`.
    """
    runners = [Runner(consumer, source=source, pause=stop.wait) for consumer in consumers_called(names)]
    collectors: list[Collector] = [ConsumerCollector(runners)]
    if is_configured() and any(one.consumer.database == BOOKS for one in runners):
        collectors.append(PublishingCollector())
    telling = None if port is None else Telling(port, lambda: faults_of(runners), address)
    for collector in collectors:
        REGISTRY.register(collector)
    threads = [Thread(target=one.run, args=(stop,), name=one.consumer.name) for one in runners]
    try:
        for thread in threads:
            thread.start()
        log.info("consumers_run", consumers=[one.consumer.name for one in runners], source=source or default_source())
        stop.wait()
    finally:
        stop.set()
        for thread in threads:
            thread.join()
        for collector in collectors:
            REGISTRY.unregister(collector)
        if telling is not None:
            telling.close()
