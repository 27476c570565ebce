"""What a process without a web server tells over HTTP: that it lives, that it is ready, and its metrics.

GET /health/live     200 as long as the process answers
GET /health/ready    200, or 503 with the reasons why not
GET /metrics         for Prometheus: all metrics of the process
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import msgspec
import structlog
from django.core.management.base import CommandError
from django.db import DatabaseError, connection
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from ledgerflow.events.consuming.runner import Runner
from ledgerflow.events.publishing.metrics import SinkCollector

log = structlog.get_logger(__name__)

STUCK_SECONDS = 10
LIVE, READY, METRICS = "/health/live", "/health/ready", "/metrics"
JSON = "application/json"
GAUGES = {
    "position": "Events applied, of all entities together",
    "lag": "Events that are not applied yet",
    "rate": "Events applied in a second, lately",
    "stopped": "Entities that wait for a decision about a dead letter",
    "open_letters": "Dead letters that wait for a decision",
}


class Telling:
    """A small HTTP server in a thread of its own. `faults` gives the reasons why the process is not ready.

    Raises `CommandError` for a port that cannot be had.
    """

    def __init__(self, port: int, faults: Callable[[], Sequence[str]], address: str = "127.0.0.1") -> None:
        try:
            self._server = _Server((address, port), _Handler)
        except OSError as error:
            message = f"Port {port} on {address} cannot be used: {error.strerror}."
            raise CommandError(message, returncode=1) from error
        self._server.faults = faults
        self.port: int = self._server.server_address[1]
        Thread(target=self._server.serve_forever, name="telling", daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class ConsumerCollector(Collector):
    """The measures of consumers as metrics."""

    def __init__(self, runners: Sequence[Runner]) -> None:
        self._runners = runners

    def collect(self) -> Iterable[Any]:
        for name, meaning in GAUGES.items():
            gauge = GaugeMetricFamily(f"ledgerflow_consumer_{name}", meaning, labels=["consumer"])
            for runner in self._runners:
                gauge.add_metric([runner.consumer.name], getattr(runner.measures, name))
            yield gauge
        applied = CounterMetricFamily("ledgerflow_consumer_applied", "Events applied", labels=["consumer"])
        for runner in self._runners:
            applied.add_metric([runner.consumer.name], runner.measures.applied)
        yield applied


class PublishingCollector(Collector):
    """What all processes share of publishing, nothing while the books cannot be asked."""

    def describe(self) -> Iterable[Any]:
        """Nothing: the registry would else ask the database when the process starts."""
        return []

    def collect(self) -> Iterable[Any]:
        try:
            return list(SinkCollector().collect())
        except DatabaseError as error:
            log.warning("publishing_not_measured", error=repr(error))
            return []
        finally:
            connection.close()  # each request has a thread of its own


def faults_of(runners: Sequence[Runner]) -> list[str]:
    """Why these consumers are not ready: the database is away, or a loop has not come round for a while."""
    found = []
    for runner in runners:
        idle_seconds = int(time.monotonic() - runner.measures.turned_at)
        if runner.measures.away:
            found.append(f"{runner.consumer.name}: {runner.measures.away}")
        elif idle_seconds > STUCK_SECONDS:
            found.append(f"{runner.consumer.name} has done nothing for {idle_seconds} seconds.")
    return found


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    faults: Callable[[], Sequence[str]]


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path == LIVE:
            self._answer(200, JSON, b'{"live":true}')
        elif path == READY:
            faults = list(self.server.faults())
            body = msgspec.json.encode({"ready": not faults, "faults": faults})
            self._answer(503 if faults else 200, JSON, body)
        elif path == METRICS:
            self._answer(200, CONTENT_TYPE_LATEST, generate_latest(REGISTRY))
        else:
            self._answer(404, JSON, b'{"paths":["/health/live","/health/ready","/metrics"]}')

    def _answer(self, status: int, content_type: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name in http.server
        """Nothing: probes come every few seconds."""
