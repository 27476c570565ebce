"""Is it alive, and can it work? For load balancers, container platforms and people; needs no key."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Event, Lock, Thread
from typing import Any, Literal

import msgspec
import psycopg
import redis
from django.conf import settings
from django.db import connections
from django.http import HttpResponse

from ledgerflow import __version__
from ledgerflow.web.endpoints import OPEN, Call, Endpoints
from ledgerflow.web.schema import JSON

TIMEOUT_SECONDS = 2  # the least that libpq waits for a connection
STATEMENT_TIMEOUT = f"-c statement_timeout={TIMEOUT_SECONDS * 1000}"
# Each look opens connections, and nobody has to show a key for one: at most one look a second.
FRESH_SECONDS = 1.0
STALE_SECONDS = 5.0
FIRST_SECONDS = 1.0
# A server that takes connections and does not answer: the look at it has not ended, and says nothing more.
HUNG_SECONDS = 3.0


class Dependency(msgspec.Struct, frozen=True):
    state: Literal["up", "down", "unknown"]
    version: str | None


class Dependencies(msgspec.Struct, frozen=True):
    postgresql: Dependency
    redis: Dependency


class Health(msgspec.Struct, frozen=True):
    """`ready` needs PostgreSQL alone: money moves without Redis, which only wakes background work."""

    live: bool
    ready: bool
    dependencies: Dependencies
    version: str


class Liveness(msgspec.Struct, frozen=True):
    live: bool


DOWN = Dependency("down", None)
UNKNOWN = Dependency("unknown", None)  # nobody has looked yet


def look_at_postgresql() -> Dependency:
    """Connect anew: a connection that is kept may still answer when no new one can be had."""
    params = connections["default"].get_connection_params()
    for django_only in ("context", "cursor_factory", "prepare_threshold", "server_side_binding", "isolation_level"):
        params.pop(django_only, None)
    options = " ".join(filter(None, [params.pop("options", None), STATEMENT_TIMEOUT]))
    wanted = params | {"connect_timeout": TIMEOUT_SECONDS, "options": options}
    try:
        with psycopg.connect(**wanted, autocommit=True) as connection:
            row = connection.execute("SHOW server_version").fetchone()
    except psycopg.Error:
        return DOWN
    return Dependency("up", str(row[0]) if row else None)


def look_at_redis() -> Dependency:
    """Ask Redis for its version."""
    client = redis.Redis.from_url(
        settings.LEDGERFLOW_REDIS_URL, socket_timeout=TIMEOUT_SECONDS, socket_connect_timeout=TIMEOUT_SECONDS
    )
    try:
        about: Any = client.info("server")
    except redis.RedisError:
        return DOWN
    finally:
        client.close()
    return Dependency("up", str(about.get("redis_version")))


class Look:
    """The last look at one dependency, taken in the background; nobody who asks waits for one that is hung."""

    def __init__(self, look: Callable[[], Dependency]) -> None:
        self._look = look
        self._lock = Lock()
        self._began: float | None = None  # of the look that is on its way
        self._ended = Event()
        self._seen = (-STALE_SECONDS, UNKNOWN)

    def state(self, *, wait_seconds: float = 0.0) -> Dependency:
        """What was seen last. Waits so long, at most, for a look when the last one is stale."""
        self._begin()
        if wait_seconds and time.monotonic() - self._seen[0] > STALE_SECONDS:
            self._ended.wait(wait_seconds)
        began = self._began
        if began is not None and time.monotonic() - began > HUNG_SECONDS:
            return DOWN
        return self._seen[1]

    def _begin(self) -> None:
        with self._lock:
            now = time.monotonic()
            if self._began is not None or now - self._seen[0] <= FRESH_SECONDS:
                return
            self._began = now
            self._ended.clear()
        Thread(target=self._run, name="health", daemon=True).start()

    def _run(self) -> None:
        found = DOWN
        try:
            found = self._look()
        finally:
            self._seen = (time.monotonic(), found)
            self._began = None
            self._ended.set()


class Observer:
    """What is known of the dependencies."""

    def __init__(self, postgresql: Callable[[], Dependency], redis: Callable[[], Dependency]) -> None:
        self._postgresql = Look(postgresql)
        self._redis = Look(redis)

    def dependencies(self) -> Dependencies:
        """The last look at each. Only PostgreSQL, which decides whether we are ready, is worth a short wait."""
        return Dependencies(self._postgresql.state(wait_seconds=FIRST_SECONDS), self._redis.state())


observer = Observer(look_at_postgresql, look_at_redis)


class HealthStatus(Health, frozen=True):
    """The same with one word for it."""

    status: Literal["healthy", "unhealthy"]


health_endpoints = Endpoints("health")


@health_endpoints.get(scope=OPEN, answer=Health)
def health(_call: Call[None]) -> HttpResponse:
    """Always 200: whether the service is ready, and each dependency's state and version."""
    return _answer(200)


@health_endpoints.get(scope=OPEN, answer=Health, statuses=(200, 503))
def health_ready(_call: Call[None]) -> HttpResponse:
    """200 when requests can be served, 503 when not."""
    return _answer(503)


@health_endpoints.get(scope=OPEN, answer=Liveness)
def health_live(_call: Call[None]) -> Liveness:
    """200 as long as the process answers at all."""
    return Liveness(live=True)


@health_endpoints.get(scope=OPEN, answer=HealthStatus, statuses=(200, 503))
def health_status(_call: Call[None]) -> HttpResponse:
    """`"status": "healthy"` when requests can be served; 503 and `unhealthy` when not."""
    seen = _seen()
    status: Literal["healthy", "unhealthy"] = "healthy" if seen.ready else "unhealthy"
    return _answered(HealthStatus(seen.live, seen.ready, seen.dependencies, seen.version, status), 503)


def _answer(status_when_not_ready: int) -> HttpResponse:
    return _answered(_seen(), status_when_not_ready)


def _seen() -> Health:
    found = observer.dependencies()
    return Health(live=True, ready=found.postgresql.state == "up", dependencies=found, version=__version__)


def _answered(answer: Health, status_when_not_ready: int) -> HttpResponse:
    status = 200 if answer.ready else status_when_not_ready
    response = HttpResponse(msgspec.json.encode(answer), content_type=JSON, status=status)
    response.headers["Cache-Control"] = "no-store"
    return response
