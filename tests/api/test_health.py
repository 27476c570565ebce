"""Health: alive, ready, and the state of what it depends on, asked by anybody."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.conf import settings
from django.db import connections
from django.test import override_settings

from ledgerflow import __version__
from ledgerflow.web import health
from ledgerflow.web.health import Dependencies, Dependency, Observer
from tests.api.client import Reply

UP, DOWN = Dependency("up", "1"), Dependency("down", None)


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    looking = Observer(lambda: Dependencies(health.look_at_postgresql(), health.look_at_redis()))
    monkeypatch.setattr(health, "observer", looking)


@contextmanager
def database_at(**changed: Any) -> Iterator[None]:
    """New connections of the default alias go elsewhere; those that are open stay."""
    wrapper = connections["default"]
    before = wrapper.settings_dict
    wrapper.settings_dict = before | changed
    try:
        yield
    finally:
        wrapper.settings_dict = before


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


@override_settings(REDIS_URL="redis://127.0.0.1:1/0")
def test_without_redis_it_is_ready_all_the_same() -> None:
    reply = get("/api/health/ready")
    assert (reply.status, reply.json["ready"]) == (200, True)
    assert reply.json["dependencies"]["redis"] == {"state": "down", "version": None}


def test_redis_tells_its_version_where_there_is_one() -> None:
    found = health.look_at_redis()
    if found.state == "down":
        pytest.skip(f"no Redis at {settings.REDIS_URL}")
    assert found.version is not None
    assert found.version[0].isdigit()


def test_the_dependencies_are_looked_at_once_a_second_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    looks = iter([Dependencies(UP, UP), Dependencies(DOWN, UP)])
    observer = Observer(lambda: next(looks))
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now)
    assert [observer.dependencies().postgresql.state for _ in range(3)] == ["up"] * 3
    monkeypatch.setattr(time, "monotonic", lambda: now + health.FRESH_SECONDS + 0.01)
    assert observer.dependencies().postgresql.state == "down"


@pytest.mark.parametrize("path", ["/api/health", "/api/health/ready"])
def test_nobody_keeps_the_answer(path: str) -> None:
    assert get(path).headers["Cache-Control"] == "no-store"
