"""Health: alive, ready, and the state of what it depends on, asked by anybody."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from typing import Any

import pytest
from django.conf import settings
from django.db import connections
from django.test import override_settings

from ledgerflow import __version__
from ledgerflow.web import health
from ledgerflow.web.health import Dependency, Look, Observer
from tests.client import Reply
from tests.services.launching import wait_for

UP, DOWN = Dependency("up", "1"), Dependency("down", None)


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "observer", Observer(health.look_at_postgresql, health.look_at_redis))


@contextmanager
def database_at(**changed: Any) -> Iterator[None]:
    """New connections of the default alias go elsewhere, in every thread; those that are open stay."""
    found = connections.settings["default"]
    before = dict(found)
    found.update(changed)
    try:
        yield
    finally:
        found.update(before)


def get(path: str) -> Reply:
    from django.test import Client

    return Reply(Client().get(path))


def test_health_names_each_dependency_with_its_version() -> None:
    with connections["default"].cursor() as cursor:
        cursor.execute("SHOW server_version")
        version = cursor.fetchone()[0]
    reply = get("/api/health")
    assert reply.status == 200
    assert (reply.json["live"], reply.json["ready"], reply.json["version"]) == (True, True, __version__)
    assert reply.json["dependencies"]["postgresql"] == {"state": "up", "version": version}
    assert reply.json["dependencies"].keys() == {"postgresql", "redis"}


def test_one_word_for_it_at_the_root() -> None:
    assert (get("/health").status, get("/health").json["status"]) == (200, "healthy")
    with database_at(HOST="127.0.0.1", PORT="1"):
        health.observer = Observer(health.look_at_postgresql, health.look_at_redis)
        reply = get("/health")
    assert (reply.status, reply.json["status"], reply.json["ready"]) == (503, "unhealthy", False)


def test_ready_and_live_when_all_is_well() -> None:
    assert get("/api/health/ready").status == 200
    assert get("/api/health/live").json == {"live": True}


def test_without_postgresql_it_is_alive_but_not_ready() -> None:
    with database_at(HOST="127.0.0.1", PORT="1"):
        ready = get("/api/health/ready")
        assert (ready.status, ready.json["ready"]) == (503, False)
        assert ready.json["dependencies"]["postgresql"] == {"state": "down", "version": None}
        whole = get("/api/health")
        assert (whole.status, whole.json["live"], whole.json["ready"]) == (200, True, False)
        assert get("/api/health/live").status == 200


@override_settings(LEDGERFLOW_REDIS_URL="redis://127.0.0.1:1/0")
def test_without_redis_it_is_ready_all_the_same() -> None:
    wait_for(lambda: get("/api/health").json["dependencies"]["redis"]["state"] != "unknown")
    reply = get("/api/health/ready")
    assert (reply.status, reply.json["ready"]) == (200, True)
    assert reply.json["dependencies"]["redis"] == {"state": "down", "version": None}


def test_redis_tells_its_version_where_there_is_one() -> None:
    found = health.look_at_redis()
    if found.state == "down":
        pytest.skip(f"no Redis at {settings.LEDGERFLOW_REDIS_URL}")
    assert found.version is not None
    assert found.version[0].isdigit()


def test_a_dependency_is_looked_at_once_a_second_at_most() -> None:
    looks = iter([UP, DOWN])
    look = Look(lambda: next(looks))
    assert [look.state(wait_seconds=30).state for _ in range(3)] == ["up"] * 3
    look._seen = (time.monotonic() - health.FRESH_SECONDS - 0.01, UP)
    wait_for(lambda: look.state().state == "down")


def test_nobody_waits_for_a_redis_that_takes_connections_and_does_not_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as hung:
        address = f"redis://127.0.0.1:{hung.getsockname()[1]}/0"
        with override_settings(LEDGERFLOW_REDIS_URL=address):
            assert get("/api/health").json["dependencies"]["redis"]["state"] == "unknown"  # and not two seconds later
            assert get("/api/health/ready").status == 200
            wait_for(lambda: get("/api/health").json["dependencies"]["redis"]["state"] == "down")


def test_a_look_that_does_not_end_is_a_dependency_that_is_down() -> None:
    end = Event()
    look = Look(lambda: UP if end.wait(60) else DOWN)
    assert look.state().state == "unknown"
    look._began = time.monotonic() - health.HUNG_SECONDS - 0.01
    assert look.state().state == "down"
    end.set()
    wait_for(lambda: look.state().state == "up")


@pytest.mark.parametrize("path", ["/api/health", "/api/health/ready"])
def test_nobody_keeps_the_answer(path: str) -> None:
    assert get(path).headers["Cache-Control"] == "no-store"
